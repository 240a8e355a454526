"""How often each page asks the database: the same with one row of everything and with fifty, and as it is written down.

docs/query-counts.md holds the counts of every address of ``access.py``, and of lists that are searched or narrowed;
``QUERY_COUNTS=write`` in the environment writes it anew. A page that is to ask more often, or less, changes it.
"""

import datetime as dt
import os
from dataclasses import dataclass, field

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models.query import QuerySet
from django.test.utils import CaptureQueriesContext

from registration import exporting
from registration.models import LoginSession
from sessions import kept_day

from . import access, documents, n_plus_one, rows
from .environment import BASE_DIR
from .world import World

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

WRITTEN = "docs/query-counts.md"
WHO = ("visitor", "guest", "administrator")  # and, of what none of them may open, the first who may
LIST = "/admin/registration/accessrequest/"
OWN = ("agenda", "registration")  # our apps
FEW = {
    "agenda.Generation": "one, of the whole programme",
    "registration.Alarm": "one of each cause",
    "registration.CalendarFeed": "one a person",
    "registration.EnrolmentCode": "one a person",
    "registration.MailText": "one of each letter and language",
    "registration.Tally": "no page shows it",
}
HEAD = f"""# How often each page asks the database

Counted by `tests/test_query_counts.py`, which fails while this table is old (`QUERY_COUNTS=write pytest
tests/test_query_counts.py` writes it): with one row of everything and with fifty, and the two must be equal. By those
who are signed in, two of the queries are for the login session, the person and what they may read. Files are asked
for as the first who may have them. “Other” is the first who may open what none of the three may. The counts are those
of Django with nothing kept in memory, but for “again”, and the same on SQLite and on PostgreSQL, but for
`/admin/health/`, which asks each of the two for other things.

| address | {" | ".join(WHO)} | other |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Ask:
    """One question to the site, by a role."""

    name: str
    address: str
    role: str
    form: dict = field(default_factory=dict, hash=False)  # sent by POST, if there is one
    again: bool = False  # what the first time made is kept in memory

    def of(self, world):
        """The queries that answering took."""
        browser = world.browsers[self.role]
        cookies = browser.cookies.copy()
        kept_day._kept = kept_day.Day(None, None)
        if self.again:
            browser.get(self.address)
        with CaptureQueriesContext(connection) as found:
            answer = browser.post(self.address, self.form) if self.form else browser.get(self.address)
            assert answer.status_code == 200, self
            list(answer)  # to the end, where it comes bit by bit
        browser.cookies = cookies  # whoever looked at their own data has left no trace
        return len(found)


def by_the_table(world):
    for line in access.TABLE:
        if not line.is_spanish:
            may = [role for role in access.ROLES if line.get[role] == 200]
            may = [role for role in WHO if role in may] or may[:1]
            for role in may if line.is_for_people else may[:1]:
                yield Ask(str(line), line.address(world), role)


def beside_the_table():
    """What admin and visitors look for, and files that are made of a form."""
    yield Ask("/ again", "/", "guest", again=True)
    for address in ("/?q=session", "/?kind=talk"):
        yield from (Ask(address, address, role) for role in WHO)
    searched = [f"{LIST}?{asked}" for asked in ("state=all", "state=waiting", "state=approved&q=demo", "domain=known")]
    searched += [f"/admin/agenda/{model}/?q=1" for model in ("session", "organisation", "speaker")]
    searched += ["/admin/registration/user/?q=demo", "/admin/registration/mail/?state=sent"]
    searched += ["/admin/registration/record/?what=decision&q=Demo", "/admin/registration/invitation/?state=all"]
    yield from (Ask(address, address, "administrator") for address in searched)
    for kind in ("csv", "xlsx"):
        columns = {"step": kind, "column": list(exporting.COLUMNS)}
        yield Ask(f"{LIST}export/ as {kind}", f"{LIST}export/?state=all", "administrator", columns)


@pytest.fixture(autouse=True)
def _nothing_by_the_way(monkeypatch):
    """What is asked once a process, and what is written once a minute."""
    ContentType.objects.get_for_models(*apps.get_models())
    monkeypatch.setattr(LoginSession, "SEEN_EVERY", dt.timedelta(days=1))


@pytest.mark.slow
def test_fifty_rows_cost_as_many_queries_as_one_and_as_many_as_are_written_down():
    world = World()
    asks = [*by_the_table(world), *beside_the_table()]
    next(ask for ask in asks if ask.form).of(world)  # the first export of an hour tells administrators
    rows.of_everything(world, range(1))
    one = {(ask.name, ask.role): ask.of(world) for ask in asks}
    rows.of_everything(world, range(1, 50))
    fifty = {(ask.name, ask.role): ask.of(world) for ask in asks}
    assert {name: (one[name], count) for name, count in fifty.items() if count != one[name]} == {}
    if os.environ.get("QUERY_COUNTS") == "write":
        (BASE_DIR / WRITTEN).write_text(in_a_table(fifty))
    assert documents.text(WRITTEN) == in_a_table(fifty), f"Look whether it should be so; then write {WRITTEN} anew."


def in_a_table(counts):
    lines = {}
    for (name, role), count in counts.items():
        cells = lines.setdefault(name, dict.fromkeys((*WHO, "other"), ""))
        cells[role if role in WHO else "other"] = "–" if name == "/admin/health/" else count
    body = [f"| `{name.replace('|', '¦')}` | {' | '.join(map(str, cells.values()))} |" for name, cells in lines.items()]
    return HEAD + "\n".join(body) + "\n"


def test_fifty_is_fifty():
    world = World()
    rows.of_everything(world, range(50))
    counts = {model._meta.label: model.objects.count() for model in apps.get_models() if model._meta.app_label in OWN}
    assert {name for name, count in counts.items() if count < 50} == set(FEW)


def test_a_page_that_grows_is_found(monkeypatch):
    """The control."""
    monkeypatch.setattr(QuerySet, "select_related", lambda found, *fields: found.all())
    world, day = World(), Ask("/", "/", "visitor")
    rows.of_everything(world, range(1))
    one = day.of(world)
    rows.of_everything(world, range(1, 50))
    assert day.of(world) > one + 40
    n_plus_one.found.clear()  # which noticed as well

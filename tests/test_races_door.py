"""QR-03: one pass shown twenty times at two doors at the same moment; with its controls."""

from uuid import uuid4

import pytest
from django.db import connection

from registration.models import Pass, Scan, Visit

from . import people, world
from .test_races import UNLOCKED
from .wire import WireBrowser, all_at_once

pytestmark = [pytest.mark.live, pytest.mark.slow]


@pytest.fixture
def doors(transactional_db):
    """A guest's pass, and who stands at the doors."""
    guest = people.approved("gina@example.com", world.event(), by=people.organiser())
    stewards = {name: people.steward(f"{name}@techtrack.test") for name in ("north", "south")}
    return Pass.objects.get(request__person=guest), stewards


def show_twenty_times(url, doors):
    """The pass, ten times at each door; gives ``(statuses, outcomes, open visits)``."""
    entry_pass, stewards = doors
    posts = []
    for name, steward in stewards.items():
        browser = WireBrowser(url, steward)
        token = browser.token("/door/")
        assert browser.post("/door/", {"door": name}, token).status == 302
        posts += [(browser.twin(), token, {"who": entry_pass.door_id, "scan": uuid4()}) for _ in range(10)]
    answers = all_at_once(*[lambda b=b, t=t, f=f: b.post("/door/check-in/", f, t) for b, t, f in posts])
    outcomes = sorted(Scan.objects.values_list("outcome", flat=True))
    return [answer.status for answer in answers], outcomes, Visit.objects.open().count()


def test_twenty_at_two_doors_are_one_who_came_in(live_site, doors):
    site = live_site.start(env={"UNLOCKED": "slow"}, wsgi=UNLOCKED)
    statuses, outcomes, inside = show_twenty_times(site.url, doors)
    assert statuses == [302] * 20
    assert (outcomes, inside) == (["admitted", *["already-inside"] * 19], 1)
    visit = Visit.objects.get()
    told = set(Scan.objects.values_list("since", "since_door"))
    assert told == {(visit.came_at, visit.came_door)}


def test_without_the_locks_the_constraint_still_holds_and_without_both_several_came_in(live_site, doors):
    """The controls."""
    site = live_site.start(env={"UNLOCKED": "slow,locks"}, wsgi=UNLOCKED)
    _, outcomes, inside = show_twenty_times(site.url, doors)
    assert (outcomes.count("admitted"), inside) == (1, 1)

    constraint = next(one for one in Visit._meta.constraints if one.name == "inside_once")
    forget_the_door()
    with connection.schema_editor() as editor:
        editor.remove_constraint(Visit, constraint)
    try:
        assert show_twenty_times(site.url, doors)[2] > 1
    finally:
        forget_the_door()
        with connection.schema_editor() as editor:
            editor.add_constraint(Visit, constraint)


def forget_the_door():
    with connection.cursor() as cursor:
        for model in (Scan, Visit):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608 -- ours

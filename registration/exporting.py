"""Requests as CSV and XLSX: which columns there are, and how they are written so that no cell is ever a formula.

Rows are read and written a portion at a time, so that a hundred thousand take no more memory than a hundred.
"""

import csv
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db.models import Exists, Max, OuterRef, Subquery

from .models import Decision

PORTION = 200  # rows read at once
SEE_NEEDS = "registration.see_needs_accessrequest"


@dataclass(frozen=True)
class Column:
    title: str
    value: Callable
    by_default: bool = True
    right: str = ""  # that who exports must have besides


def moment(value):
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else ""


def yes_or_no(value):
    return "yes" if value else "no"


# All that may leave, and nothing else: no reason, no word of a decision, no note, code, token or network address.
COLUMNS = {
    "name": Column("name", lambda one: one.full_name),
    "organisation": Column("organisation", lambda one: one.organisation),
    "job_title": Column("job title", lambda one: one.job_title),
    "kind": Column("kind of organisation", lambda one: one.get_kind_display()),
    "email": Column("e-mail address", lambda one: one.person.email),
    "proven": Column("address proven", lambda one: yes_or_no(one.is_proven), by_default=False),
    "domain": Column("e-mail domain", lambda one: one.email_domain(), by_default=False),
    "state": Column("state", lambda one: one.get_state_display()),
    "to_confirm": Column("to confirm", lambda one: yes_or_no(one.to_confirm), by_default=False),
    "registered": Column("registered for CACC", lambda one: one.get_registered_display()),
    "reception": Column("coming to the reception", lambda one: one.get_reception_display()),
    "why": Column("why", lambda one: one.why, by_default=False),
    "needs": Column("access or dietary needs", lambda one: one.needs, by_default=False, right=SEE_NEEDS),
    "origin": Column("how it came", lambda one: one.get_origin_display(), by_default=False),
    "event": Column("event", lambda one: str(one.event), by_default=False),
    "asked": Column("asked (UTC)", lambda one: moment(one.asked_at)),
    "decided": Column("last step (UTC)", lambda one: moment(one.last_step_at), by_default=False),
}


def _last_step():
    steps = Decision.objects.order_by().filter(request=OuterRef("pk")).values("request")
    return Subquery(steps.annotate(last=Max("at")).values("last"))


def _is_proven():
    return Exists(EmailAddress.objects.filter(user=OuterRef("person"), email=OuterRef("person__email"), verified=True))


# What the database works out for a column, only where that is asked for.
WORKED_OUT = {"decided": ("last_step_at", _last_step), "proven": ("is_proven", _is_proven)}


def columns_for(user):
    """Those that this organiser may export."""
    return {name: column for name, column in COLUMNS.items() if not column.right or user.has_perm(column.right)}


def rows(queryset, names):
    """A list of texts for each request, the titles first."""
    chosen = [COLUMNS[name] for name in names]
    yield [column.title for column in chosen]
    queryset = (
        queryset.order_by("asked_at", "pk")
        .select_related("person", "event")
        .annotate(**{needed: made() for name, (needed, made) in WORKED_OUT.items() if name in names})
    )
    for one in queryset.iterator(chunk_size=PORTION):
        yield [column.value(one) for column in chosen]


# CSV

# What spreadsheets take for the beginning of a formula, after whatever they may skip: blanks and what has no width; an
# apostrophe of the person's own counts with it, so that taking ours away gives back what they wrote.
_DANGEROUS = re.compile("'*(?:[\t\r\n]|[\\s\x00-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff]*[=+\\-@＝＋－＠])")


def harmless(text):
    """The text as a cell of CSV: an apostrophe before what would be a formula."""
    return f"'{text}" if _DANGEROUS.match(text) else text


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text):
        return text


def as_csv(lines):
    """UTF-8 in pieces; each cell in quotes, so that no separator of another country cuts one in two (RFC 4180)."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    piece = ["\ufeff"]  # by which Excel knows UTF-8
    for line in lines:
        piece.append(writer.writerow([harmless(text) for text in line]))
        if len(piece) >= 100:
            yield "".join(piece).encode()
            piece.clear()
    yield "".join(piece).encode()


# XLSX


def as_xlsx(lines):
    """A file on disk that is gone once closed. Every cell is text, whatever it begins with."""
    from .workbook import written  # only here: openpyxl takes a tenth of the time in which the server starts

    return written(lines)

"""Two worlds with the same public part, whose private track holds other sessions: what can be told apart?"""

import datetime as dt
import re
import uuid

from django.db import transaction

from sessions.audience import Audience
from sessions.models import Session

from . import access, people, world
from .crawling import everything_in, masked

# What a person is told of their own data says when, to the second; each world is made a few seconds after the other.
_WHEN = re.compile(rb"<bdi>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ</bdi>")


def public_bytes(browser, *more):
    addresses = {
        line.path
        for line in access.TABLE
        if isinstance(line.path, str) and not line.path.startswith("/admin/registration")
    } | {"/sessions/reporting-cycle/", "/random-404", "/sessions/random/", *more}
    return {address: _WHEN.sub(b"(when)", masked(everything_in(browser.get(address)))) for address in addresses}


def one_world(private_sessions):
    """The event, a guest and an applicant; the private track holds this many sessions.

    None: it is empty, and nothing private is announced.
    """
    made = world.event()
    world.private_part(made, world.Canaries(), count=private_sessions)
    world.public_part(made)
    world.announcement(made, "The doors are open.")
    for audience in [Audience.INDUSTRY, Audience.ORGANISER] if private_sessions else []:
        world.announcement(made, "The second session begins late.", audience)
    same_stamps(made)
    guest = people.approved("guest@example.com", made, by=people.organiser("boss@techtrack.test"))
    guest.refresh_from_db()
    applicant = people.person("applicant@example.com")
    people.ask(applicant, made)
    return made, guest, applicant


def same_stamps(made):
    """The public part is the same down to what is random or of this moment, and its first item has a time."""
    Session.objects.filter(slug="reporting-cycle").update(start=dt.time(13), end=dt.time(13, 45))
    then = dt.datetime(2022, 1, 1, tzinfo=dt.UTC)
    for row in [made, *Session.objects.filter(track__event=made, track__audience="public")]:
        kept = type(row)._base_manager.filter(pk=row.pk)
        kept.update(uid=uuid.uuid5(uuid.NAMESPACE_OID, row.slug), changed_at=then)


def as_seen(counts):
    """``{count: {role: {address: bytes}}}``, where each world is gone before the next is made."""
    seen = {}
    for count in counts:
        with transaction.atomic():
            _, guest, applicant = one_world(count)
            seen[count] = {
                "visitor": public_bytes(people.Browser()),
                "applicant": public_bytes(people.browser_of(applicant)),
                "guest": public_bytes(people.browser_of(guest)),
            }
            transaction.set_rollback(True)
    return seen


def bytes_that_differ(one, other):
    """How many bytes stand otherwise in the answers to the same addresses."""
    return sum(
        sum(a != b for a, b in zip(one[address], other[address], strict=False))
        + abs(len(one[address]) - len(other[address]))
        for address in one
    )

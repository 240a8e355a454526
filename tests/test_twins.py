"""Who was declined, revoked or shut out and asks again under another spelling of their address is noticed."""

import pytest

from . import people
from .people import person
from .test_deciding import LIST

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

HINT = "may be the mailbox of"


def pages(desk, request):
    """The request's own page, and the one that asks before several are approved."""
    chosen = {"action": "approve_selected", "_selected_action": [request.pk], "index": 0}
    answers = desk.get(f"{LIST}{request.pk}/change/"), desk.post(LIST, chosen)
    return [answer.content.decode() for answer in answers]


@pytest.fixture(params=["declined", "revoked", "shut out"])
def turned_away(request, event, olga):
    eve = person("eve.evil@example.com")
    asked = people.ask(eve, event)
    if request.param == "declined":
        asked.decline(by=olga)
    if request.param == "revoked":
        asked.approve(by=olga)
        asked.revoke(by=olga)
    if request.param == "shut out":
        eve.is_active = False
        eve.save()
    return request.param


@pytest.mark.parametrize("spelling", ["eve.evil+2@example.com", "eveevil@example.com", "e.v.e.evil+x+y@example.com"])
def test_another_spelling_of_who_was_turned_away_is_said_where_one_decides(desk, event, turned_away, spelling):
    """REQ-04."""
    again = people.ask(person(spelling), event)
    for page in pages(desk, again):
        assert HINT in page
        assert "eve.evil@example.com" in page
        assert turned_away in page


@pytest.mark.parametrize("other", ["eve.evil@example.org", "+eve.evil@example.com", "steve.evil@example.com"])
def test_of_others_nothing_is_said(desk, event, olga, other):
    """The control: neither of another mailbox, nor of one whose first request is still to be decided."""
    people.ask(person("eve.evil@example.com"), event).decline(by=olga)
    people.ask(person("ada@example.com"), event)
    for address in (other, "ada+2@example.com"):
        for page in pages(desk, people.ask(person(address), event)):
            assert HINT not in page

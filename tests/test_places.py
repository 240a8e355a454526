"""Places in the private sessions: how many are left, and that no more are given."""

import datetime as dt

import pytest

from registration import places
from registration.models import AccessRequest, AlreadyDecided, Full, Mail, Stale

from . import people, world
from .people import person
from .test_deciding import decide

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def ask(event, *names):
    return [people.ask(person(f"{name}@example.com"), event, full_name=name.title()) for name in names]


def holds(event, capacity):
    event.capacity = capacity
    event.save()


def test_without_a_capacity_there_is_no_end_of_places(event, olga):
    for one in ask(event, "ada", "bea"):
        one.approve(by=olga)
    assert (places.taken(event), places.left(event)) == (2, None)


def test_a_place_is_taken_by_the_approved_alone_to_confirm_or_not(event, olga):
    holds(event, 3)
    ada, bea, cleo, _ = ask(event, "ada", "bea", "cleo", "dora")
    ada.approve(by=olga)
    bea.approve(by=olga)
    cleo.wait(by=olga)
    AccessRequest.objects.filter(pk=bea.pk).update(to_confirm=True)
    assert (places.taken(event), places.left(event)) == (2, 1)
    ada.revoke(by=olga)
    assert places.left(event) == 2


def test_where_more_are_in_than_there_are_places_none_is_left(event, olga):
    for one in ask(event, "ada", "bea"):
        one.approve(by=olga)
    holds(event, 1)
    assert places.left(event) == 0


def refuses(one, by, version=None):
    with pytest.raises(Full) as refused:
        one.approve(by=by, version=version)
    return refused.value


def test_past_the_capacity_nothing_is_approved_and_it_says_so(event, olga):
    """REQ-06."""
    holds(event, 1)
    ada, bea = ask(event, "ada", "bea")
    ada.approve(by=olga)
    mails = Mail.objects.count()
    refusal = refuses(bea, olga)
    assert str(refusal) == "The one place is taken. Nothing was decided."
    assert refusal.may_wait
    bea.refresh_from_db()
    assert (bea.state, bea.version, bea.decisions.count()) == ("pending", 1, 1)
    assert Mail.objects.count() == mails
    assert not AccessRequest.objects.opening(bea.person, event).exists()

    bea.wait(by=olga)
    refusal = refuses(bea, olga)
    assert str(refusal) == "The one place is taken. Nothing was decided. The request stays on the waiting list."
    assert not refusal.may_wait


def test_without_looking_at_the_capacity_it_is_passed(event, olga, monkeypatch):
    """The control."""
    monkeypatch.setattr(AccessRequest, "_take_a_place", lambda self, given: None)
    holds(event, 1)
    for one in ask(event, "ada", "bea"):
        one.approve(by=olga)
    assert places.taken(event) == 2


def test_the_state_and_the_version_are_judged_before_the_places(event, olga):
    holds(event, 1)
    ada, bea = ask(event, "ada", "bea")
    ada.approve(by=olga)
    with pytest.raises(AlreadyDecided):
        ada.approve(by=olga)
    with pytest.raises(Stale):
        bea.approve(by=olga, version=7)
    assert refuses(bea, olga, version=1)


def test_a_lowered_capacity_puts_nobody_out_and_lets_nobody_in(event, olga):
    holds(event, 2)
    ada, bea, cleo = ask(event, "ada", "bea", "cleo")
    ada.approve(by=olga)
    bea.approve(by=olga)
    holds(event, 1)
    assert str(refuses(cleo, olga)) == "The one place is taken (approved: 2). Nothing was decided."
    ada.revoke(by=olga)
    refuses(cleo, olga)
    holds(event, 0)
    assert str(refuses(cleo, olga)) == "There are no places (approved: 1). Nothing was decided."
    assert AccessRequest.objects.filter(state="approved").get() == bea


def test_an_approval_to_confirm_holds_its_place_and_needs_no_other(event, olga):
    holds(event, 1)
    ada, bea = ask(event, "ada", "bea")
    ada.approve(by=olga)
    AccessRequest.objects.filter(pk=ada.pk).update(to_confirm=True)
    refuses(bea, olga)
    holds(event, 0)
    ada.confirm(by=olga)
    assert AccessRequest.objects.opening(ada.person, event).exists()


def test_each_event_has_places_of_its_own(event, olga):
    holds(event, 1)
    other = world.event("cacc-2021", current=False, date=dt.date(2021, 8, 10), capacity=1)
    ada, bea = people.ask(person("ada@example.com"), event), people.ask(person("bea@example.com"), other)
    ada.approve(by=olga)
    bea.approve(by=olga)
    assert (places.left(event), places.left(other)) == (0, 0)


def test_at_the_desk_a_full_event_offers_the_waiting_list_and_keeps_what_was_typed(desk, event, olga):
    holds(event, 1)
    ada, bea = ask(event, "ada", "bea")
    ada.approve(by=olga)
    page = decide(desk, bea, "approve", words="kept words", reason="kept reason").content.decode()
    assert "The one place is taken. Nothing was decided." in page
    assert "You can put the person on the waiting list" in page
    assert "kept words" in page
    assert "kept reason" in page
    assert decide(desk, bea, "wait", words="kept words").status_code == 302
    bea.refresh_from_db()
    assert bea.state == "waiting"
    assert bea.decisions.last().words == "kept words"

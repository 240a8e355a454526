"""Whom organisers invited: one address alone, proven by a code, comes in without waiting; nobody else learns of it."""

from contextlib import nullcontext
from datetime import timedelta
from time import sleep
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from registration import inviting, rules
from registration.address_list import Line
from registration.addresses import normalise
from registration.models import (
    AccessRequest,
    Decision,
    Invitation,
    InvitationOver,
    Mail,
    Record,
    StepRefused,
    User,
    invitations,
)

from . import clock, people, world
from .people import FORM, Browser, person
from .steps import ask_for_code, newest_code, sign_in, type_code
from .wire import all_at_once

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

JANE = "jane@example.com"
PAGE = "/register/invitation/"
ACCEPT = FORM | {"step": "accept"}


@pytest.fixture
def morning(event):
    return world.session(world.track(event, "morning", "industry", 1), "Only for guests", 1)


@pytest.fixture
def invitation(event, olga):
    line = Line(1, JANE, "Jane Doe", "Example Platform")
    inviting.invite([line], event, by=olga, language="en", days=30)
    return Invitation.objects.get()


@pytest.fixture
def jane(invitation):
    """Her browser, once she has typed the code."""
    browser = Browser()
    sign_in(browser, JANE)
    return browser


def sees(browser, session):
    return browser.get(session.get_absolute_url()).status_code == 200


def is_shown_the_invitation(browser):
    page = browser.get("/register/status/").content.decode()
    return browser.get(PAGE).status_code == 200 and "You are invited" in page


class TestTheWay:
    def test_from_the_link_by_a_code_to_the_private_morning(self, event, olga, invitation, morning):
        jane = Browser()
        ask_for_code(jane, JANE)
        assert type_code(jane, newest_code(JANE))["Location"] == "/register/"
        assert jane.get("/register/")["Location"] == PAGE
        page = jane.get(PAGE)
        assert page.context["form"].initial == {"full_name": "Jane Doe", "organisation": "Example Platform"}
        assert not sees(jane, morning)

        assert jane.post(PAGE, ACCEPT)["Location"] == "/register/status/"
        assert sees(jane, morning)
        request = AccessRequest.objects.get()
        assert (request.state, request.origin, request.entered_by) == ("approved", "invitation", olga)
        steps = list(Decision.objects.values_list("begin", "to", "actor__email"))
        assert steps == [("", "pending", JANE), ("pending", "approved", olga.email)]
        told = Mail.objects.exclude(purpose__in=[Mail.SIGN_IN_CODE, Mail.INVITATION]).values_list("purpose", flat=True)
        assert list(told) == ["approved"]
        invitation.refresh_from_db()
        assert (invitation.state, invitation.request) == ("accepted", request)
        assert "you accepted the organisers’ invitation" in jane.get("/register/status/").content.decode()

    def test_the_answers_are_asked_for_and_the_rules_agreed_to(self, jane, morning):
        for missing in ("full_name", "why", "rules"):
            page = jane.post(PAGE, {name: value for name, value in ACCEPT.items() if name != missing})
            assert page.status_code == 200
            assert page.context["form"].errors.keys() == {missing}
        assert not AccessRequest.objects.exists()

    def test_a_form_that_was_opened_before_the_invitation_came_is_not_lost(self, jane, invitation):
        assert jane.post("/register/", FORM)["Location"] == "/register/status/"
        assert AccessRequest.objects.get().state == "pending"
        assert is_shown_the_invitation(jane)

    def test_it_is_declined(self, jane, invitation):
        jane.post(PAGE, {"step": "decline"})
        invitation.refresh_from_db()
        assert (invitation.state, AccessRequest.objects.count()) == ("declined", 0)
        assert not is_shown_the_invitation(jane)
        assert jane.get("/register/").status_code == 200, "and she may ask like everybody"

    @pytest.mark.parametrize("state", ["pending", "waiting"])
    def test_a_request_that_waits_is_approved_as_it_is(self, event, olga, jane, invitation, morning, state):
        request = people.ask(User.objects.get(email=JANE), event)
        if state == "waiting":
            request.wait(by=olga)
        assert jane.get(PAGE).context["form"] is None
        jane.post(PAGE, {"step": "accept"})
        request.refresh_from_db()
        assert (request.state, request.origin) == ("approved", "own")
        assert sees(jane, morning)

    @pytest.mark.parametrize(
        "verbs", [["approve", "revoke", "reopen"], ["decline", "reopen"], ["approve", "reopen"], ["approve", "wait"]]
    )
    def test_it_approves_nobody_against_whom_was_decided_since(self, event, olga, invitation, morning, verbs):
        """However the request stands open again, an older word of organisers does not outdo the newer one."""
        request = people.ask(person(JANE), event)
        for verb in verbs:
            getattr(request, verb)(by=olga)
        state = request.state
        again = people.browser_of(User.objects.get(email=JANE))
        assert not is_shown_the_invitation(again)
        again.post(PAGE, ACCEPT)
        request.refresh_from_db()
        invitation.refresh_from_db()
        assert (request.state, invitation.state) == (state, "recalled")
        assert not sees(again, morning)
        assert not Mail.objects.filter(purpose="invitation", state="queued").exists()
        assert Record.objects.filter(deed="recalled", actor=olga).exists()

    @pytest.mark.parametrize("lost", ["is_active", "is_staff"])
    def test_nobody_is_approved_in_the_name_of_who_is_no_organiser_any_more(self, event, olga, morning, lost):
        """An organiser whose account was taken over may have invited anybody, before they were shut out."""
        mona = people.organiser("mona@techtrack.test", role="Moderator")
        inviting.invite([Line(1, JANE)], event, by=mona, language="en", days=30)
        User.objects.filter(pk=mona.pk).update(**{lost: False})
        jane, one = people.browser_of(person(JANE)), Invitation.objects.get()
        assert not is_shown_the_invitation(jane)
        jane.post(PAGE, ACCEPT)
        assert not AccessRequest.objects.exists()
        desk = people.browser_of(olga)
        assert "is no organiser now" in desk.get("/admin/registration/invitation/").content.decode()
        one.send_again(by=olga)
        assert is_shown_the_invitation(jane)
        jane.post(PAGE, ACCEPT)
        assert sees(jane, morning)

    def test_where_all_places_are_taken_she_waits_and_is_told(self, event, olga, jane, invitation, morning):
        people.approved("first@example.com", event, by=olga)
        event.capacity = 1
        event.save()
        jane.post(PAGE, ACCEPT)
        request = AccessRequest.objects.get(person__email=JANE)
        assert (request.state, AccessRequest.objects.filter(state="approved").count()) == ("waiting", 1)
        assert Mail.objects.filter(purpose="waiting", recipient=JANE).exists()
        assert "You are on the waiting list" in jane.get("/register/status/").content.decode()
        assert not sees(jane, morning)
        invitation.refresh_from_db()
        assert invitation.state == "accepted"

    def test_it_holds_while_asking_is_closed_but_not_once_the_event_is_over(self, event, jane, morning):
        event.registration_closes = timezone.now() - timedelta(days=1)
        event.save()
        assert is_shown_the_invitation(jane)
        event.archive()
        assert not is_shown_the_invitation(jane)


class TestForOneAddressAlone:
    @pytest.mark.parametrize(
        "other",
        ["mallory@example.com", "jane+x@example.com", "j.ane@example.com", "jane@example.org", "jane@exämple.com"],
    )
    def test_another_address_or_spelling_has_no_invitation(self, invitation, morning, other):
        """Whoever was forwarded the mail has its link, and no more."""
        browser = Browser()
        ask_for_code(browser, other)
        type_code(browser, newest_code(normalise(other)))
        assert not is_shown_the_invitation(browser)
        assert browser.post(PAGE, ACCEPT)["Location"] == "/register/status/"
        assert not AccessRequest.objects.exists()
        assert not sees(browser, morning)
        with pytest.raises(InvitationOver):
            invitation.accept(
                User.objects.exclude(is_staff=True).get(), rules_version=rules.VERSION, answers=people.ANSWERS
            )

    def test_the_same_address_in_other_letters_is_the_same(self, invitation):
        browser = Browser()
        ask_for_code(browser, "  JANE@Example.COM ")
        type_code(browser, newest_code(JANE))
        assert is_shown_the_invitation(browser)

    def test_before_the_code_everybody_gets_the_same_pages(self, invitation):
        answers = []
        for address in (JANE, "nobody@example.com"):
            browser = Browser()
            pages = [browser.get("/register/"), browser.get(PAGE), ask_for_code(browser, address)]
            pages.append(browser.get("/account/login/code/"))
            answers.append([(page.status_code, page.headers.get("Location")) for page in pages])
            assert b"invit" not in pages[-1].content
        assert answers[0] == answers[1]

    def test_an_address_that_is_not_proven_opens_nothing(self, invitation):
        with pytest.raises(InvitationOver):
            invitation.accept(person(JANE, proven=False), rules_version=rules.VERSION, answers=people.ANSWERS)

    def test_without_the_rule_another_address_would_come_in(self, invitation, morning, monkeypatch):
        """The control."""
        open_ones = type(Invitation.objects.all()).open
        monkeypatch.setattr(type(Invitation.objects.all()), "held_by", lambda rows, person, event: open_ones(rows))
        monkeypatch.setattr(
            "registration.invited.own_invitation", lambda person: Invitation.objects.select_related("event").get()
        )
        mallory = Browser()
        sign_in(mallory, "mallory@example.com", "/")
        mallory.post(PAGE, ACCEPT)
        assert sees(mallory, morning)

    def test_recalled_or_expired_it_opens_nothing(self, invitation, jane, morning, olga, monkeypatch):
        other = person("other@example.com")
        inviting.invite([Line(1, other.email)], invitation.event, by=olga, language="en", days=5)
        invitation.recall(by=olga)
        assert not is_shown_the_invitation(jane)
        jane.post(PAGE, ACCEPT)
        clock.moved(monkeypatch, days=6)
        for one in Invitation.objects.all():
            who = User.objects.get(email=one.address)
            with pytest.raises(InvitationOver):
                one.accept(who, rules_version=rules.VERSION, answers=people.ANSWERS)
            with pytest.raises(InvitationOver):
                one.decline(who)
        assert not AccessRequest.objects.exists()

    def test_who_was_declined_since_does_not_come_in_by_it(self, event, olga, jane, invitation, morning):
        people.ask(User.objects.get(email=JANE), event).decline(by=olga)
        assert jane.post(PAGE, ACCEPT)["Location"] == "/register/status/"
        assert (
            "There is no invitation for this address that still holds" in jane.get("/register/status/").content.decode()
        )
        with pytest.raises(StepRefused):
            invitation.accept(User.objects.get(email=JANE), rules_version=rules.VERSION, answers=people.ANSWERS)
        assert not sees(jane, morning)

    def test_with_another_address_by_now_it_holds_for_nobody(self, jane, invitation, olga):
        user = User.objects.get(email=JANE)
        user.change_email("jane@elsewhere.example")
        assert not Invitation.objects.held_by(user, invitation.event).exists()

    def test_access_that_came_by_it_is_revoked_like_any_other(self, jane, invitation, olga, morning):
        jane.post(PAGE, ACCEPT)
        AccessRequest.objects.get().revoke(by=olga)
        assert not sees(jane, morning)
        again = Browser()
        sign_in(again, JANE)
        assert not is_shown_the_invitation(again)


def accepted_at_once(event, olga, rounds=4, asked=False):
    """How many requests and approvals came of two tabs that accept one invitation at the same moment."""
    worst = (0, 0)
    for number in range(rounds):
        address = f"p{number}@example.com"
        inviting.invite([Line(1, address)], event, by=olga, language="en", days=30)
        who, one = person(address), Invitation.objects.get(address=address)
        if asked:
            people.ask(who, event)

        def accept(who=who, one=one):
            try:
                Invitation.objects.get(pk=one.pk).accept(who, rules_version=rules.VERSION, answers=people.ANSWERS)
                return True
            except StepRefused:
                return False
            finally:
                connection.close()

        took = all_at_once(accept, accept, accept)
        approvals = Decision.objects.filter(request__person=who, to="approved").count()
        worst = max(worst, (sum(took), approvals))
    return worst


@pytest.mark.django_db(transaction=True)
def test_accepted_in_several_tabs_at_once_it_is_one_request_and_one_approval(event, olga):
    assert accepted_at_once(event, olga) == (1, 1)


def accept_for_the_last_place(event, olga, count):
    """So many invited people accept at once, for one place; the states of their requests."""
    event.capacity = 1
    event.save()
    holders = [person(f"p{number}@example.com") for number in range(count)]
    lines = [Line(number, who.email) for number, who in enumerate(holders)]
    inviting.invite(lines, event, by=olga, language="en", days=30)

    def accept(who):
        try:
            Invitation.objects.get(address=who.email).accept(who, rules_version=rules.VERSION, answers=people.ANSWERS)
        finally:
            connection.close()

    all_at_once(*[lambda who=who: accept(who) for who in holders])
    return sorted(AccessRequest.objects.values_list("state", flat=True))


@pytest.mark.django_db(transaction=True)
def test_invitations_accepted_at_once_do_not_oversell(event, olga):
    assert accept_for_the_last_place(event, olga, 5) == ["approved"] + 4 * ["waiting"]


@pytest.mark.django_db(transaction=True)
def test_without_the_look_for_a_place_they_would(event, olga, monkeypatch):
    """The control."""
    monkeypatch.setattr(AccessRequest, "_take_a_place", lambda self, given: None)
    assert accept_for_the_last_place(event, olga, 3) == 3 * ["approved"]


@pytest.mark.django_db(transaction=True)
def test_without_the_locks_several_tabs_accept(event, olga, monkeypatch):
    """The control: no transaction around it and no row locked, so that each tab looks before another has written.

    The database still takes one live request a person, so the tabs accept for somebody who has one.
    """
    looked = Invitation._of

    def look_and_wait(self, *args, **kwargs):
        found = looked(self, *args, **kwargs)
        sleep(0.5)
        return found

    unlocked = SimpleNamespace(select_for_update=lambda **_: User.objects)
    monkeypatch.setattr(invitations, "transaction", SimpleNamespace(atomic=nullcontext))
    monkeypatch.setattr(invitations, "User", SimpleNamespace(objects=unlocked))
    monkeypatch.setattr(Invitation, "_locked", lambda self: Invitation.objects.get(pk=self.pk))
    monkeypatch.setattr(Invitation, "_of", look_and_wait)
    monkeypatch.setattr(Invitation, "_let_in", staticmethod(lambda request, by: None))
    assert accepted_at_once(event, olga, rounds=1, asked=True)[0] > 1

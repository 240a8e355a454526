"""The state table, pair by pair: what is allowed, which mail goes out, what happens to access."""

import itertools

import pytest
from django.utils import timezone

from registration import rules, steps
from registration.models import AccessRequest, AlreadyDecided, Decision, LoginSession, Mail, RulesAcceptance
from registration.steps import STEPS, State

from . import documents, people, state_table
from .people import ANSWERS, browser_of, person

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

VERBS = {"pending": "reopen", "approved": "approve", "waiting": "wait", "declined": "decline", "revoked": "revoke"}
VERBS |= {"withdrawn": "withdraw"}  # the one that leads there, from wherever it may
BEFORE = [None, *State.values]

# Written down a second time, by hand: from, to -> verb, mail, what happens to access. No other pair is allowed.
ALLOWED = {
    (None, "pending"): ("ask", "received", "stays"),
    ("pending", "approved"): ("approve", "approved", "opens"),
    ("pending", "waiting"): ("wait", "waiting", "stays"),
    ("pending", "declined"): ("decline", "declined", "stays"),
    ("pending", "withdrawn"): ("withdraw", "withdrawn", "stays"),
    ("waiting", "approved"): ("approve", "approved", "opens"),
    ("waiting", "declined"): ("decline", "declined", "stays"),
    ("waiting", "withdrawn"): ("withdraw", "withdrawn", "stays"),
    ("waiting", "pending"): ("reopen", "reopened", "stays"),
    ("approved", "waiting"): ("wait", "waiting", "closes"),
    ("approved", "revoked"): ("revoke", "revoked", "closes"),
    ("approved", "withdrawn"): ("withdraw", "withdrawn", "closes"),
    ("approved", "pending"): ("reopen", "reopened", "closes"),
    ("declined", "pending"): ("reopen", "reopened", "stays"),
    ("revoked", "pending"): ("reopen", "reopened", "stays"),
}


@pytest.fixture
def boss():
    return people.organiser()


def request_in(state, event):
    user = person(f"{state}@example.com")
    since = timezone.now() if state == "waiting" else None
    RulesAcceptance.objects.create(person=user, version=rules.VERSION)
    return AccessRequest.objects.create(person=user, event=event, state=state, waiting_since=since, **ANSWERS)


@pytest.mark.parametrize(("begin", "to"), list(itertools.product(BEFORE, State.values)))
def test_every_ordered_pair_of_states_is_as_written_down(begin, to):
    """Those that are not written down are in no table, and no verb of an organiser is offered for them."""
    step = STEPS.get((begin, to))
    assert (step and (step.verb, step.mail, step.access)) == ALLOWED.get((begin, to))
    if begin:
        offered = AccessRequest(state=begin).next_steps()
        assert (VERBS[to] in offered) == ((begin, to) in ALLOWED and to != "withdrawn")


def test_a_request_begins_as_written_down():
    assert {origin: (step.verb, step.mail, step.access) for origin, step in steps.BEGINNINGS.items()} == {
        "own": ("ask", "received", "stays"),
        "by-hand": ("enter", "entered", "stays"),
        "at-door": ("walk up", "entered", "stays"),
        "invitation": ("accept", None, "stays"),
    }


@pytest.mark.parametrize(("state", "to"), list(itertools.product(State.values, State.values)))
def test_every_pair_of_states_tried(event, boss, state, to):
    request, verb = request_in(state, event), VERBS[to]
    browser = browser_of(request.person)
    by = request.person if verb == "withdraw" else boss
    opened_before = AccessRequest.objects.opening(request.person, event).exists()
    assert opened_before == (state == "approved")

    if (state, to) not in ALLOWED:
        with pytest.raises(AlreadyDecided):
            getattr(request, verb)(by=by)
        request.refresh_from_db()
        assert (request.state, request.version) == (state, 1)
        assert (Decision.objects.count(), Mail.objects.count()) == (0, 0)
        return

    _, mail, access = ALLOWED[state, to]
    decision = getattr(request, verb)(by=by, reason="inside", words="outside")
    assert (request.state, request.version) == (to, 2)
    assert (decision.begin, decision.to, decision.actor) == (state, to, by)
    assert list(Mail.objects.values_list("purpose", "decision")) == [(mail, decision.pk)]
    opened_after = AccessRequest.objects.opening(request.person, event).exists()
    assert (opened_before, opened_after) == {
        "opens": (False, True),
        "closes": (True, False),
        "stays": (False, False),
    }[access]
    shut_out = access == "closes" and verb != "withdraw"
    assert LoginSession.objects.filter(user=request.person).exists() != shut_out
    assert (b"Sign out" in browser.get("/").content) != shut_out


def test_the_readme_prints_this_very_table():
    assert state_table.rendered() in documents.text("README.md")


def test_undoing_a_decision_reads_as_that_to_the_person(event, boss):
    for verb in ("approve", "wait"):
        request = people.ask(person(f"{verb}@example.com"), event)
        getattr(request, verb)(by=boss)
        request.reopen(by=boss)
        page = browser_of(request.person).get("/register/status/").content.decode()
        assert "organisers took their decision back and will decide anew" in page
        assert "Received: organisers will decide" in page
    request.decline(by=boss)
    request.reopen(by=boss)
    assert request.decisions.last().told_to_the_person() == "organisers reopened your request"


def test_live_states_are_those_that_can_be_withdrawn():
    assert {begin for begin, to in ALLOWED if to == "withdrawn"} == set(steps.LIVE)


def test_a_decision_is_never_changed_or_deleted(event, boss):
    request = people.ask(person("ada@example.com"), event)
    decision = request.approve(by=boss)
    for change in (
        decision.save,
        decision.delete,
        Decision.objects.all().delete,
        lambda: Decision.objects.filter(pk=decision.pk).update(reason="another"),
    ):
        with pytest.raises(TypeError):
            change()
    assert Decision.objects.get(pk=decision.pk).reason == ""


def test_somebody_with_a_request_cannot_be_deleted(event, boss):
    from django.db.models import ProtectedError

    ada = person("ada@example.com")
    people.ask(ada, event).approve(by=boss)
    with pytest.raises(ProtectedError):
        ada.delete()
    with pytest.raises(ProtectedError):
        event.delete()

"""The state table, pair by pair: what is allowed, which mail goes out, what happens to access."""

import itertools

import pytest
from django.utils import timezone

from registration import steps
from registration.models import AccessRequest, AlreadyDecided, Decision, LoginSession, Mail, RulesAcceptance
from registration.steps import STEPS, State

from . import people
from .people import ANSWERS, browser_of, person

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

VERBS = {"approve": "approved", "decline": "declined", "wait": "waiting", "revoke": "revoked", "reopen": "pending"}
VERBS |= {"withdraw": "withdrawn"}

# Written down a second time, by hand: from, verb -> mail, whether access opens or closes.
ALLOWED = {
    ("pending", "approve"): ("approved", "opens"),
    ("pending", "wait"): ("waiting", "stays"),
    ("pending", "decline"): ("declined", "stays"),
    ("pending", "withdraw"): ("withdrawn", "stays"),
    ("waiting", "approve"): ("approved", "opens"),
    ("waiting", "decline"): ("declined", "stays"),
    ("waiting", "withdraw"): ("withdrawn", "stays"),
    ("waiting", "reopen"): ("reopened", "stays"),
    ("approved", "wait"): ("waiting", "closes"),
    ("approved", "revoke"): ("revoked", "closes"),
    ("approved", "withdraw"): ("withdrawn", "closes"),
    ("approved", "reopen"): ("reopened", "closes"),
    ("declined", "reopen"): ("reopened", "stays"),
    ("revoked", "reopen"): ("reopened", "stays"),
}


@pytest.fixture
def boss():
    return people.organiser()


def request_in(state, event):
    user = person(f"{state}@example.com")
    since = timezone.now() if state == "waiting" else None
    RulesAcceptance.objects.create(person=user, version="test")
    return AccessRequest.objects.create(person=user, event=event, state=state, waiting_since=since, **ANSWERS)


def test_the_table_has_no_other_steps():
    assert {(begin, step.verb) for (begin, _), step in STEPS.items() if begin} == set(ALLOWED)
    assert all(VERBS[step.verb] == to for (begin, to), step in STEPS.items() if begin)


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(State.values, VERBS)))
def test_every_pair_of_state_and_verb(event, boss, state, verb):
    request = request_in(state, event)
    browser = browser_of(request.person)
    by = request.person if verb == "withdraw" else boss
    opened_before = AccessRequest.objects.opening(request.person, event).exists()
    assert opened_before == (state == "approved")

    if (state, verb) not in ALLOWED:
        with pytest.raises(AlreadyDecided):
            getattr(request, verb)(by=by)
        request.refresh_from_db()
        assert (request.state, request.version) == (state, 1)
        assert (Decision.objects.count(), Mail.objects.count()) == (0, 0)
        return

    mail, access = ALLOWED[state, verb]
    decision = getattr(request, verb)(by=by, reason="inside", words="outside")
    assert (request.state, request.version) == (VERBS[verb], 2)
    assert (decision.begin, decision.to, decision.actor) == (state, VERBS[verb], by)
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
    assert {begin for begin, verb in ALLOWED if verb == "withdraw"} == set(steps.LIVE)


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

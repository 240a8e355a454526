"""The life of a request, lived in every order by everyone, through the model's verbs and through the pages.

Hypothesis makes up the order; after each step the rules that always hold are looked at.
"""

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from registration.models import AccessRequest, Decision, Mail, StepRefused
from registration.steps import LIVE, REOPENED_BY_ORGANISERS_ONLY, STEPS

from . import people, world
from .people import FORM, browser_of, person

pytestmark = [pytest.mark.fast, pytest.mark.slow, pytest.mark.django_db]

LIVES = int(os.environ.get("FUZZ_LIVES", "0"))
PROFILE = settings(
    max_examples=LIVES or 6,
    stateful_step_count=15,
    derandomize=not LIVES,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
DESK = "/admin/registration/accessrequest/"
VERBS = {step.verb: to for (begin, to), step in STEPS.items() if begin}
BY_ORGANISERS = sorted({step.verb for step in STEPS.values() if step.by_organiser})
WHO, ORGANISER, AGE = st.sampled_from(["ada", "bea"]), st.sampled_from(["olga", "otto"]), st.integers(0, 2)


class Lives(RuleBasedStateMachine):
    """``told`` is what the table says should have happened: each person's requests as lists of states."""

    @initialize()
    def begin(self):
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.event = world.event()
        self.secret = world.session(world.track(self.event, "morning", "industry", 1), "Behind closed doors")
        self.organisers = {name: people.organiser(f"{name}@techtrack.test", name=name) for name in ("olga", "otto")}
        self.desks = {name: browser_of(user) for name, user in self.organisers.items()}
        self.people = {name: person(f"{name}@example.com") for name in ("ada", "bea")}
        self.told, self.versions, self.decided = {name: [] for name in self.people}, {}, {}
        self.to_confirm = dict.fromkeys(self.people, False)

    def newest(self, who):
        return AccessRequest.objects.of(self.people[who], self.event).first()

    def state(self, who):
        return self.told[who][-1][-1] if self.told[who] else None

    def expect(self, who, verb, fresh=True):
        """Whether the table allows it, and then what the life looks like."""
        allowed = fresh and bool(self.told[who]) and (self.state(who), VERBS[verb]) in STEPS
        if allowed:
            self.told[who][-1].append(VERBS[verb])
            self.to_confirm[who] = False
        return allowed

    def expect_to_ask(self, who):
        if not any(life[-1] in (*LIVE, *REOPENED_BY_ORGANISERS_ONLY) for life in self.told[who]):
            self.told[who].append(["pending"])

    @rule(who=WHO, through_page=st.booleans())
    def ask(self, who, through_page):
        if self.people[who].is_active or not through_page:  # who is shut out reaches no page of theirs
            self.expect_to_ask(who)
        if through_page:
            browser_of(self.people[who]).post("/register/", FORM)
        else:
            people.ask(self.people[who], self.event)

    @rule(who=WHO, by=ORGANISER, verb=st.sampled_from(BY_ORGANISERS), age=st.sampled_from([None, 0, 0, 0, 1, 2]))
    def decide(self, who, by, verb, age):
        one = self.newest(who)
        if one is None:
            return
        done = self.expect(who, verb, fresh=not age)
        try:
            getattr(one, verb)(by=self.organisers[by], version=None if age is None else one.version - age)
        except StepRefused:
            assert not done
        else:
            assert done

    @rule(who=WHO, by=ORGANISER, verb=st.sampled_from(BY_ORGANISERS), age=st.sampled_from([0, 0, 0, 1]))
    def decide_at_the_desk(self, who, by, verb, age):
        one = self.newest(who)
        if one is None:
            return
        done = self.expect(who, verb, fresh=not age)
        form = {"version": one.version - age, "step": verb, "reason": "inside", "words": "outside"}
        answer = self.desks[by].post(f"{DESK}{one.pk}/decide/", form)
        assert answer.status_code == (302 if done else 200)

    @rule(by=ORGANISER, verb=st.sampled_from(["approve", "decline"]), age=st.sampled_from([0, 0, 1]))
    def decide_several(self, by, verb, age):
        chosen = [one for who in self.people if (one := self.newest(who))]
        for who in self.people:
            self.expect(who, verb, fresh=not age)
        lines = [f"{one.pk}:{one.version - age}" for one in chosen]
        assert self.desks[by].post(f"{DESK}decide/", {"line": lines, "step": verb}).status_code == 302

    @rule(who=WHO, through_page=st.booleans())
    def withdraw(self, who, through_page):
        one = self.newest(who)
        if one is None:
            return
        done = (self.people[who].is_active or not through_page) and self.expect(who, "withdraw")
        if through_page:
            assert browser_of(self.people[who]).post("/register/withdraw/").status_code == 302
        else:
            try:
                one.withdraw(by=self.people[who])
            except StepRefused:
                assert not done
            else:
                assert done

    @rule(who=WHO, age=st.sampled_from([0, 0, 1]), name=st.sampled_from(["Ada", "Ada L.", "Ada Lovelace"]))
    def edit(self, who, age, name):
        one = self.newest(who)
        if one is None:
            return
        before = (one.version, one.full_name)
        form = {name: value for name, value in FORM.items() if name != "rules"}
        browser_of(self.people[who]).post("/register/edit/", form | {"full_name": name, "version": one.version - age})
        one.refresh_from_db()
        changed = self.people[who].is_active and not age and self.state(who) == "pending" and before[1] != name
        assert (one.version, one.full_name) == ((before[0] + 1, name) if changed else before)

    @rule(who=WHO)
    def lose_the_account(self, who):
        user = self.people[who]
        user.is_active = not user.is_active
        user.save(update_fields=["is_active"])

    @rule(who=WHO)
    def another_address(self, who):
        self.people[who].change_email(f"{who}{Decision.objects.count()}@example.com")
        self.to_confirm[who] = self.state(who) == "approved"

    @rule(who=WHO, by=ORGANISER, age=st.sampled_from([0, 0, 1]))
    def confirm(self, who, by, age):
        one = self.newest(who)
        if one is None:
            return
        try:
            one.confirm(by=self.organisers[by], version=one.version - age)
        except StepRefused:
            assert age or not self.to_confirm[who]
        else:
            assert self.to_confirm[who]
            assert not age
            self.to_confirm[who] = False

    @rule(who=WHO)
    def prove_the_address(self, who):
        self.people[who].emailaddress_set.update(verified=True)

    # What always holds

    @invariant()
    def the_states_are_those_of_the_table(self):
        for who in getattr(self, "people", ()):
            lives = AccessRequest.objects.filter(person=self.people[who], event=self.event).order_by("pk")
            assert [one.state for one in lives] == [life[-1] for life in self.told[who]]
            assert sum(one.state in LIVE for one in lives) <= 1
            steps = [[(d.begin, d.to) for d in one.decisions.order_by("pk")] for one in lives]
            assert steps == [list(zip(["", *life], life, strict=False)) for life in self.told[who]]

    @invariant()
    def mails_are_the_decisions_whose_row_names_one(self):
        if hasattr(self, "people"):
            named = [(d.pk, d.step.mail) for d in Decision.objects.order_by("pk") if d.step.mail]
            told = Mail.objects.exclude(purpose=Mail.ADDRESS_CHANGED).order_by("decision")
            assert list(told.values_list("decision", "purpose")) == named

    @invariant()
    def the_gate_is_open_to_the_approved_alone(self):
        for who in getattr(self, "people", ()):
            user = type(self.people[who]).objects.get(pk=self.people[who].pk)
            self.people[who] = user
            proven = user.emailaddress_set.filter(email=user.email, verified=True).exists()
            sure = not self.to_confirm[who]
            may = self.state(who) == "approved" and sure and proven and user.is_active
            assert AccessRequest.objects.opening(user, self.event).exists() == may
            page = browser_of(user).get(self.secret.get_absolute_url())
            assert page.status_code == (200 if may else 404)

    @invariant()
    def versions_grow_and_decisions_stay(self):
        if not hasattr(self, "people"):
            return
        for pk, version in AccessRequest.objects.values_list("pk", "version"):
            assert version >= self.versions.get(pk, 1)
            self.versions[pk] = version
        rows = {row[0]: row for row in Decision.objects.values_list()}
        assert {pk: rows.get(pk) for pk in self.decided} == self.decided
        self.decided = rows

    def teardown(self):
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)


def test_whoever_does_what_in_any_order_the_table_holds():
    run_state_machine_as_test(Lives, settings=PROFILE)


def approves_twice(self, to, *, by, version=None, reason="", words=""):
    """A verb that does not look at where the request stands."""
    begin = self.state if (self.state, to) in STEPS else "pending"
    return self._record(begin, to, by=by, reason=reason, words=words)


def forgets_the_mail(self, mails):
    return self.bulk_create(mail for mail in mails if mail.purpose != "declined")


def keeps_the_door_open(self, person, event):
    return self.filter(person=person, event=event, state__in=LIVE)


@pytest.mark.parametrize(
    ("broken", "instead"),
    [
        ("registration.models.AccessRequest._decide", approves_twice),
        ("registration.models.outbox.MailQuerySet.queue_all", forgets_the_mail),
        ("registration.models.requests.AccessRequestQuerySet.opening", keeps_the_door_open),
    ],
    ids=["verb", "mail", "gate"],
)
def test_a_broken_verb_mail_or_gate_is_found(monkeypatch, broken, instead):
    """The control."""
    monkeypatch.setattr(broken, instead)
    with pytest.raises((AssertionError, ExceptionGroup)):
        run_state_machine_as_test(Lives, settings=settings(PROFILE, max_examples=20, derandomize=True))

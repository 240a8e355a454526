"""Many at once, against the running site, on whichever database the run is on; each with its control."""

import time

import pytest
from django.db import connection

from registration.mail.letters import code_in
from registration.models import AccessRequest, Decision, LoginSession, Mail, SignInCode, User

from . import people, world
from .people import FORM, person
from .wire import WireBrowser, all_at_once

pytestmark = [pytest.mark.live, pytest.mark.slow]

DESK = "/admin/registration/accessrequest/"
UNLOCKED = "tests.unlocked:application"


@pytest.fixture
def slow_site(live_site):
    """The real site, with the gaps widened in which a race could happen."""
    return live_site.start(env={"UNLOCKED": "slow"}, wsgi=UNLOCKED)


def two_organisers(url):
    olga = people.organiser("olga@techtrack.test", name="Olga")
    otto = people.organiser("otto@techtrack.test", name="Otto")
    return WireBrowser(url, olga), WireBrowser(url, otto)


def decide_at_once(url, rounds, first, second):
    """``[(answers, decisions, mails)]`` of two organisers deciding one request at the same moment, some rounds."""
    event = world.event()
    olga, otto = two_organisers(url)
    found = []
    for number in range(rounds):
        request = people.ask(person(f"p{number}@example.com"), event)
        page = f"{DESK}{request.pk}/change/"
        tokens = olga.token(page), otto.token(page)
        form = {"version": request.version, "reason": "", "words": ""}
        answers = all_at_once(
            lambda: olga.post(f"{DESK}{request.pk}/decide/", form | {"step": first}, tokens[0]),  # noqa: B023 -- run at once
            lambda: otto.post(f"{DESK}{request.pk}/decide/", form | {"step": second}, tokens[1]),  # noqa: B023 -- run at once
        )
        decisions = request.decisions.exclude(begin="").count()
        mails = Mail.objects.filter(decision__request=request).exclude(purpose="received").count()
        found.append((answers, decisions, mails))
    return found


@pytest.mark.parametrize("second", ["approve", "decline"])
def test_two_organisers_decide_at_once_and_one_decision_stands(slow_site, second):
    """RACE-01: twenty pairs."""
    for answers, decisions, mails in decide_at_once(slow_site.url, 20, "approve", second):
        assert (decisions, mails) == (1, 1)
        winner, loser = sorted(answers, key=lambda answer: answer.status != 302)
        assert (winner.status, loser.status) == (302, 200)
        assert "Already approved: done by" in loser.text or "Already declined: done by" in loser.text


def test_without_the_locks_two_decisions_stand(live_site):
    """The control."""
    site = live_site.start(env={"UNLOCKED": "slow,locks"}, wsgi=UNLOCKED)
    found = decide_at_once(site.url, 5, "approve", "decline")
    assert any(decisions > 1 for _, decisions, _ in found)


def approve_while_the_address_changes(url, rounds):
    """How many of these, in the end, are open to a mailbox that no organiser ever saw."""
    event = world.event()
    olga, _ = two_organisers(url)
    for number in range(rounds):
        kate = person(f"kate{number}@example.com")
        request = people.ask(kate, event)
        token = olga.token(f"{DESK}{request.pk}/change/")
        form = {"version": request.version, "step": "approve", "reason": "", "words": ""}
        all_at_once(
            lambda: olga.post(f"{DESK}{request.pk}/decide/", form, token),  # noqa: B023 -- run at once
            lambda: and_hang_up(lambda: (time.sleep(0.02), kate.change_email(f"eve{number}@evil.example"))),  # noqa: B023 -- run at once
        )
    opening = AccessRequest.objects.filter(state="approved", to_confirm=False, person__email__startswith="eve")
    return opening.count()


def and_hang_up(action):
    try:
        return action()
    finally:
        connection.close()


def test_an_approval_and_another_address_at_once_open_nothing_to_a_stranger(slow_site):
    assert approve_while_the_address_changes(slow_site.url, 10) == 0


def test_looking_for_approvals_alone_misses_one_that_is_being_given(live_site, monkeypatch):
    """The control: neither who approves nor who changes the address waits for the other."""

    def unseeing(self, email):
        User.objects.filter(pk=self.pk).update(email=email)
        self.access_requests.filter(state="approved").update(to_confirm=True)

    monkeypatch.setattr(User, "change_email", unseeing)
    site = live_site.start(env={"UNLOCKED": "slow,locks"}, wsgi=UNLOCKED)
    assert approve_while_the_address_changes(site.url, 10) > 0


def ask_twenty_times(url):
    """Twenty submissions of one person at once, from several tabs; returns the answers."""
    world.event()
    ada = person("ada@example.com")
    browser = WireBrowser(url, ada)
    token = browser.token("/register/")
    tabs = [browser.twin() for _ in range(20)]
    return all_at_once(*[lambda tab=tab: tab.post("/register/", FORM, token) for tab in tabs])


def test_twenty_submissions_at_once_make_one_request(slow_site):
    """REQ-03."""
    answers = ask_twenty_times(slow_site.url)
    assert {(answer.status, answer.headers["Location"]) for answer in answers} == {(302, "/register/status/")}
    assert AccessRequest.objects.count() == 1
    assert Decision.objects.count() == 1
    assert Mail.objects.count() == 1


def test_without_the_locks_twenty_submissions_meet_the_constraint_and_without_both_make_several(live_site):
    """The controls: the lock alone off, the database's constraint still holds; both off, nothing does."""
    site = live_site.start(env={"UNLOCKED": "slow,locks"}, wsgi=UNLOCKED)
    ask_twenty_times(site.url)
    assert AccessRequest.objects.live().count() == 1

    constraint = next(one for one in AccessRequest._meta.constraints if one.name == "one_live_request")
    forget_requests()
    with connection.schema_editor() as editor:
        editor.remove_constraint(AccessRequest, constraint)
    try:
        User.objects.all().delete()
        world.Event.objects.all().delete()
        ask_twenty_times(site.url)
        assert AccessRequest.objects.live().count() > 1
    finally:
        forget_requests()
        with connection.schema_editor() as editor:
            editor.add_constraint(AccessRequest, constraint)


def forget_requests():
    with connection.cursor() as cursor:
        for table in ("registration_mail", "registration_decision", "registration_accessrequest"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608  # names from the line above


def ask_for_a_code(url, address="ada@example.com"):
    browser = WireBrowser(url)
    token = browser.token("/account/login/")
    assert browser.post("/account/login/", {"email": address, "next": "/register/"}, token).status == 302
    code = code_in(Mail.objects.filter(recipient=address, purpose=Mail.SIGN_IN_CODE).first())
    return browser, code, browser.token("/account/login/code/")


def type_many(url, count, typed=None, address="ada@example.com"):
    """The same browser posts a code ``count`` times at once."""
    browser, code, token = ask_for_a_code(url, address)
    form = {"code": typed or code, "next": "/register/"}
    tabs = [browser.twin() for _ in range(count)]
    return all_at_once(*[lambda tab=tab: tab.post("/account/login/code/", form, token) for tab in tabs])


def signed_in():
    """How many login sessions somebody is signed in with; those on the way in have a person, too."""
    return sum("_auth_user_id" in row.get_decoded() for row in LoginSession.objects.all())


def test_eight_posts_of_a_right_code_make_one_login_session(slow_site):
    """SI-06."""
    answers = type_many(slow_site.url, 8)
    assert max(answer.status for answer in answers) < 500
    assert signed_in() == 1


def test_without_the_counter_eight_posts_make_several(live_site):
    """The control; a busy machine may serve them one after the other, so there are five rounds."""
    site = live_site.start(env={"UNLOCKED": "slow,codes"}, wsgi=UNLOCKED)
    assert any(made_by_many(site.url, f"p{number}@example.com") > 1 for number in range(5))


def made_by_many(url, address):
    LoginSession.objects.all().delete()
    type_many(url, 8, address=address)
    return signed_in()


def test_of_fifty_wrong_codes_at_once_exactly_five_are_compared(slow_site):
    answers = type_many(slow_site.url, 50, typed="BBBB-BBBB")
    assert max(answer.status for answer in answers) < 500
    assert SignInCode.objects.get().wrong_tries == 5
    assert signed_in() == 0


def first_sign_ins(url, count=8):
    browsers = [WireBrowser(url) for _ in range(count)]
    tokens = [browser.token("/account/login/") for browser in browsers]
    form = {"email": "new@example.com", "next": "/register/"}
    pairs = zip(browsers, tokens, strict=True)
    return all_at_once(*[lambda b=b, t=t: b.post("/account/login/", form, t) for b, t in pairs])


def test_first_sign_ins_of_one_address_at_once_make_one_person(slow_site):
    """RACE-08."""
    assert {answer.status for answer in first_sign_ins(slow_site.url)} == {302}
    assert User.objects.count() == 1
    assert Mail.objects.count() == 8


def test_without_the_guard_first_sign_ins_at_once_break(live_site):
    """The control. On SQLite the transaction itself stands guard, so there the guard is not needed."""
    site = live_site.start(env={"UNLOCKED": "slow,people"}, wsgi=UNLOCKED)
    statuses = {answer.status for answer in first_sign_ins(site.url)}
    assert statuses == ({302} if connection.vendor == "sqlite" else {302, 500})
    assert User.objects.count() == 1


def test_an_address_gets_exactly_its_ten_mails_however_many_ask_at_once(slow_site):
    answers = first_sign_ins(slow_site.url, 30)
    assert sorted(answer.status for answer in answers) == [302] * 10 + [429] * 20
    assert Mail.objects.count() == 10

"""Signing in by a code: one way for everyone, telling nobody who is registered."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration import tidying
from registration.models import LoginSession, Mail, SignInCode, User
from registration.sign_in import codes, views

from . import people, world
from .clock import moved
from .people import Browser
from .steps import CODE, LOGIN, ask_for_code, is_signed_in, newest_code, sign_in, type_code

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

ADA = "ada@example.com"


def test_a_newcomer_proves_the_address_and_lands_on_the_form():
    browser = Browser()
    asked = ask_for_code(browser, ADA)
    assert (asked.status_code, asked["Location"]) == (302, CODE + "?next=%2Fregister%2F")
    assert not EmailAddress.objects.get(email=ADA).verified
    typed = type_code(browser, newest_code(ADA))
    assert (typed.status_code, typed["Location"]) == (302, "/register/")
    assert EmailAddress.objects.get(email=ADA).verified
    assert is_signed_in(browser)


def test_a_strangers_form_stores_nothing_but_the_address():
    Browser().post(LOGIN, {"email": ADA, "next": "/register/", "name": "Eve", "is_staff": "on", "is_superuser": "on"})
    user = User.objects.get()
    assert (user.email, user.name, user.is_staff, user.is_superuser) == (ADA, "", False, False)
    assert not user.has_usable_password()


@pytest.mark.parametrize("spelling", ["ADA@Example.COM", "  ada@example.com ", "ada@EXAMPLE.com"])
def test_one_mailbox_is_one_person_however_it_is_spelt(spelling):
    sign_in(Browser(), ADA)
    ask_for_code(Browser(), spelling)
    assert User.objects.count() == 1


def test_a_foreign_alphabet_is_stored_as_punycode_and_shown_as_written():
    browser = Browser()
    ask_for_code(browser, "ada@bücher.example")
    assert User.objects.get().email == "ada@xn--bcher-kva.example"
    assert "ada@bücher.example" in browser.get(CODE).content.decode()


def everyone():
    """One address of every kind there is, and what makes it one."""
    made = world.event()
    boss = people.organiser("boss@example.com")
    addresses = {"organiser": boss.email, "unknown": "unknown@example.com"}
    people.person("unproven@example.com", proven=False)
    people.person("closed@example.com", is_active=False)
    addresses |= {"unproven": "unproven@example.com", "closed": "closed@example.com"}
    for state in ("pending", "approved", "waiting", "declined", "withdrawn", "revoked"):
        user = people.person(f"{state}@example.com")
        request = people.ask(user, made)
        if state in {"approved", "revoked"}:
            request.approve(by=boss)
        if state == "waiting":
            request.wait(by=boss)
        if state == "declined":
            request.decline(by=boss)
        if state == "revoked":
            request.revoke(by=boss)
        if state == "withdrawn":
            request.withdraw(by=user)
        addresses[state] = user.email
    return addresses


def what_is_seen(browser, address):
    """All that the one who asks can tell: both answers, without the address they typed, the tokens and the time."""
    seen = []
    for response in (ask_for_code(browser, address), browser.get(CODE)):
        body = response.content.decode().replace(address, "ADDRESS")
        body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", body)
        headers = {name: value for name, value in response.items() if name != "Content-Length"}
        seen.append((response.status_code, headers, sorted(browser.cookies), body))
    return seen


def test_known_or_unknown_the_answer_is_the_same():
    addresses = everyone()
    Mail.objects.all().update(state="sent")
    seen = {kind: what_is_seen(Browser(), address) for kind, address in addresses.items()}
    for kind, answer in seen.items():
        assert answer == seen["unknown"], kind
    queued = Mail.objects.filter(state="queued")
    assert sorted(queued.values_list("recipient", flat=True)) == sorted(addresses.values())
    assert set(queued.values_list("purpose", flat=True)) == {Mail.SIGN_IN_CODE}


def test_a_closed_account_gets_a_code_like_everyone_and_no_further():
    people.person("closed@example.com", is_active=False)
    browser = Browser()
    response = sign_in(browser, "closed@example.com")
    assert response["Location"] == "/account/inactive/"
    assert not is_signed_in(browser)


def test_the_code_works_for_ten_minutes(monkeypatch):
    browser = Browser()
    ask_for_code(browser, ADA)
    moved(monkeypatch, minutes=9, seconds=59)
    assert type_code(browser, newest_code(ADA))["Location"] == "/register/"


def test_the_code_is_dead_after_ten_minutes(monkeypatch):
    browser = Browser()
    ask_for_code(browser, ADA)
    code = newest_code(ADA)
    moved(monkeypatch, minutes=10, seconds=1)
    response = type_code(browser, code)
    assert response["Location"].startswith(LOGIN + "?why=no-code")
    assert "There is no live code for this browser" in browser.get(response["Location"]).content.decode()
    assert not is_signed_in(browser)


def test_a_clock_that_is_set_back_does_not_make_codes_live_longer(monkeypatch):
    browser = Browser()
    ask_for_code(browser, ADA)
    code = newest_code(ADA)
    moved(monkeypatch, hours=-1)
    assert type_code(browser, code).status_code == 200
    assert not is_signed_in(browser)
    codes.kill_old()  # as the worker does every few seconds
    moved(monkeypatch, seconds=0)
    type_code(browser, code)
    assert not is_signed_in(browser)


def test_five_wrong_tries_kill_this_browsers_code_and_no_others():
    here, there = Browser(), Browser()
    ask_for_code(here, ADA)
    code_here = newest_code(ADA)
    ask_for_code(there, ADA)
    code_there = newest_code(ADA)
    for _ in range(4):
        assert type_code(here, "BBBB-BBBB").status_code == 200
    fifth = type_code(here, "BBBB-BBBB")
    assert fifth["Location"].startswith(LOGIN + "?why=tries")
    assert "wrong five times" in here.get(fifth["Location"]).content.decode()
    type_code(here, code_here)
    assert not is_signed_in(here)
    type_code(there, code_there)
    assert is_signed_in(there)


def test_four_wrong_tries_leave_one_that_is_right():
    browser = Browser()
    ask_for_code(browser, ADA)
    for _ in range(4):
        type_code(browser, "BBBB-BBBB")
    type_code(browser, newest_code(ADA))
    assert is_signed_in(browser)
    assert SignInCode.objects.get().wrong_tries == 4


def test_a_code_works_only_in_the_browser_that_asked():
    here, there = Browser(), Browser()
    ask_for_code(here, ADA)
    code = newest_code(ADA)
    ask_for_code(there, "eve@example.com")
    type_code(there, code)
    assert not is_signed_in(there)
    assert type_code(Browser(), code)["Location"].startswith(LOGIN)
    type_code(here, code)
    assert is_signed_in(here)


def test_a_code_works_once():
    browser = Browser()
    sign_in(browser, ADA)
    code = newest_code(ADA)
    browser.post("/account/logout/")
    assert type_code(browser, code)["Location"].startswith(LOGIN)
    assert not is_signed_in(browser)


def test_only_the_newest_code_of_a_browser_works(monkeypatch):
    browser = Browser()
    ask_for_code(browser, ADA)
    first = newest_code(ADA)
    moved(monkeypatch, seconds=views.AGAIN_AFTER + 1)
    ask_for_code(browser, ADA)
    second = newest_code(ADA)
    assert first != second
    type_code(browser, first)
    assert not is_signed_in(browser)
    type_code(browser, second)
    assert is_signed_in(browser)


def test_a_double_click_sends_one_mail_and_the_page_says_how_long_to_wait():
    browser = Browser()
    first, second = ask_for_code(browser, ADA), ask_for_code(browser, ADA)
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert Mail.objects.count() == 1
    assert re.search(r"data-countdown=\"(29|30)\"", browser.get(CODE).content.decode())


def test_a_mistyped_address_can_be_corrected():
    browser = Browser()
    ask_for_code(browser, "adda@example.com")
    page = browser.get(LOGIN + "?again=1")
    assert 'value="adda@example.com"' in page.content.decode()
    sign_in(browser, ADA)
    assert is_signed_in(browser)


def test_an_address_gets_ten_mails_an_hour_and_then_a_plain_answer(monkeypatch):
    for _ in range(10):
        assert ask_for_code(Browser(), ADA).status_code == 302
    refused = ask_for_code(Browser(), ADA)
    assert refused.status_code == 429
    assert 3500 < int(refused["Retry-After"]) <= 3601
    assert "Try again in 60 minutes" in refused.content.decode()
    assert ADA in refused.content.decode()
    assert Mail.objects.count() == 10
    assert ask_for_code(Browser(), "someone-else@example.com").status_code == 302
    moved(monkeypatch, minutes=61)
    assert ask_for_code(Browser(), ADA).status_code == 302


def test_the_code_stands_readable_nowhere():
    """Neither in the database's text nor behind the usual encodings: session, outbox and code rows are sealed."""
    import base64
    import pickle

    browser = Browser()
    ask_for_code(browser, ADA)
    code = newest_code(ADA)
    rows = [
        *LoginSession.objects.values_list("session_data", flat=True),
        *[bytes(sealed) for sealed in Mail.objects.values_list("sealed", flat=True)],
        *[str(row) for row in Mail.objects.values_list()],
        *SignInCode.objects.values_list("digest", flat=True),
    ]
    dump = pickle.dumps(rows)
    plain = code.replace("-", "")
    for spelling in (code, plain, code.lower(), plain.lower()):
        for form in (spelling, base64.b64encode(spelling.encode()).decode(), spelling.encode().hex()):
            assert form.encode() not in dump
    assert LoginSession.objects.count() == 1


def test_signing_in_changes_the_session_key_and_signing_out_ends_it():
    browser = Browser()
    ask_for_code(browser, ADA)
    before = browser.cookies["__Host-sessionid"].value
    token_before = browser.cookies["__Host-csrftoken"].value if "__Host-csrftoken" in browser.cookies else None
    type_code(browser, newest_code(ADA))
    after = browser.cookies["__Host-sessionid"].value
    assert after != before
    assert token_before is None or browser.cookies["__Host-csrftoken"].value != token_before
    assert not LoginSession.objects.filter(pk=LoginSession.key_for(before)).exists()

    assert b"Sign out?" in browser.get("/account/logout/").content
    assert is_signed_in(browser)  # a GET does nothing
    browser.post("/account/logout/")
    thief = Browser()
    thief.cookies["__Host-sessionid"] = after
    assert not is_signed_in(thief)


def test_signing_out_from_another_site_is_refused():
    browser = Browser(enforce_csrf_checks=True)
    browser.cookies = people.browser_of(people.person(ADA)).cookies
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Referer": "https://evil.example/"}):
        assert browser.post("/account/logout/", headers=headers).status_code == 403
    assert is_signed_in(browser)


@pytest.mark.parametrize("next_page", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/\\evil"])
def test_signing_in_leads_to_no_other_site(next_page):
    browser = Browser()
    ask_for_code(browser, ADA, next_page)
    assert type_code(browser, newest_code(ADA), next_page)["Location"] == "/register/status/"


def test_a_link_scanner_changes_nothing():
    """HEAD and GET on every page of the way, without cookies, make no row and no cookie but the form's."""
    for _ in range(3):
        for path in (LOGIN, CODE, "/register/", "/register/status/", "/account/logout/"):
            for response in (Browser().head(path), Browser().get(path)):
                assert set(response.cookies) <= {"__Host-csrftoken"}
    assert (LoginSession.objects.count(), User.objects.count(), Mail.objects.count()) == (0, 0, 0)


def test_addresses_that_nobody_proved_are_forgotten_after_seven_days():
    made = world.event()
    ask_for_code(Browser(), "typo@example.com")
    sign_in(Browser(), "proven@example.com")
    entered = people.person("entered@example.com", proven=False)
    people.ask(entered, made)
    tidying.everything()
    assert User.objects.count() == 3
    User.objects.update(joined_at=timezone.now() - timedelta(days=7, minutes=1))
    tidying.everything()
    assert set(User.objects.values_list("email", flat=True)) == {"proven@example.com", "entered@example.com"}


def test_an_unproven_person_with_a_past_is_kept():
    """Somebody who decided once, was then an organiser no more, and got another address; and one shut out."""
    made = world.event()
    boss = people.organiser("was-boss@example.com")
    people.ask(people.person("p@example.com"), made).approve(by=boss)
    User.objects.filter(pk=boss.pk).update(is_staff=False, is_superuser=False)
    boss.change_email("elsewhere@example.com")
    people.person("shut-out@example.com", proven=False, is_active=False)
    User.objects.update(joined_at=timezone.now() - timedelta(days=30))
    tidying.everything()
    assert User.objects.filter(email__in=["elsewhere@example.com", "shut-out@example.com"]).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_known_and_an_unknown_address_cost_the_same_statements():
    """SI-01: with a database on another machine each statement more could be told from outside."""

    def statements(address):
        with CaptureQueriesContext(connection) as found:
            ask_for_code(Browser(), address)
        return [query["sql"].split()[0] for query in found]

    people.person("known@example.com")
    statements("first@example.com")  # which begins the counters of the network and of all together
    assert statements("known@example.com") == statements("unknown@example.com")


def test_pages_of_allauth_that_we_do_not_use_do_not_exist():
    unused = ["signup/", "email/", "password/change/", "password/reset/", "3rdparty/", "confirm-email/x/"]
    unused += ["reauthenticate/", "second-factor/webauthn/", "second-factor/trust/"]
    for path in unused:
        assert Browser().get("/account/" + path).status_code == 404

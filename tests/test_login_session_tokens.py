"""The cookie of a login session: made by the server alone, another one whenever somebody shows anew who they are."""

import pytest
from allauth.mfa.models import Authenticator

from registration.models import LoginSession, Mail

from . import people
from .clock import moved
from .crawling import answers
from .people import Browser, browser_of
from .steps import ask_for_code, is_signed_in, newest_code, sign_in, type_code
from .test_login_sessions import row_of
from .test_second_factor import secret_of, totp
from .world import World

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

COOKIE = "__Host-sessionid"
AGAIN = "/account/second-factor/again/"


def with_cookie(value):
    browser = Browser()
    browser.cookies[COOKIE] = value
    return browser


def test_a_made_up_token_opens_nothing_and_is_not_taken_up():
    """Also through the whole way of signing in: who planted the cookie knows nothing of the one that is used."""
    real = browser_of(people.person("ada@example.com")).cookies[COOKIE].value
    for made_up in ("a" * 32, real[:-1] + ("a" if real[-1] != "a" else "b"), real.upper(), real + "a", ""):
        assert not is_signed_in(with_cookie(made_up))
    assert is_signed_in(with_cookie(real))  # the control
    planted = with_cookie("a" * 32)
    ask_for_code(planted, "eve@example.com")
    on_the_way = planted.cookies[COOKIE].value
    type_code(planted, newest_code("eve@example.com"))
    assert is_signed_in(planted)
    assert len({"a" * 32, on_the_way, planted.cookies[COOKIE].value}) == 3
    assert not is_signed_in(with_cookie("a" * 32))
    assert not is_signed_in(with_cookie(on_the_way))


def test_each_sign_in_gets_a_token_of_its_own():
    ada = people.person("ada@example.com")
    tokens = {browser_of(ada).cookies[COOKIE].value for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) == 32 and token.isalnum() for token in tokens)


def test_giving_the_factor_again_changes_the_token_and_not_its_age(monkeypatch):
    boss = people.organiser()
    browser_of(boss)
    browser = Browser()
    sign_in(browser, boss.email, "/admin/")
    browser.post("/account/second-factor/sign-in/", {"code": totp(secret_of(boss))})
    before, old = browser.cookies[COOKIE].value, row_of(browser)
    wrong = browser.post(AGAIN, {"code": "000000", "next": "/admin/"})
    assert (wrong.status_code, browser.cookies[COOKIE].value) == (200, before)

    moved(monkeypatch, minutes=20)
    given = browser.post(AGAIN, {"code": totp(secret_of(boss)), "next": "/admin/"})
    assert given["Location"] == "/admin/"
    assert browser.cookies[COOKIE].value != before
    assert browser.get("/admin/").status_code == 200
    new = row_of(browser)
    assert (new.created_at, new.device) == (old.created_at, old.device)
    assert not is_signed_in(with_cookie(before))
    assert LoginSession.objects.filter(user=boss).count() == 2  # this one, and the browser that set the factor up

    for minutes in range(40, 12 * 60, 20):
        moved(monkeypatch, minutes=minutes)
        assert browser.get("/admin/").status_code == 200
    moved(monkeypatch, hours=12, minutes=1)
    assert not is_signed_in(browser)


def test_a_factor_is_added_or_removed_only_after_giving_one_again():
    boss = people.organiser()
    browser = browser_of(boss)
    kept = list(Authenticator.objects.values())
    for page in ("passkeys/add", "recovery-codes", "set-up", "remove", f"passkeys/{kept[0]['id']}/remove"):
        address = f"/account/second-factor/{page}/"
        for answer in (browser.get(address), browser.post(address, {"code": totp(secret_of(boss)), "show": "1"})):
            assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, AGAIN)
    assert list(Authenticator.objects.values()) == kept
    assert not Mail.objects.exists()


def test_the_page_about_factors_leads_to_where_one_is_signed_in():
    assert b'href="/account/sessions/"' in browser_of(people.organiser()).get("/account/second-factor/").content


@pytest.mark.slow
def test_every_page_for_who_is_signed_in_shows_how_to_sign_out():
    """But for the two at the door that are the same for everyone."""
    pages, others, same_for_all = set(), set(), {"/pass/<str:token>/", "/door/offline/"}
    for line, role, _, answer in answers(World(), "get", roles=["signed in", "guest", "viewer", "administrator"]):
        if line.route in same_for_all:
            continue
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            pages.add(str(line))
            assert b'/account/logout/"' in answer.content, (str(line), role)
        elif answer.status_code == 200:
            others.add(line.is_a_page)
    assert len(pages) > 30
    assert others == {False}

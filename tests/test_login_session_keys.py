"""Who reads the database, or a copy of it, can use nobody's login session: the cookie's value is not there."""

import asyncio

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DjangosStore

from registration.login_sessions import SessionStore
from registration.models import LoginSession

from . import people
from .leaks_live import dump, in_any_encoding
from .people import BACKEND, Browser, browser_of
from .steps import ask_for_code, is_signed_in, sign_in

COOKIE = "__Host-sessionid"
DJANGOS = "django.contrib.sessions.backends.db"

pytestmark = [pytest.mark.fast, pytest.mark.django_db(transaction=True)]  # the file is looked at too


def everybodys_cookies():
    """A guest's, an organiser's, one of somebody on the way in, and one that was used before signing in."""
    guest, midway, before = Browser(), Browser(), Browser()
    sign_in(guest, "ada@example.com")
    ask_for_code(midway, "eve@example.com")
    ask_for_code(before, "bob@example.com")
    cookies = {"used before": before.cookies[COOKIE].value}
    sign_in(before, "bob@example.com")
    browsers = {"guest": guest, "organiser": browser_of(people.organiser()), "on the way in": midway, "since": before}
    return cookies | {name: browser.cookies[COOKIE].value for name, browser in browsers.items()}


def test_no_cookie_of_a_login_session_stands_in_the_database():
    cookies = everybodys_cookies()
    assert len(set(cookies.values())) == 5
    assert LoginSession.objects.count() == 4
    dumped = dump()
    assert LoginSession.objects.first().pk.encode() in dumped
    assert in_any_encoding(cookies, dumped) == set()


def test_control_with_djangos_own_store_the_cookie_stands_there(settings):
    settings.SESSION_ENGINE = DJANGOS
    browser = browser_of(people.person("ada@example.com"))
    assert in_any_encoding({"ada": browser.cookies[COOKIE].value}, dump()) == {"ada"}


def signed_in_by(stored):
    thief = Browser()
    thief.cookies[COOKIE] = stored
    return is_signed_in(thief)


def test_what_stands_in_the_database_opens_nothing():
    browser = browser_of(people.person("ada@example.com"))
    assert not signed_in_by(LoginSession.objects.get().pk)
    assert signed_in_by(browser.cookies[COOKIE].value)


def test_control_with_djangos_own_store_it_opens_the_login_session(settings):
    settings.SESSION_ENGINE = DJANGOS
    browser_of(people.person("ada@example.com"))
    assert signed_in_by(DjangosStore.get_model_class().objects.get().pk)


def test_a_row_that_stands_under_its_plain_key_opens_nothing():
    """As those did that were made before: they are deleted by a migration."""
    browser_of(people.person("ada@example.com"))
    LoginSession.objects.update(session_key="a" * 32)
    assert not signed_in_by("a" * 32)


def begin(store, person):
    store.update({SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: BACKEND})
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()


def of_async_views(name):
    return lambda store, *arguments: beside_playwright(async_to_sync(getattr(store, f"a{name}")), *arguments)


def beside_playwright(function, *arguments):
    """Call it as if no loop ran in this thread: Playwright leaves its own running while a browser is open."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return function(*arguments)
    finally:
        asyncio._set_running_loop(loop)


def of_views(name):
    return lambda store, *arguments: getattr(store, name)(*arguments)


@pytest.mark.parametrize("way", [of_views, of_async_views])
def test_every_way_to_a_row_goes_by_the_digest(way):
    create, save, load, exists, cycle_key, delete, flush = map(
        way, ["create", "save", "load", "exists", "cycle_key", "delete", "flush"]
    )
    ada, store = people.person("ada@example.com"), SessionStore()
    begin(store, ada)
    create(store)
    save(store)
    first = store.session_key
    row = LoginSession.objects.get()
    assert (row.pk, row.user) == (LoginSession.key_for(first), ada)
    assert row.pk != first
    assert exists(store, first)
    assert not exists(store, row.pk)
    assert load(SessionStore(first))[SESSION_KEY] == str(ada.pk)
    assert load(SessionStore(row.pk)) == {}

    cycle_key(store)
    second = store.session_key
    assert LoginSession.objects.get().pk == LoginSession.key_for(second) != row.pk
    assert load(SessionStore(first)) == {}
    assert load(SessionStore(second))[SESSION_KEY] == str(ada.pk)

    delete(store, first)  # gone already
    delete(SessionStore(), None)
    assert LoginSession.objects.count() == 1
    flush(store)
    assert (store.session_key, LoginSession.objects.count()) == (None, 0)


@pytest.mark.parametrize("way", [of_views, of_async_views])
def test_one_whose_time_is_over_is_over_for_every_view(way, monkeypatch):
    from .clock import moved

    store = SessionStore()
    begin(store, people.organiser())
    store.create()
    moved(monkeypatch, minutes=29)
    assert way("load")(SessionStore(store.session_key))
    moved(monkeypatch, minutes=31)
    assert way("load")(SessionStore(store.session_key)) == {}

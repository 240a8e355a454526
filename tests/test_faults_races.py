"""A revocation in the middle of signing in: whoever is first, the private part stays shut."""

import random
import time

import pytest

from registration.models import LoginSession, User

from . import people, world
from .figures import report, rounds
from .invariants import broken
from .test_races import ask_for_a_code
from .wire import WireBrowser, all_at_once

pytestmark = [pytest.mark.live, pytest.mark.slow]


def revoke_while_signing_in(url, event, boss, secret, number):
    """One interleaving: whether the person sees the private session afterwards, and whether they did before."""
    address = f"r{number}@example.com"
    user = people.approved(address, event, by=boss)
    granted = user.access_requests.get()
    at_home = WireBrowser(url, user)
    saw_before = secret.title in at_home.get("/").text
    browser, code, token = ask_for_a_code(url, address)
    pause = random.uniform(0, 0.06)

    def sign_in():
        browser.post("/account/login/code/", {"code": code, "next": "/"}, token)

    def revoke():
        time.sleep(pause)
        granted.revoke(by=boss)

    def revoke_and_let_go():
        from django.db import connection

        try:
            revoke()
        finally:
            connection.close()

    all_at_once(sign_in, revoke_and_let_go)
    seen = any(secret.title in one.get("/").text for one in (browser, at_home))
    return seen, saw_before, LoginSession.objects.filter(user=user).exists()


def interleave(url, times):
    event = world.event()
    morning = world.private_part(event, world.Canaries())
    boss, secret = people.organiser(), morning.sessions.first()
    return [revoke_while_signing_in(url, event, boss, secret, number) for number in range(times)]


def test_revoked_in_the_middle_of_signing_in_nobody_sees_the_private_part(live_site):
    """RACE-04, RACE-05: neither the browser that was signing in nor the one that was signed in, at its next click."""
    found = interleave(live_site.url, rounds(10))
    assert all(saw_before for _, saw_before, _ in found)
    assert not any(seen for seen, _, _ in found)
    assert broken() == []
    left = sum(signed_in for _, _, signed_in in found)
    report("RACE-04 revoked while signing in", interleavings=len(found), private_seen=0, login_sessions_left=left)


def test_where_grants_are_remembered_the_revoked_still_see_it(live_site, monkeypatch):
    """The control: and their login sessions are left as they are."""
    monkeypatch.setattr(User, "shut_out", lambda person: None)
    site = live_site.start(env={"UNLOCKED": "grants", "WEB_CONCURRENCY": "1"}, wsgi="tests.unlocked:application")
    assert any(seen for seen, _, _ in interleave(site.url, 4))

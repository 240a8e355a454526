"""Every address, for every role, by every method, against the table in ``access.py``."""

import pytest
from django.contrib.auth import SESSION_KEY

from registration import audience
from registration.models import AccessRequest, Decision

from . import access
from .crawling import REFUSED, SOME, answers, expected_status, plainly
from .people import Browser
from .routes import walk
from .world import World

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


@pytest.fixture
def world():
    return World()


def test_every_address_has_a_line_and_every_line_an_address():
    assert {line.route for line in access.TABLE} == set(walk())


def test_every_role_of_the_table_has_a_person(world):
    assert set(world.roles) == set(access.ROLES)


def statuses(world, method, send=plainly):
    """``{(line, role): status}``."""
    spanish_as = None if method == "get" else SOME
    found = answers(world, method, send, spanish_as=spanish_as)
    return {(str(line), role): answer.status_code for line, role, _, answer in found}


def off_the_table(method, found):
    """What differs from the table, as ``{(line, role): (expected, found)}``."""
    lines = {str(line): line for line in access.TABLE}
    table = {(name, role): expected_status(lines[name], role, method) for name, role in found}
    return {key: (table[key], status) for key, status in found.items() if table[key] != status}


@pytest.mark.slow
def test_get_answers_as_the_table_says(world):
    assert off_the_table("get", statuses(world, "get")) == {}


@pytest.mark.slow
def test_an_empty_form_answers_as_the_table_says(world):
    assert off_the_table("post", statuses(world, "post")) == {}


@pytest.mark.slow
def test_head_is_get_without_the_body(world):
    drawn_anew = "/account/second-factor/set-up/"  # its QR code is another one at each GET
    for line in [line for line in access.TABLE if line.route != drawn_anew]:
        address = line.address(world)
        for role in SOME if line.is_spanish else world.roles:
            browser = world.browsers[role]
            cookies = browser.cookies.copy()
            got = browser.get(address)
            browser.cookies = cookies
            head = browser.head(address)
            assert (head.status_code, head.headers.get("Content-Length")) == (
                got.status_code,
                got.headers.get("Content-Length"),
            ), (str(line), role)
            assert head.content == b""


@pytest.mark.slow
@pytest.mark.parametrize("method", REFUSED)
def test_other_methods_are_refused_for_everyone(world, method):
    assert set(statuses(world, method).values()) == {405}


@pytest.mark.slow
def test_a_post_without_a_token_is_refused_for_everyone_alike(world):
    def without_token(browser, method, address):
        strict = Browser(enforce_csrf_checks=True)
        strict.cookies = browser.cookies
        return strict.post(address, {"step": "approve", "version": 1, "action": "approve_selected"})

    before = list(AccessRequest.objects.values_list("pk", "state", "version"))
    assert set(statuses(world, "post", without_token).values()) == {403}
    assert list(AccessRequest.objects.values_list("pk", "state", "version")) == before


def test_a_forged_decision_without_the_right_changes_nothing(world):
    request = world.request_of("applicant")
    decisions = Decision.objects.count()
    forged = {"step": "approve", "version": request.version, "line": f"{request.pk}:{request.version}"}
    for role in set(access.ROLES) - {"moderator", *access.ADMINISTRATORS}:
        for address in (f"{access.DECIDE}{request.pk}/decide/", f"{access.DECIDE}decide/"):
            world.browsers[role].post(address, forged)
        world.browsers[role].post(
            access.DECIDE, {"action": "approve_selected", "_selected_action": [request.pk], "index": 0}
        )
    assert world.request_of("applicant").state == "pending"
    assert Decision.objects.count() == decisions

    world.browsers["moderator"].post(f"{access.DECIDE}{request.pk}/decide/", forged)  # the control: with the right
    assert world.request_of("applicant").state == "approved"


@pytest.mark.slow
def test_with_the_gate_off_the_table_fails(world, monkeypatch):
    """The control: the test above can fail."""
    monkeypatch.setattr("registration.middleware.has_login_cookie", lambda request: True)
    monkeypatch.setattr("registration.middleware.audience_for", lambda request, event: audience.Audience.ORGANISER)
    wrong = off_the_table("get", statuses(world, "get"))
    assert ("/sessions/<slug:slug>/ private", "visitor") in wrong
    assert ("/sessions/<slug:slug>/ private, another edition", "guest") in wrong


def test_browsers_are_who_they_seem(world):
    for role, browser in world.browsers.items():
        who = browser.session.get(SESSION_KEY) if "__Host-sessionid" in browser.cookies else None
        assert who == (str(world.people[role].pk) if role != "visitor" else None)

"""What every answer carries, whoever asks for what: the policy, its companions, and Mozilla Observatory's A+."""

import re

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, override_settings

from sessions.materials import handing_out

from . import observatory, people, world
from .crawling import SOME, answers, masked
from .people import Browser
from .world import World

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
COMPANIONS = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
TELLING = ("Server", "X-Powered-By", "Access-Control-Allow-Origin")  # nothing needs to know, or to read us from afar


CAMERA = {"/door/", "/door/offline/"}  # where it may be used
FILES = "/materials/<slug:key>/<str:name>"  # a stricter policy: opened in a browser, one belongs to no site


def faults(answer, camera="()", policy=POLICY):
    """What is wrong with the headers of one answer; nothing, as a rule."""
    found = [f"{name}: {answer.get(name)}" for name, value in COMPANIONS.items() if answer.get(name) != value]
    if set(answer.get("Content-Security-Policy", "").split("; ")) != set(policy.split("; ")):
        found.append(f"policy: {answer.get('Content-Security-Policy')}")
    closed = rf"\bcamera={re.escape(camera)}.*\bgeolocation=\(\).*\bmicrophone=\(\)"
    if not re.search(closed, answer.get("Permissions-Policy", "")):
        found.append(f"permissions: {answer.get('Permissions-Policy')}")
    kept = answer.get("Cache-Control")
    if (answer.get("X-Robots-Tag") == "noindex, nofollow") != (kept == "private, no-store"):
        found.append(f"robots: {answer.get('X-Robots-Tag')} though {kept}")
    found += [f"{name}: {answer[name]}" for name in TELLING if name in answer]
    cookies = [morsel.OutputString() for morsel in answer.cookies.values() if morsel.value]  # not what is taken back
    points, tests = observatory.score(answer.headers, answer.content, cookies)
    return found + ([f"{points} points: {tests}"] if points < 100 else [])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_every_address_gets_a_plus_for_every_role(method):
    off = {}
    for line, role, _, answer in answers(World(), method, spanish_as=SOME):
        is_given = answer.status_code == 200
        camera = "(self)" if line.route in CAMERA and is_given else "()"
        policy = handing_out.POLICY if line.route == FILES and is_given else POLICY
        if found := faults(answer, camera, policy):
            off[str(line), role] = found
    assert off == {}


@override_settings(WHITENOISE_AUTOREFRESH=False)
def test_files_errors_and_redirects_carry_them_too():
    strict = Browser(enforce_csrf_checks=True)
    site = Browser()
    found = {
        "a file": streamed(site.get(staticfiles_storage.url("site.css"))),
        "a file of admin": streamed(site.get(staticfiles_storage.url("admin/css/base.css"))),
        "no such file": site.get("/static/no-such-file.css"),
        "bad request": site.get("/?next=%00"),
        "without a token": strict.post("/register/", {}),
        "not found": site.get("/no-such-page/"),
        "no such method": site.put("/"),
        "too large": site.post("/register/", {"why": "x" * 2_000_000}),
        "slash": site.get("/privacy"),
        "sign in first": site.get("/register/status/"),
        "health": site.get("/healthz"),
    }
    assert {name: off for name, answer in found.items() if (off := faults(answer))} == {}
    assert [found[name].status_code for name in ("a file", "a file of admin")] == [200, 200]


def streamed(answer):
    """A file's answer with its bytes read, as those of other answers are."""
    read = HttpResponse(b"".join(answer.streaming_content), status=answer.status_code, headers=dict(answer.items()))
    answer.close()
    return read


def test_a_page_that_breaks_carries_them_too(monkeypatch):
    def broken(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr("sessions.models.EventQuerySet.current", broken)
    answer = Browser().get("/")
    assert (answer.status_code, faults(answer)) == (503, [])


def test_what_is_refused_before_anything_is_read_carries_the_policy():
    """Plain http, and a host that is not ours: no page of ours, so no word of ours on that host's transport."""
    plain = Client(SERVER_NAME="techtrack.test").get("/")
    stranger = Browser().get("/", headers={"Host": "evil.example"})
    assert (plain.status_code, plain["Location"], stranger.status_code) == (301, "https://techtrack.test/", 400)
    for answer in (plain, stranger):
        rest = [fault for fault in faults(answer) if not fault.startswith(("Strict-Transport", "robots", "80 points"))]
        assert rest == []


def test_a_public_page_may_be_listed_and_a_private_one_not():
    made = world.event()
    world.public_part(made)
    assert "X-Robots-Tag" not in Browser().get("/")
    for address in ("/account/login/", "/admin/", "/no-such-page/", "/sessions/no-such-session/"):
        assert Browser().get(address)["X-Robots-Tag"] == "noindex, nofollow"
    assert people.browser_of(people.person("ada@example.com")).get("/")["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize(
    ("name", "value", "points"),
    [
        ("Content-Security-Policy", None, 75),
        ("Content-Security-Policy", POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"), 80),
        ("Content-Security-Policy", POLICY.replace("style-src 'self'", "style-src 'self' data:"), 120),
        ("Strict-Transport-Security", None, 80),
        ("Strict-Transport-Security", "max-age=3600", 120),
        ("X-Content-Type-Options", None, 125),
        ("Cross-Origin-Resource-Policy", None, 120),
        ("Referrer-Policy", "unsafe-url", 120),
    ],
)
def test_the_score_falls_with_what_is_missing(name, value, points):
    """The control."""
    headers = {**COMPANIONS, "Content-Security-Policy": POLICY}
    assert observatory.score(headers)[0] == 130
    worse = {key: kept for key, kept in (headers | {name: value}).items() if kept is not None}
    assert observatory.score(worse)[0] == points


@pytest.mark.parametrize(
    ("cookie", "modifier"),
    [
        ("__Host-sessionid=a; Path=/; Secure; HttpOnly; SameSite=Lax", 5),
        ("__Host-sessionid=a; Path=/; Secure; SameSite=Lax", -30),
        ("sessionid=a; Path=/; HttpOnly; SameSite=Lax", -10),
        ("csrftoken=a; Path=/; Secure; HttpOnly", -20),
    ],
)
def test_a_careless_cookie_costs(cookie, modifier):
    """The control."""
    assert observatory.score(COMPANIONS, cookies=[cookie])[1]["cookies"] == modifier


def test_cookies_hold_no_word_of_anybody():
    """L-19: a login cookie and a form token are random; what pages say next waits on the server."""
    made = World()
    for role, browser in made.browsers.items():
        browser.get("/register/")
        browser.get("/admin/")
        for name, morsel in browser.cookies.items():
            assert name in {"__Host-sessionid", "__Host-csrftoken"}, role
            assert re.fullmatch(r"[A-Za-z0-9]{32}", morsel.value), (role, name)


def test_the_health_check_tells_no_more_than_it_must():
    """L-18."""
    assert masked(Browser().get("/healthz").content) == b"ok"

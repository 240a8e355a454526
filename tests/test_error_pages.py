"""L-05: what goes wrong is told to every role in the same few words, and tells nothing of the site or of anybody."""

import re

import pytest
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404

from registration.sign_in import views as sign_in_views

from . import world
from .crawling import masked
from .people import Browser
from .test_headers import faults

pytestmark = [pytest.mark.fast, pytest.mark.slow, pytest.mark.django_db]

WORD = "xyzzy"  # stands in each path, query and error
ADDRESS = f"/sessions/{WORD}-path/?{WORD}-query={WORD}"
RAISED = {
    400: SuspiciousOperation,
    403: PermissionDenied,
    404: Http404,
    429: lambda _: ImmediateHttpResponse(sign_in_views.too_many(context.request)),  # as allauth's own limits do
    500: RuntimeError,
    503: OperationalError,
}
HEADINGS = {
    400: "This request was not understood",
    403: "You may not do this",
    404: "Nothing to read here",
    405: "That cannot be done here",
    413: "That is too large",
    429: "Too many tries",
    500: "Something broke on our side",
    503: "We cannot answer just now",
}
CSRF = "The form was not sent"
# What nobody need know: where the code lies, what it is made of, how it is set.
INSIDE = re.compile(r"Traceback|\.py\b|/(?:home|root|tmp|usr|var)/|django|python|gunicorn|SELECT |Exception", re.I)
SETTINGS = {"DATA_DIR", "SECRET_KEY", "DEFAULT_FROM_EMAIL", "BASE_DIR"}


def told(made, role, answer):
    """What an error page tells that it should not; ``next`` of a 404's link to sign in is percent-encoded and may."""
    text = re.sub(r'href="/account/login/\?next=[\w%.~-]+"', "", answer.content.decode())
    body = text[text.find("<body") :]
    found = sorted({match.lower() for match in INSIDE.findall(body)})
    found += [name for name in SETTINGS if str(getattr(settings, name)) in text]
    found += [WORD] * (WORD in text)
    person = made.people.get(role)
    found += [word for word in (person and person.email, person and person.name) if word and word in body]
    found += [word for word in made.canaries.words if word in text]
    return found + faults(answer)


def seen_by_all(made, ask):
    """``{role: answer}`` of the same request by everyone."""
    found = {}
    for role, browser in made.browsers.items():
        cookies = browser.cookies.copy()
        found[role] = ask(browser)
        browser.cookies = cookies
    return found


def group_of(made, role):
    """Whose pages have the same links at the top."""
    person = made.people.get(role)
    return "organisers" if person and person.is_staff else "signed in" if person else "visitor"


def same_few_words(made, found, status, heading):
    """Every role gets this page, with nothing in it but the links at the top that differ."""
    bodies = {}
    for role, answer in found.items():
        assert (role, answer.status_code) == (role, status)
        assert f"<h1>{heading}</h1>" in answer.content.decode(), role
        assert (role, told(made, role, answer)) == (role, [])
        bodies.setdefault(group_of(made, role), set()).add(masked(answer.content))
    assert all(len(different) == 1 for different in bodies.values())
    return True


@pytest.fixture
def made():
    made = world.World()
    for person in made.people.values():
        person.name = f"Nemo {person.pk} of {WORD[::-1]}"
        person.save(update_fields=["name"])
    return made


@pytest.mark.parametrize("status", RAISED)
def test_an_error_inside_a_page_tells_nobody_anything(made, monkeypatch, status):
    def broken(*args, **kwargs):
        raise RAISED[status](f"{WORD} at host=db.internal password={WORD}")

    monkeypatch.setattr("sessions.models.EventQuerySet.holding", broken)
    found = seen_by_all(made, lambda browser: browser.get(ADDRESS))
    assert same_few_words(made, found, status, HEADINGS[status])
    retry = {answer.get("Retry-After") for answer in found.values()}
    assert (None not in retry) == (status in {429, 503})


def strict(browser):
    """The same browser, asked for its token as a real one is."""
    other = Browser(enforce_csrf_checks=True)
    other.cookies = browser.cookies
    return other


ASKED = {
    "no such page": (404, lambda browser: browser.get(f"/no-such-{WORD}/?{WORD}=1")),
    "not for them, or not there": (404, lambda browser: browser.get(f"/sessions/{WORD}/")),
    "a NUL in the query": (400, lambda browser: browser.get(f"/?{WORD}=%00")),
    "another method": (405, lambda browser: browser.put(f"/{WORD}/", f"{WORD}=1")),
    "a page that takes no form": (405, lambda browser: browser.post(f"/privacy/?{WORD}", {WORD: WORD})),
    "too large": (413, lambda browser: browser.post(f"/register/?{WORD}", {WORD: WORD * 400_000})),
    "no token": (403, lambda browser: strict(browser).post(f"/register/?{WORD}", {WORD: WORD})),
    "another's token": (
        403,
        lambda browser: strict(browser).post(f"/account/logout/?{WORD}", {"csrfmiddlewaretoken": WORD * 9}),
    ),
}


@pytest.mark.parametrize("what", ASKED)
def test_a_request_that_is_refused_tells_nobody_anything(made, what):
    status, ask = ASKED[what]
    found = seen_by_all(made, ask)
    if what == "a page that takes no form":  # Django's own answer: no body
        assert {(answer.status_code, answer.content) for answer in found.values()} == {(405, b"")}
        assert [told(made, role, answer) for role, answer in found.items() if told(made, role, answer)] == []
        return
    assert same_few_words(made, found, status, CSRF if status == 403 else HEADINGS[status])


def test_too_many_tries_to_sign_in_are_told_in_the_same_words(made, monkeypatch):
    monkeypatch.setattr(sign_in_views.limits, "wait_for_code", lambda *_: sign_in_views.timedelta(minutes=3))
    answer = made.browsers["visitor"].post(f"/account/login/?next=/{WORD}/", {"email": f"{WORD}@example.com"})
    assert same_few_words(made, {"visitor": answer}, 429, HEADINGS[429])
    assert answer["Retry-After"] == "181"


def test_pages_with_djangos_own_error_pages_are_found(made, settings, monkeypatch):
    """The control: DEBUG shows paths, settings and lines of code."""
    settings.DEBUG = True
    boss = made.browsers["administrator"]
    assert WORD in told(made, "administrator", boss.get(f"/no-such-{WORD}/"))

    def broken(*args, **kwargs):
        raise RuntimeError(WORD)

    monkeypatch.setattr("sessions.models.EventQuerySet.holding", broken)
    found = told(made, "administrator", boss.get(ADDRESS))
    assert {WORD, "traceback", ".py", "django"} <= set(found)

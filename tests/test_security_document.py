"""SECURITY.md says what the code does: its figures, its ways in, its commands and its links."""

import re
from datetime import timedelta

import pytest
from allauth.core.internal.ratelimit import parse_rates
from django.conf import settings
from django.utils.module_loading import import_string

from . import documents
from .routes import walk

pytestmark = [pytest.mark.fast]

DOCS = sorted(f"docs/{path.name}" for path in (documents.BASE_DIR / "docs").glob("*.md"))
NO_WAY_IN = {  # under /account/: pages on which nobody shows who they are
    *("/account/logout/", "/account/sessions/", "/account/inactive/"),
    *("/account/second-factor/", "/account/second-factor/remove/", "/account/second-factor/recovery-codes/"),
    "/account/second-factor/passkeys/<int:pk>/remove/",
}


def value_of(name, figure):
    """What the code has under this dotted name, in words like those of the figure that the document tells."""
    value = settings.SECURE_HSTS_SECONDS if name.startswith("django.conf.settings.") else attribute(name)
    if isinstance(value, dict):
        rates = [rate for rate in parse_rates(value["login_failed"]) if rate.per == "key"]
        spans = [f"{rate.amount} in {documents.in_words(timedelta(seconds=rate.duration))}" for rate in rates]
        assert len(spans) == 2
        return spans["day" in figure]
    is_a_time = any(unit in figure for unit in documents.UNITS)  # a whole number is seconds then
    return documents.in_words(timedelta(seconds=value) if isinstance(value, int) and is_a_time else value)


def attribute(name):
    owner, _, last = name.rpartition(".")
    try:
        return import_string(name)
    except ImportError:  # an attribute of a class
        return getattr(import_string(owner), last)


def test_each_figure_is_that_of_the_code():
    rows = documents.tables("SECURITY.md")["Figures"]
    assert len(rows) >= 20
    for row in rows:
        (name,) = documents.quoted(row["in the code"])
        assert row["figure"] == value_of(name, row["figure"]), row["what"]


def test_the_figure_of_a_changed_setting_is_found(monkeypatch):
    """The control."""
    monkeypatch.setattr("registration.sign_in.codes.LIFE", timedelta(minutes=11))
    monkeypatch.setattr("registration.sign_in.codes.WRONG_TRIES", 6)
    (life, tries, *_) = documents.tables("SECURITY.md")["Figures"]
    assert (life["figure"], value_of(f"{CODES}.LIFE", life["figure"])) == ("10 minutes", "11 minutes")
    assert (tries["figure"], value_of(f"{CODES}.WRONG_TRIES", tries["figure"])) == ("5", "6")


def test_the_ways_in_are_those_there_are():
    ways = documents.tables("SECURITY.md")["Ways in"]
    named = {address for row in ways for address in documents.quoted(row["where"])} - {"manage.py organiser"}
    assert named == {route for route in walk() if route.startswith("/account/")} - NO_WAY_IN
    assert settings.AUTHENTICATION_BACKENDS == ["allauth.account.auth_backends.AuthenticationBackend"]


@pytest.mark.parametrize("page", ["README.md", "SECURITY.md", *DOCS])
def test_each_command_and_each_link_leads_somewhere(page):
    content = documents.text(page)
    targets = set(re.findall(r"^([a-z-]+):", documents.text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", content)) <= targets
    for link in re.findall(r"\]\(([^)]+)\)", content):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        here = documents.BASE_DIR / page
        target = (here.parent / path).resolve() if path else here
        assert target.exists(), link
        assert not anchor or anchor in documents.anchors(target), link


CODES = "registration.sign_in.codes"
LASTS = "registration.models.LoginSession"
SPELT = {"five": "5", "seven": "7", "ten": "10", "twenty": "20"}
SENTENCES = [  # where a figure is told in a sentence
    ("README.md", "code, good for {}", "registration.sign_in.enrolment.LIFE"),
    ("README.md", "ends {} after signing in", f"{LASTS}.LIFE_OF_ORGANISERS"),
    ("README.md", "after {} in which they did nothing", f"{LASTS}.IDLE_OF_ORGANISERS"),
    ("README.md", "everyone else's after {}", f"{LASTS}.LIFE"),
    ("README.md", "an address gets {} mails an hour", f"{CODES}.MAILS_AN_HOUR"),
    ("README.md", "may ask for {}, enough", "registration.sign_in.limits.OF_ONE_NETWORK"),
    ("README.md", "one known browser for {}", "registration.sign_in.limits.OF_ONE_KNOWN_BROWSER"),
    ("README.md", "when {} sign-in codes were refused", "registration.models.RefusedCodes.TOO_MANY"),
    ("templates/registration/privacy.html", "for at most {}", f"{LASTS}.LIFE"),
    ("templates/registration/privacy.html", "again for {}", "registration.sign_in.known_browsers.LIFE"),
    ("templates/registration/privacy.html", "codes live {}", f"{CODES}.LIFE"),
    ("templates/registration/privacy.html", "{} after a mail has ended", "registration.models.Mail.KEEPS_RECIPIENT"),
    ("templates/account/own_sessions.html", "signed out {} after", f"{LASTS}.LIFE_OF_ORGANISERS"),
    ("templates/account/own_sessions.html", "did nothing for {}", f"{LASTS}.IDLE_OF_ORGANISERS"),
    ("templates/account/own_sessions.html", "by itself {} after", f"{LASTS}.LIFE"),
    ("templates/account/confirm_login_code.html", "lives {}", f"{CODES}.LIFE"),
    ("templates/registration/mail/sign-in-code.txt", "lives {}", f"{CODES}.LIFE"),
    ("templates/registration/mail/sign-in-code.html", "lives {}", f"{CODES}.LIFE"),
]


@pytest.mark.parametrize(("page", "phrase", "name"), SENTENCES)
def test_sentences_with_figures_tell_those_of_the_code(page, phrase, name):
    told = " ".join(SPELT.get(word.lower(), word) for word in documents.text(page).split())
    is_a_time = name.endswith((".LIFE", "_ORGANISERS", "_RECIPIENT"))
    assert phrase.format(value_of(name, "days" if is_a_time else "")) in told

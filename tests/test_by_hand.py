"""People who wrote an e-mail: organisers enter the request, and its person alone proves the address and agrees."""

import re
from contextlib import nullcontext
from html import unescape
from time import sleep
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest
from django.db import IntegrityError, connection

from registration import by_hand, pasted_mail, rules, tidying
from registration.mail.letters import letter
from registration.models import AccessRequest, Decision, Mail, Record, RulesAcceptance, User

from . import clock, people, world
from .people import Browser, browser_of, organiser, person
from .steps import ask_for_code, newest_code, sign_in, type_code
from .wire import all_at_once

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

JANE = "jane.doe@example.com"
PAGE = "/admin/registration/accessrequest/by-hand/"
MAIL = """From: "Doe, Jane" <Jane.Doe@Example.com>
To: rsvp@techtrack.test
Subject: CACC Tech Track

Hello,

please register me for the private sessions.

Best regards,
Jane Doe
Trust & Safety Lead, Example Platform
+1 555 123 4567
"""
FORM = {"step": "enter", "email": JANE, "full_name": "Jane Doe", "organisation": "Example Platform", "language": "en"}


@pytest.fixture
def morning(event):
    track = world.track(event, "morning", "industry", 1)
    return world.session(track, "Only for guests", 1)


def entered(event, olga, email=JANE, **answers):
    return by_hand.enter(event, email, by=olga, full_name="Jane Doe", organisation="Example Platform", **answers)[0]


def sees(browser, session):
    return browser.get(session.get_absolute_url()).status_code == 200


class TestThePage:
    def test_a_pasted_mail_fills_in_what_it_tells_and_saves_nothing(self, desk, event):
        event.contact_email = "rsvp@techtrack.test"
        event.save()
        page = desk.post(PAGE, {"step": "read", "mail": MAIL, "language": "en"})
        assert page.context["form"].initial | {"why": ""} == {
            "email": JANE,
            "full_name": "Jane Doe",
            "job_title": "Trust & Safety Lead",
            "organisation": "Example Platform",
            "kind": "",
            "why": "",
            "registered": "",
            "reception": "",
            "needs": "",
            "language": "en",
        }
        assert page.context["form"].initial["why"] == "Hello,\n\nplease register me for the private sessions."
        assert (User.objects.filter(email=JANE).count(), AccessRequest.objects.count()) == (0, 0)

    def test_reading_the_same_mail_again_leaves_what_was_put_right(self, desk, event):
        read = desk.post(PAGE, {"step": "read", "mail": MAIL}).context["pasted"].initial["read"]
        again = desk.post(PAGE, {"step": "read", "mail": MAIL, "read": read, "full_name": "Jane Q. Doe"})
        assert again.context["form"].initial["full_name"] == "Jane Q. Doe"
        other = desk.post(PAGE, {"step": "read", "mail": MAIL, "read": "another", "full_name": "Jane Q. Doe"})
        assert other.context["form"].initial["full_name"] == "Jane Doe"

    def test_a_request_is_made_marked_as_entered_and_unproven(self, desk, event, olga):
        answer = desk.post(PAGE, FORM, follow=True)
        one = AccessRequest.objects.get()
        assert (one.state, one.origin, one.entered_by, one.version) == ("pending", "by-hand", olga, 1)
        assert (one.kind, one.registered, one.reception, one.why) == ("", "", "", "")
        assert not one.person.has_proven_address()
        assert not RulesAcceptance.objects.exists()
        page = answer.content.decode()
        assert "not proven yet: an approval opens nothing before" in page
        assert "entered by hand by <bdi>Olga</bdi>" in page
        assert page.count("not given") >= 4
        record = Record.objects.get()
        assert (record.deed, record.actor, record.request) == ("entered", olga, one)

    def test_the_list_tells_it_too(self, desk, event, olga):
        entered(event, olga)
        page = desk.get("/admin/registration/accessrequest/").content.decode()
        assert "entered by hand</td>" in page
        assert PAGE in page

    @pytest.mark.parametrize("state", ["pending", "waiting", "approved", "declined", "revoked"])
    def test_a_request_that_is_there_already_is_shown_instead_of_a_second(self, desk, event, olga, state):
        one = people.ask(person(JANE), event)
        verbs = {"pending": [], "waiting": ["wait"], "approved": ["approve"], "declined": ["decline"]}
        for verb in verbs.get(state, ["approve", "revoke"]):
            getattr(one, verb)(by=olga)
        answer = desk.post(PAGE, FORM | {"email": f" {JANE.upper()} "}, follow=True)
        assert answer.redirect_chain[-1][0] == f"/admin/registration/accessrequest/{one.pk}/change/"
        assert "Nothing was entered" in answer.content.decode()
        assert (AccessRequest.objects.count(), Record.objects.count()) == (1, 0)

    def test_after_withdrawing_a_new_one_may_be_entered(self, desk, event):
        jane = person(JANE)
        people.ask(jane, event).withdraw(by=jane)
        desk.post(PAGE, FORM)
        assert list(AccessRequest.objects.order_by("pk").values_list("state", flat=True)) == ["withdrawn", "pending"]

    def test_somebody_who_was_shut_out_is_not_entered(self, desk, event):
        person(JANE, is_active=False)
        assert "was shut out" in desk.post(PAGE, FORM).content.decode()
        assert not AccessRequest.objects.exists()

    @pytest.mark.parametrize(
        ("field", "typed", "told"),
        [
            ("email", "jane", "Enter an e-mail address"),
            ("full_name", "", "This field is required"),
            ("full_name", "Ja\u202ene", "cannot be seen"),
            ("why", "x" * 1001, "at most 1000"),
            ("kind", "circus", "not one of the available choices"),
            ("mail", "x" * 20_001, "at most 20000"),
        ],
    )
    def test_bad_input_is_told_beside_the_field_and_what_was_typed_stays(self, desk, event, field, typed, told):
        step = "read" if field == "mail" else "enter"
        page = desk.post(PAGE, FORM | {"step": step, "job_title": "Kept title", field: typed}).content.decode()
        assert told in page
        assert "Kept title" in page
        assert not AccessRequest.objects.exists()

    def test_who_may_not_enter_gets_a_403_and_a_get_makes_nothing(self, event):
        for permissions in (people.VIEWER, ["enter_accessrequest"]):
            browser = browser_of(organiser(f"{permissions[0]}@techtrack.test", permissions=permissions))
            assert browser.get(PAGE).status_code == browser.post(PAGE, FORM).status_code == 403
        able = organiser("able@techtrack.test", permissions=["view_accessrequest", "enter_accessrequest"])
        assert browser_of(able).get(PAGE, FORM).status_code == 200
        assert not AccessRequest.objects.exists()


class TestThePerson:
    def test_gets_a_mail_that_says_who_entered_it_and_where_to_go(self, event, olga):
        entered(event, olga, language="es")
        mail = Mail.objects.get()
        assert (mail.purpose, mail.recipient, mail.language) == ("entered", JANE, "es")
        Mail.objects.update(language="en")
        text = letter(Mail.objects.get()).body
        assert "You wrote to the organisers, and they have entered your request" in text
        assert "/register/status/" in text

    def test_an_approval_opens_nothing_before_the_address_is_proven_and_the_rules_agreed_to(self, event, olga, morning):
        entered(event, olga).approve(by=olga)
        browser = Browser()
        ask_for_code(browser, JANE, "/")
        assert not sees(browser, morning)

        answer = type_code(browser, newest_code(JANE), "/")
        assert answer["Location"] == "/register/agree/?next=%2F"
        assert not sees(browser, morning), "proven, but not agreed"
        assert "Approved: one step is left" in browser.get("/register/status/").content.decode()

        assert browser.post("/register/agree/", {"next": "/"}).status_code == 200, "not ticked"
        assert not RulesAcceptance.objects.exists()
        assert browser.post("/register/agree/", {"next": "/", "rules": rules.VERSION})["Location"] == "/"
        assert sees(browser, morning)
        assert browser.get("/register/agree/")["Location"] == "/register/status/", "once is enough"

    def test_without_the_rule_in_the_gate_it_would_open_at_once(self, event, olga, morning, monkeypatch):
        """The control."""
        from registration import audience
        from registration.models import opening

        monkeypatch.setattr(audience._OPENED, "worked_out", None)  # it would still ask with the rule
        monkeypatch.setattr(opening.models, "Exists", lambda rows: opening.models.Q())
        entered(event, olga).approve(by=olga)
        browser = Browser()
        sign_in(browser, JANE)
        assert sees(browser, morning)

    def test_agreeing_is_asked_before_the_decision_as_well(self, event, olga, morning):
        one = entered(event, olga)
        browser = Browser()
        sign_in(browser, JANE, "/register/status/")
        browser.post("/register/agree/", {"rules": rules.VERSION})
        assert not sees(browser, morning)
        one.approve(by=olga)
        assert sees(browser, morning)

    @pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example", "javascript:x()", "\\\\evil.example"])
    def test_agreeing_leads_nowhere_else(self, event, olga, evil):
        entered(event, olga)
        browser = Browser()
        sign_in(browser, JANE)
        assert (
            browser.post("/register/agree/", {"rules": rules.VERSION, "next": evil})["Location"] == "/register/status/"
        )

    def test_puts_right_what_was_entered_and_withdraws(self, event, olga):
        entered(event, olga)
        browser = Browser()
        sign_in(browser, JANE)
        page = browser.get("/register/status/").content.decode()
        assert "What organisers entered for you" in page
        assert "organisers entered this request for you" in page
        version = AccessRequest.objects.get().version
        browser.post("/register/edit/", people.ANSWERS | {"full_name": "Jane Q. Doe", "version": version})
        one = AccessRequest.objects.get()
        assert (one.full_name, one.kind) == ("Jane Q. Doe", "platform")
        assert ("kind of organisation", "not given", "online platform") in [
            (str(label), before, str(after)) for label, before, after in one.edits.get().lines()
        ]
        browser.post("/register/withdraw/")
        assert AccessRequest.objects.get().state == "withdrawn"

    def test_who_asked_themselves_is_not_asked_again(self, event, olga):
        people.ask(person("ada@example.com"), event)
        browser = Browser()
        assert sign_in(browser, "ada@example.com", "/")["Location"] == "/"
        assert browser.get("/register/agree/")["Location"] == "/register/status/"

    def test_is_not_tidied_away_while_the_request_waits(self, event, olga, monkeypatch):
        entered(event, olga)
        User.objects.create_user("stranger@example.com")
        clock.moved(monkeypatch, days=400)
        tidying.everything()
        assert set(User.objects.values_list("email", flat=True)) == {JANE, olga.email}


def test_entering_twice_makes_one_request_and_one_mail(event, olga):
    first, second = entered(event, olga), entered(event, olga)
    assert first == second
    assert (Decision.objects.count(), Mail.objects.count(), Record.objects.count()) == (1, 1, 1)


def entered_at_once(event, olga, count=4):
    """How many requests there are once so many organisers have entered the same person at the same moment."""

    def enter():
        try:
            return entered(event, olga).pk
        except IntegrityError:
            return None
        finally:
            connection.close()

    return len(set(all_at_once(*[enter] * count)))


@pytest.mark.django_db(transaction=True)
def test_entered_by_several_at_once_all_are_shown_the_one_request(event, olga):
    assert entered_at_once(event, olga) == 1
    assert (AccessRequest.objects.count(), Decision.objects.count(), Mail.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_some_meet_the_constraint(event, olga, monkeypatch):
    """The control: each looks before another has written, and the database refuses the second."""
    may_ask = AccessRequest.may_ask

    def look_and_wait(person, event):
        found = may_ask(person, event)
        sleep(0.5)
        return found

    unlocked = SimpleNamespace(
        select_for_update=lambda **_: User.objects, get_or_create_for=User.objects.get_or_create_for
    )
    monkeypatch.setattr(by_hand, "transaction", SimpleNamespace(atomic=nullcontext))
    monkeypatch.setattr(by_hand, "User", SimpleNamespace(objects=unlocked))
    monkeypatch.setattr(AccessRequest, "may_ask", look_and_wait)
    assert entered_at_once(event, olga) > 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Ana García <ana@x.example>  Mon, 3 Aug\n\nQuisiera ir.\n\nUn saludo,\nAna",
            ("ana@x.example", "Ana García"),
        ),
        ("From: =?utf-8?q?Jos=C3=A9_Mu=C3=B1oz?= <jose@x.example>\n\nhi", ("jose@x.example", "José Muñoz")),
        ("From: Jane Doe [mailto:jane@x.example]\nSent: today\n\nFoo", ("jane@x.example", "Jane Doe")),
        ("Please add kim@x.example.\n\nThanks,\n\nKim Lee", ("kim@x.example", "Kim Lee")),
        ("> From: Bob <bob@x.example>\n> hello", ("bob@x.example", "Bob")),
        ("From: Olga <olga@techtrack.test>\nFrom: Bo <bo@x.example>", ("bo@x.example", "Bo")),
        ("From: =?utf-9?q?x?= <odd@x.example>", ("odd@x.example", "")),
        ("no address at all", ("", "")),
        ("", ("", "")),
    ],
)
def test_what_a_mail_tells(text, found):
    read = pasted_mail.read(text, not_from=["olga@techtrack.test"])
    assert (read.email, read.full_name) == found


class TestWritingInstead:
    """Once an event has an address to write to, the public page offers it, with subject and body ready."""

    @pytest.mark.parametrize(
        ("path", "subject", "line"),
        [
            ("/", "Access to the private sessions: Tech Track 2022", "Why I wish to attend:"),
            ("/es/", "Acceso a las sesiones privadas: Tech Track 2022", "Por qué deseo asistir:"),
        ],
    )
    def test_the_page_opens_a_mail_that_is_ready(self, event, morning, path, subject, line):
        event.contact_email = "r&svp+a@techtrack.test"
        event.save()
        href = re.search(r'href="(mailto:[^"]+)"', Browser().get(path).content.decode())[1]
        address = urlsplit(unescape(href))
        assert unquote(address.path) == "r&svp+a@techtrack.test"
        assert "&" not in address.path
        assert "+" not in address.query, "a plus would stay one in a mail"
        said = {name: unquote(value) for name, _, value in (one.partition("=") for one in address.query.split("&"))}
        assert said["subject"] == subject
        assert line in said["body"].split("\r\n")

    def test_without_an_address_nobody_is_told_to_write(self, event, morning):
        assert "mailto:" not in Browser().get("/").content.decode()

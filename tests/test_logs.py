"""What a real site logs: a JSON line an event, with the request's id, and nothing of people."""

import io
import logging
import sys

import pytest
from django.utils import timezone
from django.views.debug import ExceptionReporter

from cacc_techtrack import logs
from registration.mail.worker import Worker
from registration.models import AccessRequest, Alarm, Mail, RefusedCodes
from registration.sign_in import codes

from . import clock, people, world
from .people import FORM, Browser, browser_of, person
from .steps import CODE, ask_for_code, newest_code, seen_on, type_code

pytestmark = [pytest.mark.fast, pytest.mark.django_db(transaction=True)]

ADA = "ada@example.com"


def test_each_request_leaves_one_line_without_a_person_or_a_path(log):
    event = world.event()
    secret = world.private_part(event, world.Canaries(), count=1).sessions.get()
    boss = people.organiser()
    guest = browser_of(people.approved(ADA, event, by=boss))

    guest.get(f"/sessions/{secret.slug}/?ask=this")
    Browser().get(f"/sessions/{secret.slug}/?ask=this")
    browser_of(boss).get("/admin/")
    Browser().get("/no/such/page")

    lines = log.lines("answered")
    assert [(line["method"], line["route"], line["status"], line["role"]) for line in lines] == [
        ("GET", "sessions:session", 200, "signed in"),
        ("GET", "sessions:session", 404, "visitor"),
        ("GET", "admin:index", 200, "organiser"),
        ("GET", "none", 404, "visitor"),
    ]
    assert len({line["request"] for line in lines}) == 4
    assert all(0 <= line["ms"] < 60_000 for line in lines)
    for absent in (secret.slug, "this", ADA, "such"):
        assert absent not in log.text


def test_the_mail_workers_line_bears_the_id_of_the_request_that_queued_the_mail(log, settings, mailbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    ask_for_code(Browser(), ADA)
    code = newest_code(ADA)
    Worker().deliver_all()

    (answered,) = log.lines("answered")
    (sent,) = log.lines("mail sent")

    assert mailbox.wait_for(ADA).code == code
    assert sent["request"] == answered["request"] == Mail.objects.get().request_id != ""
    assert (sent["purpose"], sent["try"], sent["mail"]) == ("sign-in-code", 1, Mail.objects.get().pk)
    assert not logs.request_id()
    for absent in (ADA, code, code.replace("-", "")):
        assert absent not in log.text


def test_what_the_mail_server_says_of_an_address_is_not_logged(log, settings, mailbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    mailbox.reply = f"550 no {ADA} here"
    ask_for_code(Browser(), ADA)
    Worker().deliver_all()

    (line,) = log.lines("mail not sent")

    assert (line["why"], line["final"]) == ("SMTPDataError", True)
    assert ADA not in log.text


@pytest.mark.parametrize(
    ("header", "proxies", "given", "taken"),
    [
        ("X-Request-ID", 1, "abcd-1234", True),
        ("X-Request-ID", 0, "abcd-1234", False),  # nobody stands in front: a stranger may have sent it
        ("", 1, "abcd-1234", False),
        ("X-Request-ID", 1, 'abcd"1234', False),
        ("X-Request-ID", 1, "short", False),
        ("X-Request-ID", 1, "x" * 65, False),
    ],
)
def test_an_id_is_taken_from_a_proxy_only_where_settings_say_so(log, settings, header, proxies, given, taken):
    settings.REQUEST_ID_HEADER, settings.TRUSTED_PROXY_COUNT = header, proxies
    Browser().get("/privacy/", headers={"X-Request-ID": given})
    assert (log.lines("answered")[0]["request"] == given) == taken


class Boom(Exception):
    pass


def boom(*args, **kwargs):
    raise Boom(f"it was canary-in-the-text and {args} {kwargs}")


def break_the_code_view(monkeypatch):
    browser = Browser()
    ask_for_code(browser, ADA)
    monkeypatch.setattr(codes, "spend_try", boom)
    return browser, CODE, {"code": "canary-code"}, newest_code(ADA)


def break_the_request_view(monkeypatch):
    world.event()
    browser = browser_of(person(ADA))
    monkeypatch.setattr(AccessRequest, "ask", boom)
    return browser, "/register/", FORM | {"full_name": "canary-name", "why": "canary-why"}, "canary-name"


def break_the_decision_view(monkeypatch):
    request = people.ask(person(ADA), world.event())
    monkeypatch.setattr(AccessRequest, "approve", boom)
    form = {"step": "approve", "version": 1, "reason": "canary-reason", "words": "canary-words"}
    return browser_of(people.organiser()), f"/admin/registration/accessrequest/{request.pk}/decide/", form, ADA


@pytest.mark.parametrize("break_it", [break_the_code_view, break_the_request_view, break_the_decision_view])
def test_a_500_says_where_it_happened_and_nothing_that_was_typed(log, monkeypatch, break_it):
    """LOG-01."""
    browser, path, form, secret = break_it(monkeypatch)
    cookie = browser.cookies["__Host-sessionid"].value

    assert browser.post(path, form).status_code == 500

    (error,) = [line for line in log.lines() if line["level"] == "ERROR"]
    assert (error["event"], error["error"], error["status"]) == ("Internal Server Error", "tests.test_logs.Boom", 500)
    assert error["lines"][-1].startswith("tests/test_logs.py:")
    assert error["lines"][-1].endswith(" boom")
    assert error["request"] == log.lines("answered")[-1]["request"]
    for absent in ("canary", ADA, secret, secret.replace("-", ""), cookie, path):
        assert absent not in log.text


def test_the_control_a_plain_formatter_would_have_told(monkeypatch):
    """The control of LOG-01."""
    browser, path, form, _ = break_the_request_view(monkeypatch)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    browser.post(path, form)
    logging.getLogger().removeHandler(handler)
    assert "canary-in-the-text" in stream.getvalue()
    assert "canary-why" in stream.getvalue()


def test_an_error_report_holds_no_body_no_cookie_and_no_variable(rf):
    request = rf.post("/account/login/code/", {"code": "canary-code"}, HTTP_COOKIE="sessionid=canary-cookie")
    try:
        variable = "canary-variable"
        raise Boom(len(variable))
    except Boom:
        report = ExceptionReporter(request, *sys.exc_info())
    assert "canary-code" not in report.get_traceback_text()
    assert "canary-cookie" not in report.get_traceback_text()
    frames = report.get_traceback_data()["frames"]
    assert [frame["vars"] for frame in frames] == [[]] * len(frames)


def test_lines_of_others_hold_no_argument_of_theirs(log):
    logging.getLogger("gunicorn.error").warning("Error handling request %s", "/cal/token-in-a-path")
    logging.getLogger("django.security.other").warning("Forbidden (%s): %s", "reason", "/path-with-a-token")
    assert [line["event"] for line in log.lines()] == ["Error handling request %s", "Forbidden (%s)"]
    assert "token" not in log.text


def test_a_host_that_is_not_ours_is_logged_without_what_it_said(log):
    Browser().get("/", headers={"Host": "canary.example"})
    assert "DisallowedHost" in log.text
    assert "canary" not in log.text


def test_on_a_local_site_a_line_is_for_people():
    record = logging.makeLogRecord({"name": "techtrack.mail", "levelname": "WARNING", "msg": "mail not sent"})
    record.mail, record.why = 7, "SMTPDataError"
    line = logs.ForPeople("{levelname} {name}: {message}", style="{").format(record)
    assert line == "WARNING techtrack.mail: mail not sent (mail 7, why SMTPDataError)"


# What administrators are told


def told():
    return sorted(Mail.objects.filter(purpose__startswith="alarm").values_list("purpose", "recipient"))


@pytest.fixture
def one_minute(monkeypatch):
    """The clock stands still, so that a slow machine does not spread the codes over two minutes."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.mark.usefixtures("one_minute")
def test_many_refused_codes_within_a_minute_are_told_once(log):
    """LOG-02."""
    people.organiser()
    for number in range(RefusedCodes.TOO_MANY // 5 + 1):
        browser = Browser()
        ask_for_code(browser, f"p{number}@example.com")
        for _ in range(5):
            type_code(browser, "BBBB-BBBB")

    assert told() == [("alarm-codes", "olga@techtrack.test")]
    (line,) = log.lines("many sign-in codes were refused within a minute")
    assert (line["level"], line["cause"], line["refused"]) == ("WARNING", "alarm-codes", 20)


@pytest.mark.usefixtures("one_minute")
def test_fewer_refused_codes_are_told_to_nobody():
    """The control of LOG-02: what is told is told for a reason."""
    people.organiser()
    for _ in range(RefusedCodes.TOO_MANY - 1):
        RefusedCodes.count_one()
    assert told() == []
    RefusedCodes.count_one()
    assert told() == [("alarm-codes", "olga@techtrack.test")]


def test_each_cause_has_one_mail_a_day_and_every_administrator_gets_it(log, monkeypatch, mailbox, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    olga, _ = people.organiser(), people.organiser("otto@techtrack.test")
    people.organiser("mona@techtrack.test", permissions=people.MODERATOR)
    for _ in range(3):
        Alarm.objects.sound("alarm-factor")
    assert told() == [("alarm-factor", "olga@techtrack.test"), ("alarm-factor", "otto@techtrack.test")]
    assert len(log.lines("an organiser's second factor was removed")) == 3
    Worker().deliver_all()
    received = mailbox.wait_for(olga.email)
    assert received.subject == "The Tech Track site: an organiser's second factor was removed"
    clock.moved(monkeypatch, hours=25)
    Alarm.objects.sound("alarm-factor")
    assert len(told()) == 4
    assert Alarm.objects.get().times == 4


def test_a_new_organiser_and_a_factor_taken_away_are_told():
    olga = people.organiser()
    desk, ada = browser_of(olga), person(ADA)
    form = {"email": ADA, "name": "", "is_active": "on", "is_staff": "on", "groups": [], "user_permissions": []}
    page = f"/admin/registration/user/{ada.pk}/change/"
    assert desk.post(page, form | seen_on(desk, page)).status_code == 302
    assert told() == [("alarm-organiser", olga.email)]
    olga.authenticator_set.all().delete()
    assert told() == [("alarm-factor", olga.email), ("alarm-organiser", olga.email)]


def test_mail_that_waits_for_long_is_told_by_the_timer_too(capsys, monkeypatch):
    from django.core.management import call_command

    people.organiser()
    people.ask(person(ADA), world.event())
    call_command("tidy")
    assert told() == []
    clock.moved(monkeypatch, minutes=6)
    call_command("tidy")
    call_command("tidy")
    assert told() == [("alarm-queue", "olga@techtrack.test")]
    assert Alarm.objects.get().figures == {"minutes": 6, "waiting": 2}

"""A steward's phone is lost: an administrator ends its login session, and the next scan from it is refused."""

import pytest
from django.contrib.admin.models import LogEntry

from registration import roles
from registration.models import LoginSession, Pass

from . import people
from .people import Browser, browser_of, steward
from .steps import ask_for_code, is_signed_in, newest_code, type_code

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


@pytest.fixture
def stella(event):
    return steward()


@pytest.fixture
def pass_(event, olga):
    people.approved("ada@example.com", event, by=olga)
    return Pass.objects.get()


def page_of(person):
    return f"/admin/registration/user/{person.pk}/login-sessions/"


def named(browser):
    row = LoginSession.objects.get(pk=LoginSession.key_for(browser.cookies["__Host-sessionid"].value))
    return row.name


def scans(browser, pass_):
    """Whether a scan shows whose pass it is."""
    return "Ada Applicant" in browser.get(f"/pass/{pass_.token}/").content.decode()


def test_the_login_session_of_a_lost_phone_is_ended_and_its_next_scan_refused(desk, stella, pass_):
    """QR-06. The control: it scanned before, and the steward's other phone goes on."""
    lost, other = browser_of(stella), browser_of(stella)
    assert scans(lost, pass_)
    page = desk.get(page_of(stella))
    assert len(page.context["found"]) == 2
    assert page_of(stella) in desk.get(f"/admin/registration/user/{stella.pk}/change/").content.decode()
    told = desk.post(page_of(stella), {"end": named(lost)}, follow=True).content.decode()
    assert "Ended. What that browser asks for next is refused." in told
    assert not scans(lost, pass_)
    assert lost.post("/door/check-in/", {"who": pass_.door_id, "scan": "0" * 32}).status_code == 404
    assert not pass_.request.visits.exists()
    assert scans(other, pass_)
    entry = LogEntry.objects.get()
    assert entry.object_id == str(stella.pk)
    assert entry.change_message.startswith("Ended a login session: a browser, since")
    desk.post(page_of(stella), {"end": named(other)})
    assert not scans(other, pass_)


def test_all_at_once_ends_codes_that_were_mailed_too(desk, stella, pass_):
    lost, other, midway = browser_of(stella), browser_of(stella), Browser()
    ask_for_code(midway, stella.email)
    code = newest_code(stella.email)
    desk.post(page_of(stella), {"all": "1"})
    assert not any(scans(browser, pass_) for browser in (lost, other))
    type_code(midway, code)
    assert not is_signed_in(midway)
    assert LogEntry.objects.get().change_message == "Signed out everywhere."
    assert "is signed in nowhere" in desk.get(page_of(stella)).content.decode()


def test_who_is_no_steward_any_more_scans_nothing(desk, stella, pass_):
    phone = browser_of(stella)
    assert scans(phone, pass_)
    stella.groups.clear()
    assert not scans(phone, pass_)
    assert is_signed_in(phone)


def test_nobody_else_ends_them_and_reading_ends_nothing(desk, stella):
    phone = browser_of(stella)
    form = {"end": named(phone), "all": "1"}
    others = {role: browser_of(people.organiser(f"{role[:3]}@techtrack.test", role=role)) for role in ROLES}
    for role, browser in others.items():
        assert browser.get(page_of(stella)).status_code == 403, role
        assert browser.post(page_of(stella), form).status_code == 403, role
    assert phone.post(page_of(stella), form).status_code == 404
    assert Browser().post(page_of(stella), form).status_code == 302
    desk.get(page_of(stella), form)
    desk.post(page_of(stella), {"end": "somebody else's"})
    desk.post(page_of(people.person("eve@example.com")), {"end": named(phone)})
    assert is_signed_in(phone)
    assert desk.get("/admin/registration/user/999999/login-sessions/").status_code == 404


ROLES = [roles.VIEWER, roles.MODERATOR, roles.EDITOR, roles.ADMINISTRATOR]

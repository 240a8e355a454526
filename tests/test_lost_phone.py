"""A phone is lost: an administrator ends its login session, and the next page that it asks for is refused."""

import pytest
from django.contrib.admin.models import LogEntry

from registration import roles
from registration.models import LoginSession

from . import people
from .people import Browser, browser_of
from .steps import ask_for_code, is_signed_in, newest_code, type_code

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

ROLES = [roles.VIEWER, roles.MODERATOR, roles.EDITOR, roles.ADMINISTRATOR]


@pytest.fixture
def stella(event):
    return people.person("stella@techtrack.test")


def page_of(person):
    return f"/admin/registration/user/{person.pk}/login-sessions/"


def named(browser):
    return LoginSession.objects.get(pk=LoginSession.key_for(browser.cookies["__Host-sessionid"].value)).name


def test_the_login_session_of_a_lost_phone_is_ended(desk, stella):
    """The control: their other phone goes on."""
    lost, other = browser_of(stella), browser_of(stella)
    assert len(desk.get(page_of(stella)).context["found"]) == 2
    assert page_of(stella) in desk.get(f"/admin/registration/user/{stella.pk}/change/").content.decode()
    told = desk.post(page_of(stella), {"end": named(lost)}, follow=True).content.decode()
    assert "Ended. What that browser asks for next is refused." in told
    assert (is_signed_in(lost), is_signed_in(other)) == (False, True)
    entry = LogEntry.objects.get()
    assert entry.object_id == str(stella.pk)
    assert entry.change_message.startswith("Ended a login session: a browser, since")
    assert "That one was over already." in desk.post(page_of(stella), {"end": "x"}, follow=True).content.decode()


def test_all_at_once_ends_codes_that_were_mailed_too(desk, stella):
    lost, other, midway = browser_of(stella), browser_of(stella), Browser()
    ask_for_code(midway, stella.email)
    code = newest_code(stella.email)
    desk.post(page_of(stella), {"all": "1"})
    type_code(midway, code)
    assert not any(is_signed_in(browser) for browser in (lost, other, midway))
    assert LogEntry.objects.get().change_message == "Signed out everywhere."
    assert "is signed in nowhere" in desk.get(page_of(stella)).content.decode()


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
    desk.post(page_of(people.person("eve@example.com")), {"end": named(phone)})
    assert is_signed_in(phone)
    assert desk.get("/admin/registration/user/999999/login-sessions/").status_code == 404

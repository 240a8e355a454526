"""Administrators end the login sessions of one person, of several, or of everybody; nobody else does."""

import pytest
from django.contrib.admin.models import LogEntry

from registration.models import LoginSession, SignInCode

from . import people
from .people import Browser, browser_of
from .steps import ask_for_code, is_signed_in, newest_code, sign_in, type_code

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

LIST = "/admin/registration/user/"


def sign_out(desk, *who, everybody=""):
    form = {"action": "sign_out", "_selected_action": [person.pk for person in who], "index": 0}
    return desk.post(LIST, form | {"select_across": everybody})


def test_an_administrator_signs_one_person_out_everywhere_or_all():
    boss = people.organiser()
    ada, eve = people.person("ada@example.com"), people.person("eve@example.com")
    desk, phone, laptop, eves = browser_of(boss), browser_of(ada), browser_of(ada), browser_of(eve)
    midway = Browser()
    ask_for_code(midway, ada.email)
    code = newest_code(ada.email)
    told = desk.get(sign_out(desk, ada)["Location"]).content.decode()
    assert "Signed out everywhere: 1 person." in told
    assert [is_signed_in(each) for each in (phone, laptop, eves, desk)] == [False, False, True, True]
    type_code(midway, code)
    assert not is_signed_in(midway)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.change_message) == (boss, str(ada.pk), "Signed out everywhere.")
    sign_in(Browser(), ada.email)  # nobody is shut out for good

    sign_out(desk, eve, everybody="1")
    assert [is_signed_in(each) for each in (eves, desk)] == [False, False]
    assert not LoginSession.objects.filter(user__isnull=False).exists()
    assert not SignInCode.objects.exists()


def test_nobody_else_may():
    helper = people.organiser("hal@techtrack.test", permissions=["view_user", "change_user"])
    ada = people.person("ada@example.com")
    browser, desk = browser_of(ada), browser_of(helper)
    assert "sign_out" not in desk.get(LIST).content.decode()
    sign_out(desk, ada)
    sign_out(browser, ada)
    sign_out(Browser(), ada)
    assert is_signed_in(browser)
    assert b'value="sign_out"' in browser_of(people.organiser()).get(LIST).content  # the control

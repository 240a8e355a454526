"""Enrolment codes for further organisers, and the way back of one who lost their device."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command

from registration.mail.letters import letter
from registration.models import EnrolmentCode, LoginSession, Mail, User

from . import people
from .people import Browser, browser_of
from .steps import is_signed_in, seen_on, sign_in
from .test_second_factor import enrol, make_organiser

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

CODE = re.compile(r"\b[B-Z]{4}-[B-Z]{4}-[B-Z]{4}\b")


def page(person, deed):
    return f"/admin/registration/user/{person.pk}/{deed}/"


def code_in(response):
    found = CODE.search(response.content.decode())
    return found and found.group()


def news_of(person):
    return list(Mail.objects.filter(person=person, purpose=Mail.SECOND_FACTOR).values_list("about", flat=True))


@pytest.fixture
def boss():
    return people.organiser("boss@techtrack.test", name="Boss")


@pytest.fixture
def moderator():
    return people.organiser("mod@techtrack.test", permissions=people.MODERATOR, name="Mod")


def test_an_administrator_issues_a_code_and_the_new_organiser_enters(boss, moderator):
    address = page(moderator, "enrolment-code")
    browser = browser_of(boss)
    assert "Enrolment code" in browser.get(f"/admin/registration/user/{moderator.pk}/change/").content.decode()
    asked = browser.get(address)
    assert code_in(asked) is None
    assert not EnrolmentCode.objects.exists()
    code = code_in(browser.post(address))
    assert code_in(browser.get(address)) is None  # shown once
    assert code not in str(list(EnrolmentCode.objects.values()))

    theirs = Browser()
    sign_in(theirs, moderator.email, "/admin/")
    assert enrol(theirs, code)[1].status_code == 302
    assert Authenticator.objects.filter(user=moderator).exists()

    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.change_message) == (
        boss,
        str(moderator.pk),
        "Issued an enrolment code.",
    )
    assert "enrolment-code" in news_of(moderator)


def test_the_way_back_of_one_who_lost_their_device(boss, moderator):
    theirs = browser_of(moderator)
    old = Authenticator.objects.get(user=moderator)
    assert theirs.get("/admin/").status_code == 200
    response = browser_of(boss).post(page(moderator, "lost-device"))
    assert not Authenticator.objects.filter(pk=old.pk).exists()
    assert theirs.get("/admin/").status_code == 302
    assert not is_signed_in(theirs)
    assert not LoginSession.objects.filter(user=moderator).exists()
    assert news_of(moderator) == ["device-lost"]
    assert LogEntry.objects.get().change_message.startswith("Lost device: removed the second factors")

    again = Browser()
    sign_in(again, moderator.email, "/admin/")
    assert again.get("/admin/").status_code == 302
    assert enrol(again, "BBBB-BBBB-BBBB")[1].status_code == 200  # by mail alone there is no way back
    assert enrol(again, code_in(response))[1].status_code == 302


def test_the_mail_says_what_and_when(boss, moderator):
    browser_of(boss).post(page(moderator, "lost-device"))
    mail = Mail.objects.get(person=moderator, purpose=Mail.SECOND_FACTOR)
    text = letter(mail).body
    assert "reported as lost" in text
    assert f"{mail.created_at:%H:%M} UTC" in text
    assert CODE.search(text) is None


@pytest.mark.parametrize("deed", ["enrolment-code", "lost-device"])
def test_nobody_else_may(deed, boss, moderator):
    other = people.organiser("other@techtrack.test", permissions=people.MODERATOR, name="Other")
    browser_of(moderator)
    factors = list(Authenticator.objects.filter(user__in=[boss, moderator]).values_list("pk", flat=True))
    for who in (
        Browser(),
        browser_of(people.person("guest@example.com")),
        browser_of(other),
        browser_of(boss, second_factor=False),
    ):
        for method in ("get", "post"):
            assert code_in(getattr(who, method)(page(moderator, deed))) is None
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = browser_of(boss).cookies
    assert strict.post(page(moderator, deed)).status_code == 403
    assert set(factors) <= set(Authenticator.objects.values_list("pk", flat=True))
    assert not EnrolmentCode.objects.exists()
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("deed", ["enrolment-code", "lost-device"])
def test_never_for_oneself_nor_for_who_is_no_organiser(deed, boss):
    browser = browser_of(boss)
    told = browser.post(page(boss, deed), follow=True)
    assert "ask another administrator" in told.content.decode()
    assert Authenticator.objects.filter(user=boss).exists()
    assert browser.get("/admin/").status_code == 200
    assert browser.post(page(people.person("ada@example.com"), deed)).status_code == 404
    assert not EnrolmentCode.objects.exists()


def test_a_code_is_no_second_way_beside_a_factor_that_is_there(boss, moderator):
    browser_of(moderator)
    told = browser_of(boss).post(page(moderator, "enrolment-code"), follow=True)
    assert "report the device as lost" in told.content.decode()
    assert not EnrolmentCode.objects.exists()


def test_the_command_is_the_last_resort(boss, capsys):
    theirs = browser_of(boss)
    call_command("organiser", boss.email, "--lost-device")
    code = CODE.search(capsys.readouterr().out).group()
    assert not is_signed_in(theirs)
    assert news_of(boss) == ["device-lost"]
    again = Browser()
    sign_in(again, boss.email, "/admin/")
    assert enrol(again, code)[1].status_code == 302
    for nobody in ("nobody@example.com", people.person("ada@example.com").email):
        with pytest.raises(CommandError, match="no organiser"):
            call_command("organiser", nobody, "--lost-device")
    assert not people.User.objects.filter(email="nobody@example.com").exists()


def test_who_is_made_an_organiser_in_admin_begins_without_a_factor(boss):
    ada = people.person("ada@example.com")
    browser_of(ada, second_factor=True)
    form = {"email": ada.email, "name": "", "is_active": "on", "is_staff": "on", "groups": [], "user_permissions": []}
    desk, page = browser_of(boss), f"/admin/registration/user/{ada.pk}/change/"
    response = desk.post(page, form | seen_on(desk, page))
    assert response.status_code == 302
    ada.refresh_from_db()
    assert ada.is_staff
    assert not Authenticator.objects.filter(user=ada).exists()


def test_the_first_administrator_still_comes_by_the_command():
    said, code = make_organiser()
    assert code in said


def test_what_was_taken_away_in_the_last_moment_is_gone(boss, moderator, monkeypatch):
    """The person is read under the lock: no code for who ceased to be an organiser while the page was sent."""
    locked = type(User.objects).select_for_update

    def demote_then_lock(*args, **how):
        User.objects.filter(pk=moderator.pk).update(is_staff=False)
        return locked(*args, **how)

    browser, address = browser_of(boss), page(moderator, "enrolment-code")
    monkeypatch.setattr(type(User.objects), "select_for_update", demote_then_lock)
    assert browser.post(address).status_code == 404
    assert not EnrolmentCode.objects.exists()

"""``manage.py tidy``: what is past its time goes, what is not stays, and two runs at once do no harm."""

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from registration import tidying
from registration.models import EnrolmentCode, LoginSession, Mail, User
from registration.sign_in import enrolment

from . import clock, people, world
from .people import Browser, browser_of, person
from .steps import ask_for_code
from .wire import all_at_once

pytestmark = [pytest.mark.fast, pytest.mark.django_db(transaction=True)]


def everything_that_grows_old():
    event = world.event()
    browser_of(person("ada@example.com"))
    people.ask(person("eve@example.com"), event)
    enrolment.new_code(people.organiser())
    ask_for_code(Browser(), "stranger@example.com")
    Mail.objects.filter(purpose="received").update(state="sent", ended_at=timezone.now())
    cache.set("count-of-tries", 3, timeout=60)


def printed(capsys):
    call_command("tidy")
    lines = capsys.readouterr().out.splitlines()
    return {what: int(count) for count, _, what in (line.partition(" ") for line in lines)}


def test_what_is_not_past_its_time_stays(capsys):
    everything_that_grows_old()
    before = [model.objects.count() for model in (User, LoginSession, EnrolmentCode, Mail)]

    assert set(printed(capsys).values()) == {0}

    assert [model.objects.count() for model in (User, LoginSession, EnrolmentCode, Mail)] == before
    assert cache.get("count-of-tries") == 3
    assert Mail.objects.get(purpose="received").recipient == "eve@example.com"


def test_what_is_past_its_time_goes_and_is_counted(capsys, monkeypatch):
    everything_that_grows_old()
    clock.moved(monkeypatch, days=15)

    assert printed(capsys) == {
        "sign-in codes": 1,
        "codes that were not sent in time": 1,
        "enrolment codes": 1,
        "login sessions": 2,  # ada's, and the stranger's who asked for a code
        "recipients of old mail": 1,
        "addresses that nobody proved": 1,
        "counters": 3,  # of the network that asked for a code, of its first few, and of all together
        "counts of refused codes": 0,
        "cache entries": 1,
    }

    assert list(User.objects.values_list("email", flat=True)) == [
        "ada@example.com",
        "eve@example.com",
        "olga@techtrack.test",
    ]
    assert (LoginSession.objects.count(), EnrolmentCode.objects.count()) == (0, 0)
    assert set(printed(capsys).values()) == {0}


def test_a_code_that_nobody_used_says_nothing_a_week_later(capsys, monkeypatch):
    ask_for_code(Browser(), "stranger@example.com")
    clock.moved(monkeypatch, days=1)
    tidying.everything()
    clock.moved(monkeypatch, days=9)
    tidying.everything()
    mail = Mail.objects.get()
    assert (mail.recipient, mail.person, mail.sealed, mail.state) == ("", None, None, "expired")


def test_two_runs_at_once_count_each_row_once(monkeypatch):
    LoginSession.objects.bulk_create(
        LoginSession(session_key=f"k{number}", session_data="", expire_date=timezone.now()) for number in range(1200)
    )
    for number in range(60):
        User.objects.create_user(f"p{number}@example.com")
    clock.moved(monkeypatch, days=8)

    def run():
        try:
            return tidying.everything()
        finally:
            connection.close()

    first, second = all_at_once(run, run)

    assert first["login sessions"] + second["login sessions"] == 1200
    assert first["addresses that nobody proved"] + second["addresses that nobody proved"] == 60
    assert (LoginSession.objects.count(), User.objects.count()) == (0, 0)


def test_somebody_who_proves_the_address_in_the_last_moment_stays(monkeypatch):
    """Between being found and being deleted; the control is the second person, who does not."""
    slow, gone = User.objects.create_user("slow@example.com"), User.objects.create_user("gone@example.com")
    clock.moved(monkeypatch, days=8)
    locked = type(User.objects).select_for_update

    def prove_then_lock(*args, **kwargs):
        EmailAddress.objects.filter(user=slow).update(verified=True)
        return locked(*args, **kwargs)

    monkeypatch.setattr(type(User.objects), "select_for_update", prove_then_lock)
    tidying.everything()

    assert User.objects.filter(pk=slow.pk).exists()
    assert not User.objects.filter(pk=gone.pk).exists()

"""``manage.py tidy``: what is past its time goes, what is not stays, and two runs at once do no harm."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from registration import tidying
from registration.models import AccessRequest, EnrolmentCode, LoginSession, Mail, User
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


@pytest.fixture(autouse=True)
def _storage_of_its_own(settings, tmp_path):
    """Other tests left files there, with the rows that named them rolled back."""
    options = {"location": tmp_path / "files"}
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": options}}


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
        "mails with a code": 0,  # it ended only now, not having been sent
        "recipients of old mail": 1,
        "addresses that nobody proved": 1,
        "addresses of invitations that ended": 0,
        "counters": 4,  # of the network that asked for a code, its first few, the mailbox, and all together
        "counts of refused codes": 0,
        "cache entries": 1,
        "files of no material": 0,
    }

    assert list(User.objects.values_list("email", flat=True)) == [
        "ada@example.com",
        "eve@example.com",
        "olga@techtrack.test",
    ]
    assert (LoginSession.objects.count(), EnrolmentCode.objects.count()) == (0, 0)
    assert set(printed(capsys).values()) == {0}


def test_a_mail_with_a_code_goes_a_day_after_its_end_and_one_about_a_decision_stays(monkeypatch):
    """Whether it was sent, refused or too late; that a decision was told is read for good, on its page too."""
    people.ask(person("eve@example.com"), world.event())
    codes_ended = [ended_code(f"p{number}@example.com", state) for number, state in enumerate(ENDED)]
    Mail.objects.filter(purpose="received").update(state="sent", ended_at=timezone.now())
    ask_for_code(Browser(), "stranger@example.com")
    clock.moved(monkeypatch, hours=23)
    assert tidying.everything()["mails with a code"] == 0
    assert Mail.objects.filter(pk__in=codes_ended).count() == len(ENDED)
    clock.moved(monkeypatch, hours=25)
    assert tidying.everything()["mails with a code"] == len(ENDED)
    clock.moved(monkeypatch, days=3)
    assert tidying.everything()["mails with a code"] == 1  # the stranger's: too late from the first look on
    clock.moved(monkeypatch, days=400)
    tidying.everything()
    assert list(Mail.objects.values_list("purpose", "recipient")) == [("received", "")]
    assert AccessRequest.objects.get().decisions.get().mails.get().state == "sent"


def test_mails_with_a_code_that_stay_are_found(monkeypatch):
    """The control."""
    monkeypatch.setattr(Mail, "KEEPS_CODES", timedelta(days=1000))
    with pytest.raises(AssertionError):
        test_a_mail_with_a_code_goes_a_day_after_its_end_and_one_about_a_decision_stays(monkeypatch)


ENDED = ["sent", "refused", "expired"]


def ended_code(address, state):
    return Mail.objects.create(purpose=Mail.SIGN_IN_CODE, recipient=address, state=state, ended_at=timezone.now()).pk


@pytest.mark.parametrize("rows", [1, 500, 501, 1200])
def test_a_flood_of_mails_goes_in_short_transactions(rows, monkeypatch, django_assert_max_num_queries):
    """Five hundred at a time, each looked for once."""
    Mail.objects.bulk_create(
        Mail(purpose=Mail.SIGN_IN_CODE, state="sent", ended_at=timezone.now()) for _ in range(rows)
    )
    clock.moved(monkeypatch, days=2)
    portions = -(-rows // tidying.AT_ONCE)
    with django_assert_max_num_queries(4 * portions + 1) as found:  # each: look, begin, delete, commit
        assert tidying._mails_with_a_code() == rows
    deletes = [query["sql"] for query in found.captured_queries if query["sql"].startswith("DELETE")]
    assert len(deletes) == portions
    assert not Mail.objects.exists()


def test_two_runs_at_once_count_each_row_once(monkeypatch):
    LoginSession.objects.bulk_create(
        LoginSession(session_key=f"k{number}", session_data="", expire_date=timezone.now()) for number in range(1200)
    )
    for number in range(60):
        User.objects.create_user(f"p{number}@example.com")
    ended = {"state": "sent", "ended_at": timezone.now()}
    for purpose in (Mail.SIGN_IN_CODE, Mail.SECOND_FACTOR):
        Mail.objects.bulk_create(Mail(purpose=purpose, recipient="p@example.com", **ended) for _ in range(1200))
    clock.moved(monkeypatch, days=8)

    def run():
        try:
            return tidying.everything()
        finally:
            connection.close()

    first, second = all_at_once(run, run)

    assert first["login sessions"] + second["login sessions"] == 1200
    assert first["addresses that nobody proved"] + second["addresses that nobody proved"] == 60
    assert first["mails with a code"] + second["mails with a code"] == 1200
    assert first["recipients of old mail"] + second["recipients of old mail"] == 1200
    assert (LoginSession.objects.count(), User.objects.count()) == (0, 0)
    assert set(Mail.objects.values_list("purpose", "recipient")) == {(Mail.SECOND_FACTOR, "")}


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

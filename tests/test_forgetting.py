"""Retention: some days after the event and the last activity nobody can tell whose request it was."""

import re
from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.db import connection
from django.db.models import Q

from registration import forgetting
from registration.models import (
    FORGOTTEN,
    AccessRequest,
    CalendarFeed,
    Decision,
    DeletionRequest,
    KeptSession,
    LoginSession,
    Mail,
    Record,
    RulesAcceptance,
    User,
)

from . import clock, environment, people, world
from .people import Browser, browser_of, person
from .steps import ask_for_code, is_signed_in
from .wire import all_at_once

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

DAYS = 30


@pytest.fixture(autouse=True)
def _after_thirty_days(settings):
    settings.FORGET_AFTER_DAYS = DAYS


def forget(capsys, *options):
    call_command("forget", *options)
    lines = capsys.readouterr().out.splitlines()
    return {what: int(count) for count, _, what in (line.partition(" ") for line in lines) if count.isdecimal()}


def everything_kept():
    """All rows of all tables, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # names of our own tables
            yield from (str(row) for row in cursor.fetchall())


def words_found(made, *kinds):
    kept = "\n".join(everything_kept())
    groups = [group for group in made.groups() if group.startswith(kinds)]
    return {made.canaries.words[word] for word in made.canaries.of(*groups) if word in kept}


def facts():
    """States, times and counts."""
    return [
        list(rows.values_list(*fields))
        for rows, fields in (
            (
                AccessRequest.objects.order_by("pk"),
                ["pk", "event", "person", "state", "asked_at", "kind", "registered"],
            ),
            (Decision.objects.order_by("pk"), ["pk", "request", "actor", "at", "begin", "to"]),
            (Mail.objects.exclude(decision=None).order_by("pk"), ["pk", "decision", "purpose", "created_at"]),
            (Record.objects.exclude(deed="forgot").order_by("pk"), ["pk", "deed", "at", "actor"]),
            (User.objects.order_by("pk"), ["pk", "joined_at"]),
        )
    ]


# What goes, and what stays


def test_no_word_of_theirs_is_left_anywhere_and_states_times_and_counts_stay(monkeypatch, capsys):
    """Every table is read: a new one that keeps a word of theirs fails this, once the word has a canary."""
    made = world.World()
    about = f"Told {made.people['applicant'].email}"
    Record.objects.write("mailed", by=made.people["administrator"], about=about)
    DeletionRequest.objects.ask(made.people["guest"])
    private, before = words_found(made, world.PRIVATE), facts()
    assert words_found(made, world.REQUESTS, world.NEEDS, world.INSIDE, world.NAMES)  # the control
    clock.moved(monkeypatch, days=DAYS + 20)
    worked = User.objects.filter(Q(is_staff=True) | Q(pk=made.people["door steward"].pk))  # who entered a walk-up
    assert forget(capsys)["people"] == User.objects.count() - worked.count()
    assert words_found(made, world.REQUESTS, world.NEEDS, world.INSIDE, world.NAMES) == set()
    assert (words_found(made, world.PRIVATE), facts()) == (private, before)
    assert set(AccessRequest.objects.values_list("full_name", "needs")) == {(FORGOTTEN, "")}
    assert set(User.objects.filter(forgotten_at=None)) == set(worked)
    gone = User.objects.exclude(forgotten_at=None)
    for model, owner in (
        (LoginSession, "user"),
        (EmailAddress, "user"),
        (CalendarFeed, "person"),
        (KeptSession, "person"),
        (RulesAcceptance, "person"),
        (Mail, "person"),
    ):
        assert not model.objects.filter(**{f"{owner}__in": gone}).exists(), model


def test_a_word_that_is_left_is_found(monkeypatch, capsys):
    """The control."""
    made = world.World()
    monkeypatch.setattr(forgetting, "_blank_records", lambda person: None)
    clock.moved(monkeypatch, days=DAYS + 20)
    forget(capsys)
    assert words_found(made, world.REQUESTS) >= {("requests of guest", "address")}


def test_a_dry_run_counts_and_changes_nothing_and_the_second_run_finds_nothing(event, olga, monkeypatch, capsys):
    people.approved("ada@example.com", event, by=olga)
    people.ask(person("bea@example.com"), event).decline(by=olga, reason="Inside", words="Sorry")
    clock.moved(monkeypatch, days=DAYS + 1)
    before = "\n".join(everything_kept())
    told = forget(capsys, "--dry-run")
    assert "\n".join(everything_kept()) == before
    assert told == forget(capsys)
    assert (told["people"], told["requests"], told["decisions with a reason or words"], told["mails"]) == (2, 2, 1, 4)
    record = Record.objects.get()
    assert (record.deed, record.actor, record.figures) == ("forgot", None, told)
    assert set(forget(capsys).values()) == {0}
    assert Record.objects.count() == 1


def test_without_the_setting_nothing_is_forgotten(event, settings, monkeypatch, capsys):
    settings.FORGET_AFTER_DAYS = None
    people.ask(person("ada@example.com"), event)
    clock.moved(monkeypatch, days=4000)
    call_command("forget")
    assert "nothing is forgotten" in capsys.readouterr().out
    assert User.objects.filter(email="ada@example.com").exists()


def test_the_privacy_page_says_the_days(event, settings):
    def told():
        return Browser().get("/privacy/").content.decode()

    assert "30 days after" in told()
    settings.FORGET_AFTER_DAYS = None
    assert "days after the day" not in told()


# Who


def is_forgotten(somebody):
    return User.objects.get(pk=somebody.pk).forgotten_at is not None


def ends_in(event, **by):
    """Move the event, so that its day is over then by the clock of the moment, in its zone."""
    from django.utils import timezone

    event.date = (timezone.now() + timedelta(**by)).astimezone(event.zone).date()
    event.save()


@pytest.mark.parametrize("archived", [False, True])
def test_the_days_count_from_the_end_of_the_day_where_it_takes_place_archived_or_not(
    archived, event, ada, request_, monkeypatch, capsys
):

    event.date, event.archived = date(2030, 8, 9), archived
    event.save()
    end = event.ends_at
    assert end.isoformat() == "2030-08-10T00:00:00-05:00"
    clock.moved_to(monkeypatch, end + timedelta(days=DAYS, minutes=-1))
    forget(capsys)
    assert not is_forgotten(ada)
    clock.moved_to(monkeypatch, end + timedelta(days=DAYS, minutes=1))
    forget(capsys)
    assert is_forgotten(ada)


def signs_in(somebody):
    from django.utils import timezone

    User.objects.filter(pk=somebody.pk).update(last_login=timezone.now())


ACTIVITY = {
    "asked": lambda ada, olga: people.ask(ada, ada.access_requests.get().event),
    "edited": lambda ada, olga: ada.access_requests.get().edit({"why": "Another reason."}, version=1),
    "was decided on": lambda ada, olga: ada.access_requests.get().decline(by=olga),
    "signed in": lambda ada, olga: signs_in(ada),
    "was there": lambda ada, olga: browser_of(ada),
    "asked for deletion": lambda ada, olga: DeletionRequest.objects.ask(ada),
}


@pytest.mark.parametrize("what", ACTIVITY)
def test_the_days_count_from_the_last_activity_if_later(what, event, ada, request_, olga, monkeypatch, capsys):
    if what == "asked":
        request_.withdraw(by=ada)
    clock.moved(monkeypatch, days=DAYS - 5)
    ACTIVITY[what](ada, olga)
    clock.moved(monkeypatch, days=2 * DAYS - 6)
    forget(capsys)
    assert not is_forgotten(ada)
    clock.moved(monkeypatch, days=2 * DAYS - 4)
    forget(capsys)
    assert is_forgotten(ada)


def test_whoever_is_active_in_another_edition_is_spared(event, ada, request_, monkeypatch, capsys):
    later = world.event("cacc-2060", current=False, date=date(2060, 8, 8))
    people.ask(ada, later)
    clock.moved(monkeypatch, days=DAYS + 300)
    forget(capsys)
    assert not is_forgotten(ada)
    clock.moved_to(monkeypatch, later.ends_at + timedelta(days=DAYS + 1))
    forget(capsys)
    assert is_forgotten(ada)


def test_who_signed_in_and_never_asked_is_kept_until_the_edition_that_came_next_is_over(event, monkeypatch, capsys):
    later = world.event("cacc-2060", current=False, date=date(2060, 8, 8))
    bob = person("bob@example.com")
    clock.moved(monkeypatch, days=DAYS + 300)
    forget(capsys)
    assert not is_forgotten(bob)
    clock.moved_to(monkeypatch, later.ends_at + timedelta(days=DAYS + 1))
    forget(capsys)
    assert is_forgotten(bob)


def test_organisers_are_spared_and_who_was_one(event, ada, request_, olga, monkeypatch, capsys):
    former = people.organiser("former@techtrack.test", role="Moderator")
    people.ask(former, event)
    request_.approve(by=former)
    User.objects.filter(pk=former.pk).update(is_staff=False)
    people.ask(olga, event)
    clock.moved(monkeypatch, days=DAYS + 300)
    assert forget(capsys)["people"] == 1
    assert [is_forgotten(one) for one in (ada, former, olga)] == [True, False, False]
    assert Decision.objects.get(to="approved").actor_name == former.name


# Afterwards


def test_a_forgotten_person_neither_signs_in_nor_gets_mail(event, ada, request_, monkeypatch, capsys):
    browser = browser_of(ada)
    request_.approve(by=people.organiser())
    clock.moved(monkeypatch, days=DAYS + 1)
    LoginSession.objects.update(last_seen_at=forgetting.timezone.now() - timedelta(days=DAYS + 1))
    forget(capsys)
    assert not is_signed_in(browser)
    ada.refresh_from_db()
    assert re.fullmatch(r"forgotten-[a-z0-9]{24}@forgotten", ada.email)
    assert not ada.is_active
    mails = Mail.objects.count()
    told = ask_for_code(Browser(), ada.email).content.decode()
    assert "Enter an e-mail address like name@company.com." in told
    assert Mail.objects.count() == mails
    assert not Mail.objects.filter(state="queued").exists()


def test_who_comes_back_is_somebody_new(event, ada, request_, monkeypatch, capsys):
    clock.moved(monkeypatch, days=DAYS + 1)
    forget(capsys)
    again = User.objects.get_or_create_for("ada@example.com")
    assert again.pk != ada.pk
    assert AccessRequest.may_ask(again, event)


# However it goes


def test_a_run_that_is_stopped_is_done_with_what_it_finished_and_the_next_does_the_rest(event, monkeypatch, capsys):
    for number in range(6):
        people.ask(person(f"p{number}@example.com"), event)
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    clock.moved(monkeypatch, days=DAYS + 1)
    whole, seen = forgetting.blank, []

    def stopped_at_the_fourth(one):
        seen.append(one)
        if len(seen) == 4:
            raise KeyboardInterrupt
        whole(one)

    monkeypatch.setattr(forgetting, "blank", stopped_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        forget(capsys)
    assert User.objects.exclude(forgotten_at=None).count() == 2  # the second portion was undone as a whole
    monkeypatch.setattr(forgetting, "blank", whole)
    assert forget(capsys)["people"] == 4


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_count_each_person_once(monkeypatch):
    event = world.event()
    for number in range(20):
        people.ask(person(f"p{number}@example.com"), event)
    monkeypatch.setattr(forgetting, "AT_ONCE", 3)
    clock.moved(monkeypatch, days=DAYS + 1)

    def run():
        try:
            return forgetting.forget_due(DAYS)
        finally:
            connection.close()

    first, second = all_at_once(run, run)
    assert first["people"] + second["people"] == 20
    assert first["requests"] + second["requests"] == 20
    assert sum(record.figures["people"] for record in Record.objects.all()) == 20


def test_somebody_who_comes_back_in_the_last_moment_stays(event, monkeypatch, capsys):
    """Between being found and being forgotten; the control is the second person, who does not."""
    slow, gone = person("slow@example.com"), person("gone@example.com")
    clock.moved(monkeypatch, days=DAYS + 1)
    locked = type(User.objects).select_for_update

    def sign_in_then_lock(*args, **kwargs):
        signs_in(slow)
        return locked(*args, **kwargs)

    monkeypatch.setattr(type(User.objects), "select_for_update", sign_in_then_lock)
    assert forget(capsys)["people"] == 1
    assert (is_forgotten(slow), is_forgotten(gone)) == (False, True)


# The one door


def test_nothing_but_retention_takes_words_out_of_a_decision():
    calls = {
        str(path.relative_to(environment.BASE_DIR))
        for folder in ("cacc_techtrack", "registration", "sessions")
        for path in (environment.BASE_DIR / folder).rglob("*.py")
        if "forget_words" in path.read_text()
    }
    assert calls == {"registration/forgetting.py", "registration/models/decisions.py"}


@pytest.mark.parametrize(
    "change", [{"to": "approved"}, {"actor": None}, {"words": "Others"}, {"reason": "", "at": None}, {"begin": ""}]
)
def test_the_door_takes_words_out_and_nothing_else(change, request_):
    with pytest.raises(TypeError):
        Decision.objects.all().forget_words(**change)
    assert Decision.objects.get().to == "pending"

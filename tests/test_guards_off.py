"""The controls of many cases: each guard is taken away once, and the test that watches it must then fail."""

from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from unittest.mock import Mock

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.db import transaction
from django.utils.crypto import get_random_string

from registration import fields
from registration.desk.people import UserAdmin
from registration.login_sessions import SessionStore
from registration.models import AccessRequest, LoginSession, Mail, User
from registration.sign_in import codes, enrolment, limits, views
from registration.sign_in.forms import TypeCodeForm
from sessions.audience import Audience
from sessions.finding import Wanted
from sessions.models import Event, Organisation, Participation, Session, Track
from sessions.models.pages import WithPage, WithPageQuerySet
from sessions.programme import parts_of_the_day

from . import (
    access,
    people,
    test_allowance,
    test_asking,
    test_bad_input,
    test_changing_people,
    test_deciding,
    test_editions,
    test_finding,
    test_for_machines,
    test_gate,
    test_headers,
    test_leaks,
    test_login_sessions,
    test_mail,
    test_pages,
    test_programme_in_admin,
    test_second_factor,
    test_sign_in,
    test_taking_part,
    world,
)
from .people import browser_of, person
from .steps import ask_for_code

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def fails(test, *args):
    """Run a test whose guard is gone: an assertion of its own must not hold, and nothing else may break it."""
    with pytest.raises(AssertionError):
        test(*args)


@pytest.fixture
def at_the_desk(event):
    """What the tests of deciding ask for: the desk, the event, a person, their request, an organiser."""
    olga, ada = people.organiser(), person("ada@example.com")
    return browser_of(olga), event, ada, people.ask(ada, event), olga


# The gate


def test_an_address_without_a_line_is_found(monkeypatch):
    """The control."""
    monkeypatch.setattr(access, "TABLE", access.TABLE[1:])
    fails(test_gate.test_every_address_has_a_line_and_every_line_an_address)


@pytest.fixture
def _nobody_is_ever_out(monkeypatch):
    """The gate lets in whoever is signed in, and nobody is signed out."""
    monkeypatch.setattr(
        "registration.middleware.audience_for",
        lambda request, event: Audience.INDUSTRY if request.user.is_authenticated else Audience.PUBLIC,
    )
    monkeypatch.setattr(User, "shut_out", lambda user: None)


@pytest.mark.usefixtures("_nobody_is_ever_out")
def test_a_revocation_that_shuts_nobody_out_is_found(at_the_desk):
    """The control."""
    fails(test_deciding.test_revoking_shuts_the_person_out_of_every_browser_at_the_next_click, *at_the_desk)


@pytest.mark.usefixtures("_nobody_is_ever_out")
@pytest.mark.parametrize("how", ["waiting list", "closed account", "another address"])
def test_other_ways_out_that_leave_the_door_open_are_found(at_the_desk, how):
    """The control."""
    fails(test_deciding.test_other_ways_to_lose_access_work_at_the_next_click_too, *at_the_desk, how)


def test_a_decision_that_looks_at_no_version_is_found(monkeypatch):
    """The control."""
    decide = AccessRequest._decide
    monkeypatch.setattr(AccessRequest, "_decide", lambda self, to, *, version=None, **how: decide(self, to, **how))
    fails(test_changing_people.test_a_decision_is_not_taken_for_an_address_that_its_page_did_not_show, "pending", False)


def test_a_track_that_turns_private_and_keeps_its_addresses_is_found(at_the_desk, monkeypatch):
    """The control."""
    desk, event, *_ = at_the_desk
    monkeypatch.setattr("sessions.models.track.opaque_slug", lambda: "reporting-cycle")
    Session.objects.exclude(slug="reporting-cycle").delete()

    def one_session_only(of):
        world.session(world.track(of, "afternoon", "public", 2), "Reporting cycle", 1, slug="reporting-cycle")

    monkeypatch.setattr(world, "public_part", one_session_only)
    fails(test_programme_in_admin.test_a_track_that_turns_private_gives_new_addresses_for_good, desk, event)


def test_a_panel_that_tells_of_what_is_behind_it_is_found(event, monkeypatch):
    """The control."""
    monkeypatch.setattr(world, "track", partial(world.track, teaser=Track.Teaser.TITLES))
    fails(test_pages.test_the_panel_is_the_same_with_sessions_behind_it_or_none, event)


def test_a_number_of_a_row_in_an_address_is_found(monkeypatch):
    """The control."""
    made = world.World()
    monkeypatch.setattr(Session, "get_absolute_url", lambda session: f"/sessions/{session.pk}/")
    fails(test_leaks.test_public_pages_hold_no_number_of_a_row, made)


def test_an_address_that_is_counted_on_is_found(event, monkeypatch):
    """The control: made to differ from others, it tells of somebody whom private sessions alone name."""
    alone = WithPage.give_address

    def unlike_others(row):
        alone(row)
        taken = type(row).objects.filter(slug__startswith=row.slug).count()
        row.slug += f"-{taken + 1}" if taken else ""

    monkeypatch.setattr(WithPage, "give_address", unlike_others)
    fails(test_taking_part.test_an_address_tells_of_no_other_of_that_name, event)


def test_a_look_up_that_asks_more_of_those_who_are_there_is_found(event, monkeypatch):
    """The control."""
    world.public_part(event)
    secret = world.session(world.track(event, "morning", "industry", 1), "Secret talk", 1)
    Participation.objects.create(session=secret, organisation=world.organisation("Hidden Ltd"))
    at_once = WithPageQuerySet.at

    def asking_first(rows, slug):
        return at_once(rows, slug) if Organisation.objects.filter(key=slug).exists() else rows.none()

    monkeypatch.setattr(WithPageQuerySet, "at", asking_first)
    fails(test_taking_part.test_whoever_is_looked_for_the_statements_are_the_same, event, "organisation")


def test_an_edition_that_is_readable_too_soon_is_found(event, monkeypatch):
    """The control."""
    monkeypatch.setattr(Event, "open_to", lambda event, audience: True)
    world.public_part(event)
    fails(test_editions.test_an_edition_is_hidden_until_it_is_announced, event)


def test_a_sitemap_that_lists_what_is_there_is_found(monkeypatch):
    """The control."""
    made = world.World()
    monkeypatch.setattr("sessions.views.machines.Audience", Mock(PUBLIC=Audience.INDUSTRY))
    fails(test_for_machines.test_the_sitemap_lists_every_public_page_and_no_other, made)


def test_a_search_beyond_what_one_may_see_is_found(event, monkeypatch):
    """The control: choices that come from every session."""
    everything = Wanted.of.__func__

    def from_every_session(cls, query, parts):
        return everything(cls, query, parts_of_the_day(parts[0].track.event, Audience.ORGANISER))

    monkeypatch.setattr(Wanted, "of", classmethod(from_every_session))
    fails(test_finding.test_nothing_private_shapes_what_a_visitor_finds, event)


def test_a_letter_that_calls_the_person_by_name_is_found(monkeypatch):
    """The control."""
    made = world.World()
    letter = test_leaks.letter

    def by_name(mail):
        message = letter(mail)
        message.body = f"Dear {mail.decision.request.full_name},\n\n{message.body}"
        return message

    monkeypatch.setattr(test_leaks, "letter", by_name)
    fails(test_leaks.test_mails_hold_no_private_word_and_no_word_of_the_person, made)


def test_an_editor_who_may_read_requests_is_found(at_the_desk, monkeypatch):
    """The control."""
    _, event, _, request, _ = at_the_desk
    monkeypatch.setattr(people, "EDITOR", [*people.EDITOR, *people.VIEWER])
    fails(test_deciding.test_nobody_learns_of_requests_through_the_pages_of_other_rows, event, request)


def test_a_cookie_that_says_something_is_found(monkeypatch):
    """The control."""
    monkeypatch.setattr(SessionStore, "_get_new_session_key", lambda store: "adaexample" + get_random_string(25))
    monkeypatch.setattr(world.World, "_settle", lambda made: made.__dict__.update(one_person()))
    fails(test_headers.test_cookies_hold_no_word_of_anybody)


def one_person():
    return {"people": {}, "requests": {}, "browsers": {"signed in": browser_of(person("ada@example.com"))}}


# Caches


def test_a_signed_in_page_that_may_be_kept_is_found(event, monkeypatch):
    """The control."""
    monkeypatch.setattr("cacc_techtrack.public.has_login_cookie", lambda request: False)
    fails(test_pages.test_a_request_with_a_login_cookie_gets_nothing_to_keep, event)


# Signing in


def test_an_answer_that_differs_for_newcomers_is_found(monkeypatch):
    """The control."""

    def tells(view):
        known = User.objects.filter(email=view.request.POST["email"], last_login=None).exists()
        return f"/account/login/code/?known={known}"

    monkeypatch.setattr(views.AskForCodeView, "get_success_url", tells)
    browser_of(person("approved@example.com"))  # who has signed in before
    monkeypatch.setattr(test_sign_in.people, "person", lambda email, **how: User.objects.get_or_create_for(email))
    fails(test_sign_in.test_known_or_unknown_the_answer_is_the_same)


def test_a_code_that_lives_an_hour_is_found(monkeypatch, settings):
    """The control."""
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 3600
    monkeypatch.setattr(codes, "LIFE", timedelta(hours=1))
    fails(test_sign_in.test_the_code_is_dead_after_ten_minutes, monkeypatch)


@pytest.fixture
def _any_code_will_do(monkeypatch):
    monkeypatch.setattr(TypeCodeForm, "clean_code", lambda form: form.expected_code)


@pytest.mark.usefixtures("_any_code_will_do")
def test_an_older_code_that_still_works_is_found(monkeypatch):
    """The control."""
    fails(test_sign_in.test_only_the_newest_code_of_a_browser_works, monkeypatch)


@pytest.mark.usefixtures("_any_code_will_do")
def test_a_code_that_works_in_another_browser_is_found():
    """The control."""
    fails(test_sign_in.test_a_code_works_only_in_the_browser_that_asked)


def test_a_login_session_that_keeps_its_key_is_found(monkeypatch):
    """The control: fixation."""
    monkeypatch.setattr(SessionStore, "cycle_key", lambda store: store.save())
    fails(test_sign_in.test_signing_in_changes_the_session_key_and_signing_out_ends_it)


def test_a_login_session_that_outlives_signing_out_is_found(monkeypatch):
    """The control."""
    monkeypatch.setattr(SessionStore, "flush", lambda store: None)
    fails(test_sign_in.test_signing_in_changes_the_session_key_and_signing_out_ends_it)


def test_a_login_session_that_lives_on_is_found(monkeypatch, settings):
    """The control."""
    settings.SESSION_COOKIE_AGE = 60 * 24 * 3600
    monkeypatch.setattr(LoginSession, "LIFE", timedelta(days=60))
    fails(test_login_sessions.test_a_guest_is_signed_out_fourteen_days_after_signing_in, monkeypatch)


def test_signing_in_that_stays_unfinished_for_long_is_found(monkeypatch):
    """The control."""
    monkeypatch.delattr(SessionStore, "get_session_cookie_age")
    test = test_login_sessions.test_signing_in_that_nobody_completes_is_kept_for_an_hour
    fails(test, "ada@example.com", 59, monkeypatch)


def test_a_factor_that_serves_whoever_is_in_the_browser_is_found(monkeypatch):
    """The control."""
    monkeypatch.setattr("cacc_techtrack.admin_site.refuse_outsiders", lambda request: None)
    monkeypatch.setattr("cacc_techtrack.admin_site.may_enter_admin", lambda request: True)
    fails(test_second_factor.test_the_factor_given_by_one_person_does_not_serve_another)


def test_enrolling_without_a_code_is_found(monkeypatch):
    """The control."""
    monkeypatch.setattr(enrolment, "use", lambda user, code: True)
    fails(test_second_factor.test_a_mailbox_alone_does_not_enrol)


def test_addresses_that_are_never_forgotten_are_found(monkeypatch):
    """The control."""
    monkeypatch.setattr(User, "MAY_STAY_UNPROVEN", timedelta(days=70))
    fails(test_sign_in.test_addresses_that_nobody_proved_are_forgotten_after_seven_days)


# Asking


def test_asking_twice_is_found(event, monkeypatch):
    """The control."""
    monkeypatch.setattr(AccessRequest, "may_ask", classmethod(lambda *args: True))
    ada, boss = person("ada@example.com"), people.organiser()
    fails(test_asking.test_who_has_a_request_is_shown_it_instead_of_the_form, ada, event, boss, "declined")


@pytest.mark.parametrize("kind", ["bidi override", "zero width", "line break", "many marks", "only a mark"])
def test_a_line_that_nobody_looked_at_is_found(event, monkeypatch, kind):
    """The control."""
    monkeypatch.setattr(fields.forms.CharField, "run_validators", lambda field, value: None)
    browser = browser_of(person("ada@example.com"))
    fails(test_bad_input.test_odd_lines_are_refused_beside_their_field, browser, "full_name", kind)


# Mail


def test_a_mail_that_keeps_its_recipient_is_found(event, monkeypatch):
    """The control."""
    monkeypatch.setattr(Mail, "KEEPS_RECIPIENT", timedelta(days=70))
    fails(test_mail.test_seven_days_after_its_end_a_mail_loses_its_recipient_and_keeps_the_rest, event)


# Admin


def test_a_helper_who_may_change_an_organiser_is_found(monkeypatch):
    """The control."""
    monkeypatch.setattr(UserAdmin, "has_change_permission", lambda *args: True)
    fails(test_deciding.test_only_an_administrator_changes_an_organiser, people.organiser())


# Limits


def test_a_counter_that_a_flood_pushes_out_is_found(monkeypatch):
    """The control: Django's cache in memory, which forgets when it is full."""
    cache = LocMemCache("flood", {"OPTIONS": {"MAX_ENTRIES": 300}})

    class InTheCache:
        def bulk_create(self, rows):
            for row in rows:
                cache.set(row.key.replace(" ", "-"), 1)

    def spend(limit, whose=""):
        cache.add(whose, 0)
        return limit.span if cache.incr(whose) > limit.at_most else None

    monkeypatch.setattr(limits.Limit, "spend", spend)
    monkeypatch.setattr(test_allowance.Tally, "objects", InTheCache())
    fails(test_allowance.TestFloods().test_a_flood_of_others_makes_no_counter_go_away)


@pytest.mark.django_db(transaction=True)
def test_a_counter_that_is_rolled_back_is_found(monkeypatch):
    """The control: counted in the transaction of what then fails."""
    post = views.AskForCodeView.post

    def all_in_one(view, request):
        with transaction.atomic():
            return post(view, request)

    monkeypatch.setattr(views.AskForCodeView, "post", all_in_one)
    fails(test_allowance.test_a_request_that_fails_stays_counted, monkeypatch)


def test_a_limit_that_counts_nothing_is_found(monkeypatch):
    """The control."""
    monkeypatch.setattr(limits.Limit, "spend", lambda *args: None)
    fails(test_allowance.TestFloods().test_one_network_gets_no_more_than_its_share_and_is_told, monkeypatch)


def test_an_ipv6_network_that_counts_as_many_is_found(monkeypatch):
    """The control."""
    monkeypatch.setattr(limits, "network_of", limits.address_of)
    fails(test_allowance.TestWhoAsks().test_a_thousand_addresses_of_one_ipv6_network_count_as_one)


def test_a_limit_of_twenty_keeps_most_of_a_crowd_out(monkeypatch):
    """The control: sixty of 250, at the limit that others ship."""
    monkeypatch.setattr(limits, "OF_ONE_NETWORK", limits.Limit("n", 20, timedelta(minutes=1)))
    asked = [ask_for_code(people.Browser(), f"guest{number}@example.com").status_code for number in range(60)]
    assert asked == [302] * 20 + [429] * 40


def test_a_test_that_does_not_notice_is_told():
    """That ``fails`` itself can fail: a test which still passes with its guard off is told."""
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        fails(nullcontext)

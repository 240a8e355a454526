"""The waiting list: who is first in line, and free places that go there by hand or by themselves."""

import pytest
from django.utils.dateformat import format as date_format

from registration import places, waiting_list
from registration.mail.worker import Worker
from registration.models import AccessRequest, Mail, User
from sessions.models import Event

from .people import browser_of
from .test_places import ask, holds

pytestmark = [pytest.mark.fast, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def full(event, olga):
    """One place, which ada has; bea, cleo and dora wait, cleo the longest."""
    holds(event, 1)
    ada, bea, cleo, dora = ask(event, "ada", "bea", "cleo", "dora")
    ada.approve(by=olga)
    for one in (cleo, bea, dora):
        one.wait(by=olga)
    return event


def passes_on(event, capacity=None):
    Event.objects.filter(pk=event.pk).update(passes_places_on=True)
    if capacity is not None:
        Event.objects.filter(pk=event.pk).update(capacity=capacity)


def request_of(name):
    return AccessRequest.objects.get(full_name=name.title())


def states():
    return dict(AccessRequest.objects.order_by("pk").values_list("full_name", "state"))


def in_line(event):
    return [one.full_name for one in AccessRequest.objects.in_line(event)]


def test_the_line_is_in_the_order_in_which_people_came_onto_it(full, olga):
    assert in_line(full) == ["Cleo", "Bea", "Dora"]
    cleo = request_of("cleo")
    cleo.reopen(by=olga)
    assert cleo.waiting_since is None
    assert in_line(full) == ["Bea", "Dora"]
    cleo.wait(by=olga)
    assert in_line(full) == ["Bea", "Dora", "Cleo"]
    assert cleo.waiting_since == cleo.decisions.last().at


def test_off_by_default_and_then_a_free_place_stays_free(full, olga):
    assert not full.passes_places_on
    request_of("ada").revoke(by=olga)
    waiting_list.pass_all_on()
    assert (places.left(full), states()["Cleo"]) == (1, "waiting")


@pytest.mark.parametrize("verb", ["revoke", "reopen", "withdraw"])
def test_where_set_so_a_place_that_becomes_free_goes_to_the_first_in_line_at_once(full, olga, verb):
    passes_on(full)
    ada = request_of("ada")
    getattr(ada, verb)(by=ada.person if verb == "withdraw" else olga)
    assert [states()[name] for name in ("Cleo", "Bea", "Dora")] == ["approved", "waiting", "waiting"]
    decision = request_of("cleo").decisions.last()
    assert (decision.actor, decision.actor_name, decision.begin, decision.to) == (
        None,
        "the site",
        "waiting",
        "approved",
    )
    assert list(decision.mails.values_list("purpose", "recipient")) == [("approved", "cleo@example.com")]
    assert places.left(full) == 0
    page = browser_of(request_of("cleo").person).get("/register/status/").content.decode()
    assert "a place became free, and it is yours" in page


def test_who_was_in_and_was_put_onto_the_list_is_let_in_again_by_nobody_but_an_organiser(full, olga):
    passes_on(full)
    request_of("ada").wait(by=olga)
    assert states() == {"Ada": "waiting", "Bea": "waiting", "Cleo": "approved", "Dora": "waiting"}
    for name in ("bea", "dora"):
        request_of(name).decline(by=olga)
    request_of("cleo").revoke(by=olga)
    waiting_list.pass_all_on()
    assert (states()["Ada"], places.left(full)) == ("waiting", 1)
    assert waiting_list.first_in_line(full) == request_of("ada")
    request_of("ada").approve(by=olga)


def test_a_raised_capacity_is_seen_by_the_mail_worker(full):
    passes_on(full, capacity=3)
    Worker().do_chores()
    assert states() == {"Ada": "approved", "Bea": "approved", "Cleo": "approved", "Dora": "waiting"}
    assert waiting_list.pass_on(full.pk) == 0


def test_a_closed_account_is_passed_over_and_an_address_not_proven_is_not(full, olga):
    cleo, bea = request_of("cleo"), request_of("bea")
    User.objects.filter(pk=cleo.person_id).update(is_active=False)
    bea.person.emailaddress_set.update(verified=False)
    passes_on(full, capacity=2)
    assert waiting_list.pass_on(full.pk) == 1
    assert (states()["Cleo"], states()["Bea"]) == ("waiting", "approved")
    assert not AccessRequest.objects.opening(bea.person, full).exists()  # before it is proven
    assert waiting_list.pass_on(full.pk) == 0


@pytest.mark.parametrize("change", [{"passes_places_on": False}, {"archived": True}, {"capacity": None}])
def test_nobody_is_let_in_where_it_is_off_where_the_day_is_over_or_where_places_have_no_end(full, change):
    passes_on(full, capacity=3)
    Event.objects.filter(pk=full.pk).update(**change)
    waiting_list.pass_all_on()
    assert list(states().values()).count("approved") == 1


@pytest.mark.parametrize("change", [{"passes_places_on": False}, {"archived": True}, {"capacity": 1}])
def test_what_is_changed_in_the_last_moment_holds(full, change, monkeypatch):
    passes_on(full, capacity=3)
    look = waiting_list._next

    def look_and_then_it_changes(event_id):
        found = look(event_id)
        Event.objects.filter(pk=event_id).update(**change)
        return found

    monkeypatch.setattr(waiting_list, "_next", look_and_then_it_changes)
    assert waiting_list.pass_on(full.pk) == 0
    assert list(states().values()).count("approved") == 1


def test_the_withdrawal_stands_whatever_becomes_of_its_place(full, monkeypatch):
    passes_on(full)
    with monkeypatch.context() as broken:
        broken.setattr(waiting_list, "_next", lambda event_id: 1 / 0)
        ada = request_of("ada")
        assert browser_of(ada.person).post("/register/withdraw/").status_code == 302
    assert (states()["Ada"], states()["Cleo"]) == ("withdrawn", "waiting")
    Worker().do_chores()
    assert states()["Cleo"] == "approved"


def test_the_mails_of_a_promotion_are_those_of_the_table(full, olga):
    passes_on(full, capacity=4)
    waiting_list.pass_all_on()
    assert Mail.objects.filter(purpose="approved").count() == 4
    assert list(states().values()) == ["approved"] * 4


def test_the_persons_page_says_what_happens_next_and_promises_no_number(full):
    browser = browser_of(request_of("bea").person)
    page = browser.get("/register/status/").content.decode()
    assert "You are on the waiting list" in page
    assert "organisers give it to somebody in line" in page
    assert f"in line since {date_format(request_of('bea').waiting_since, 'j F Y, H:i')} UTC" in page
    passes_on(full)
    page = browser.get("/es/register/status/").content.decode()
    assert "se asigna por sí sola" in page
    assert "no le mostramos ningún número" in page

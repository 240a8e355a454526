"""The morning after the handling rules changed: nothing private until one agrees to the new ones, all else stays."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registration import agreeing, audience, middleware, rules
from registration.models import AccessRequest, RulesAcceptance
from registration.models import opening as gate
from sessions.audience import Audience

from . import people, world
from .crawling import masked
from .people import Browser, browser_of
from .steps import sign_in
from .test_own_calendar import ask_on, at
from .test_private_agenda import PATHS, titles, warmed

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

OLDER = "2022-1"
AGREE = "/register/agree/"
TICKED = {"rules": rules.VERSION}


@pytest.fixture
def made():
    return world.World()


@pytest.fixture
def guests(made):
    return warmed(made.browsers["guest"])


@pytest.fixture
def token(guests):
    return ask_on(guests, make="1")


def the_rules_change():
    """For those who agreed to them, it is as if they had agreed to older ones."""
    RulesAcceptance.objects.update(version=OLDER)


def queries(browser, path):
    with CaptureQueriesContext(connection) as found:
        browser.get(path)
    return len(found)


def private_page(made):
    return made.morning.sessions.first().get_absolute_url()


def test_what_is_private_closes_at_the_next_request_and_opens_again_once_agreed(made, guests, token):
    own = made.request_of("guest")
    page = private_page(made)
    assert ([titles(guests, made, path) for path in PATHS], guests.get(page).status_code) == ([4, 4], 200)
    assert Browser().get(at(token)).status_code == 200

    the_rules_change()
    assert [titles(guests, made, path) for path in PATHS] == [0, 0]
    closed, never = guests.get(page), guests.get("/sessions/abcdefghjkmnpqrstuvwxyz2/")
    assert (closed.status_code, masked(closed.content)) == (404, masked(never.content))
    assert Browser().get(at(token)).status_code == 404
    assert guests.get("/register/changes/")["Location"] == f"{AGREE}?next=%2Fregister%2Fstatus%2F"

    assert guests.post(AGREE, TICKED | {"next": "/"})["Location"] == "/"
    assert [titles(guests, made, path) for path in PATHS] == [4, 4]
    assert guests.get(page).status_code == 200
    assert Browser().get(at(token)).status_code == 200
    again = made.request_of("guest")
    assert (again.state, again.version, again.hears_of_changes) == (own.state, own.version, own.hears_of_changes)


def test_without_the_version_in_the_gate_it_would_stay_open(made, guests, monkeypatch):
    """The control."""
    monkeypatch.setattr(audience._OPENED, "worked_out", None)  # it would still ask with the version
    of_any_version = gate.models.Exists(RulesAcceptance.objects.filter(person=gate.models.OuterRef("person")))
    monkeypatch.setattr(gate, "_agreed", lambda: of_any_version)
    the_rules_change()
    assert [titles(guests, made, path) for path in PATHS] == [4, 4]


def test_request_and_place_stay(made, guests):
    the_rules_change()
    assert AccessRequest.objects.holding_places(made.event).filter(person=made.people["guest"]).exists()
    page = guests.get("/register/status/").content.decode()
    assert "Approved: one step is left" in page
    assert f'href="{AGREE}"' in page
    assert guests.get("/register/edit/").status_code == 200
    guests.post("/register/withdraw/")
    assert made.request_of("guest").state == "withdrawn"


def test_one_is_led_to_the_rules_from_where_the_private_part_would_be(made, guests):
    the_rules_change()
    assert f'href="{AGREE}"' in guests.get("/").content.decode()
    page = guests.get(AGREE).content.decode()
    assert f"these are version {rules.VERSION}. You agreed to version {OLDER} on" in page
    browser = Browser()
    assert sign_in(browser, made.people["guest"].email, "/my-agenda/kept/")["Location"] == (
        f"{AGREE}?next=%2Fmy-agenda%2Fkept%2F"
    )


def test_the_same_link_leads_everybody_else_to_their_request(made):
    for role in ("guest", "applicant", "withdrawn"):
        assert made.browsers[role].get(AGREE)["Location"] == "/register/status/"


def test_who_waits_for_a_decision_agrees_anew_as_well(made):
    the_rules_change()
    for role in ("applicant", "waiting"):
        assert "You agreed to version" in made.browsers[role].get(AGREE).content.decode()
    for role in ("revoked", "declined", "withdrawn"):
        assert made.browsers[role].get(AGREE).status_code == 302


def test_each_agreement_is_kept_and_shown_to_the_person(made, guests):
    the_rules_change()
    guests.post(AGREE, TICKED)
    guests.post(AGREE, TICKED)
    theirs = RulesAcceptance.objects.filter(person=made.people["guest"]).order_by("pk")
    assert list(theirs.values_list("version", flat=True)) == [OLDER, rules.VERSION]
    mine = guests.get("/register/my-data/").content.decode()
    assert OLDER in mine
    assert rules.VERSION in mine


@pytest.mark.parametrize("sent", [OLDER, "on", ""])
def test_a_tick_on_a_page_that_showed_older_rules_agrees_to_nothing(made, guests, sent):
    the_rules_change()
    page = guests.post(AGREE, {"rules": sent}).content.decode()
    assert ("have changed since you opened this page" in page) == bool(sent)
    assert f'value="{rules.VERSION}"' in page
    assert " checked" not in page
    assert agreeing.is_asked_of(made.people["guest"])
    new = people.person("new@example.com")
    answer = browser_of(new).post("/register/", people.FORM | {"rules": sent})
    assert (answer.status_code, AccessRequest.objects.filter(person=new).exists()) == (200, False)


def test_nobody_asks_the_database_more_for_it(made, guests):
    before = [queries(guests, path) for path in ("/", private_page(made))]
    the_rules_change()
    guests.get("/")
    assert queries(guests, "/") == before[0]
    guests.post(AGREE, TICKED)
    guests.get("/")
    assert [queries(guests, path) for path in ("/", private_page(made))] == before


def test_organisers_are_not_asked(made):
    the_rules_change()
    assert made.browsers["administrator"].get(private_page(made)).status_code == 200


class TestTheNameOnACopy:
    @pytest.fixture
    def name_of(self, made, rf):
        def name_of(role, event=None):
            request = rf.get("/")
            request.user = made.people[role]
            return audience.name_for(request, event or made.event)

        return name_of

    def test_is_that_of_the_request_that_opens_the_event(self, made, name_of):
        assert name_of("guest") == made.request_of("guest").full_name

    def test_else_the_persons_own_or_their_address(self, made, name_of):
        assert name_of("administrator") == made.people["administrator"].name
        the_rules_change()
        guest = made.people["guest"]
        assert name_of("guest") == (guest.name or guest.email)

    def test_is_empty_for_a_visitor_without_a_query(self, rf, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert middleware.audience(lambda request: request.name_for(None))(rf.get("/")) == ""


def test_the_gate_still_opens_what_the_plain_query_says(made):
    the_rules_change()
    events = [made.event, made.earlier, made.planned]
    for role in ("guest", "guest of another edition"):
        found = audience.audiences_of(made.people[role], events)
        assert set(found.values()) == {Audience.PUBLIC}, role

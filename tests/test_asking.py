"""Asking for access: one live request a person and event, whatever the browser does."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from registration import rules
from registration.models import AccessRequest, Decision, Mail, RulesAcceptance

from . import people, world
from .people import ANSWERS, FORM, Browser, browser_of, person
from .steps import sign_in

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

ADA = "ada@example.com"


@pytest.fixture
def ada(event):
    return person(ADA)


@pytest.fixture
def boss():
    return people.organiser()


def test_the_whole_way_from_an_address_to_a_request(event):
    browser = Browser()
    sign_in(browser, ADA)
    assert browser.post("/register/", FORM)["Location"] == "/register/status/"
    request = AccessRequest.objects.get()
    assert {name: getattr(request, name) for name in ANSWERS} == ANSWERS
    assert (request.state, request.event, request.person.email) == ("pending", event, ADA)
    page = browser.get("/register/status/").content.decode()
    assert "Received: organisers will decide" in page
    assert "Trust and safety lead" in page


def test_received_means_saved_with_its_decision_its_mail_and_the_rules(ada):
    browser_of(ada).post("/register/", FORM)
    decision = Decision.objects.get()
    assert (decision.begin, decision.to, decision.actor) == ("", "pending", ada)
    assert list(Mail.objects.values_list("purpose", "recipient", "decision")) == [("received", ADA, decision.pk)]
    assert list(RulesAcceptance.objects.values_list("person", "version")) == [(ada.pk, rules.VERSION)]


def test_when_the_mail_cannot_be_queued_nothing_is_saved(ada, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("disk full")

    monkeypatch.setattr("registration.models.outbox.MailQuerySet.queue_all", broken)
    assert browser_of(ada).post("/register/", FORM).status_code == 500
    assert (AccessRequest.objects.count(), Decision.objects.count(), RulesAcceptance.objects.count()) == (0, 0, 0)


def test_sending_again_shows_the_first_and_sends_no_second_mail(ada):
    browser = browser_of(ada)
    browser.post("/register/", FORM)
    again = browser.post("/register/", FORM | {"full_name": "Another Name"})
    assert (again.status_code, again["Location"]) == (302, "/register/status/")
    assert AccessRequest.objects.get().full_name == "Ada Applicant"
    assert Mail.objects.count() == 1


def test_the_database_holds_one_live_request_a_person_and_event(ada, event):
    people.ask(ada, event)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessRequest.objects.create(person=ada, event=event, state="waiting", waiting_since=timezone.now(), **ANSWERS)
    AccessRequest.objects.create(person=ada, event=event, state="withdrawn", **ANSWERS)  # not live: the control


@pytest.mark.parametrize("state", ["pending", "approved", "waiting", "declined", "revoked"])
def test_who_has_a_request_is_shown_it_instead_of_the_form(ada, event, boss, state):
    request = people.ask(ada, event)
    steps = {"approved": ["approve"], "waiting": ["wait"], "declined": ["decline"], "revoked": ["approve", "revoke"]}
    for verb in steps.get(state, []):
        getattr(request, verb)(by=boss)
    ada.refresh_from_db()
    browser = browser_of(ada)
    for answer in (browser.get("/register/"), browser.post("/register/", FORM)):
        assert answer.get("Location") == "/register/status/"
    assert AccessRequest.objects.count() == 1
    page = browser.get("/register/status/").content.decode()
    assert ("only they can reopen" in page.lower()) == (state in {"declined", "revoked"})


def test_after_withdrawing_one_may_ask_again(ada, event):
    browser = browser_of(ada)
    browser.post("/register/", FORM)
    assert b"Withdraw your request?" in browser.get("/register/withdraw/").content
    assert AccessRequest.objects.get().state == "pending"
    browser.post("/register/withdraw/")
    browser.post("/register/withdraw/")  # a double click
    assert "You may ask again" in browser.get("/register/status/").content.decode()
    browser.post("/register/", FORM)
    assert list(AccessRequest.objects.order_by("pk").values_list("state", flat=True)) == ["withdrawn", "pending"]
    assert list(Mail.objects.order_by("pk").values_list("purpose", flat=True)) == ["received", "withdrawn", "received"]


def test_after_a_reopening_the_person_waits_again(ada, event, boss):
    request = people.ask(ada, event)
    request.decline(by=boss)
    request.reopen(by=boss)
    assert "Received: organisers will decide" in browser_of(ada).get("/register/status/").content.decode()


def test_withdrawing_an_approved_request_closes_the_morning_at_once(event, boss):
    morning = world.private_part(event, world.Canaries(), count=1)
    guest = people.approved(ADA, event, by=boss)
    browser = browser_of(guest)
    secret = morning.sessions.get()
    assert browser.get(secret.get_absolute_url()).status_code == 200
    browser.post("/register/withdraw/")
    assert browser.get(secret.get_absolute_url()).status_code == 404
    assert "You withdrew your request" in browser.get("/register/status/").content.decode()


def edit_form(request, **changes):
    return {name: getattr(request, name) for name in ANSWERS} | {"version": request.version} | changes


def test_all_answers_change_while_the_request_is_pending(ada, event):
    request = people.ask(ada, event)
    response = browser_of(ada).post("/register/edit/", edit_form(request, organisation="New Corp", needs="vegan"))
    assert response["Location"] == "/register/status/"
    request.refresh_from_db()
    assert (request.organisation, request.needs, request.version) == ("New Corp", "vegan", 2)
    assert list(request.edits.values_list("version", "changes")) == [
        (2, {"organisation": ["Example Platform", "New Corp"]})
    ]


def test_reception_and_needs_change_after_a_decision_and_leave_the_version_alone(ada, event, boss):
    request = people.ask(ada, event)
    request.approve(by=boss)
    browser = browser_of(ada)
    assert b'name="organisation"' not in browser.get("/register/edit/").content
    browser.post("/register/edit/", {"reception": "yes", "needs": "a ramp", "version": request.version})
    version = request.version
    request.refresh_from_db()
    assert (request.reception, request.needs, request.version) == ("yes", "a ramp", version)
    browser.post("/register/edit/", {"reception": "yes", "organisation": "Sneaky", "version": version})
    request.refresh_from_db()
    assert request.organisation == "Example Platform"


def test_a_form_opened_before_the_decision_is_refused_and_keeps_what_was_typed(ada, event, boss):
    request = people.ask(ada, event)
    form = edit_form(request, organisation="Typed in vain", needs="and this")
    request.approve(by=boss)
    page = browser_of(ada).post("/register/edit/", form).content.decode()
    assert "Your request is now approved, so these answers can no longer be changed." in page
    assert 'value="Typed in vain"' in page
    assert "and this" in page
    request.refresh_from_db()
    assert (request.organisation, request.needs) == ("Example Platform", "")


def test_a_form_from_another_window_is_refused_and_keeps_what_was_typed(ada, event):
    request = people.ask(ada, event)
    old = edit_form(request, job_title="From the old window")
    browser = browser_of(ada)
    browser.post("/register/edit/", edit_form(request, job_title="From the new window"))
    page = browser.post("/register/edit/", old).content.decode()
    assert "changed in another window" in page
    assert 'value="From the old window"' in page
    request.refresh_from_db()
    assert request.job_title == "From the new window"


def test_someone_whose_login_session_ended_loses_nothing_they_typed(event):
    page = Browser().post("/register/", FORM | {"why": "My long reason"})
    assert page.status_code == 200
    assert "You are no longer signed in" in page.content.decode()
    assert "My long reason" in page.content.decode()
    assert AccessRequest.objects.count() == 0


def test_each_persons_status_is_their_own(event, boss):
    people.ask(person("eve@example.com"), event, full_name="Eve Other", organisation="Eve Corp")
    ada = person(ADA)
    people.ask(ada, event)
    page = browser_of(ada).get("/register/status/").content.decode()
    assert "Ada Applicant" in page
    assert "Eve" not in page


@pytest.mark.parametrize("field", ["full_name", "organisation", "job_title", "kind", "why", "registered", "rules"])
def test_what_is_missing_is_said_beside_its_field_and_the_rest_kept(ada, field):
    form = {name: value for name, value in FORM.items() if name != field}
    page = browser_of(ada).post("/register/", form)
    assert page.status_code == 200
    assert f'id="error_1_id_{field}"' in page.content.decode()
    assert f'href="#id_{field}' in page.content.decode()
    kept = "job_title" if field != "job_title" else "organisation"
    assert f'value="{FORM[kept]}"' in page.content.decode()
    assert AccessRequest.objects.count() == 0


def test_law_enforcement_and_ngo_people_are_told_and_may_still_ask(ada):
    browser = browser_of(ada)
    assert "If you are from law enforcement or an NGO you may still ask" in browser.get("/register/").content.decode()
    browser.post("/register/", FORM | {"kind": "law-enforcement"})
    assert AccessRequest.objects.get().kind == "law-enforcement"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"registration_opens": dt.timedelta(days=1)}, "You can ask for access from"),
        ({"registration_closes": dt.timedelta(days=-1)}, "Requests closed on"),
        ({"archived": True}, "This Tech Track is over."),
    ],
)
def test_outside_its_time_nobody_can_ask(ada, event, change, words):
    for name, value in change.items():
        setattr(event, name, timezone.now() + value if isinstance(value, dt.timedelta) else value)
    event.save()
    for browser in (Browser(), browser_of(ada)):
        assert words in browser.get("/register/").content.decode()
        assert words in browser.post("/register/", FORM).content.decode()
    assert AccessRequest.objects.count() == 0


def test_before_any_event_was_loaded_the_pages_say_so(db):
    assert "has not been announced yet" in Browser().get("/").content.decode()
    assert "has not been announced yet" in Browser().get("/register/").content.decode()
    assert "has not been announced yet" in browser_of(person(ADA)).get("/register/status/").content.decode()

"""What a person does about their own data: download all of it, ask for its deletion, take that back."""

import html
import json
import re
import threading

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection

from registration import forgetting, holdings
from registration.mail.letters import letter
from registration.models import (
    AccessRequest,
    Decision,
    DeletionRequest,
    Mail,
    Record,
    User,
)
from sessions.models import Event

from . import people, world
from .people import Browser, browser_of, person
from .steps import is_signed_in, sign_in
from .test_canaries import OURS

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

DATA, DELETE = "/register/my-data/", "/register/delete/"
DESK = "/admin/registration/deletionrequest/"


@pytest.fixture
def adas(ada, request_):
    return browser_of(ada)


@pytest.fixture
def boss():
    return people.organiser("boss@techtrack.test", role="Administrator", name="Boss")


def downloaded(browser, step="json"):
    answer = browser.post(DATA, {"step": step})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    return json.loads(answer.content) if step == "json" else answer.content.decode()


# Looking and downloading


def test_every_table_with_rows_of_a_person_is_told_or_has_its_reason():
    about_people = {User, AccessRequest, Decision}
    tied = {
        model
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        if any(field.related_model in about_people for field in model._meta.concrete_fields if field.is_relation)
    }
    named = {model._meta.label_lower for model in holdings.TABLES}
    assert {model._meta.label_lower for model in tied} - named == set(holdings.NOT_ABOUT_THEM)


def test_no_reason_is_given_for_a_field_that_is_gone():
    fields = {f"{model._meta.label_lower}.{field.name}" for model in holdings.TABLES for field in model._meta.fields}
    assert set(holdings.WITHHELD) - fields == set()


@pytest.mark.parametrize("step", ["json", "text"])
def test_somebody_gets_all_their_own_words_and_nobody_elses(step):
    made = world.World()
    for role in made.requests:
        answer = made.browsers[role].post(DATA, {"step": step})
        own = made.canaries.of(f"requests of {role}", f"needs of {role}")
        text = answer.content.decode().lower()
        assert {word for word in own if word not in text} == set(), role
        assert made.canaries.found_in(answer.content, made.groups() - made.groups_open_to(role)) == set(), role
        assert made.browsers[role].get(DATA).status_code == 200


def test_what_organisers_keep_inside_and_their_names_are_left_out(ada, request_, adas):
    olga = people.organiser(name="Olga Organiser")
    request_.decline(by=olga, reason="Insideword", words="Wordstoher")
    Record.objects.write("corrected", by=olga, about="Aboutword", request=request_)
    held = downloaded(adas)
    steps = [(one["from" if "from" in one else "begin"], one["to"], one["actor"]) for one in held["decision"]]
    assert steps == [("", "pending", "you"), ("pending", "declined", "the organisers")]
    assert held["record"][0]["deed"] == "corrected an address"
    for text in (json.dumps(held), downloaded(adas, "text"), adas.get(DATA).content.decode()):
        assert "Wordstoher" in text
        assert not re.search("Insideword|Aboutword|Olga", text)
    assert "Left out: the reasons" in adas.get(DATA).content.decode()


def test_no_secret_is_in_it(ada, adas):
    code = Browser()
    sign_in(code, ada.email)
    held = json.dumps(downloaded(adas))
    ada.refresh_from_db()
    for row in (*ada.login_sessions.all(), *ada.sign_in_codes.all()):
        for secret in (getattr(row, "session_key", ""), getattr(row, "session_data", ""), getattr(row, "digest", "")):
            assert not secret or secret not in held
    assert ada.login_key not in held


def test_a_session_that_was_closed_since_is_counted_and_not_named():
    made = world.World()
    guest = made.browsers["guest"]
    assert made.secret.title in json.dumps(downloaded(guest))
    assert made.hidden.title not in json.dumps(downloaded(guest))
    made.requests["guest"].wait(by=made.people["administrator"])
    held = downloaded(browser_of(User.objects.get(pk=made.people["guest"].pk)))
    assert made.secret.title not in json.dumps(held)
    assert held["keptsession"][-1] == {"closed_to_you_now": 2}


def test_a_download_is_on_record_and_looking_is_not(ada, adas):
    adas.get(DATA)
    assert not Record.objects.exists()
    downloaded(adas)
    record = Record.objects.get()
    assert (record.deed, record.actor, record.about) == ("downloaded", ada, "json")


def test_what_was_typed_is_text_in_the_file_that_is_read(event):
    eve = person("eve@example.com")
    people.ask(eve, event, full_name="<script>alert(1)</script>")
    file = downloaded(browser_of(eve), "text")
    assert "<script" not in file
    assert "<script>alert(1)</script>" in html.unescape(file)


def test_the_page_and_the_file_are_in_spanish_below_es(adas):
    page = adas.get(f"/es{DATA}").content.decode()
    assert '<html lang="es"' in page
    file = adas.post(f"/es{DATA}", {"step": "text"}).content.decode()
    assert '<html lang="es">' in file
    assert "What is held" not in file


# Asking for deletion


def test_from_asking_to_the_last_mail(ada, adas, request_, boss, event):
    request_.approve(by=boss)
    page = adas.get(DELETE).content.decode()
    assert "is then withdrawn" in page
    adas.post(DELETE, {"step": "ask"})
    assert AccessRequest.objects.get().state == "approved"  # nothing happens yet
    assert "for all of it to be deleted" in adas.get("/register/status/").content.decode()
    desk = browser_of(boss)
    listed = desk.get("/admin/registration/accessrequest/?state=all&deletion=asked").content.decode()
    assert "asks for deletion" in listed
    asked = DeletionRequest.objects.get()
    on_page = desk.get(f"/admin/registration/accessrequest/{request_.pk}/change/").content.decode()
    assert f"{DESK}{asked.pk}/change/" in on_page
    told = desk.get(f"{DESK}{asked.pk}/change/").content.decode()
    assert "ada@example.com" in told
    assert "is withdrawn with it" in told
    desk.post(f"{DESK}{asked.pk}/carry-out/", {"step": "delete"})

    request = AccessRequest.objects.get()
    assert (request.state, request.full_name, request.why) == ("withdrawn", "(forgotten)", "")
    assert not is_signed_in(adas)
    queued = Mail.objects.get(state="queued")
    assert (queued.purpose, queued.recipient, queued.person) == ("forgotten", "ada@example.com", None)
    message = letter(queued)
    assert "Ada" not in message.body
    assert "delete what is held about you, and they did" in message.body
    record = Record.objects.get(deed="forgot")
    assert (record.actor, record.about, record.figures["requests"]) == (boss, "Asked for by the person", 1)
    assert not User.objects.filter(email="ada@example.com").exists()


def test_it_can_be_taken_back_until_it_is_done(ada, adas, boss):
    adas.post(DELETE, {"step": "ask"})
    adas.post(DELETE, {"step": "ask"})
    asked = DeletionRequest.objects.get()
    assert "take it back" in adas.get(DELETE).content.decode().lower()
    adas.post(DELETE, {"step": "take back"})
    said = browser_of(boss).post(f"{DESK}{asked.pk}/carry-out/", {"step": "delete"}, follow=True).content.decode()
    assert "the person took it back" in said
    ada.refresh_from_db()
    assert (ada.email, ada.forgotten_at) == ("ada@example.com", None)
    assert "See and download" in adas.get("/register/status/").content.decode()
    adas.post(DELETE, {"step": "ask"})  # and anew
    assert DeletionRequest.objects.open().count() == 1


def beside(made, monkeypatch):
    """Carries one out while its person takes it back, at the worst moment; returns what each was told."""
    asked, told = DeletionRequest.objects.ask(made), []
    boss = people.organiser("boss@techtrack.test", role="Administrator")

    def take_back():
        try:
            told.append(DeletionRequest.objects.take_back(made))
        except DatabaseError as error:
            told.append(type(error).__name__)
        finally:
            connection.close()

    thread, whole = threading.Thread(target=take_back), forgetting.blank

    def meanwhile(one):
        thread.start()
        thread.join(0.5)
        whole(one)

    monkeypatch.setattr(forgetting, "blank", meanwhile)
    done = forgetting.carry_out(asked, by=boss)
    thread.join()
    return done, told


@pytest.mark.django_db(transaction=True)
def test_it_is_not_taken_back_while_it_is_carried_out(monkeypatch):
    made = person("ada@example.com")
    assert beside(made, monkeypatch) == (True, [False])
    assert DeletionRequest.objects.get().taken_back_at is None


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_it_is_taken_back_and_done(monkeypatch):
    """The control."""
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite the transaction itself holds the only lock there is, which nobody can take away")
    monkeypatch.setattr("registration.models.leaving._hold", lambda person: None)
    made = person("ada@example.com")
    with pytest.raises(IntegrityError):  # the constraint speaks last
        beside(made, monkeypatch)
    assert DeletionRequest.objects.get().taken_back_at is not None


def test_it_is_done_once(ada, adas, boss):
    adas.post(DELETE, {"step": "ask"})
    desk, asked = browser_of(boss), DeletionRequest.objects.get()
    for _ in range(2):
        desk.post(f"{DESK}{asked.pk}/carry-out/", {"step": "delete"})
    assert Mail.objects.filter(purpose="forgotten").count() == 1
    assert Record.objects.filter(deed="forgot").count() == 1


def test_somebody_without_a_request_can_ask_too(event, boss):
    bob = person("bob@example.com")
    browser = browser_of(bob)
    browser.post(DELETE, {"step": "ask"})
    desk = browser_of(boss)
    assert "bob@example.com" in desk.get(DESK).content.decode()
    desk.post(f"{DESK}{DeletionRequest.objects.get().pk}/carry-out/", {"step": "delete"})
    assert not User.objects.filter(email="bob@example.com").exists()


def test_an_organiser_is_told_why_not(boss):
    browser = browser_of(boss)
    assert "You are an organiser" in browser.get(DELETE).content.decode()
    browser.post(DELETE, {"step": "ask"})
    assert not DeletionRequest.objects.exists()


def test_who_became_an_organiser_meanwhile_is_spared(ada, adas, boss):
    adas.post(DELETE, {"step": "ask"})
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    asked = DeletionRequest.objects.get()
    with pytest.raises(forgetting.Spared):
        forgetting.carry_out(asked, by=boss)
    desk = browser_of(boss)
    assert "nothing can be deleted here" in desk.get(f"{DESK}{asked.pk}/change/").content.decode()
    assert (
        "Nothing was deleted"
        in desk.post(f"{DESK}{asked.pk}/carry-out/", {"step": "delete"}, follow=True).content.decode()
    )
    assert DeletionRequest.objects.open().exists()


def test_an_incomplete_page_deletes_nothing(ada, adas, boss):
    adas.post(DELETE, {"step": "ask"})
    desk, asked = browser_of(boss), DeletionRequest.objects.get()
    desk.post(f"{DESK}{asked.pk}/carry-out/", {})
    assert User.objects.filter(email="ada@example.com").exists()


def test_the_desk_warns_of_who_was_turned_away(ada, adas, request_, boss):
    request_.decline(by=boss)
    adas.post(DELETE, {"step": "ask"})
    page = browser_of(boss).get(f"{DESK}{DeletionRequest.objects.get().pk}/change/").content.decode()
    assert "was declined or revoked" in page


@pytest.mark.parametrize("role", ["Viewer", "Moderator", "Programme editor"])
def test_only_administrators_carry_it_out(role, ada, adas):
    adas.post(DELETE, {"step": "ask"})
    asked = DeletionRequest.objects.get()
    browser = browser_of(people.organiser("other@techtrack.test", role=role))
    for answer in (
        browser.get(DESK),
        browser.get(f"{DESK}{asked.pk}/change/"),
        browser.post(f"{DESK}{asked.pk}/carry-out/", {"step": "delete"}),
    ):
        assert answer.status_code == 403
    assert User.objects.filter(email="ada@example.com").exists()


def test_the_address_is_gone_from_the_outbox_once_the_last_mail_is_out(ada, adas, boss):
    from django.utils import timezone

    from registration import tidying

    adas.post(DELETE, {"step": "ask"})
    forgetting.carry_out(DeletionRequest.objects.get(), by=boss)
    tidying.everything()
    assert Mail.objects.get(purpose="forgotten").recipient == "ada@example.com"
    Mail.objects.filter(purpose="forgotten").update(state="sent", ended_at=timezone.now(), answer="250 accepted")
    tidying.everything()
    row = Mail.objects.get(purpose="forgotten")
    assert (row.recipient, row.answer) == ("", "")


def test_the_event_has_its_place_back(event, ada, adas, request_, boss):
    from registration import places

    Event.objects.filter(pk=event.pk).update(capacity=1)
    event.refresh_from_db()
    request_.approve(by=boss)
    assert places.left(event) == 0
    adas.post(DELETE, {"step": "ask"})
    forgetting.carry_out(DeletionRequest.objects.get(), by=boss)
    assert places.left(event) == 1

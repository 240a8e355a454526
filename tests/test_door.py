"""The door's pages: what a pass says to who stands there, and the nothing that it says to everyone else."""

import re
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration import roles
from registration.forgetting import blank
from registration.models import LoginSession, Pass, Scan, Visit

from . import access, clock, people
from .crawling import everything_in
from .people import Browser, browser_of
from .world import World
from .world import event as make_event

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

NEVER = "ABCDEFGHJKMNPQRS"
REFUSED = "a pass was refused at the door"


@pytest.fixture
def steward():
    return people.steward()


@pytest.fixture
def door(steward):
    """Her browser."""
    return browser_of(steward)


@pytest.fixture
def gina(event, olga):
    """A guest's pass."""
    guest = people.approved("gina@example.com", event, by=olga, full_name="Gina Guest", organisation="Games & Co")
    return Pass.objects.get(request__person=guest)


def page_of(browser, token):
    answer = browser.get(f"/pass/{token}/")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    return answer.content.decode()


def words(html):
    """What stands in the page's main part, tags aside."""
    main = re.search(r"<main.*?</main>", html, re.DOTALL)[0]
    main = re.sub(r"</?(?:bdi|time|small|strong)\b[^>]*>", "", main)
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("&amp;", "&").split())


def sent(browser, deed, html):
    """The page's one form to this address, sent as it stands there; gives the page that it leads to."""
    form = re.search(rf'<form method="post" action="/door/{deed}/".*?</form>', html, re.DOTALL)[0]
    fields = dict(re.findall(r'name="(who|scan|of)" value="([^"]*)"', form))
    answer = browser.post(f"/door/{deed}/", fields)
    assert (answer.status_code, answer["Location"]) == (302, f"/door/?done={fields['scan']}")
    return browser.get(answer["Location"]).content.decode()


# Who stands at the door


def test_a_guest_is_let_in_let_out_and_both_taken_back(door, gina):
    valid = page_of(door, gina.token)
    assert words(valid) == "Valid Gina Guest Games & Co Check in Do nothing, next pass"
    assert valid.count("<form") == 1
    there = timezone.now().astimezone(gina.request.event.zone)
    came = sent(door, "check-in", valid)
    assert re.match(r"Checked in \d\d:\d\d Gina Guest Games & Co Undo the check-in Next pass ", words(came))
    since = f"{Visit.objects.get().came_at.astimezone(there.tzinfo):%H:%M}"
    inside = page_of(door, gina.token)
    assert words(inside) == f"Already inside since {since} (Door) Gina Guest Games & Co Check out Next pass"
    gone = sent(door, "check-out", inside)
    assert re.match(r"Checked out \d\d:\d\d Gina Guest Games & Co Undo the check-out Next pass ", words(gone))
    assert re.search(r"Was here before: left \d\d:\d\d, Door\.", words(page_of(door, gina.token)))
    assert words(sent(door, "undo", gone)).startswith("Taken back inside again Gina Guest")
    assert "Undo the check-out" not in words(
        door.get(f"/door/?done={Scan.objects.get(kind='out').pk}").content.decode()
    )


def test_a_page_sent_twice_or_late_does_nothing_twice(door, gina):
    valid = page_of(door, gina.token)
    again = page_of(door, gina.token)
    assert words(sent(door, "check-in", valid)).startswith("Checked in")
    assert words(sent(door, "check-in", valid)).startswith("Checked in")  # the same button, twice
    assert words(sent(door, "check-in", again)).startswith("Already inside since")  # another window
    assert Visit.objects.count() == 1


def test_the_name_of_the_door_is_the_stewards_own_and_stands_beside_what_they_do(door, gina, olga):
    assert door.post("/door/", {"door": "North <b>"}).status_code == 302
    assert "North &lt;b&gt;" in page_of(door, gina.token)
    sent(door, "check-in", page_of(door, gina.token))
    other = browser_of(olga)
    assert "(North &lt;b&gt;)" in words(page_of(other, gina.token))
    assert words(other.get("/door/").content.decode()).startswith("Door: Door")
    for wrong in ("", "x" * 41, "two\nlines", "\u202eback", " "):
        answer = door.post("/door/", {"door": wrong})
        assert answer.status_code == 200
        assert 'aria-invalid="true"' in answer.content.decode()
    assert "Door: North" in words(door.get("/door/").content.decode())


def test_a_code_is_typed_as_it_is_read(door, gina):
    for typed in (gina.code, gina.code.lower().replace("-", " "), gina.token.replace("1", "l").replace("0", "o")):
        assert door.post("/door/look-up/", {"code": typed})["Location"] == f"/pass/{gina.token}/"
    for typed, said in (
        ("ABCD", "sixteen"),
        ("", "required"),
        ("<b>" * 30, "at most 60"),
        (gina.code + "U", "sixteen"),
    ):
        answer = door.post("/door/look-up/", {"code": typed})
        assert answer.status_code == 200
        page = answer.content.decode()
        assert said in page
        assert typed.replace("<", "&lt;").replace(">", "&gt;") in page  # kept
    assert "Not valid" in page_of(door, NEVER)


def test_a_page_that_is_not_whole_does_nothing(door, gina):
    for form in ({}, {"who": gina.door_id}, {"who": "x", "scan": uuid4()}, {"who": gina.door_id, "scan": "x"}):
        for deed in ("check-in", "check-out", "undo"):
            assert door.post(f"/door/{deed}/", form)["Location"] == "/door/"
    assert "Nothing was done" in door.get("/door/").content.decode()
    assert not Scan.objects.exists()
    for made_up in ("x", str(uuid4()), "", "%00"):
        assert door.get(f"/door/?done={made_up}").status_code in {200, 400}


def test_a_steward_sees_their_own_deeds_alone(door, gina, olga):
    sent(door, "check-in", page_of(door, gina.token))
    other = browser_of(olga)
    assert "Gina" not in other.get(f"/door/?done={Scan.objects.get().pk}").content.decode()


# QR-04


DEAD = {
    "revoked": lambda one, boss: one.request.revoke(by=boss),
    "taken back": lambda one, boss: one.request.reopen(by=boss),
    "withdrawn": lambda one, boss: one.request.withdraw(by=one.request.person),
    "forgotten": lambda one, boss: (one.request.withdraw(by=one.request.person), blank(one.request.person)),
    "another address": lambda one, boss: one.request.person.change_email("other@example.com"),
    "shut out": lambda one, boss: (
        type(one.request.person).objects.filter(pk=one.request.person_id).update(is_active=False)
    ),
    "renewed": lambda one, boss: one.renew(),
    "archived": lambda one, boss: type(one.request.event).objects.update(is_current=False, archived=True),
    "another edition": lambda one, boss: make_event("cacc-2024", date=one.request.event.date.replace(year=2024)),
}


@pytest.mark.parametrize("how", DEAD)
def test_a_dead_pass_is_refused_in_one_text_and_the_log_says_so(door, gina, olga, log, how):
    token, valid = gina.token, page_of(door, gina.token)
    assert "Valid Gina" in words(valid)  # the control
    DEAD[how](gina, olga)
    assert words(page_of(door, token)) == "Not valid, ask an organiser Next pass"
    assert "Gina" not in page_of(door, token)
    if how != "archived":  # then the door has no event
        assert words(sent(door, "check-in", valid)).startswith("Not valid, ask an organiser Next pass")
    assert not Visit.objects.exists()
    assert len(log.lines(REFUSED)) >= 2
    assert token not in log.text
    assert gina.door_id not in log.text


def test_a_forged_pass_is_refused_like_a_dead_one(door, gina, log):
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    altered = [
        gina.token[:place] + letters[letters.index(gina.token[place]) ^ 1] + gina.token[place + 1 :]
        for place in range(16)
    ]
    for token in (*altered, NEVER, "x", gina.door_id, gina.token[:-1], gina.token + "0", "%00"[1:], "ß" * 16):
        assert words(page_of(door, token)) == "Not valid, ask an organiser Next pass"
    assert "Valid Gina" in words(page_of(door, gina.token))  # the control
    assert len(log.lines(REFUSED)) == 23


# Everyone else


def test_whoever_does_not_work_at_the_door_gets_the_same_bytes_whatever_the_pass():
    """QR-02; in two worlds, one of which knows the pass."""
    made = World()
    token = made.requests["guest"].entry_pass.token
    outside = [role for role in made.roles if role not in access.AT_THE_DOOR]
    asked = (token, token.lower(), NEVER, "register", "account", "x" * 200, "1" * 16)
    found = {(role, one): everything_in(made.browsers[role].get(f"/pass/{one}/")) for role in outside for one in asked}
    with transaction.atomic():
        Pass.objects.all().delete()
        found |= {("later", one): everything_in(made.browsers["applicant"].get(f"/pass/{one}/")) for one in asked}
        transaction.set_rollback(True)
    assert len(set(found.values())) == 1
    page = next(iter(found.values())).decode()
    assert 'href="/account/login/?next=/door/"' in page
    assert "csrf" not in page
    for role in access.AT_THE_DOOR:  # the control
        assert "Valid" in words(page_of(made.browsers[role], token)), role


def test_for_them_nothing_is_looked_up(gina, ada, steward, django_assert_num_queries):
    with django_assert_num_queries(0):
        Browser().get(f"/pass/{gina.token}/")

    def tables(browser, token):
        with CaptureQueriesContext(connection) as caught:
            browser.get(f"/pass/{token}/")
        return [re.search(r'FROM "(\w+)"', one["sql"])[1] for one in caught]

    adas, door = browser_of(ada), browser_of(steward)
    assert tables(adas, gina.token) == tables(adas, NEVER)
    assert "registration_pass" not in tables(adas, gina.token)
    assert "registration_pass" in tables(door, NEVER)  # the control


def left_the_door(steward, how):
    match how:
        case "the group":
            steward.groups.clear()
        case "inactive":
            type(steward).objects.filter(pk=steward.pk).update(is_active=False)
        case "unproven":
            steward.emailaddress_set.update(verified=False)
        case "signed out by an organiser":
            steward.shut_out()
        case "one login session ended":
            LoginSession.objects.filter(user=steward).delete()
        case "made an organiser, no second factor":
            type(steward).objects.filter(pk=steward.pk).update(is_staff=True)


@pytest.mark.parametrize(
    "how",
    [
        *("the group", "inactive", "unproven", "signed out by an organiser", "one login session ended"),
        "made an organiser, no second factor",
    ],
)
def test_who_may_no_longer_work_at_the_door_is_out_at_the_next_click(door, steward, gina, how):
    """QR-06: a lost phone is an ended login session. The control is the scan before."""
    form = {"who": gina.door_id, "scan": uuid4()}
    assert "Valid Gina" in words(page_of(door, gina.token))  # the control
    left_the_door(steward, how)
    assert words(page_of(door, gina.token)) == words(page_of(Browser(), NEVER))
    for address in ("/door/", "/door/counts/"):
        assert door.get(address).status_code == 404
    for deed in ("check-in", "check-out", "undo", "look-up"):
        assert door.post(f"/door/{deed}/", form).status_code == 404
    assert not Scan.objects.exists()
    assert "Gina" not in door.get("/door/").content.decode()


@pytest.mark.parametrize("role", [roles.VIEWER, roles.EDITOR])
def test_organisers_of_other_roles_do_not_work_at_the_door(gina, role):
    other = browser_of(people.organiser("otto@techtrack.test", role=role))
    assert "Gina" not in page_of(other, gina.token)
    assert other.post("/door/check-in/", {"who": gina.door_id, "scan": uuid4()}).status_code == 404


def test_a_superuser_who_is_no_organiser_gets_nothing_by_it(gina):
    odd = people.person("odd@example.com", is_superuser=True)
    assert browser_of(odd).get("/door/").status_code == 404


# Counts


def test_counts_are_json_for_those_at_the_door(door, gina):
    sent(door, "check-in", page_of(door, gina.token))
    found = door.get("/door/counts/")
    assert (found["Content-Type"], found["Cache-Control"]) == ("application/json", "private, no-store")
    told = found.json()
    assert re.fullmatch(r"\d\d:\d\d", told.pop("at"))
    assert told == {"expected": 1, "inside": 1, "left": 0}
    assert "Expected 1 Inside 1 Left 0" in words(door.get("/door/").content.decode())


def test_the_script_that_asks_for_counts_keeps_no_organiser_signed_in(olga, monkeypatch):
    """The control is the door's page, which somebody opened."""
    desk = browser_of(olga)
    desk.get("/door/")
    seen = LoginSession.objects.get().last_seen_at
    clock.moved(monkeypatch, minutes=10)
    assert desk.get("/door/counts/").status_code == 200
    assert LoginSession.objects.get().last_seen_at == seen
    desk.get("/door/")
    assert LoginSession.objects.get().last_seen_at > seen


def test_without_an_event_the_door_says_so(steward):
    door = browser_of(steward)
    assert "There is no event" in words(door.get("/door/").content.decode())
    assert "Not valid" in words(page_of(door, NEVER))
    assert door.get("/door/counts/").json() == {"expected": 0, "inside": 0, "left": 0, "at": ""}
    answer = door.post("/door/check-in/", {"who": "0" * 32, "scan": uuid4()})
    assert answer.status_code == 302
    assert door.get(answer["Location"]).status_code == 200


def test_a_pass_page_shows_name_and_organisation_and_no_more():
    made = World()
    page = page_of(made.browsers["door steward"], made.requests["guest"].entry_pass.token)
    shown = {what for _, what in made.canaries.found_in(page.encode(), made.groups())}
    assert shown == {"full_name", "organisation", "door out"}
    assert page.count("<form") == 1

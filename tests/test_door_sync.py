"""The list that a phone keeps for a door without a network, and what it sends afterwards."""

import datetime as dt
import hashlib
import json
import uuid

import pytest
from django.utils import timezone

from registration.door import syncing
from registration.models import Pass, Scan, Visit
from sessions.models import Event

from . import people, world
from .clock import moved_to

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


@pytest.fixture
def passes(event, olga):
    """Of three guests."""
    for name in ("ada", "ben", "cleo"):
        people.approved(f"{name}@example.com", event, by=olga, full_name=f"{name.title()} Guest")
    return list(Pass.objects.order_by("request"))


@pytest.fixture
def phone(event):
    """A steward's browser."""
    return people.browser_of(people.steward())


@pytest.fixture
def listed(phone, passes):
    return phone.get("/door/list/").json()


def step(listed, entry_pass, kind="in", **changed):
    row = next(row for row in listed["rows"] if row["id"] == entry_pass.door_id)
    at = (dt.datetime.fromisoformat(listed["made_at"]) + dt.timedelta(milliseconds=1)).isoformat()
    sent = {"id": row["id"], "of": row["of"], "kind": kind, "at": at, "door": "West", "list": listed["made_at"]}
    return {"scan": str(uuid.uuid4())} | sent | changed


def send(phone, *steps):
    return phone.post("/door/sync/", json.dumps({"scans": steps}), content_type="application/json")


def outcomes(answer):
    return [result["outcome"] for result in answer.json()["results"]]


def test_the_list_tells_a_pass_by_a_digest_and_names_nobody():
    made = world.World()
    entry_pass = Pass.objects.get(request=made.requests["guest"])
    answer = made.browsers["door steward"].get("/door/list/")
    told = answer.json()
    digest = hashlib.sha256((told["salt"] + entry_pass.token).encode()).hexdigest()
    assert [(row["digest"], row["id"], row["inside"]) for row in told["rows"]] == [(digest, entry_pass.door_id, False)]
    assert not made.canaries.found_in(answer.content, made.groups())
    assert entry_pass.token not in answer.text
    again = made.browsers["door steward"].get("/door/list/").json()
    assert again["salt"] != told["salt"]
    assert again["rows"][0]["digest"] != digest


def test_the_list_says_who_is_inside_and_leaves_out_whose_pass_is_dead(phone, passes, listed, olga):
    ada, ben, cleo = passes
    assert {row["inside"] for row in listed["rows"]} == {False}
    assert outcomes(send(phone, step(listed, ada))) == ["admitted"]
    ben.request.revoke(by=olga)
    rows = {row["id"]: row["inside"] for row in phone.get("/door/list/").json()["rows"]}
    assert rows == {ada.door_id: True, cleo.door_id: False}


def test_the_list_ends_with_the_day(phone, event, monkeypatch):
    moved_to(monkeypatch, event.ends_at - dt.timedelta(days=2))
    assert phone.get("/door/list/").json()["expires_at"] == event.ends_at.isoformat()
    moved_to(monkeypatch, event.ends_at + dt.timedelta(hours=1))  # a day that nobody archived
    browser = people.browser_of(people.steward("late@example.com"))
    assert browser.get("/door/list/").json()["expires_at"] == (event.ends_at + dt.timedelta(days=1)).isoformat()


def test_two_hundred_steps_sent_twice_are_done_once(phone, event, olga):
    """QR-05."""
    for number in range(20):
        people.approved(f"guest{number}@example.com", event, by=olga)
    listed = phone.get("/door/list/").json()
    steps = [step(listed, one, kind) for kind in 5 * ("in", "out") for one in Pass.objects.all()]
    first = send(phone, *steps)
    assert outcomes(first) == 5 * (20 * ["admitted"] + 20 * ["left"])
    done = list(Scan.objects.values()), list(Visit.objects.values())
    again = send(phone, *steps)
    assert again.json() == first.json()
    assert (list(Scan.objects.values()), list(Visit.objects.values())) == done
    assert (Scan.objects.count(), Visit.objects.count()) == (200, 100)


def test_sent_twice_under_new_ids_nobody_is_counted_twice(phone, passes, listed):
    """The control: it is the ids that make it one."""
    assert outcomes(send(phone, step(listed, passes[0]))) == ["admitted"]
    assert outcomes(send(phone, step(listed, passes[0]))) == ["already-inside"]
    assert (Scan.objects.count(), Visit.objects.count()) == (2, 1)


def test_one_pass_at_two_doors_is_told_to_both(phone, passes, listed):
    other = people.browser_of(people.steward("other@example.com"))
    before = step(listed, passes[0], door="West")
    assert outcomes(send(phone, before)) == ["admitted"]
    answer = send(other, step(listed, passes[0], door="East"))
    assert answer.json()["results"][0] | {"scan": ""} == {
        "scan": "",
        "outcome": "already-inside",
        "since": before["at"],
        "door": "West",
    }
    assert answer.json()["conflicts"] == phone.get("/door/state/").json()["conflicts"] == 1
    for browser in (phone, other):
        page = browser.get("/door/conflicts/").text
        assert "<bdi>Ada Guest</bdi>" in page
        assert "door “<bdi>East</bdi>”: was inside already" in page
    assert Visit.objects.count() == 1


def test_a_pass_that_died_after_the_list_was_loaded_is_told(phone, passes, listed, olga):
    """Organisers learn who was let in all the same; whoever may still come in is named to stewards too."""
    ada, ben, _ = passes
    steps = [step(listed, ada), step(listed, ben)]
    ada.request.revoke(by=olga)
    ben.renew()
    assert outcomes(send(phone, *steps)) == ["not-valid", "not-valid"]
    assert not Visit.objects.exists()
    page = phone.get("/door/conflicts/").text
    assert "Ada Guest" not in page
    assert "An organiser sees here who it was." in page
    assert "<bdi>Ben Guest</bdi>" in page
    assert "<bdi>Ada Guest</bdi>" in people.browser_of(olga).get("/door/conflicts/").text


def test_a_step_is_taken_back_without_a_network(phone, passes, listed):
    came = step(listed, passes[0])
    back = step(listed, passes[0], "undo", undoes=came["scan"])
    assert outcomes(send(phone, came, back)) == ["admitted", "undone"]
    assert not Visit.objects.exists()


def test_what_was_sealed_by_another_secret_is_kept_as_well(phone, passes, listed, olga):
    sent = step(listed, passes[0], of="gAAAAA" + "A" * 94)
    passes[0].request.revoke(by=olga)
    assert outcomes(send(phone, sent)) == ["not-valid"]
    assert Scan.objects.get().request is None
    assert "A pass that nobody knows" in phone.get("/door/conflicts/").text


def test_times_of_a_phone_lie_between_its_list_and_now(phone, passes, listed):
    made_at = dt.datetime.fromisoformat(listed["made_at"])
    early = step(listed, passes[0], at="2001-01-01T00:00:00+00:00")
    late = step(listed, passes[1], at="2101-01-01T00:00:00+05:30")
    send(phone, early, late)
    assert Scan.objects.get(pk=early["scan"]).at == made_at
    assert made_at < Scan.objects.get(pk=late["scan"]).at <= timezone.now()


ONE = {
    "scan": str(uuid.UUID(int=1)),
    "id": "0" * 32,
    "of": "a",
    "kind": "in",
    "at": "2022-08-09T13:00:00Z",
    "door": "West",
    "list": "2022-08-09T12:00:00Z",
}
BAD = [
    b"",
    b"\xff",
    b"{",
    b"[" * 100_000,
    b"[]",
    b'{"scans": {}}',
    b'{"scans": [], "more": 1}',
    b'{"scans": []}',
    b'{"scans": [1]}',
    json.dumps({"scans": [ONE, ONE]}).encode(),
    json.dumps({"scans": [ONE | {"scan": str(uuid.UUID(int=n))} for n in range(501)]}).encode(),
    b" " * (syncing.LARGEST + 1),
    *[
        json.dumps({"scans": [ONE | {"scan": str(uuid.uuid4())}, ONE | changed]}).encode()
        for changed in (
            {"name": "Ada"},
            {"scan": "1"},
            {"scan": "{00000000-0000-0000-0000-000000000001}"},
            {"id": "0" * 31},
            {"id": 0},
            {"of": ""},
            {"of": "a" * 301},
            {"kind": "undo"},
            {"kind": "in", "undoes": ONE["scan"]},
            {"kind": "admit"},
            {"at": "13:00"},
            {"at": "2022-08-09T13:00:00"},
            {"at": "0001-01-01T00:00:00+23:59"},
            {"list": "yesterday"},
            {"door": ""},
            {"door": " "},
            {"door": "W" * 41},
            {"door": "West\u0000"},
            {"door": "West\n"},
            {"door": "\ud800"},
            {"door": "\u202eWest"},
        )
    ],
]


@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
def test_what_is_not_as_it_should_be_is_refused_whole(phone, body, log):
    answer = phone.post("/door/sync/", body, content_type="application/json")
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert answer.json()["error"]
    assert not Scan.objects.exists()
    assert "West" not in log.text


def test_what_is_as_it_should_be_is_taken(phone, log):
    """The control; and nothing of it is in the log."""
    answer = send(phone, ONE)
    assert (answer.status_code, outcomes(answer)) == (200, ["not-valid"])
    assert not any(ONE[name] in log.text for name in ("scan", "id", "door", "at"))


def test_a_form_is_no_json(phone):
    assert phone.post("/door/sync/", {"scans": "[]"}).status_code == 400


def test_where_no_event_is_open_the_phone_keeps_what_it_has(phone, passes, listed):
    Event.objects.current().archive()
    answer = send(phone, step(listed, passes[0]))
    assert answer.status_code == 409
    assert "No event is open" in answer.json()["error"]
    assert not Scan.objects.exists()
    assert phone.get("/door/list/").json()["rows"] == []


def test_the_page_for_a_place_without_network_is_the_same_for_all(phone, desk):
    visitor, guest = people.Browser(), people.browser_of(people.person("guest@example.com"))
    pages = {browser.get("/door/offline/").content for browser in (visitor, guest, phone, desk)}
    assert len(pages) == 1
    assert visitor.get("/door/offline/").headers["Cache-Control"] == "no-cache"

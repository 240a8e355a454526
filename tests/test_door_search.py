"""Looking for a guest by name at the door: guests alone, a few at a time, on record without the words."""

import pytest

from registration.door import search as module
from registration.door.search import AT_MOST, words_of
from registration.models import AccessRequest, Pass, Record

from . import people, world
from .people import Browser, browser_of, person, steward

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

PAGE = "/door/search/"


@pytest.fixture
def door(event):
    return browser_of(steward())


@pytest.fixture
def guest(event, olga):
    def make(full_name, organisation="Example Platform", email=None, **answers):
        number = AccessRequest.objects.count()
        who = people.approved(
            email or f"guest{number}@example.com",
            event,
            by=olga,
            full_name=full_name,
            organisation=organisation,
            **answers,
        )
        return who.access_requests.get()

    return make


def found(door, name):
    """The names that the page shows, in its order."""
    page = door.post(PAGE, {"name": name})
    assert page.status_code == 200
    return [one.request.full_name for one in page.context["found"] or []]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("lukasz", "Łukasz Żółć"),
        ("Łukasz", "Lukasz Zolc"),
        ("ZOLC lukasz", "Łukasz Żółć"),
        ("soren", "Søren Æbelø"),
        ("aebelo", "Søren Æbelø"),
        ("istanbul", "İstanbul Işık"),
        ("strasse", "Ina Straße"),
        ("obrien", "Pat O’Brien"),
        ("O'Bri", "Pat OBrien"),
        ("nguyen", "Nguye\u0302\u0303n Văn"),
        ("王小明", "王小明"),
        ("محمد", "محمد علي"),
        ("иван", "Иван Петров"),
        ("example plat", "Ada Guest"),
        ("ada example", "Ada Guest"),
    ],
)
def test_a_guest_is_found_by_name_or_organisation_whatever_the_accents(door, guest, typed, name):
    guest(name)
    guest("Somebody Else", "Another Company")
    assert found(door, typed) == [name]


def test_who_begins_so_comes_first_and_each_word_counts(door, guest):
    for name in ("Joanna Berg", "Anna Zorn", "Anna Berg"):
        guest(name)
    assert found(door, "anna") == ["Anna Berg", "Anna Zorn", "Joanna Berg"]
    assert found(door, "anna berg") == ["Anna Berg", "Joanna Berg"]
    assert found(door, "%%%anna_") == ["Anna Berg", "Anna Zorn", "Joanna Berg"]
    assert found(door, "%_%berg%_%zzz") == []


@pytest.mark.parametrize("typed", ["", "  ", "an", "a n", "a.n", "an\u0301", "%%%", "...", "___", "王小"])
def test_fewer_than_three_letters_find_nobody_and_are_not_a_search(door, guest, typed):
    guest("Anna Berg 王小明")
    page = door.post(PAGE, {"name": typed})
    assert page.context["found"] is None
    assert "id_name_error" in page.content.decode() or not typed
    assert "Anna" not in page.content.decode()
    assert not Record.objects.filter(deed="searched").exists()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ann\x00a", "Null characters are not allowed"),
        ("an\u202ena", "cannot be seen"),
        ("ann\na", "on one line"),
        ("a" * 101, "at most 100"),
        ("a" + "\u0301" * 20, "too many marks"),
    ],
)
def test_odd_words_are_refused_beside_the_field_and_kept(door, typed, told):
    """F-02, F-04."""
    page = door.post(PAGE, {"name": typed}).content.decode()
    assert told in page
    assert 'id="id_name_error"' in page
    assert not Record.objects.filter(deed="searched").exists()


def test_nobody_but_the_guests_of_this_event_is_found(door, guest, event, olga):
    """G-09: a name that is in every request, and one guest among them; the control is that one."""
    requests = {state: people.ask(person(f"{state}@example.com"), event, full_name="Zora Zq") for state in STATES}
    for state, verbs in STATES.items():
        for verb in verbs:
            getattr(requests[state], verb)(by=olga)
    AccessRequest.objects.filter(pk=requests["to-confirm"].pk).update(to_confirm=True)
    unproven = guest("Zora Zq")
    unproven.person.emailaddress_set.update(verified=False)
    closed = guest("Zora Zq")
    type(closed.person).objects.filter(pk=closed.person_id).update(is_active=False)
    earlier = world.event("cacc-2021", current=False)
    people.approved("before@example.com", earlier, by=olga, full_name="Zora Zq")
    assert found(door, "zora") == []
    guest("Zora Zq")
    assert found(door, "zora") == ["Zora Zq"]
    event.archived = True
    event.save()
    assert "Zora" not in door.post(PAGE, {"name": "zora"}).content.decode()


STATES = {
    "pending": [],
    "waiting": ["wait"],
    "declined": ["decline"],
    "revoked": ["approve", "revoke"],
    "to-confirm": ["approve"],
}


def test_at_most_twenty_are_shown_and_it_says_that_there_are_more(door, guest):
    for number in range(AT_MOST):
        guest(f"Anna {number:02}")
    assert len(found(door, "anna")) == AT_MOST
    assert "More than" not in door.post(PAGE, {"name": "anna"}).content.decode()
    guest("Anna 99")
    page = door.post(PAGE, {"name": "anna"})
    assert len(page.context["found"]) == AT_MOST
    assert "More than 20: type more of the name" in page.content.decode()


def test_a_page_of_twenty_asks_the_database_as_often_as_one_of_one(
    door, guest, django_assert_num_queries, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    guest("Anna 1")
    door.post(PAGE, {"name": "anna"})
    with CaptureQueriesContext(connection) as few:
        door.post(PAGE, {"name": "anna"})
    for number in range(5):
        guest(f"Anna 2{number}")
    with django_assert_num_queries(len(few)):
        door.post(PAGE, {"name": "anna"})


def test_a_search_is_on_record_and_in_the_log_without_its_words(door, guest, log):
    guest("Anna Secretname")
    found(door, "secretname")
    record = Record.objects.get(deed="searched")
    assert (record.actor.email, record.about, record.figures) == (
        "stella@techtrack.test",
        "Tech Track 2022",
        {"found": 1},
    )
    (line,) = log.lines("guests were searched at the door")
    assert line["found"] == 1
    assert "ecretname" not in log.text
    assert "ecretname" not in str(list(Record.objects.values()))


def test_nothing_is_shown_that_is_not_on_record(door, guest, monkeypatch):
    guest("Anna Berg")

    def refuse(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(type(Record.objects.all()), "write", refuse)
    answer = door.post(PAGE, {"name": "anna"})
    assert answer.status_code == 500
    assert "Berg" not in answer.content.decode()


def test_one_steward_searches_so_often_and_others_go_on(door, guest, monkeypatch):
    from dataclasses import replace

    monkeypatch.setattr(module, "OF_ONE_STEWARD", replace(module.OF_ONE_STEWARD, at_most=3))
    guest("Anna Berg")
    other = browser_of(steward("sam@techtrack.test"))
    for _ in range(3):
        assert found(door, "anna") == ["Anna Berg"]
    answer = door.post(PAGE, {"name": "anna"})
    assert (answer.status_code, answer.context["found"]) == (429, None)
    assert int(answer["Retry-After"]) > 0
    assert 'value="anna"' in answer.content.decode()
    assert found(other, "anna") == ["Anna Berg"]


def test_what_is_found_leads_to_the_check_in_of_that_pass(door, guest):
    anna = guest("Anna <b>Berg</b>")
    page = door.post(PAGE, {"name": "anna"}).content.decode()
    own = Pass.objects.get(request=anna)
    assert f'name="who" value="{own.door_id}"' in page
    assert own.token not in page
    assert own.public_id not in page
    assert "<bdi>Anna &lt;b&gt;Berg&lt;/b&gt;</bdi>" in page
    for word in ("guest0@example.com", "Trust and safety", "To learn how"):
        assert word not in page
    (result,) = door.post(PAGE, {"name": "anna"}).context["found"]
    door.post("/door/check-in/", {"who": own.door_id, "scan": str(result.scan)})
    assert anna.visits.open().count() == 1
    assert "<strong>Already inside</strong> since" in door.post(PAGE, {"name": "anna"}).content.decode()


@pytest.mark.parametrize("who", ["visitor", "guest", "viewer", "programme editor", "former steward"])
def test_nobody_else_searches(event, guest, who):
    guest("Anna Berg")
    stella = steward()
    browser = {
        "visitor": Browser,
        "guest": lambda: browser_of(AccessRequest.objects.get().person),
        "viewer": lambda: browser_of(people.organiser("v@techtrack.test", role="Viewer")),
        "programme editor": lambda: browser_of(people.organiser("e@techtrack.test", role="Programme editor")),
        "former steward": lambda: browser_of(stella),
    }[who]()
    stella.groups.clear()
    answer = browser.post(PAGE, {"name": "anna"})
    assert answer.status_code == 404
    assert "Berg" not in answer.content.decode()
    assert not Record.objects.filter(deed="searched").exists()


def test_words_are_compared_in_one_form():
    assert words_of("Łukasz  O’Brien-Żak (3M)") == ["lukasz", "obrien", "zak", "3m"]
    assert words_of("한글") == words_of("한글".encode().decode())
    assert words_of("می‌خواهم") == words_of("میخواهم")

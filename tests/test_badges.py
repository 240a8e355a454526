"""Badges for all guests: who may print them, whom they name, what of it goes on record."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registration import roles
from registration.desk import badges
from registration.models import AccessRequest, Alarm, Mail, Pass, Record

from . import people, world
from .people import browser_of

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

PAGE = "/admin/registration/pass/badges/"
SHEETS = {"paper": "a4", "part": "1"}


@pytest.fixture
def event(db):
    return world.event()


@pytest.fixture
def boss(db):
    return people.organiser()


@pytest.fixture
def desk(boss):
    return browser_of(boss)


def guests(event, boss, names):
    return [
        people.approved(f"guest{number}@corp.example", event, by=boss, full_name=name, organisation=f"Corp {number}")
        for number, name in enumerate(names)
    ]


def names_on(answer):
    assert answer.status_code == 200
    return re.findall(r'class="name name-\d"><bdi>(.*?)</bdi>', answer.content.decode())


def test_all_whom_the_door_lets_in_are_on_the_sheets_by_name(desk, boss, event):
    guests(event, boss, ["Zoë Last", "ada First", "Bob <b>Middle</b>"])
    people.ask(people.person("pending@corp.example"), event, full_name="Pending Person")
    guests(world.event("cacc-2021", current=False, date="2021-08-10"), boss, [])
    Pass.objects.filter(request__full_name="ada First").delete()  # who has none gets one
    answer = desk.post(PAGE, SHEETS)
    assert names_on(answer) == ["ada First", "Bob &lt;b&gt;Middle&lt;/b&gt;", "Zoë Last"]
    page = answer.content.decode()
    assert all(one.code in page for one in Pass.objects.all())
    assert page.count("<svg") == Pass.objects.count() == 3
    assert "badges-letter" not in page
    assert "badges-letter" in desk.post(PAGE, SHEETS | {"paper": "letter"}).content.decode()
    assert "style=" not in page
    assert "data:" not in page
    assert answer["Cache-Control"] == "private, no-store"


def test_that_they_were_printed_is_on_record_and_administrators_hear_of_it(desk, boss, event):
    (ada, _) = guests(event, boss, ["Ada Guest", "Bob Guest"])
    desk.get(PAGE)
    desk.get(PAGE, {"q": "Ada", **SHEETS})
    desk.post(PAGE, {})
    desk.post(PAGE, SHEETS | {"part": "7"})
    assert not Record.objects.exists()  # looking, or nothing found
    desk.post(PAGE, SHEETS)
    desk.post(PAGE, SHEETS | {"q": "ada"})
    one, all_ = Record.objects.all()
    assert (all_.deed, all_.actor, all_.about, all_.request) == ("printed", boss, "2 badges", None)
    assert (one.about, one.request.person) == ("1 badge", ada)
    assert Alarm.objects.get().cause == "alarm-badges"
    assert Mail.objects.filter(purpose="alarm-badges").count() == 1
    said = str(Record.objects.values_list("about", "figures"))
    assert not any(entry.public_id in said for entry in Pass.objects.all())


def test_one_is_found_by_name_organisation_or_address(desk, boss, event):
    guests(event, boss, ["Ada Guest", "Bob Guest", "Cy Guest"])
    for words, found in (("ada", ["Ada Guest"]), ("Corp 1", ["Bob Guest"]), ("guest2@", ["Cy Guest"]), ("nobody", [])):
        page = desk.get(PAGE, {"q": words}).content.decode()
        assert ("No guest fits that." in page) == (not found)
        if found:
            assert names_on(desk.post(PAGE, SHEETS | {"q": words})) == found


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"part": "1"}, "This field is required"),
        (SHEETS | {"paper": "a3"}, "a3 is not one of the available choices"),
        (SHEETS | {"part": "x"}, "Enter a whole number"),
        (SHEETS | {"part": "9" * 30}, "less than or equal"),
        (SHEETS | {"q": "a" * 101}, "at most 100 characters"),
        (SHEETS | {"q": "\0"}, "Null characters"),
    ],
)
def test_what_cannot_be_printed_is_said_beside_the_field(desk, boss, event, asked, said):
    guests(event, boss, ["Ada Guest"])
    page = desk.post(PAGE, asked).content.decode()
    assert said in page
    assert not Record.objects.exists()


@pytest.mark.parametrize("asked", ["a" * 101, "%", "\\"])
def test_odd_words_to_look_for_break_nothing(desk, boss, event, asked):
    guests(event, boss, ["Ada Guest"])
    assert desk.get(PAGE, {"q": asked}).status_code == 200


def test_many_come_in_portions(desk, boss, event, monkeypatch):
    monkeypatch.setattr(badges, "AT_ONCE", 2)
    guests(event, boss, ["Ada", "Bob", "Cy", "Di", "Eve"])
    page = desk.get(PAGE).content.decode()
    assert re.findall(r"Show (\d) badges?", page) == ["2", "2", "1"]
    shown = [names_on(desk.post(PAGE, SHEETS | {"part": str(part)})) for part in (1, 2, 3)]
    assert shown == [["Ada", "Bob"], ["Cy", "Di"], ["Eve"]]


def test_as_many_queries_for_many_as_for_few(desk, boss, event):
    counts = []
    for names in (["Ada"], ["Bob"], ["Cy", "Di", "Eve", "Flo", "Gus"]):
        for name in names:
            people.approved(f"{name.lower()}@corp.example", event, by=boss, full_name=name)
        with CaptureQueriesContext(connection) as asked:
            desk.post(PAGE, SHEETS)
        counts.append(len(asked))
    assert counts[1] == counts[2]  # the first time administrators are mailed


def test_it_takes_both_rights(boss, event):
    guests(event, boss, ["Ada Guest"])
    for rights in (["view_accessrequest"], ["work_at_door"]):
        browser = browser_of(people.organiser(f"{rights[0].replace('_', '-')}@techtrack.test", permissions=rights))
        assert browser.get(PAGE).status_code == browser.post(PAGE, SHEETS).status_code == 403
    for role, status in ((roles.MODERATOR, 200), (roles.VIEWER, 403), (roles.EDITOR, 403)):
        browser = browser_of(people.organiser(f"{role.replace(' ', '-').lower()}@techtrack.test", role=role))
        assert browser.get(PAGE).status_code == status
        listed = browser.get("/admin/registration/accessrequest/")
        assert (PAGE.encode() in listed.content) == (status == 200)


def test_after_the_day_there_are_none(desk, boss, event):
    guests(event, boss, ["Ada Guest"])
    type(event).objects.filter(pk=event.pk).update(archived=True)
    assert "is over" in desk.get(PAGE).content.decode()
    assert "is over" in desk.post(PAGE, SHEETS).content.decode()
    assert AccessRequest.objects.admitting().exists()  # the control: that alone is not why

"""The waiting list in admin: the line in its order, everybody's number, and a free place given by hand."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registration.models import AccessRequest, User

from . import people
from .people import browser_of, person
from .test_deciding import LIST
from .test_places import ask, holds

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

WAITING = f"{LIST}?state=waiting"


@pytest.fixture
def line(event, olga):
    """Dora came onto the list first, then Cleo, then Bea; Ada has the one place."""
    holds(event, 1)
    ada, bea, cleo, dora = ask(event, "ada", "bea", "cleo", "dora")
    ada.approve(by=olga)
    for one in (dora, cleo, bea):
        one.wait(by=olga)
    return ada, bea, cleo, dora


def test_the_list_shows_the_line_in_its_order_with_numbers(desk, line):
    page = desk.get(WAITING).content.decode()
    rows = page[page.index("result_list") :]
    assert re.findall(r"(?:Dora|Cleo|Bea)(?=</a></th>)|number \d", rows) == [
        *("Dora", "number 1", "Cleo", "number 2", "Bea", "number 3")
    ]
    assert "number 2" in desk.get(f"{WAITING}&q=cleo").content.decode()  # in the line, not on the page
    assert "number 3" in desk.get(f"{LIST}?state=all").content.decode()


def test_without_a_free_place_there_is_none_to_give(desk, line):
    page = desk.get(WAITING).content.decode()
    assert "3 on the waiting list" in page
    assert "The one place is taken." in page
    assert "First in line: " in page
    assert "Give the free place" not in page


def test_a_free_place_is_given_by_hand_to_the_first_in_line(desk, event, line, olga):
    ada, bea, cleo, dora = line
    ada.revoke(by=olga)
    page = desk.get(WAITING).content.decode()
    assert "1 of 1 places is free" in page
    given = re.search(r'name="line" value="([^"]+)"', page).group(1)
    assert given == f"{dora.pk}:{dora.version}"
    page = desk.post(f"{LIST}decide/", {"ask": "approve", "line": given}).content.decode()
    assert "Approve: 1 request?" in page
    assert "<bdi>Dora</bdi>" in page
    assert "You have access: Tech Track 2022" in page
    dora.refresh_from_db()
    assert dora.state == "waiting"
    told = desk.post(f"{LIST}decide/", {"step": "approve", "line": given, "words": "Come in"}, follow=True)
    assert "1 approved" in told.content.decode()
    again = desk.post(f"{LIST}decide/", {"step": "approve", "line": given}, follow=True).content.decode()
    assert "Decided already: 1" in again
    assert list(AccessRequest.objects.in_line(event)) == [cleo, bea]


def test_a_closed_account_is_not_first_in_line(desk, line, olga):
    ada, bea, cleo, dora = line
    ada.revoke(by=olga)
    User.objects.filter(pk=dora.person_id).update(is_active=False)
    assert f'value="{cleo.pk}:{cleo.version}"' in desk.get(WAITING).content.decode()
    User.objects.filter(pk__in=[bea.person_id, cleo.person_id]).update(is_active=False)
    page = desk.get(WAITING).content.decode()
    assert "Nobody in line has an account that is open." in page
    assert "Give the free place" not in page


def test_who_may_only_read_gives_no_place(line, olga):
    line[0].revoke(by=olga)
    viewer = browser_of(people.organiser("vera@techtrack.test", permissions=people.VIEWER))
    page = viewer.get(WAITING).content.decode()
    assert "First in line: " in page
    assert "Give the free place" not in page


def test_the_numbers_take_the_same_queries_for_one_as_for_many(desk, event, olga):
    def queries():
        with CaptureQueriesContext(connection) as found:
            assert desk.get(WAITING).status_code == 200
        return len(found)

    people.ask(person("first@example.com"), event).wait(by=olga)
    for_one = queries()
    for number in range(7):
        people.ask(person(f"p{number}@example.com"), event).wait(by=olga)
    assert queries() == for_one


def test_the_page_of_a_request_tells_its_number_and_what_a_list_that_moves_by_itself_does(desk, event, line, olga):
    ada, bea, _, _ = line
    assert "3 on the waiting list, this one as number 3" in desk.get(f"{LIST}{bea.pk}/change/").content.decode()
    bea.reopen(by=olga)
    ada.revoke(by=olga)
    page = f"{LIST}{bea.pk}/change/"
    assert "may be approved within seconds" not in desk.get(page).content.decode()
    type(event).objects.update(passes_places_on=True)
    assert "1 is free: whoever is put on the waiting list now may be approved" in desk.get(page).content.decode()

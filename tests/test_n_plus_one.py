"""That N+1 queries are noticed in every fast test: a page made to ask once for each row must be found."""

import pytest
from django.db.models.query import QuerySet

from . import n_plus_one, world
from .people import Browser

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


@pytest.fixture
def day(event):
    track = world.public_part(event)
    for number in range(3, 6):
        one = world.session(track, f"Session {number}", number)
        for who in (world.organisation(f"Org {number}"), world.organisation(f"Guest of org {number}")):
            one.participations.create(organisation=who)


def found_on(path):
    n_plus_one.found.clear()
    assert Browser().get(path).status_code == 200
    noticed = set(n_plus_one.found)
    n_plus_one.found.clear()  # else it would be this test that fails
    return noticed


def test_the_agenda_asks_for_nothing_row_by_row(day):
    assert found_on("/") == set()


def test_without_its_joins_it_is_noticed(day, monkeypatch):
    """The control."""
    monkeypatch.setattr(QuerySet, "select_related", lambda rows, *fields: rows.all())
    assert any("agenda.Participation.organisation" in line for line in found_on("/"))


def test_a_fast_test_fails_of_what_was_noticed(day, monkeypatch, request):
    around = n_plus_one.pytest_runtest_call(request.node)
    next(around)
    monkeypatch.setattr(QuerySet, "select_related", lambda rows, *fields: rows.all())
    Browser().get("/")
    with pytest.raises(pytest.fail.Exception, match=r"agenda\.Participation\.organisation"):
        around.send(None)
    n_plus_one.found.clear()


@pytest.mark.parametrize("where", [path for _, path in n_plus_one.ALLOWED])
def test_what_is_allowed_is_there(where):
    assert (n_plus_one.BASE_DIR / where).exists()

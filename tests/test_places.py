"""Places in the private sessions: how many are left, and who gets one."""

import pytest

from registration import places
from registration.models import AccessRequest

from . import people
from .people import person

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def ask(event, *names):
    return [people.ask(person(f"{name}@example.com"), event, full_name=name.title()) for name in names]


def holds(event, capacity):
    event.capacity = capacity
    event.save()


def test_without_a_capacity_there_is_no_end_of_places(event, olga):
    for one in ask(event, "ada", "bea"):
        one.approve(by=olga)
    assert (places.taken(event), places.left(event)) == (2, None)


def test_a_place_is_taken_by_the_approved_alone_to_confirm_or_not(event, olga):
    holds(event, 3)
    ada, bea, cleo, _ = ask(event, "ada", "bea", "cleo", "dora")
    ada.approve(by=olga)
    bea.approve(by=olga)
    cleo.wait(by=olga)
    AccessRequest.objects.filter(pk=bea.pk).update(to_confirm=True)
    assert (places.taken(event), places.left(event)) == (2, 1)
    ada.revoke(by=olga)
    assert places.left(event) == 2


def test_where_more_are_in_than_there_are_places_none_is_left(event, olga):
    for one in ask(event, "ada", "bea"):
        one.approve(by=olga)
    holds(event, 1)
    assert places.left(event) == 0

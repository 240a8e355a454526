"""P-11, of people: whoever was shut out since a backup stays out, and approvals that were ended are pointed at."""

import pytest
from django.core.management import call_command

from registration.models import AccessRequest, User
from registration.restored_people import People, keep_shut_out

from . import people, world
from .forging import restore_without

pytestmark = [pytest.mark.fast, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def guests():
    """Three, approved."""
    event, boss = world.event(), people.organiser()
    return [people.approved(f"{name}@example.com", event, by=boss) for name in ("ada", "bea", "eve")]


def test_where_nothing_was_taken_since_nothing_is_taken(guests):
    assert keep_shut_out(People()) == []
    assert not User.objects.filter(is_active=False).exists()


def test_whoever_was_shut_out_since_stays_out(guests):
    _, _, eve = guests
    before = People()
    before.shut_out.add(eve.email)
    assert keep_shut_out(before) == [f"person {eve.pk} stays shut out"]
    assert list(User.objects.filter(is_active=False)) == [eve]


def test_whoever_was_forgotten_since_is_forgotten_again(guests):
    _, bea, eve = guests
    before = People()
    before.forgotten |= {(eve.pk, eve.joined_at), (bea.pk, eve.joined_at)}  # the second is another person's number
    assert keep_shut_out(before) == [f"person {eve.pk} is forgotten again"]
    assert list(User.objects.exclude(forgotten_at=None)) == [eve]
    assert eve.access_requests.get().full_name == "(forgotten)"
    assert keep_shut_out(People()) == []


@pytest.mark.parametrize("state", ["revoked", "withdrawn", "waiting", "pending", "declined"])
def test_an_approval_that_was_ended_since_is_pointed_at(guests, state):
    """The newest request counts: who withdrew and asked again is pending."""
    before = People()
    before.states["cacc-2022", guests[1].email] = state
    request = guests[1].access_requests.get()
    assert keep_shut_out(before) == [f"request {request.pk} for cacc-2022 waits to be confirmed, but was {state} since"]


def test_somebody_of_whom_nothing_was_known_is_left_alone(guests):
    before = People()
    before.states.clear()
    assert keep_shut_out(before) == []


TAKE = (
    "User.objects.filter(email='eve@example.com').update(is_active=False); "
    "from registration.steps import State; "
    "AccessRequest.objects.filter(person__email='bea@example.com').update(state=State.REVOKED)"
)
LOOK = "print(*User.objects.filter(is_active=False).values_list('email', flat=True))"


@pytest.mark.slow
def test_a_restore_keeps_out_who_was_shut_out_and_says_so(guests, backup_key, tmp_path, elsewhere):
    file = tmp_path / "one.backup"
    request = AccessRequest.objects.get(person__email="bea@example.com")
    call_command("backup", file)
    status, printed = elsewhere.manage("restore", file, "--key-file", backup_key)
    assert status == 0, printed
    assert "is so no more: look at each" in printed  # there was nobody to compare with
    elsewhere.ask(TAKE)
    status, printed = elsewhere.manage("restore", file, "--key-file", backup_key, "--replace")
    assert status == 0, printed
    assert f"Look at this: person {guests[2].pk} stays shut out." in printed
    assert f"Look at this: request {request.pk} for cacc-2022 waits to be confirmed, but was revoked since." in printed
    assert elsewhere.ask(LOOK) == "eve@example.com"


@pytest.mark.slow
def test_the_control_where_nobody_compares_they_are_let_in_again(guests, backup_key, tmp_path, elsewhere):
    """The control of the test above."""
    file = tmp_path / "one.backup"
    call_command("backup", file)
    assert elsewhere.manage("restore", file, "--key-file", backup_key)[0] == 0
    elsewhere.ask(TAKE)
    status, printed = restore_without(elsewhere, ["keeping out"], file, backup_key, replace=True)
    assert status == 0, printed
    assert elsewhere.ask(LOOK) == ""

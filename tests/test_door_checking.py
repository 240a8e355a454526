"""What doors do with passes: in, out and back, each once, also where two are at it or one had no network."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from registration.door import checking, counting
from registration.models import AccessRequest, Pass, Scan, Visit

from . import people, world

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


class Door:
    """One door, with a steward of its own."""

    def __init__(self, name):
        self.name = name
        self.steward = people.steward(f"{name}@techtrack.test")

    def __call__(self, verb, entry_pass, scan=None, **how):
        return verb(entry_pass, scan=scan or uuid4(), door=self.name, by=self.steward, **how)


@pytest.fixture
def a():
    return Door("a")


@pytest.fixture
def b():
    return Door("b")


@pytest.fixture
def gina(event, olga):
    """A guest's pass."""
    guest = people.approved("gina@example.com", event, by=olga)
    return Pass.objects.get(request__person=guest)


def told(result):
    return result.outcome, result.door


def test_in_out_and_in_again(gina, a, b):
    assert told(a(checking.check_in, gina)) == ("admitted", "a")
    assert told(b(checking.check_in, gina)) == ("already-inside", "a")
    assert told(b(checking.check_out, gina)) == ("left", "a")
    assert told(b(checking.check_out, gina)) == ("not-inside", "")
    assert told(b(checking.check_in, gina)) == ("admitted", "b")
    rows = [(one.came_door, one.came_by, one.left_door, one.left_by) for one in Visit.objects.all()]
    assert rows == [("a", a.steward, "b", b.steward), ("b", b.steward, "", None)]
    outcomes = list(Scan.objects.values_list("kind", "outcome", "door"))
    assert outcomes == [
        ("in", "admitted", "a"),
        ("in", "already-inside", "b"),
        ("out", "left", "b"),
        ("out", "not-inside", "b"),
        ("in", "admitted", "b"),
    ]


def test_one_id_is_one_deed_and_gives_the_same_each_time(gina, a):
    first, second = uuid4(), uuid4()
    came = a(checking.check_in, gina, first)
    left = a(checking.check_out, gina, second)
    again = [a(verb, gina, scan) for verb, scan in ((checking.check_in, first), (checking.check_out, second)) * 2]
    assert [(one.outcome, one.since, one.door) for one in again] == [
        ("admitted", came.since, "a"),
        ("left", left.since, "a"),
    ] * 2
    assert (Visit.objects.count(), Scan.objects.count()) == (1, 2)


def test_taken_back_is_how_it_was(gina, a, b):
    in_, out = uuid4(), uuid4()
    a(checking.check_in, gina, in_)
    came = Visit.objects.get()
    a(checking.check_out, gina, out)
    assert b(checking.undo, gina, of=in_).outcome == "not-inside"  # somebody did another thing since
    assert told(b(checking.undo, gina, of=out)) == ("undone", "a")
    inside = Visit.objects.get()
    assert (inside.pk, inside.left_at, inside.left_door, inside.left_by) == (came.pk, None, "", None)
    assert b(checking.undo, gina, of=out).outcome == "already-inside"  # once
    assert told(b(checking.undo, gina)) == ("undone", "")
    assert b(checking.undo, gina).outcome == "not-inside"
    assert not Visit.objects.exists()
    assert Scan.objects.count() == 7  # what was done and taken back stays written down


@pytest.mark.parametrize("what", ["revoked", "renewed", "shut out", "archived", "to be confirmed"])
def test_a_pass_that_died_after_the_page_was_opened_lets_nobody_in(gina, a, olga, what):
    request = gina.request
    match what:
        case "revoked":
            request.revoke(by=olga)
        case "renewed":
            Pass.objects.get(pk=gina.pk).renew()
        case "shut out":
            type(request.person).objects.update(is_active=False)
        case "archived":
            type(request.event).objects.update(is_current=False, archived=True)
            world.event("cacc-2024", date=request.event.date.replace(year=2024))
        case "to be confirmed":
            AccessRequest.objects.update(to_confirm=True)
    for verb in (checking.check_in, checking.check_out, checking.undo):
        assert told(a(verb, gina)) == ("not-valid", "")
    assert list(Scan.objects.values_list("outcome", "request")) == [("not-valid", None)] * 3
    assert not Visit.objects.exists()


def test_a_door_that_came_late_counts_nobody_twice(gina, a, b):
    """By what phones say that had no network: in their order of sending, at times of their own."""
    now = timezone.now()
    a(checking.check_in, gina, at=now - timedelta(minutes=30))
    a(checking.check_out, gina, at=now - timedelta(minutes=10))
    late = {"offline": True, "at": now - timedelta(minutes=20)}
    assert told(b(checking.check_in, gina, **late)) == ("already-inside", "a")  # who is gone since
    assert told(b(checking.check_out, gina, **late)) == ("not-inside", "")
    a(checking.check_in, gina)
    assert told(b(checking.check_out, gina, **late)) == ("not-inside", "")  # was before they came again
    assert told(b(checking.check_in, None, whose=gina.request, **late)) == ("not-valid", "")
    kept = Scan.objects.filter(offline=True).values_list("outcome", "at", "request")
    assert set(kept) == {
        (outcome, late["at"], gina.request_id) for outcome in ("already-inside", "not-inside", "not-valid")
    }
    assert Visit.objects.open().count() == 1
    early = a(checking.check_out, gina, at=now - timedelta(hours=1))  # another machine's clock
    assert (early.outcome, Visit.objects.last().left_at) == ("left", Visit.objects.last().came_at)


def test_the_database_holds_what_must_be_true(gina, a):
    a(checking.check_in, gina)
    visit, scan = Visit.objects.get(), Scan.objects.get()
    second = {"request": gina.request, "came_at": timezone.now(), "came_door": "b", "came_by": a.steward}
    for wrong in (
        lambda: Visit.objects.create(**second),
        lambda: Visit.objects.filter(pk=visit.pk).update(left_at=visit.came_at - timedelta(seconds=1)),
        lambda: Scan(
            pk=uuid4(), event=scan.event, kind="in", outcome="admitted", door="a", by=a.steward, at=scan.at
        ).save(),
        lambda: Scan(
            pk=uuid4(),
            event=scan.event,
            request=gina.request,
            kind="in",
            outcome="x",
            door="a",
            by=a.steward,
            at=scan.at,
        ).save(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()
    for forbidden in (scan.save, scan.delete, Scan.objects.all().delete, lambda: Scan.objects.update(door="b")):
        with pytest.raises(TypeError):
            forbidden()


def test_counts_are_of_those_who_are_let_in_by_one_statement(event, olga, a, django_assert_num_queries):
    guests = [people.approved(f"g{number}@example.com", event, by=olga) for number in range(5)]
    passes = [Pass.objects.get(request__person=one) for one in guests]
    for one in passes[:4]:
        a(checking.check_in, one)
    for one in passes[2:4]:
        a(checking.check_out, one)
    a(checking.check_in, passes[3])
    passes[0].request.revoke(by=olga)
    people.ask(people.person("ada@example.com"), event)
    with django_assert_num_queries(1):
        assert counting.counts(event) == {"expected": 4, "inside": 2, "left": 1}

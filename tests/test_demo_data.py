"""``manage.py make_demo_data``: invented, marked as such, as sound as what people make, and never on a real site."""

import re

import pytest
from django.core.management import CommandError, call_command

from registration.demo import WAYS
from registration.models import AccessRequest, Decision, Mail, User
from sessions.models import Organisation

from . import world
from .invariants import broken

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

SET_ASIDE = re.compile(r"@([a-z0-9-]+\.test|example\.(com|net|org))$")  # RFC 2606


@pytest.fixture
def local(settings):
    settings.LOCAL = True


def what_was_made():
    fields = ("person__email", "full_name", "organisation", "kind", "state", "version", "why")
    return list(AccessRequest.objects.order_by("pk").values_list(*fields))


def test_a_real_site_gets_none_and_is_told_why(event):
    with pytest.raises(CommandError, match=r"a real site.*never deleted"):
        call_command("make_demo_data", requests=5)
    assert not AccessRequest.objects.exists()


def test_without_an_event_there_is_nothing_to_ask_for(db, local):
    with pytest.raises(CommandError, match="load_programme"):
        call_command("make_demo_data", requests=5)
    assert not User.objects.exists()


@pytest.mark.parametrize("count", [0, -1, 10**9])
def test_a_count_that_makes_no_sense_is_refused(event, local, count):
    with pytest.raises(CommandError, match="from 1 to"):
        call_command("make_demo_data", requests=count)


def test_all_that_must_be_true_is_true_of_it(event, local, capsys):
    call_command("make_demo_data", requests=300)
    call_command("make_demo_data", requests=20)  # adds further ones
    assert AccessRequest.objects.count() == 320
    assert broken() == []
    assert set(AccessRequest.objects.values_list("state", flat=True)) == {way[-1] for way in WAYS}
    assert "300 of 300" in capsys.readouterr().out


def test_everything_of_it_is_marked_and_nothing_goes_out(event, local):
    call_command("make_demo_data", requests=60)
    assert [email for email in User.objects.values_list("email", flat=True) if not SET_ASIDE.search(email)] == []
    for field in ("full_name", "organisation"):
        assert not AccessRequest.objects.exclude(**{f"{field}__startswith": "Demo "}).exists()
    assert not Organisation.objects.exclude(name__startswith="Demo ").exists()
    assert not Mail.objects.filter(state=Mail.State.QUEUED).exists()
    assert not User.objects.filter(is_staff=True).exists()
    assert not Decision.objects.exclude(reason="").exclude(reason__startswith="Demo ").exists()


def test_the_same_seed_makes_the_same_people(event, local):
    """Told of two editions, since a second run of one adds further people."""
    call_command("make_demo_data", requests=40, seed=7)
    first = [[*row[:2], *row[3:]] for row in what_was_made()]
    world.event("cacc-2030", date=event.date.replace(year=2030))
    call_command("make_demo_data", requests=40, seed=7)
    again = [[*row[:2], *row[3:]] for row in what_was_made()[40:]]
    numbers = re.compile(r"\.\d+\.")
    assert [[numbers.sub(".", row[0]), *row[1:]] for row in first] == [
        [numbers.sub(".", row[0]), *row[1:]] for row in again
    ]


def test_no_more_are_approved_than_there_are_places(event, local):
    event.capacity = 10
    event.save()
    call_command("make_demo_data", requests=100)
    assert AccessRequest.objects.filter(state="approved").count() == 10
    assert AccessRequest.objects.filter(state="waiting").count() > 20

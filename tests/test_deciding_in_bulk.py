"""Deciding on many requests at once: asked first, and each line judged alone."""

import pytest

from registration.models import AccessRequest, Decision, Mail

from . import people
from .people import person
from .test_deciding import LIST

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def confirm(desk, chosen, action="approve_selected", at=LIST):
    return desk.post(at, {"action": action, "_selected_action": [one.pk for one in chosen], "index": 0})


def test_bulk_approval_asks_first_and_then_decides_each(desk, event):
    chosen = [people.ask(person(f"p{n}@corp.example"), event, full_name=f"Person {n}") for n in range(5)]
    page = confirm(desk, chosen).content.decode()
    assert "Approve 5 requests?" in page
    assert all(f"Person {n}" in page for n in range(5))
    assert set(AccessRequest.objects.values_list("state", flat=True)) == {"pending"}

    lines = [f"{one.pk}:{one.version}" for one in chosen]
    result = desk.post(f"{LIST}decide/", {"step": "approve", "line": lines, "words": "Welcome"}, follow=True)
    assert "5 approved" in result.content.decode()
    assert set(AccessRequest.objects.values_list("state", flat=True)) == {"approved"}
    assert Mail.objects.filter(purpose="approved").count() == 5
    assert set(Decision.objects.filter(to="approved").values_list("words", flat=True)) == {"Welcome"}


def test_in_bulk_each_line_carries_its_version_and_is_judged_alone(desk, event, olga):
    fine, decided, edited = (people.ask(person(f"p{n}@corp.example"), event, full_name=f"Person {n}") for n in range(3))
    decided.decline(by=olga)
    edited.edit({"job_title": "Another"}, version=1)
    lines = [f"{one.pk}:1" for one in (fine, decided, edited)]
    result = desk.post(f"{LIST}decide/", {"step": "approve", "line": lines}, follow=True).content.decode()
    assert "1 approved" in result
    assert "Person 1: Already declined: done by Olga" in result
    assert "Person 2: This request was changed after you opened the page" in result
    states = dict(AccessRequest.objects.values_list("full_name", "state"))
    assert states == {"Person 0": "approved", "Person 1": "declined", "Person 2": "pending"}


def test_in_bulk_those_that_cannot_take_the_step_are_named_and_left_alone(desk, event, olga):
    one, other = (people.ask(person(f"p{n}@corp.example"), event, full_name=f"Person {n}") for n in range(2))
    other.approve(by=olga)
    page = confirm(desk, [one, other], "decline_selected", LIST + "?state=all").content.decode()
    assert f'value="{one.pk}:1"' in page
    assert f'value="{other.pk}:' not in page
    assert "Left alone" in page


@pytest.mark.parametrize("line", ["x:1", "1", ":", "1:x", "99999999999999999999:1", "-1:1", "1:1\x00"])
def test_an_odd_line_decides_nothing(desk, request_, line):
    form = {"step": "approve", "line": [f"{request_.pk}:1", line]}
    assert "Nothing was decided" in desk.post(f"{LIST}decide/", form, follow=True).content.decode()
    assert AccessRequest.objects.get().state == "pending"


@pytest.mark.parametrize("ticked", ["abc", "", "\x00", "1.5", "nan", "9" * 30, "-1"])
def test_odd_ticked_lines_break_no_list(desk, request_, ticked):
    for address in (LIST, "/admin/agenda/session/", "/admin/registration/user/"):
        for action in ("approve_selected", "publish", "delete_selected"):
            form = {"action": action, "_selected_action": [ticked], "index": 0}
            assert desk.post(address, form).status_code in {200, 302}

"""Deciding on many requests at once: asked first, and each line judged alone."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registration.desk import bulk
from registration.models import AccessRequest, Decision, Mail

from . import people
from .people import browser_of, person
from .test_deciding import LIST

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def confirm(desk, chosen, action="approve_selected", at=LIST, **more):
    return desk.post(at, {"action": action, "_selected_action": [one.pk for one in chosen], "index": 0, **more})


def some(event, count, begin=0, **answers):
    numbers = range(begin, begin + count)
    return [people.ask(person(f"p{n}@corp.example"), event, full_name=f"Person {n}", **answers) for n in numbers]


def lines(chosen):
    """As the page carries them: one field for all, however many they are."""
    return " ".join(f"{one.pk}:{one.version}" for one in chosen)


def decide(desk, step, chosen, **said):
    return desk.post(f"{LIST}decide/", {"step": step, "line": lines(chosen), **said}, follow=True).content.decode()


def states():
    return dict(AccessRequest.objects.values_list("full_name", "state"))


def test_bulk_approval_asks_first_and_then_decides_each(desk, event):
    chosen = some(event, 5)
    page = confirm(desk, chosen).content.decode()
    assert "Approve: 5 requests?" in page
    assert f'name="line" value="{lines(chosen)}"' in page
    assert all(f"Person {n}" in page for n in range(5))
    assert "As far as" not in page
    assert "5 get “<bdi>You have access: Tech Track 2022</bdi>”, and get access at once" in page
    assert set(AccessRequest.objects.values_list("state", flat=True)) == {"pending"}

    assert "5 approved" in decide(desk, "approve", chosen, words="Hello there")
    assert set(AccessRequest.objects.values_list("state", flat=True)) == {"approved"}
    assert Mail.objects.filter(purpose="approved").count() == 5
    assert set(Decision.objects.filter(to="approved").values_list("words", flat=True)) == {"Hello there"}


def test_the_page_groups_by_mail_and_by_what_becomes_of_access(desk, event, olga):
    chosen = some(event, 3)
    chosen[2].approve(by=olga)
    type(olga).objects.filter(pk=chosen[0].person_id).update(language="es")
    page = confirm(desk, chosen, "wait_selected", LIST + "?state=all").content.decode()
    assert "2 get “<bdi>" in page
    assert "1 get “<bdi>You are on the waiting list: Tech Track 2022</bdi>”, and lose access at once" in page
    assert "Está en la lista de espera: Tech Track 2022" in page
    assert "The mail, in the language of 1 of them (es)" in page


def test_the_mail_is_shown_with_ones_words_and_nothing_is_done(desk, event):
    chosen = some(event, 2)
    form = {"ask": "decline", "line": lines(chosen), "words": "So sorry", "reason": "kept reason"}
    page = desk.post(f"{LIST}decide/", form).content.decode()
    assert "The organisers add:\n\nSo sorry" in page
    assert "kept reason" in page
    assert set(states().values()) == {"pending"}


def test_in_bulk_each_line_carries_its_version_and_is_judged_alone(desk, event, olga):
    fine, decided, edited = some(event, 3)
    decided.decline(by=olga)
    edited.edit({"job_title": "Another"}, version=1)
    decided.version = edited.version = 1
    result = decide(desk, "approve", [fine, decided, edited])
    assert "1 approved" in result
    assert "Decided already: 1" in result
    assert "Person 1</bdi></a>, <bdi>Example Platform</bdi>: declined, by <bdi>Olga</bdi> on <time" in result
    assert "Changed after you opened the page: 1" in result
    assert "Person 2</bdi></a>" in result
    assert states() == {"Person 0": "approved", "Person 1": "declined", "Person 2": "pending"}


def test_the_versions_are_kept_through_a_page_that_is_shown_again(desk, event):
    (one,) = some(event, 1)
    old = lines([one])
    one.edit({"job_title": "Another"}, version=1)
    for form in ({"ask": "approve", "words": ""}, {"step": "approve", "words": "\u202e"}):
        page = desk.post(f"{LIST}decide/", {"line": old, **form}).content.decode()
        assert f'name="line" value="{old}"' in page
    assert states() == {"Person 0": "pending"}


def test_in_bulk_those_that_cannot_take_the_step_are_named_with_the_reason(desk, event, olga):
    chosen = some(event, 3)
    chosen[1].approve(by=olga)
    chosen[2].decline(by=olga)
    page = confirm(desk, chosen, "decline_selected", LIST + "?state=all").content.decode()
    assert f'name="line" value="{chosen[0].pk}:1"' in page
    assert "Left alone: 2" in page
    assert "Person 1</bdi>: approved, and cannot be declined from there" in page
    assert "Person 2</bdi>: declined already" in page


def test_past_the_places_the_rest_is_offered_the_waiting_list_in_one_step(desk, event):
    type(event).objects.update(capacity=2)
    chosen = some(event, 25)
    page = confirm(desk, chosen).content.decode()
    assert "has 2 places left for these 25" in page
    assert "As far as there are places, 25 get" in page
    result = decide(desk, "approve", chosen, words="Hello there")
    assert "2 approved" in result
    assert "No place was left for: 23" in result
    assert "Person 21</bdi>" in result
    assert "Person 22</bdi>" not in result
    assert "and 3 more" in result
    assert "Person 24</bdi>" in desk.get(f"{LIST}decided/?all").content.decode()
    assert [name for name, state in states().items() if state == "approved"] == ["Person 0", "Person 1"]

    rest = re.search(r'name="line" value="([^"]+)"', result).group(1)
    page = desk.post(f"{LIST}decide/", {"ask": "wait", "line": rest}).content.decode()
    assert "Waiting list: 23 requests?" in page
    assert "Hello there" not in page  # which was for others
    assert "23 put on the waiting list" in decide_lines(desk, "wait", rest)
    line = [one.full_name for one in AccessRequest.objects.in_line(event)]
    assert line == [f"Person {n}" for n in range(2, 25)]


def decide_lines(desk, step, text):
    return desk.post(f"{LIST}decide/", {"step": step, "line": text, "words": ""}, follow=True).content.decode()


def test_places_go_by_the_waiting_list_before_who_asked_first(desk, event, olga):
    _, second, third = chosen = some(event, 3)
    third.wait(by=olga)
    second.wait(by=olga)
    type(event).objects.update(capacity=2)
    assert "2 approved" in decide(desk, "approve", chosen)
    assert states() == {"Person 0": "pending", "Person 1": "approved", "Person 2": "approved"}


def test_who_is_put_on_a_list_that_moves_by_itself_with_places_free_is_told_of(desk, event):
    type(event).objects.update(capacity=2, passes_places_on=True)
    page = confirm(desk, some(event, 3), "wait_selected").content.decode()
    assert "2 of them are free: the first whom you put on the list are approved within seconds" in page


def test_more_than_a_thousand_are_refused_before_and_after_the_page(desk, event, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 3)
    chosen = some(event, 4)
    told = desk.post(LIST, {"action": "approve_selected", "_selected_action": [chosen[0].pk], "select_across": "1"})
    assert (told.status_code, told["Location"]) == (302, LIST)
    assert "4 requests are chosen, and 3 can be decided at once" in desk.get(LIST).content.decode()
    assert "Nothing was decided" in decide(desk, "approve", chosen)
    assert set(states().values()) == {"pending"}
    assert "3 approved" in decide(desk, "approve", chosen[:3])


def test_all_that_the_list_finds_are_chosen_across_its_pages(desk, event):
    some(event, 60)
    ticked = AccessRequest.objects.all()[:50]
    page = confirm(desk, ticked, select_across="1").content.decode()
    assert "Approve: 60 requests?" in page


def test_what_is_not_reached_in_time_is_left_for_a_further_step(desk, event, monkeypatch):
    monkeypatch.setattr(bulk, "SECONDS", -1)
    chosen = some(event, 2)
    result = decide(desk, "decline", chosen)
    assert "Not reached in the time that a page may take: 2" in result
    assert 'name="ask" value="decline"' in result
    assert set(states().values()) == {"pending"}


@pytest.mark.parametrize("step", ["approve", "wait", "decline", "confirm"])
def test_many_decisions_take_the_queries_of_two(desk, event, olga, step):
    """As many as go into one transaction."""

    def queries(chosen):
        if step == "confirm":
            for one in chosen:
                one.approve(by=olga)
            AccessRequest.objects.update(to_confirm=True, version=1)
        with CaptureQueriesContext(connection) as found:
            decide(desk, step, chosen)
        return len(found)

    type(event).objects.update(capacity=100)
    assert queries(some(event, 2)) == queries(some(event, 12, begin=2))


def test_the_page_takes_the_same_queries_for_few_as_for_many(desk, event):
    def queries(chosen):
        with CaptureQueriesContext(connection) as found:
            assert confirm(desk, chosen).status_code == 200
        return len(found)

    assert queries(some(event, 2)) == queries(some(event, 20, begin=2))


def test_the_result_is_for_who_may_decide_and_for_who_has_one(desk, event, olga):
    assert desk.get(f"{LIST}decided/").status_code == 302
    (one,) = some(event, 1)
    one.decline(by=olga)
    decide(desk, "approve", [one])
    assert desk.get(f"{LIST}decided/").status_code == 200
    viewer = browser_of(people.organiser("vera@techtrack.test", permissions=people.VIEWER))
    assert viewer.get(f"{LIST}decided/").status_code == 403


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

"""What organisers did is on record: who, when, of what; found by word, person, time; changed by nobody."""

import io
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.models import AccessRequest, Record
from sessions.models import Change, Session

from . import people, world
from .environment import BASE_DIR
from .people import browser_of, person

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

LIST = "/admin/registration/record/"


@pytest.fixture
def administrator():
    return people.organiser("adam@techtrack.test", role="Administrator", name="Adam")


@pytest.fixture
def page(administrator):
    """A function: the list as the administrator gets it."""
    browser = browser_of(administrator)

    def get(query=""):
        answer = browser.get(LIST + query)
        assert answer.status_code == 200
        return answer

    return get


def kinds(answer):
    return [line["kind"] for line in answer.context["rows"]]


@pytest.fixture
def one_of_each(event, ada, request_, olga):
    """In this order, each of another kind."""
    request_.edit({"why": "Becausebefore"}, version=1)
    request_.approve(by=olga, reason="Insideword", words="Outsideword")
    AccessRequest.objects.filter(pk=request_.pk).update(to_confirm=True)
    request_.refresh_from_db()
    request_.confirm(by=olga, reason="Confirmword")
    Record.objects.write("corrected", by=olga, about="Aboutword", request=request_)
    world.public_part(event)
    session = Session.objects.get(slug="reporting-cycle")
    Change.objects.create(
        session=session,
        what="room",
        after="Roomword",
        public=True,
        published_at=timezone.now(),
        by=olga,
        by_name="Olga",
    )
    browser_of(olga).post("/admin/agenda/session/", {"action": "hide", "_selected_action": [session.pk], "index": 0})
    return request_


def test_every_kind_is_there_the_newest_first(page, one_of_each):
    answer = page()
    assert kinds(answer) == ["admin", "programme", "record", "confirmation", "decision", "edit", "decision"]
    text = answer.content.decode()
    for word in ("Becausebefore", "Insideword", "Outsideword", "Confirmword", "Aboutword", "Roomword", "Hidden."):
        assert word in text, word
    assert "Reporting cycle" in text
    assert "pending → <strong>approved</strong>" in text


def test_it_is_found_by_what_who_when_and_words(page, one_of_each, olga, ada):
    assert kinds(page("?what=decision")) == ["decision", "decision"]
    assert kinds(page("?what=corrected")) == ["record"]
    assert kinds(page("?what=exported")) == []
    assert kinds(page(f"?who={olga.pk}")) == ["admin", "programme", "record", "confirmation", "decision"]
    assert kinds(page("?q=aboutword")) == ["record"]
    assert kinds(page("?q=roomword")) == ["programme"]
    assert kinds(page("?q=ada+applicant&what=edit")) == ["edit"]
    today = timezone.now().date()
    assert len(kinds(page(f"?since={today}&until={today}"))) == 7
    assert kinds(page(f"?until={today - timedelta(days=1)}")) == []
    assert kinds(page(f"?since={today + timedelta(days=1)}")) == []


@pytest.mark.parametrize(
    "odd",
    [
        *["?what=nonsense", "?who=0", "?who=x", "?since=yesterday", "?p=-3", "?p=x", "?p=999"],
        *["?since=0001-01-01", "?until=9999-12-31"],
    ],
)
def test_odd_questions_break_nothing(odd, page, one_of_each):
    assert len(kinds(page(odd))) == 7


def test_the_list_takes_the_same_queries_for_few_rows_as_for_many(page, event, olga, one_of_each):
    def queries():
        with CaptureQueriesContext(connection) as found:
            page("?what=decision")
        return len(found)

    with_few = queries()
    for number in range(30):
        people.approved(f"p{number}@example.com", event, by=olga)
    assert len(kinds(page())) == 50
    assert queries() == with_few
    assert len(kinds(page("?p=2"))) == 7 + 60 - 50


def test_reasons_are_for_those_who_may_see_them(one_of_each):
    half = people.organiser("half@techtrack.test", permissions=["view_record"])
    text = browser_of(half).get(LIST).content.decode()
    assert "Outsideword" in text
    assert "Insideword" not in text
    assert "Confirmword" not in text


@pytest.mark.parametrize("role", ["Viewer", "Moderator", "Programme editor"])
def test_only_administrators_read_it(role, one_of_each):
    browser = browser_of(people.organiser("other@techtrack.test", role=role))
    assert browser.get(LIST).status_code == 403
    assert browser.get(f"{LIST}{Record.objects.get().pk}/change/").status_code == 403


def test_nobody_changes_or_deletes_it_in_admin(one_of_each, desk):
    """A superuser neither."""
    record = Record.objects.get()
    before = Record.objects.values().get()
    for address in (f"{LIST}add/", f"{LIST}{record.pk}/delete/"):
        assert (desk.get(address).status_code, desk.post(address, {"post": "yes"}).status_code) == (403, 403)
    assert desk.post(f"{LIST}{record.pk}/change/", {"about": "Other"}).status_code == 403
    desk.post(LIST, {"action": "delete_selected", "_selected_action": [record.pk], "post": "yes"})
    assert Record.objects.values().get() == before
    for change in (lambda: Record.objects.update(about=""), lambda: Record.objects.all().delete(), record.delete):
        with pytest.raises(TypeError):
            change()
    assert desk.get("/admin/admin/logentry/").status_code == 404


# The programme


def loaded(*options):
    call_command("load_programme", str(BASE_DIR / "content" / "cacc-2022.toml"), *options, stdout=io.StringIO())


def test_a_programme_file_that_changes_something_is_on_record():
    loaded("--dry-run")
    assert not Record.objects.exists()
    loaded()
    record = Record.objects.get()
    assert (record.deed, record.actor, record.actor_name) == ("loaded-programme", None, "the site")
    assert record.figures["added"] > 10
    loaded()
    assert Record.objects.count() == 1  # which changed nothing


@pytest.mark.parametrize("what", ["session", "track", "event"])
def test_what_was_deleted_is_on_record_with_the_titles_of_its_sessions(what, event, desk):
    afternoon = world.public_part(event)
    later = world.event("cacc-2060", current=False, date=timezone.now().date().replace(year=2060, day=1))
    track = world.track(later, "some", "public", 1)
    gone = world.session(track, "Gonetitle")
    row = {"session": gone, "track": track, "event": later}[what]
    desk.post(f"/admin/agenda/{what}/{row.pk}/delete/", {"post": "yes"})
    assert not Session.objects.filter(pk=gone.pk).exists()
    assert LogEntry.objects.filter(action_flag=3, object_repr__contains="Gonetitle").count() == 1
    assert afternoon.sessions.count() == 2


def test_several_tracks_deleted_at_once_are_on_record_too(event, desk):
    track = world.track(event, "some", "public", 1)
    world.session(track, "Gonetitle")
    chosen = {"action": "delete_selected", "_selected_action": [track.pk], "post": "yes"}
    desk.post("/admin/agenda/track/", chosen)
    assert LogEntry.objects.filter(action_flag=3, object_repr__contains="Gonetitle").exists()


def test_a_copy_a_front_page_and_publishing_are_on_record(event, desk):
    world.public_part(event)
    desk.post(f"/admin/agenda/event/{event.pk}/copy/", {"name": "Next", "slug": "cacc-2050", "date": "2050-08-09"})
    desk.post("/admin/agenda/event/", {"action": "make_current", "_selected_action": [event.pk], "index": 0})
    session = Session.objects.get(slug="a-draft") if Session.objects.filter(slug="a-draft").exists() else None
    hidden = session or Session.objects.get(slug="equally")
    Session.objects.filter(pk=hidden.pk).update(published=False)
    desk.post("/admin/agenda/session/", {"action": "publish", "_selected_action": [hidden.pk], "index": 0})
    said = " ".join(entry.change_message for entry in LogEntry.objects.all())
    for word in ("Copied from", "Put on the front page.", "Published."):
        assert word in said


def test_somebody_who_was_forgotten_is_named_in_none_of_it(page, event, olga):
    from registration import forgetting

    eve = person("eve@example.com")
    people.ask(eve, event, full_name="Eve Gonename").decline(by=olga, reason="About Gonename")
    forgetting.blank(eve)
    text = page().content.decode()
    assert "Gonename" not in text
    assert "eve@example.com" not in text
    assert "(forgotten)" in text

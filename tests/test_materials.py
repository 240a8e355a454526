"""Slides and papers of a session: added by organisers, handed out through the gate, gone when they are taken away."""

import html
import io
import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.storage import InMemoryStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.http.multipartparser import MultiPartParser
from pypdf import PdfReader

from cacc_techtrack.backup import uploads
from registration.models import AccessRequest
from registration.restored import Programme, close_what_was_closed
from sessions.materials import handing_out
from sessions.models import Event, Material, Session

from . import papers, people, world
from .crawling import everything_in, masked
from .people import Browser, browser_of
from .steps import seen_on

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

LIST = "/admin/agenda/material/"
ADD = f"{LIST}add/"
SAFE = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Accept-Ranges": "none",
    "Content-Security-Policy": handing_out.POLICY,
}


@pytest.fixture(autouse=True)
def _storage_of_its_own(settings, tmp_path):
    options = {"location": tmp_path / "files"}
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": options}}


@pytest.fixture
def morning(event):
    return world.track(event, "morning", "industry", 1)


@pytest.fixture
def secret(morning):
    return world.session(morning, "Signals between platforms", 1)


@pytest.fixture
def guest(event, olga):
    return browser_of(people.approved("guest@example.com", event, by=olga, full_name="Łukasz Guest"))


@pytest.fixture
def applicant(event):
    user = people.person("applicant@example.com")
    people.ask(user, event)
    return browser_of(user)


def form(session, file=None, name="slides.pdf", **fields):
    upload = {"upload": SimpleUploadedFile(name, file)} if file else {}
    base = {"session": session.pk, "title": "", "audience": "session", "tlp": "", "position": 1, "seen": ""}
    return {**base, **upload, **fields}


def add(desk, session, file, **fields):
    """Through admin, as an organiser does; gives the row."""
    answer = desk.post(ADD, form(session, file, **fields))
    assert answer.status_code == 302, faults(answer)
    return Material.objects.order_by("-pk").first()


def change(desk, one, **fields):
    page = f"{LIST}{one.pk}/change/"
    return desk.post(page, form(one.session, **fields) | seen_on(desk, page))


def faults(answer):
    """What is said beside the fields."""
    found = re.findall(r'<ul class="errorlist[^>]*>(.*?)</ul>', answer.content.decode(), re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", line)).strip() for line in found]


def said(answer, desk):
    """The messages on the page that a save leads to."""
    return [str(message) for message in desk.get(answer["Location"]).context["messages"]]


def content_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def files():
    """Where the storage has something."""
    try:
        return {f"materials/{name}" for name in default_storage.listdir("materials")[1]}
    except FileNotFoundError:
        return set()


# Adding, and getting


def test_an_editor_adds_material_and_a_guest_gets_it_as_it_was(event, secret, guest):
    editor = browser_of(people.organiser("eddy@techtrack.test", role="Programme editor"))
    assert "Add material" in editor.get(f"/admin/agenda/session/{secret.pk}/change/").content.decode()
    paper = papers.pptx()
    one = add(editor, secret, paper, name="Über uns.PPTX", title="How it works", tlp="GREEN")
    assert (one.name, one.size, str(one)) == ("Über uns.pptx", len(paper), "How it works")
    assert LogEntry.objects.filter(object_id=str(one.pk)).count() == 1

    page = guest.get(secret.get_absolute_url()).content.decode()
    assert f'href="{one.get_absolute_url()}"' in page
    assert all(word in page for word in ("How it works", "PowerPoint", "TLP:GREEN"))
    got = guest.get(one.get_absolute_url())
    assert (got.status_code, content_of(got)) == (200, paper)
    assert got["Content-Type"] == Material.Kind.PPTX
    assert got["Content-Disposition"] == "attachment; filename*=utf-8''%C3%9Cber%20uns.pptx"
    assert SAFE == {header: got[header] for header in SAFE}
    assert "ETag" not in got
    head = guest.head(one.get_absolute_url(), headers={"Range": "bytes=0-9"})
    assert (head.status_code, head["Content-Length"], head.content) == (200, str(len(paper)), b"")
    part = guest.get(one.get_absolute_url(), headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(content_of(part))) == (200, len(paper))


def test_of_a_public_session_everybody_gets_it_and_nobody_keeps_it(event, desk):
    public = world.public_part(event).sessions.get(slug="reporting-cycle")
    one = add(desk, public, b"What was shown.", name="notes.txt")
    assert one.get_absolute_url() in Browser().get(public.get_absolute_url()).content.decode()
    got = Browser().get(one.get_absolute_url())
    assert (content_of(got), got["Content-Type"]) == (b"What was shown.", "text/plain; charset=utf-8")
    assert SAFE == {header: got[header] for header in SAFE}
    assert got.cookies == {}


def test_a_large_one_comes_bit_by_bit(secret, guest, monkeypatch):
    monkeypatch.setattr(handing_out, "AT_ONCE", 10)
    one = world.material(secret, content=b"words " * 5000)
    got = guest.get(one.get_absolute_url())
    assert got.streaming
    assert (content_of(got), got["Content-Length"]) == (b"words " * 5000, "30000")
    assert guest.head(one.get_absolute_url())["Content-Length"] == "30000"


# The gate: L-10, G-07, G-05, RACE-05


def answered(browser, address):
    return masked(everything_in(browser.get(address))).replace(address.encode(), b"")


def test_for_whoever_may_not_have_it_its_address_never_existed(secret, guest, applicant, olga):
    revoked = people.approved("revoked@example.com", secret.track.event, by=olga)
    shut_out = browser_of(revoked)
    AccessRequest.objects.get(person=revoked).revoke(by=olga)
    one = world.material(secret)
    inside = world.material(secret, title="For us", audience="organisers", name="inside")
    never = f"/materials/{'0' * 32}/slides.txt"
    again = browser_of(revoked)  # who may sign in, and is a visitor then
    for browser in (Browser(), applicant, shut_out, again):
        assert answered(browser, one.get_absolute_url()) == answered(browser, never)
        assert answered(browser, inside.get_absolute_url()) == answered(browser, never)
    assert guest.get(one.get_absolute_url()).status_code == 200  # the control
    assert answered(guest, inside.get_absolute_url()) == answered(guest, never)
    assert answered(guest, f"/materials/{one.key}/other.txt") == answered(guest, never)
    assert b"For us" not in guest.get(secret.get_absolute_url()).content
    assert browser_of(olga).get(inside.get_absolute_url()).status_code == 200
    for path in (f"/media/{one.file.name}", f"/files/{one.file.name}", f"/static/{one.file.name}"):
        assert browser_of(olga).get(path).status_code == 404


def test_a_link_dies_with_the_approval_the_session_and_the_audience(secret, guest, olga, event):
    one = world.material(secret)

    def status():
        return guest.get(one.get_absolute_url()).status_code

    assert status() == 200
    Session.objects.filter(pk=secret.pk).update(published=False)
    assert status() == 404
    Session.objects.filter(pk=secret.pk).update(published=True)
    Material.objects.update(audience="organisers")
    assert status() == 404
    Material.objects.update(audience="session")
    AccessRequest.objects.get(event=event).revoke(by=olga)
    assert status() == 404


def test_who_is_revoked_while_it_comes_gets_no_second_one(secret, guest, olga, event, monkeypatch):
    """RACE-05."""
    monkeypatch.setattr(handing_out, "AT_ONCE", 10)
    one = world.material(secret, content=b"words " * 50_000)
    coming = guest.get(one.get_absolute_url())
    bits = iter(coming.streaming_content)
    first = next(bits)
    AccessRequest.objects.get(event=event).revoke(by=olga)
    assert guest.get(one.get_absolute_url()).status_code == 404
    assert len(first + b"".join(bits)) == 300_000  # what had been given was given


# Label and name on each page


def texts(content):
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def test_a_pdf_bears_label_and_readers_name_and_the_original_stays(secret, desk, guest):
    paper = papers.pdf(pages=3)
    one = add(desk, secret, paper, tlp="AMBER", stamped="on")
    assert "Your name and the time" in guest.get(secret.get_absolute_url()).content.decode()
    got = guest.get(one.get_absolute_url())
    pages = texts(got.content)
    assert (len(pages), got["Content-Length"]) == (3, str(len(got.content)))
    for number, text in enumerate(pages, 1):
        assert all(word in text for word in (f"Page {number} of the talk", "TLP:AMBER", "Łukasz Guest"))
    with default_storage.open(one.file.name) as kept:
        assert kept.read() == paper
    other = texts(desk.get(one.get_absolute_url()).content)
    assert all("Olga" in text and "Łukasz" not in text for text in other)


def test_the_sessions_label_counts_where_it_has_none_of_its_own(secret, guest):
    Session.objects.filter(pk=secret.pk).update(tlp="RED")
    one = world.material(secret, content=papers.pdf(1), kind=Material.Kind.PDF)
    (text,) = texts(guest.get(one.get_absolute_url()).content)
    assert "TLP:RED" in text
    assert "Łukasz" not in text


def test_what_cannot_be_stamped_is_handed_to_nobody(secret, desk, guest, log):
    one = world.material(secret, content=b"%PDF-1.7 damaged\n%%EOF", kind=Material.Kind.PDF, tlp="RED")
    got = guest.get(one.get_absolute_url())
    assert (got.status_code, b"damaged" in got.content) == (503, False)
    assert "cannot be handed out just now" in got.content.decode()
    assert "Content-Disposition" not in got
    (line,) = log.lines("a material was not stamped")
    assert (line["material"], line["error_kind"]) == (one.pk, "CannotStamp")
    default_storage.delete(one.file.name)
    Material.objects.update(tlp="")
    assert guest.get(one.get_absolute_url()).status_code == 503
    assert log.lines("a material's file was not there")


def test_what_is_to_bear_a_name_is_for_nobody_without_one(event, desk, guest):
    public = world.public_part(event).sessions.get(slug="reporting-cycle")
    one = add(desk, public, papers.pdf(1), stamped="on")
    assert Browser().get(one.get_absolute_url()).status_code == 404
    assert one.get_absolute_url() not in Browser().get(public.get_absolute_url()).content.decode()
    assert "Łukasz" in texts(guest.get(one.get_absolute_url()).content)[0]


def test_the_organiser_is_told_of_a_pdf_that_cannot_be_stamped(secret, desk):
    tiny = papers.pdf_writer(1)
    tiny.pages[0].mediabox.upper_right = (30, 30)
    tiny = papers.written(tiny)
    (fault,) = faults(desk.post(ADD, form(secret, tiny, tlp="RED")))
    assert "would not go on it" in fault
    one = add(desk, secret, tiny)  # without a label nothing is to go on it
    (fault,) = faults(change(desk, one, tlp="RED"))
    assert "would not go on it" in fault
    assert change(desk, one, title="Small").status_code == 302


# What is refused


def test_what_is_refused_is_said_beside_the_field_and_nothing_is_kept(secret, desk):
    for content, words in (
        (b"<html><script>", "a program written as text"),
        (papers.pdf_that(papers.script()), "script"),
    ):
        answer = desk.post(ADD, form(secret, content, title="What I typed"))
        (fault,) = faults(answer)
        assert words in fault
        assert answer.status_code == 200
        assert "What I typed" in answer.content.decode()
    assert faults(desk.post(ADD, form(secret))) == ["This field is required."]
    (fault,) = faults(desk.post(ADD, form(secret, b"Words", stamped="on")))
    assert fault == "Only a PDF can bear the reader's name."
    (fault,) = faults(desk.post(ADD, form(secret, b"Words", title="Sli\u202edes")))
    assert "cannot be seen" in fault
    assert (Material.objects.count(), files()) == (0, set())


def test_what_tells_of_people_is_for_organisers_until_one_has_looked(secret, desk, guest):
    answer = desk.post(ADD, form(secret, papers.pdf(Author="Kim Example")))
    one = Material.objects.get()
    assert one.audience == "organisers"
    assert any("author: Kim Example" in line for line in said(answer, desk))
    page = f"{LIST}{one.pk}/change/"
    assert "author: Kim Example" in desk.get(page).content.decode()
    assert guest.get(one.get_absolute_url()).status_code == 404
    change(desk, one, title="Looked at")
    assert guest.get(one.get_absolute_url()).status_code == 200


def test_a_photo_is_kept_without_what_it_told(secret, desk, guest):
    answer = desk.post(ADD, form(secret, papers.photo(), name="IMG_1.jpeg"))
    assert any("where it was taken" in line for line in said(answer, desk))
    one = Material.objects.get()
    assert (one.name, one.audience) == ("IMG_1.jpg", "session")
    got = content_of(guest.get(one.get_absolute_url()))
    assert b"Kim" not in got
    assert len(got) == one.size


def test_a_page_that_grew_old_changes_nothing(secret, desk):
    one = add(desk, secret, b"Words")
    page = f"{LIST}{one.pk}/change/"
    old = seen_on(desk, page)
    Material.objects.update(audience="organisers")
    assert any("after you opened this page" in fault for fault in faults(desk.post(page, form(secret) | old)))
    assert Material.objects.get().audience == "organisers"


def test_the_database_keeps_names_off_what_is_no_pdf(secret):
    one = world.material(secret)
    with pytest.raises(IntegrityError), transaction.atomic():
        Material.objects.filter(pk=one.pk).update(stamped=True)


# UP-02, and bodies larger than a form


@pytest.fixture
def small(settings):
    settings.MATERIAL_MAX_MB = 2
    return b"word " * 450_000  # 2.25 MB


def test_a_file_beyond_the_limit_is_told_beside_the_field_or_on_a_page(secret, desk, small):
    (fault,) = faults(desk.post(ADD, form(secret, small)))
    assert "it may have 2 MB" in fault
    answer = desk.post(ADD, form(secret, small * 2))
    assert (answer.status_code, "A file may have 2 MB" in answer.content.decode()) == (413, True)
    one = add(desk, secret, small[: 2**21 - 10])
    assert one.size == 2**21 - 10


def test_who_may_not_add_sends_in_vain_and_unread(secret, guest, applicant, small, monkeypatch):
    viewer = browser_of(people.organiser("vera@techtrack.test", role="Viewer"))
    without_factor = browser_of(people.organiser("walt@techtrack.test"), second_factor=False)
    monkeypatch.setattr(MultiPartParser, "parse", lambda parser: pytest.fail("it was read"))
    for browser in (Browser(), guest, applicant, viewer, without_factor):
        assert browser.post(ADD, form(secret, small[: 2**21 - 10])).status_code == 413
    monkeypatch.undo()
    for browser, status in ((Browser(), 302), (guest, 404), (applicant, 404), (viewer, 403)):
        assert browser.post(ADD, form(secret, b"Words")).status_code == status
    assert Material.objects.count() == 0


def test_elsewhere_a_body_of_that_size_is_too_large_for_organisers_too(desk, small):
    assert desk.post("/register/", {"why": small.decode()}).status_code == 413
    assert desk.post("/admin/agenda/session/add/", {"why": small.decode()}).status_code == 413


def test_a_large_form_without_its_token_is_refused(secret, olga, small):
    strict = browser_of(olga, enforce_csrf_checks=True)
    assert strict.post(ADD, form(secret, small[: 2**21 - 10])).status_code == 403
    assert Material.objects.count() == 0


# UP-03: replaced and taken away


def test_a_file_that_gives_way_to_another_is_gone_and_its_link_dead(
    secret, desk, guest, django_capture_on_commit_callbacks
):
    one = add(desk, secret, b"First words")
    before = one.get_absolute_url()
    coming = guest.get(before)
    with django_capture_on_commit_callbacks(execute=True):
        page = f"{LIST}{one.pk}/change/"
        assert change(desk, one, file=b"Other words").status_code == 302
    one.refresh_from_db()
    assert guest.get(before).status_code == 404
    assert content_of(coming) == b"First words"
    assert content_of(guest.get(one.get_absolute_url())) == b"Other words"
    assert files() == {one.file.name}
    assert "stays unless you choose another" in desk.get(page).content.decode()


def test_a_change_that_is_rolled_back_takes_no_file_away(secret, desk):
    one = add(desk, secret, b"First words")
    with transaction.atomic():
        one.put(world.Checked("other.txt", b"Other words", "text/plain"))
        transaction.set_rollback(True)
    one.refresh_from_db()
    with default_storage.open(one.file.name) as kept:
        assert kept.read() == b"First words"


@pytest.mark.parametrize("what", ["material", "several", "session", "track", "event", "bulk", "session bulk"])
def test_with_whatever_it_goes_its_file_goes(secret, desk, what, django_capture_on_commit_callbacks):
    one, other = world.material(secret), world.material(secret)
    track, event = secret.track, secret.track.event
    pages = {"material": f"material/{one.pk}", "session": f"session/{secret.pk}", "track": f"track/{track.pk}"}
    pages["event"] = f"event/{event.pk}"
    with django_capture_on_commit_callbacks(execute=True):
        if what in pages:
            page = f"/admin/agenda/{pages[what]}/delete/"
            assert desk.get(page).status_code == 200  # which only asks
            assert len(files()) == 2
        match what:
            case "bulk":
                Material.objects.all().delete()
            case "session bulk":
                Session.objects.all().delete()
            case "several":
                chosen = {"action": "delete_selected", "_selected_action": [one.pk, other.pk], "post": "yes"}
                desk.post(LIST, chosen)
            case _:
                desk.post(page, {"post": "yes"})
    assert files() == ({other.file.name} if what == "material" else set())
    assert Material.objects.count() == len(files())


def test_asking_what_would_go_takes_nothing_away(secret, desk, django_capture_on_commit_callbacks):
    one = world.material(secret)
    with django_capture_on_commit_callbacks(execute=True):
        desk.get(f"/admin/agenda/session/{secret.pk}/delete/")
    assert files() == {one.file.name}


def test_a_file_that_no_row_names_is_swept_once_it_is_old(secret, monkeypatch):
    one = world.material(secret)
    default_storage.save("materials/left", io.BytesIO(b"left lying"))
    assert Material.objects.sweep() == 0
    monkeypatch.setattr("sessions.models.materials.LEFT_LYING", timedelta(hours=-1))  # as if an hour had gone by
    assert Material.objects.sweep() == 1
    assert files() == {one.file.name}


# Elsewhere


def test_files_may_lie_in_a_storage_elsewhere(settings, secret, desk, guest):
    settings.MATERIALS_STORAGE = "django.core.files.storage.InMemoryStorage"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": settings.MATERIALS_STORAGE}}
    on_disk = set(uploads.folder().rglob("*"))
    one = add(desk, secret, papers.docx(), name="paper.docx")
    assert isinstance(default_storage._wrapped, InMemoryStorage)
    assert content_of(guest.get(one.get_absolute_url())) == papers.docx()
    assert set(uploads.folder().rglob("*")) == on_disk


def test_the_programmes_copy_has_none(secret, event):
    world.material(secret)
    from sessions.models import copy_edition

    copy_edition(event, slug="cacc-2023", name="Tech Track", date=event.date.replace(year=2023))
    assert (Material.objects.count(), Event.objects.count()) == (1, 2)


def test_what_was_taken_back_since_a_backup_stays_so(secret):
    """P-11, of materials: kept for organisers, or gone, when the restore was made."""
    shown, kept_back, gone = (world.material(secret, name=name) for name in ("a", "b", "c"))
    before = Programme()
    before.materials = {shown.key}
    assert len(close_what_was_closed(before)) == 2
    assert dict(Material.objects.values_list("pk", "audience")) == {
        shown.pk: "session",
        kept_back.pk: "organisers",
        gone.pk: "organisers",
    }
    assert Programme().materials == {shown.key}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_backup_brings_it_back(tmp_path, backup_key, elsewhere, capsys):
    secret = world.session(world.track(world.event(), "morning", "industry", 1), "Signals", 1)
    one = world.material(secret, content=b"canary-material")
    call_command("backup", tmp_path / "one.backup")
    status, printed = elsewhere.manage("restore", tmp_path / "one.backup", "--key-file", backup_key)
    assert status == 0, printed
    asked = "from sessions.models import Material; m = Material.objects.get(); print(m.key, m.file.read().decode())"
    assert elsewhere.ask(asked) == f"{one.key} canary-material"

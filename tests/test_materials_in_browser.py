"""Material from an organiser's computer to a guest's, in a real Chromium, through nginx as shipped."""

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from . import papers, people, world
from .browser import context_for, follow
from .people import browser_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MORE_THAN_A_FORM = 2_000_000  # bytes, which nginx and the site let through at this one address


@pytest.fixture
def story(transactional_db):
    event, olga = world.event(), people.organiser()
    secret = world.session(world.track(event, "morning", "industry", 1), "Signals between platforms", 1)
    guest = people.approved("guest@example.com", event, by=olga, full_name="Łukasz Guest")
    return secret, browser_of(olga), browser_of(guest)


def test_an_organiser_adds_slides_and_a_guest_takes_them_home(story, chromium, console, tmp_path):
    secret, desk, guest = story
    page = context_for(chromium, console, desk).new_page()
    page.goto(f"/admin/agenda/session/{secret.pk}/change/")
    follow(page.get_by_role("link", name="Add material"))
    expect(page.get_by_label("Session:")).to_have_value(str(secret.pk))

    page.get_by_label("Title:").fill("How it works")
    choose(page, "slides.pdf", b"<!doctype html><script>alert(1)</script>")
    page.get_by_label("For:").select_option("session")
    page.get_by_label("TLP label:").select_option("AMBER")
    page.get_by_label("With the reader's name").check()
    follow(page.get_by_role("button", name="Save", exact=True))
    expect(page.locator(".field-upload .errorlist")).to_contain_text("a program written as text")
    expect(page.get_by_label("Title:")).to_have_value("How it works")

    choose(page, "../slides.exe", large_pdf())
    follow(page.get_by_role("button", name="Save", exact=True))
    expect(page.locator(".messagelist")).to_contain_text("How it works")

    context = context_for(chromium, console, guest, accept_downloads=True)
    reader = context.new_page()
    reader.goto(secret.get_absolute_url())
    link = reader.get_by_role("link", name="How it works")
    expect(link.locator("xpath=ancestor::li[1]")).to_contain_text("TLP:AMBER")
    with reader.expect_download() as coming:
        link.click()
    coming.value.save_as(tmp_path / "got.pdf")
    assert coming.value.suggested_filename == "slides.pdf"
    for number, sheet in enumerate(PdfReader(tmp_path / "got.pdf").pages, 1):
        text = sheet.extract_text()
        assert all(word in text for word in (f"Page {number} of", "TLP:AMBER", "Łukasz Guest"))


def choose(page, name, content):
    page.get_by_label("File:").set_input_files({"name": name, "mimeType": "application/pdf", "buffer": content})


def large_pdf():
    writer = papers.pdf_writer(2)
    stream = papers.DecodedStreamObject()
    stream.set_data(b"%" + b"a" * MORE_THAN_A_FORM)
    writer._add_object(stream)
    content = papers.written(writer)
    assert len(content) > MORE_THAN_A_FORM
    return content

"""On paper, by Chromium's own printing: the day on one sheet, and its label on every sheet of a guest's day."""

from io import BytesIO

import pytest
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import expect
from pypdf import PdfReader

from sessions.models import Event, Session, Track

from . import people
from .processes import BASE_DIR
from .test_whole_way import sign_in_by_code

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LABEL = "TLP:AMBER+STRICT"


@pytest.fixture
def programme(live_site):
    if connection.vendor == "postgresql":
        pytest.skip("paper does not depend on the database: seen on SQLite")
    call_command("load_programme", str(BASE_DIR / "content" / "cacc-2022.toml"), verbosity=0)


def sheets(page):
    """The text of each sheet of A4."""
    return [sheet.extract_text() for sheet in PdfReader(BytesIO(page.pdf(format="A4"))).pages]


@pytest.fixture
def guests_page(page, live_site, programme, mailbox, mail_worker):
    people.approved("guest@example.com", Event.objects.current(), by=people.organiser())
    sign_in_by_code(page, live_site.url, mailbox, "guest@example.com")
    page.wait_for_url("**/register/status/")
    return page


def test_the_public_day_is_one_sheet_without_menus(page, live_site, programme):
    page.goto(live_site.url)
    (sheet,) = sheets(page)
    for words in ("Tech Track 2022", "Reporting Cycle from ESPs to NCMEC", "Wine-down with the TC", "Private"):
        assert words in sheet
    for words in ("Sign in", "Find sessions", "Show my agenda", "Privacy", "TLP"):
        assert words not in sheet


def test_a_guests_day_is_one_sheet_and_bears_its_strictest_label(guests_page, live_site):
    private = list(Session.objects.filter(track__audience="industry"))
    Session.objects.filter(pk=private[0].pk).update(tlp="AMBER+STRICT")
    Session.objects.filter(pk=private[1].pk).update(tlp="GREEN")
    guests_page.goto(live_site.url)
    (sheet,) = sheets(guests_page)
    assert all(session.title in " ".join(sheet.split()) for session in private)
    assert sheet.count(LABEL) == 2  # the session's, and the sheet's
    expect(guests_page.locator(".sheet-label")).to_be_hidden()


def test_a_long_day_bears_it_on_every_sheet(guests_page, live_site):
    track = Track.objects.filter(audience="industry").first()
    for number in range(10, 40):
        words = {"title": f"Long {number}", "abstract": "Words. " * 60, "slug": f"long-{number}"}
        Session.objects.create(track=track, number=number, published=True, **words)
    track.sessions.filter(number=10).update(tlp="AMBER+STRICT")
    guests_page.goto(live_site.url)
    found = sheets(guests_page)
    assert len(found) > 1
    assert all(LABEL in sheet for sheet in found)
    guests_page.evaluate("document.querySelector('.sheet-label').remove()")  # the control
    assert not all(LABEL in sheet for sheet in sheets(guests_page))


def test_a_private_day_without_labels_says_that_it_is_private(guests_page, live_site):
    guests_page.goto(live_site.url)
    assert all("Private, industry only" in sheet for sheet in sheets(guests_page))

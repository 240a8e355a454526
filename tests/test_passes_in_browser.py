"""A guest's pass in a real browser: held up in the dark, saved, printed; and sheets of badges on paper."""

from io import BytesIO

import pytest
from django.db import connection
from playwright.sync_api import expect
from pypdf import PdfReader

from registration.models import Pass
from sessions.models import Event

from . import people, qr_codes, world
from .test_whole_way import sign_in_by_code

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def guests_pass(live_site):
    if connection.vendor == "postgresql":
        pytest.skip("what is drawn does not depend on the database: seen on SQLite")
    people.approved("guest@example.com", world.event(), by=people.organiser(), full_name="Łukasz 王")
    return Pass.objects.get()


def test_the_pass_is_held_up_saved_printed_and_renewed(page, live_site, guests_pass, mailbox, mail_worker, tmp_path):
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 700})
    sign_in_by_code(page, live_site.url, mailbox, "guest@example.com")
    page.wait_for_url("**/register/status/")
    page.get_by_role("link", name="My pass").click()
    expect(page.locator(".pass-name")).to_have_text("Łukasz 王")
    expect(page.locator(".pass-code code")).to_have_text(guests_pass.code)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    (held_up,) = qr_codes.read(page.screenshot(full_page=True))
    assert held_up.endswith(f"/pass/{guests_pass.token}/")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as a picture").click()
    saved.value.save_as(tmp_path / "pass.png")
    assert qr_codes.read((tmp_path / "pass.png").read_bytes()) == [held_up]
    sheets = PdfReader(BytesIO(page.pdf(format="A4"))).pages
    assert len(sheets) == 1
    printed = sheets[0].extract_text()
    assert guests_pass.code in printed
    assert "Make a new pass" not in printed
    page.get_by_role("button", name="Make a new pass").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Make a new pass?")
    page.get_by_role("button", name="Make a new pass").click()
    expect(page.locator(".pass-code code")).not_to_have_text(guests_pass.code)
    assert Pass.objects.behind(guests_pass.token) is None


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_eight_badges_are_on_a_sheet(page, live_site, guests_pass, paper):
    boss, event = people.organiser("desk@techtrack.test"), Event.objects.current()
    for number in range(16):
        people.approved(f"g{number}@example.com", event, by=boss, full_name=f"Guest {number} " + "Name " * (number * 2))
    desk = people.browser_of(boss)
    answer = desk.post("/admin/registration/pass/badges/", {"paper": paper, "part": "1"})
    page.route("**/sheets", lambda route: route.fulfill(body=answer.content, content_type="text/html"))
    page.goto(f"{live_site.url}/sheets")
    sheets = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert len(sheets) == 3
    assert [sheet.extract_text().count("Tech Track 2022") for sheet in sheets] == [8, 8, 1]
    width = float(sheets[0].mediabox.width) / 72 * 25.4
    assert round(width) == {"a4": 210, "letter": 216}[paper]
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 800, "height": 2400})
    assert len(set(qr_codes.read(page.screenshot(full_page=True)))) == 17

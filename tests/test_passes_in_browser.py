"""A guest's pass in a real browser: held up in the dark, saved, printed."""

from io import BytesIO

import pytest
from django.db import connection
from playwright.sync_api import expect
from pypdf import PdfReader

from registration.models import Pass

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

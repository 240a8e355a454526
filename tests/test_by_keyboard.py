"""The whole way without a pointer: from the agenda to an approved request and out again, by keys alone.

What has the focus must be seen, and must be named.
"""

import pytest
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import expect

from registration.models import AccessRequest
from sessions.models import Session

from . import people
from .processes import BASE_DIR

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADA = "ada@platform.example"
FIELDS = ("INPUT", "SELECT", "TEXTAREA")
FOCUS = """() => {
    const it = document.activeElement, look = getComputedStyle(it), after = getComputedStyle(it, "::after");
    const label = it.labels?.length ? [...it.labels].map(one => one.innerText).join(" ") : "";
    return {
        name: (it.getAttribute("aria-label") || label || it.innerText || it.value || it.title || "").trim(),
        tag: it.tagName,
        seen: look.outlineStyle !== "none" || after.outlineStyle !== "none" || look.boxShadow !== "none",
    };
}"""


class Keyboard:
    """``to(name)`` goes forward by Tab; ``enter(name)`` follows a link or presses a button."""

    def __init__(self, page):
        self.page = page
        self.keys = 0

    def press(self, key):
        self.page.keyboard.press(key)
        self.keys += 1

    def to(self, name, tags=(), tries=120):
        passed = []
        for _ in range(tries):
            self.press("Tab")
            focus = self.page.evaluate(FOCUS)
            passed.append(focus["name"])
            assert focus["seen"] or focus["tag"] == "BODY", f"nothing shows that {focus} has the focus"
            if focus["name"].startswith(name) and (not tags or focus["tag"] in tags):
                return
        raise AssertionError(f"{name!r} was not reached by Tab; passed: {passed}")

    def enter(self, name):
        self.to(name)
        with self.page.expect_navigation():
            self.press("Enter")

    def type(self, name, text):
        self.to(name, FIELDS)
        self.page.keyboard.type(text)

    def tick(self, name):
        self.to(name, FIELDS)
        self.press("Space")


@pytest.fixture
def programme(live_site):
    if connection.vendor == "postgresql":
        pytest.skip("the keyboard does not depend on the database: seen on SQLite")
    call_command("load_programme", str(BASE_DIR / "content" / "cacc-2022.toml"), verbosity=0)
    return list(Session.objects.filter(track__audience="industry").values_list("title", flat=True))


def sign_in(keys, mailbox, address):
    keys.type("Your work e-mail address", address)
    with keys.page.expect_navigation():
        keys.press("Enter")
    keys.type("Code", mailbox.code_for(address))
    with keys.page.expect_navigation():
        keys.press("Enter")


@pytest.mark.parametrize("scripts", [False, True], ids=["without-js", "with-js"])
def test_from_the_agenda_to_the_private_day(scripts, new_page, live_site, mailbox, mail_worker, programme):
    page = new_page(java_script_enabled=scripts)
    page.goto(live_site.url)
    ada = Keyboard(page)
    ada.to("Skip to the content")  # the first stop
    assert ada.keys == 1
    ada.press("Enter")
    ada.enter("Ask for access")  # the panel's: the menu was skipped
    sign_in(ada, mailbox, ADA)
    ada.enter("Send the request")  # empty: the errors come first
    expect(page.locator(".error-summary")).to_be_visible()
    if scripts:
        assert page.evaluate("document.activeElement.className") == "error-summary"
    ada.type("Full name", "Ada Lovelace")
    ada.type("Organisation", "Analytical Engines")
    ada.type("Job title", "Lead")
    ada.to("Kind of organisation", FIELDS)
    ada.press("ArrowDown")
    ada.type("Why do you wish to attend?", "To compare notes.")
    for group in ("registered", "reception"):
        while page.evaluate("document.activeElement.name") != group:
            ada.press("Tab")
        ada.press("Space")
    ada.tick("I have read the handling rules")
    ada.enter("Send the request")
    page.wait_for_url("**/register/status/")

    olga = people.organiser("olga@techtrack.example", name="Olga")
    desk = Keyboard(new_page(java_script_enabled=scripts))
    desk.page.goto(f"{live_site.url}/account/login/?next=/admin/registration/accessrequest/")
    sign_in(desk, mailbox, olga.email)
    desk.enter("Ada Lovelace")
    desk.enter("Approve")
    expect(desk.page.get_by_text("Ada Lovelace: approved.")).to_be_visible()

    page.goto(live_site.url)
    assert all(title in page.content() for title in programme)
    desk.page.goto(f"{live_site.url}/admin/registration/accessrequest/{AccessRequest.objects.get().pk}/change/")
    desk.enter("Revoke")
    page.goto(live_site.url)
    assert not any(title in page.content() for title in programme)


def test_what_cannot_be_reached_or_seen_is_noticed(page, live_site, programme):
    """The control."""
    page.goto(live_site.url)
    page.evaluate("for (const link of document.querySelectorAll('h4 a')) link.tabIndex = -1")
    with pytest.raises(AssertionError, match="was not reached"):
        Keyboard(page).to("Reporting Cycle", tries=60)
    page.reload()
    page.evaluate("for (const link of document.links) link.style.outline = 'none'")
    with pytest.raises(AssertionError, match="nothing shows"):
        Keyboard(page).to("Ask for access")

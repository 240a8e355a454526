"""axe-core, in a real Chromium, over every page: small and large, light and dark, signed in and out, admin included."""

import itertools

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection

from . import access
from .browser import context_for
from .figures import report
from .world import World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOOKS = list(itertools.product((320, 1280), ("light", "dark")))
ROLES = ("visitor", "applicant", "guest", "administrator")
SAME_FOR_ALL = {
    "/privacy/",
    "/accessibility/",
    "/handling-rules/",
    "/offline/",
    "/my-agenda/",
}  # looked at as a visitor
# Rules switched off: none. Left out are parts of Django admin's own forms that no page of ours changes.
LEFT_OUT = {
    ".inline-group table": "Django's table of rows: each field is named by its column's heading alone",
    ".vDateField, .vTimeField": "Django's field for date and time: one label for two fields",
    ".help-tooltip": "Django's hint beside a list to choose from: a span with a label",
    "#searchbar": "Django's search field: named by its picture",
}
OPTIONS = {"resultTypes": ["violations"], "preload": False}


def faults_of(page):
    """``[(rule, element)]``."""
    found = Axe().run(page, {"exclude": [[part] for part in LEFT_OUT]}, OPTIONS).response["violations"]
    return [(fault["id"], node["html"][:120]) for fault in found for node in fault["nodes"]]


def looks_of(page):
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        yield width, scheme


def what_sticks_out(page):
    """Where one would have to move a page sideways: 320 pixels wide, as at 400 %, and with text of twice the size."""
    for width, size in ((320, "100%"), (640, "200%")):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("size => { document.documentElement.style.fontSize = size; }", size)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            yield f"{width} pixels, text {size}"


@pytest.mark.parametrize("role", ROLES)
def test_axe_finds_nothing_on_any_page(role, chromium, console):
    if connection.vendor == "postgresql":
        pytest.skip("a page's accessibility does not depend on the database: seen on SQLite")
    made = World()
    page = context_for(chromium, console, made.browsers[role]).new_page()
    addresses = [path for path in access.pages_for(role, made) if role == "visitor" or path not in SAME_FOR_ALL]
    faults = []
    for address in addresses:
        assert page.goto(address).status == 200, address
        faults += [(address, *look, *fault) for look in looks_of(page) for fault in faults_of(page)]
        if not address.startswith("/admin/"):
            faults += [(address, fault) for fault in what_sticks_out(page)]
    page.context.close()
    assert faults == []
    report(f"axe-core, {role}", pages=len(addresses), looks=len(LOOKS), rules_switched_off=0, found=0)
    for part, why in LEFT_OUT.items():
        print(f"axe-core, left out in admin: {part}: {why}")


def test_axe_finds_what_is_wrong(chromium, console):
    """The control: a picture without words, grey on grey, and a line that does not break."""
    page = context_for(chromium, console, World().browsers["visitor"]).new_page()
    page.goto("/privacy/")
    assert faults_of(page) == []
    page.evaluate("""() => {
        document.querySelector("h1").style.color = "#ccc";
        document.querySelector("main").append(document.createElement("img"));
    }""")
    assert {rule for rule, _ in faults_of(page)} >= {"color-contrast", "image-alt"}
    assert list(what_sticks_out(page)) == []
    page.evaluate("""() => { document.querySelector("h1").style.whiteSpace = "nowrap";
        document.querySelector("h1").textContent = "Privacy ".repeat(40); }""")
    assert len(list(what_sticks_out(page))) == 2
    page.context.close()

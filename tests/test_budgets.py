"""What a visit to the public agenda costs, measured in Chromium through nginx as shipped: the limits of the project."""

import gzip

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import expect

from sessions.models import Session

from .browser import context_for, wait_for_worker
from .day import at
from .figures import report
from .people import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCRIPTS = ("now.js", "device.js", "site.js", "back.js")
SHIFTS = """
    window.shift = 0;
    new PerformanceObserver(list => { for (const one of list.getEntries()) window.shift += one.value; })
        .observe({ type: "layout-shift", buffered: true });
"""


class Visit:
    """What the page itself asked for: the service worker's own requests are counted apart."""

    def __init__(self, page):
        self.requests, self.bytes, self.statuses, self.by_itself = [], 0, [], []
        self.session = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self.session.on("Network.responseReceived", self._answered)
        self.session.on("Network.responseReceivedExtraInfo", lambda it: self.statuses.append(it["statusCode"]))
        self.session.on("Network.loadingFinished", self._ended)
        page.context.on("request", self._asked)

    def _asked(self, request):
        if request.service_worker:
            self.by_itself.append(request.url)

    def _answered(self, event):
        answer = event["response"]
        if not answer.get("fromDiskCache") and not answer.get("fromServiceWorker"):
            self.requests.append(answer["url"])

    def _ended(self, event):
        self.bytes += event["encodedDataLength"]


@pytest.fixture
def programme(live_site):
    if connection.vendor == "postgresql":
        pytest.skip("what a page weighs does not depend on the database: measured on SQLite")
    call_command("load_programme", str(settings.BASE_DIR / "content" / "cacc-2022.toml"), verbosity=0)


@pytest.fixture
def visitor(chromium, console, programme):
    """A function: a page in a browser that was never here."""
    contexts = []

    def visitor(**options):
        contexts.append(context_for(chromium, console, Browser(), **options))
        contexts[-1].add_init_script(SHIFTS)
        return contexts[-1].new_page()

    yield visitor
    for context in contexts:
        context.close()


def test_a_first_visit(visitor):
    page = visitor()
    visit = Visit(page)
    page.goto("/", wait_until="networkidle")
    html = len(Browser().get("/", headers={"Accept-Encoding": "gzip"}).content)
    own = [url for url in visit.requests if not url.endswith("/sw.js")]
    report(
        "budget: the agenda, a first visit",
        requests=len(own),
        bytes=visit.bytes,
        html=html,
        layout_shift=page.evaluate("window.shift"),
        by_the_service_worker=len(visit.by_itself),
    )
    assert len(own) <= 6
    assert visit.bytes <= 40_000
    assert html <= 10_000
    assert page.evaluate("window.shift") == 0


def test_a_second_visit(visitor, console):
    console.expect("Service Worker registration blocked")
    page = visitor(service_workers="block")
    page.goto("/", wait_until="networkidle")
    page.goto("about:blank")
    visit = Visit(page)
    page.goto("/", wait_until="networkidle")
    report("budget: the agenda, a second visit", requests=len(visit.requests), statuses=visit.statuses)
    assert len(visit.requests) == 1
    assert visit.statuses == [304]


def test_a_second_visit_with_the_service_worker(visitor):
    page = visitor()
    page.goto("/", wait_until="networkidle")
    wait_for_worker(page)
    page.goto("about:blank")
    visit = Visit(page)
    page.goto("/", wait_until="networkidle")
    report("budget: a second visit with the service worker", requests=len(visit.requests), its_own=len(visit.by_itself))
    assert visit.requests == []


def test_scripts_are_small():
    sizes = {name: len(gzip.compress((settings.BASE_DIR / "static" / name).read_bytes(), 9)) for name in SCRIPTS}
    report("budget: scripts, compressed", bytes=sum(sizes.values()), **sizes)
    assert sum(sizes.values()) <= 8_000


def test_nothing_moves_on_the_day_either(visitor):
    """With times, the visitor's own beside them; the control moves something, and is measured."""
    Session.objects.filter(slug="reporting-cycle").update(start=at("13:00"), end=at("13:45"))
    Session.objects.filter(slug="wine-down").update(start=at("17:00"))
    page = visitor(timezone_id="Europe/Berlin", viewport={"width": 360, "height": 740})
    page.goto("/", wait_until="networkidle")
    expect(page.locator(".own-time").first).to_be_visible()
    assert page.evaluate("window.shift") == 0
    page.evaluate(
        "document.querySelector('main').prepend(document.createElement('h1').appendChild(new Text('x')).parentNode)"
    )
    page.wait_for_function("() => window.shift > 0")

"""A real Chromium, driven by Playwright; what its console says is part of every test.

A page comes bit by bit, and a click returns before it has come. What is read after a click is therefore waited for:
``follow`` to the end of the next page, Playwright's ``expect`` for what a script does to this one.
"""

import os
import shutil

from playwright.sync_api import expect, sync_playwright

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # Chromium would ask its maker's servers for this and that
    "--disable-component-update",
    "--disable-sync",
]
OFFENCES = """
    window.offences = [];
    document.addEventListener("securitypolicyviolation", event =>
        window.offences.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
PATIENCE = 60_000  # ms until what is waited for counts as missing; a busy machine is slow
MISSING = "No Chromium was found. Install it (Debian: apt-get install chromium) or name one in CHROMIUM."


def find_chromium():
    named = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else ["chromium", "chromium-browser"]
    for name in named:
        if found := shutil.which(name):
            return found
    raise RuntimeError(MISSING)


class Browser:
    """One Chromium; ``close()`` ends it."""

    def __init__(self):
        self._playwright = sync_playwright().start()
        expect.set_options(timeout=PATIENCE)
        self._chromium = self.launch()

    def launch(self, *flags):
        """One more Chromium, with command line flags of its own, as Playwright's browser; the caller closes it."""
        sandboxed = os.geteuid() != 0  # Chromium's sandbox does not work for root
        return self._playwright.chromium.launch(
            executable_path=find_chromium(), args=[*FLAGS, *flags], chromium_sandbox=sandboxed
        )

    def new_context(self, **options):
        context = self._chromium.new_context(**options)
        context.set_default_timeout(PATIENCE)
        return context

    def close(self):
        self._chromium.close()
        self._playwright.stop()


def follow(link):
    """Click a link or button that leads to another page, and wait until that has come to its end."""
    with link.page.expect_navigation():
        link.click()


def wait_for_worker(page):
    """Wait until the service worker has kept the programme and answers for this page."""
    page.wait_for_function("() => navigator.serviceWorker.controller?.state === 'activated'")


def context_for(chromium, console, client, **options):
    """A browser of the person in whose name ``client`` is signed in; ``window.offences`` tells what the policy forbade.

    For the fixture ``chromium``, to which the site is https.
    """
    from .nginx import HOST

    context = chromium.new_context(base_url=f"https://{HOST}", **options)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(OFFENCES)
    console.listen(context)
    for name, morsel in client.cookies.items():
        context.add_cookies([{"name": name, "value": morsel.value, "url": f"https://{HOST}/", "secure": True}])
    return context


class Console:
    """What the pages of one test complained of: console messages, script errors, requests that failed."""

    def __init__(self):
        self.said = []
        self._expected = []
        self._allowed = []

    def listen(self, context):
        context.on("console", self._logged)
        context.on("weberror", lambda error: self.said.append(f"error: {error.error}"))
        context.on("requestfailed", self._failed)

    def expect(self, text):
        """Say that a message with this text is to come; it fails the test if it does not."""
        self._expected.append(text)

    def allow(self, text):
        """Say that such a message may come: whether it does depends on the moment."""
        self._allowed.append(text)

    def check(self):
        known = [*self._expected, *self._allowed]
        unexpected = [line for line in self.said if not any(text in line for text in known)]
        assert not unexpected, f"the browser's console is not empty: {unexpected}"
        missing = [text for text in self._expected if not any(text in line for line in self.said)]
        assert not missing, f"the browser was expected to say {missing}"

    def _logged(self, message):
        self.said.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _failed(self, request):
        if request.failure != "net::ERR_ABORTED":  # a click left the page, or a download began: as it should be
            self.said.append(f"request failed: {request.method} {request.url} {request.failure}")

"""A real Chromium opens every page, admin's too: the policy is not offended once, and the console stays empty."""

import pytest
from django.conf import settings

from . import access
from .browser import context_for, follow
from .nginx import HOST
from .world import World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROLES = ("visitor", "applicant", "guest", "administrator", "organiser without second factor")


def test_every_page_for_every_role_without_an_offence(chromium, console):
    made = World()
    asked, offences, opened = set(), [], 0
    for role in ROLES:
        context = context_for(chromium, console, made.browsers[role])
        context.on("request", lambda request: asked.add(request.url.split("/")[2]))
        page = context.new_page()
        for address in access.pages_for(role, made):
            assert page.goto(address).status == 200, (role, address)
            offences += [(role, address, offence) for offence in page.evaluate("window.offences")]
            opened += 1
        context.close()
    assert offences == []
    assert opened > 90
    assert asked == {HOST}  # L-15: nothing of anybody else's is asked for


def test_an_offence_is_noticed(chromium, console, behind_nginx):
    """The control: a style and a script that the policy forbids, and ADM-11: no frame holds admin."""
    made = World()
    context = context_for(chromium, console, made.browsers["administrator"])
    page = context.new_page()
    console.expect("Content Security Policy")
    page.goto("/privacy/")
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            const frame = document.createElement("iframe");
            frame.src = "/admin/";
            document.body.append(frame);
        }"""
    )
    page.wait_for_function("() => window.offences.length >= 2")
    assert {offence.split()[0] for offence in page.evaluate("window.offences")} == {"script-src-elem", "frame-src"}
    assert page.evaluate("window.ran") is None
    assert settings.X_FRAME_OPTIONS == "DENY"
    context.close()


def test_admin_is_shown_in_no_frame_of_another_page(chromium, console, behind_nginx):
    """ADM-11, and L-15: a page elsewhere neither frames us nor learns where somebody came from."""
    import http.server
    import threading

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        came = []

        def do_GET(self):
            self.came.append(self.headers.get("Referer"))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe src="https://{HOST}/admin/"></iframe>'.encode())

        def log_message(self, *args):
            pass

    made = World()
    context = context_for(chromium, console, made.browsers["administrator"])
    page = context.new_page()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(made.secret.get_absolute_url())
        page.evaluate(
            """url => {
                const link = document.createElement("a");
                link.href = url;
                link.id = "out";
                link.textContent = "out";
                document.body.prepend(link);
            }""",
            f"http://127.0.0.1:{server.server_address[1]}/",
        )
        console.expect("frame-ancestors")
        console.expect("ERR_BLOCKED_BY_RESPONSE")
        with page.expect_event("requestfailed"), page.expect_console_message(lambda it: "frame-ancestors" in it.text):
            follow(page.locator("#out"))
        framed = [frame for frame in page.frames if frame != page.main_frame]
        assert len(framed) == 1
        assert all("Access requests" not in frame.content() for frame in framed)
        server.shutdown()
    assert Elsewhere.came[0] is None
    context.close()

"""Cookies that somebody who holds a neighbouring host name plants beside ours: none of them becomes one of ours."""

import http.server
import threading
from contextlib import contextmanager

import pytest

from cacc_techtrack.middleware import of_plain_names

from . import people, world
from .nginx import HOST, REAL, Nginx
from .wire import login_session

SPACES = ["\u2000", "\u00a0", "\u0085", "\u3000"]  # Django strips these; a browser does not
TOSS = "([name, value, host]) => { document.cookie = `${name}=${value}; domain=${host}; path=/` }"


@pytest.mark.fast
@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("__Host-sessionid=ours; __Host-csrftoken=too", "__Host-sessionid=ours; __Host-csrftoken=too"),
        *[(f"sessionid=ours; {space}sessionid=theirs", "sessionid=ours") for space in [*SPACES, "\x1f", "\x0b"]],
        *[(f"{space}sessionid=theirs".encode().decode("latin-1"), "") for space in SPACES],  # as WSGI hands it on
        ("sessionid\u2003=theirs", ""),
        ("sessionid", ""),
        ("=sessionid=theirs", ""),
        ('a="b";c=d=e ;\td=ü', 'a="b"; c=d=e; d=ü'),
    ],
)
def test_a_cookie_counts_only_under_the_name_it_was_sent_with(sent, taken):
    assert of_plain_names(sent) == taken


class Neighbour(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>neighbour</title><link rel=icon href=data:,>")

    def log_message(self, *args):
        pass


@pytest.fixture
def chromium(_chromium):
    return _chromium


@contextmanager
def signed_in_by_a_neighbour(chromium, site):
    """For each space: whether a stranger's browser that was at ``neighbour.techtrack.test`` is signed in with us."""
    mallory = login_session(people.approved("mallory@example.com", world.event(), by=people.organiser()))
    nginx = Nginx(site.port)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Neighbour) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        rules = (
            f"MAP {HOST}:443 127.0.0.1:{nginx.port}, MAP neighbour.{HOST}:80 127.0.0.1:{server.server_address[1]}, "
            "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        )
        browser = chromium.launch(f"--host-resolver-rules={rules}")

        def visit(space):
            context = browser.new_context(ignore_https_errors=True)
            page = context.new_page()
            page.goto(f"http://neighbour.{HOST}/")
            page.evaluate(TOSS, [f"{space}__Host-sessionid", mallory, HOST])
            assert page.evaluate("document.cookie") == (f"{space}__Host-sessionid={mallory}" if space else "")
            page.goto(f"https://{HOST}/privacy/")
            signed_in = page.get_by_role("link", name="Sign out").count() == 1
            context.close()
            return signed_in

        try:
            yield visit
        finally:
            browser.close()
            server.shutdown()
            nginx.stop()


@pytest.mark.browser
@pytest.mark.slow
def test_a_neighbour_signs_nobody_in(chromium, live_site):
    """SI-10: a browser lets no neighbour set ``__Host-sessionid``, but does with an odd space before it."""
    with signed_in_by_a_neighbour(chromium, live_site.start(env=REAL)) as visit:
        assert [space for space in ["", *SPACES] if visit(space)] == []


@pytest.mark.browser
@pytest.mark.slow
def test_a_neighbour_who_signs_somebody_in_is_found(chromium, live_site):
    """The control: every name is taken, as Django does."""
    site = live_site.start(env=REAL | {"UNLOCKED": "tossed"}, wsgi="tests.unlocked:application")
    with signed_in_by_a_neighbour(chromium, site) as visit:
        assert not visit("")
        assert visit("\u2000")

"""nginx keeps files with their digest in the name, which a visit is mostly about, and nothing else."""

import re

import pytest

from . import people, world
from .nginx import REAL, Nginx
from .replicas import ChangedNginx, without
from .tls import TlsBrowser

pytestmark = pytest.mark.live

KEEPS_ALL = without(
    r"(location / \{)",
    r"\1 proxy_cache files; proxy_cache_key $uri; proxy_cache_valid 1h; proxy_ignore_headers Cache-Control Vary;",
)
NO_FILE = "/static/page.0123456789ab.css"  # it has the looks of one
GONE = 503


@pytest.fixture
def secret(transactional_db):
    event = world.event()
    world.public_part(event)
    return world.private_part(event, world.Canaries()).sessions.first()


@pytest.fixture
def site(live_site):
    return live_site.start(env=REAL)


@pytest.fixture
def nginx(site):
    made = Nginx(site.port)
    yield made
    made.stop()


def a_guest_at(nginx, secret):
    guest = people.approved("guest@example.com", secret.track.event, by=people.organiser())
    return TlsBrowser(nginx, people.browser_of(guest))


def said(answer):
    """All of it that does not tell when it was given."""
    headers = {name.lower(): value for name, value in answer.headers.items() if name not in {"Date", "Connection"}}
    return answer.status_code, headers, answer.content


def test_the_site_is_asked_for_a_file_once_by_whomever(site, nginx, secret):
    guest = a_guest_at(nginx, secret)
    (style,) = re.findall(r'"(/static/site\.[^"]+\.css)"', guest.get("/").text)
    codings = {"br": "br", "gzip": "gzip", "identity": None}
    asked = {coding: guest.get(style, headers={"Accept-Encoding": coding}) for coding in codings}
    site.stop()
    assert {coding: answer["Content-Encoding"] for coding, answer in asked.items()} == codings
    for coding, before in asked.items():
        again = TlsBrowser(nginx).get(style, headers={"Accept-Encoding": coding})
        assert said(again) == said(before)
        assert (again.status_code, again["Set-Cookie"], again["Vary"]) == (200, None, "Accept-Encoding")
    # What somebody adds to the address leads to the same, and takes no room of its own.
    assert TlsBrowser(nginx).get(f"{style}?other", headers={"Accept-Encoding": "gzip"}).status_code == 200
    assert len([path for path in (nginx.folder / "files").rglob("*") if path.is_file()]) <= len(codings) + 1


def kept_of_what_a_guest_saw(site, nginx, secret):
    """A guest asks for pages, also by addresses that look like files, then the site ends: what does a stranger get?"""
    guest, page = a_guest_at(nginx, secret), secret.get_absolute_url()
    pages = ["/", page, "/account/", "/register/status/", "/agenda.ics", "/healthz", "/no-such-page/"]
    lookalikes = [f"{page}{between}{NO_FILE}" for between in ("../..", "%2e%2e/%2e%2e", "..%2f..", "")]
    lookalikes += [
        NO_FILE,
        f"/{NO_FILE}",
        f"{NO_FILE}?a",
        f"{page}page.0123456789ab.css",
        "/static/site.css",
        "/static/",
    ]
    seen = {path: guest.get(path) for path in pages + lookalikes}
    assert seen[page].status_code == 200
    assert secret.title in seen[page].text
    site.stop()
    return {path for path in seen if TlsBrowser(nginx).get(path).status_code != GONE}


def test_nothing_else_is_kept(site, nginx, secret):
    assert kept_of_what_a_guest_saw(site, nginx, secret) == set()


def test_a_proxy_that_keeps_pages_is_found(site, secret):
    """The control."""
    keeps_all = ChangedNginx(KEEPS_ALL, site.port)
    try:
        assert secret.get_absolute_url() in kept_of_what_a_guest_saw(site, keeps_all, secret)
    finally:
        keeps_all.stop()

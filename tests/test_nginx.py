"""The shipped proxy: what it lets through, what it says itself, and what it writes down."""

import contextlib
import http.server
import re
import socket
import ssl
import threading

import psutil
import pytest
from django.conf import settings

from . import observatory, people, processes, world
from .nginx import HOST, REAL, Nginx
from .test_headers import COMPANIONS, faults
from .tls import TlsBrowser

pytestmark = pytest.mark.live


@pytest.fixture
def site(live_site):
    return live_site.start(env=REAL)


@pytest.fixture
def nginx(site):
    nginx = Nginx(site.port)
    yield nginx
    nginx.stop()


@pytest.fixture
def echo():
    """In the site's place: something that keeps what nginx sends it."""
    with Echo() as server:
        nginx = Nginx(server.server_address[1])
        yield server, nginx
        nginx.stop()


class Echo(http.server.ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Keeps)
        self.came = []

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *raised):
        self.shutdown()
        self.server_close()


class _Keeps(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.came.append((self.headers, body))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "4000")
        self.end_headers()
        self.wfile.write(b"a" * 4000)

    do_POST = do_GET

    def log_message(self, *args):
        pass


def raw(port, sent, tls=None):
    """All that comes back for these bytes, until the other side closes or rests."""
    plain = socket.create_connection(("127.0.0.1", port), 60)
    with tls.wrap_socket(plain, server_hostname=HOST) if tls else plain as connection:
        connection.settimeout(5)
        with contextlib.suppress(ConnectionError, ssl.SSLEOFError):
            connection.sendall(sent)
        back = b""
        with contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
            while piece := connection.recv(65536):
                back += piece
        return back


def points(answer):
    return observatory.score(answer.headers, answer.content, answer.set_cookies)[0]


def test_pages_pass_unchanged_and_errors_speak_for_themselves(site, nginx):
    made = world.event()
    world.public_part(made)
    browser = TlsBrowser(nginx)
    page = browser.get("/", headers={"Accept-Encoding": "gzip"})
    assert (page.status_code, page["Content-Encoding"], points(page)) == (200, "gzip", 130)
    assert (page["Cache-Control"], page["Server"]) == ("no-cache", "nginx")
    again = browser.get("/", headers={"Accept-Encoding": "gzip", "If-None-Match": page["ETag"]})
    assert again.status_code == 304

    guest = TlsBrowser(nginx, people.browser_of(people.approved("g@example.com", made, by=people.organiser())))
    private = guest.get("/", headers={"Accept-Encoding": "gzip"})
    assert private["Content-Encoding"] is None  # a secret beside what a stranger chose is not compressed

    # The site's own words.
    for path, method, status in [("/no-such-page/", "GET", 404), ("/", "PUT", 405), ("/?a=%00", "GET", 400)]:
        answer = browser.request(method, path)
        assert (answer.status_code, 'class="site-header"' in answer.text) == (status, True)
        assert {name: answer[name] for name in COMPANIONS} == COMPANIONS
    large = b"why=" + b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    too_large = browser.request("POST", "/register/", large)
    assert (too_large.status_code, "what you typed should still be there" in too_large.text) == (413, True)

    # nginx's own.
    tls = nginx.trust()
    own = {
        "a path of 10 kB": (414, b"GET /%s HTTP/1.1\r\nHost: techtrack.test\r\n\r\n" % (b"a" * 10_000)),
        "a header of 100 kB": (400, b"GET / HTTP/1.1\r\nHost: techtrack.test\r\nX: %s\r\n\r\n" % (b"a" * 100_000)),
        "20 MB": (413, b"POST / HTTP/1.1\r\nHost: techtrack.test\r\nContent-Length: 20000000\r\n\r\n"),
        "TRACE": (405, b"TRACE / HTTP/1.1\r\nHost: techtrack.test\r\nConnection: close\r\n\r\n"),
        "200 headers": (
            431,  # gunicorn's own word, with nginx's headers
            b"GET / HTTP/1.1\r\nHost: techtrack.test\r\nConnection: close\r\n%s\r\n"
            % b"".join(b"X-%d: a\r\n" % number for number in range(200)),
        ),
    }
    for what, (status, sent) in own.items():
        head = raw(nginx.port, sent, tls).decode().partition("\r\n\r\n")[0]
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
        assert head.startswith(f"HTTP/1.1 {status}"), what
        assert {name: headers.get(name) for name in COMPANIONS} == COMPANIONS, what
        assert observatory.score(headers)[0] >= 100, what
        assert headers["Cache-Control"] == "private, no-store"

    # The site is gone.
    site.stop()
    resting = TlsBrowser(nginx).get("/")
    assert (resting.status_code, resting["Retry-After"], points(resting)) == (503, "30", 130)
    assert "Back in a moment" in resting.text


def test_plain_http_leads_to_https_and_another_host_nowhere(nginx):
    asked = b"GET /sessions/?a=1 HTTP/1.1\r\nHost: techtrack.test\r\nConnection: close\r\n\r\n"
    redirect = raw(nginx.plain_port, asked)
    assert redirect.startswith(b"HTTP/1.1 301")
    assert b"Location: https://techtrack.test/sessions/?a=1\r\n" in redirect
    assert b"Strict-Transport-Security" not in redirect  # RFC 6797, 7.2
    assert raw(nginx.plain_port, asked.replace(HOST.encode(), b"evil.example")) == b""
    with pytest.raises(ssl.SSLError), socket.create_connection(("127.0.0.1", nginx.port), 60) as plain:
        nginx.trust().wrap_socket(plain, server_hostname="evil.example")


def told_by_another_host(nginx):
    """By the right name in the handshake and another in the request; what lies in nginx's own folder is not ours."""
    (nginx.folder / "html").mkdir()
    (nginx.folder / "html" / "index.html").write_text("Welcome to nginx")
    return raw(nginx.port, b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", nginx.trust())


def test_another_host_in_a_handshake_of_ours_gets_nothing(nginx):
    assert told_by_another_host(nginx) == b""


def test_a_server_that_only_refuses_handshakes_is_found(site):
    """The control."""

    class Answering(Nginx):
        def configuration(self, site_port):
            text, count = re.subn(r"(ssl_reject_handshake on;\s*)return 444;", r"\1", super().configuration(site_port))
            assert count == 1
            return text

    nginx = Answering(site.port)
    assert b"Welcome to nginx" in told_by_another_host(nginx)
    nginx.stop()


def test_the_name_can_be_proven_without_tls(nginx):
    """As certbot does at each renewal; of that folder nothing else is shown."""
    challenges = nginx.folder / "html" / ".well-known" / "acme-challenge"
    challenges.mkdir(parents=True)
    (challenges / "token").write_text("proof")
    (nginx.folder / "html" / "other").write_text("other")
    asked = b"GET %s HTTP/1.1\r\nHost: techtrack.test\r\nConnection: close\r\n\r\n"
    proof = raw(nginx.plain_port, asked % b"/.well-known/acme-challenge/token")
    assert proof.startswith(b"HTTP/1.1 200")
    assert proof.endswith(b"\r\n\r\nproof")
    assert raw(nginx.plain_port, asked % b"/.well-known/acme-challenge/no").startswith(b"HTTP/1.1 404")
    assert raw(nginx.plain_port, asked % b"/.well-known/acme-challenge/../../other").startswith(b"HTTP/1.1 301")


def test_gunicorn_is_reached_from_this_machine_alone(site):
    """RL-06."""
    listening = [
        one.laddr.ip
        for process in [psutil.Process(site.process.pid), *processes.children(site.process)]
        for one in process.net_connections()
        if one.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}


def test_a_client_says_nothing_about_itself_that_reaches_the_site(echo):
    server, nginx = echo
    lies = {
        "X-Forwarded-For": "8.8.8.8",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Real-IP": "8.8.8.8",
        "Forwarded": "for=8.8.8.8;proto=http",
        "Via": "1.1 evil",
        "Proxy": "http://evil.example",
        "X_Forwarded_For": "8.8.8.8",
    }
    answer = TlsBrowser(nginx).get("/", headers={**lies, "Accept-Encoding": "gzip"})
    headers, _ = server.came[0]
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "https"
    assert headers["Host"] == HOST
    assert not {"X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via", "Proxy", "X_Forwarded_For"} & set(headers.keys())
    assert answer["Content-Encoding"] is None  # nginx compresses nothing
    assert points(answer) >= 100  # where the site is silent, nginx is not


def test_a_slow_form_occupies_nginx_alone(echo):
    server, nginx = echo
    plain = socket.create_connection(("127.0.0.1", nginx.port), 60)
    with nginx.trust().wrap_socket(plain, server_hostname=HOST) as slow:
        slow.sendall(b"POST / HTTP/1.1\r\nHost: techtrack.test\r\nContent-Length: 200000\r\n\r\n" + b"a" * 100_000)
        assert TlsBrowser(nginx).get("/").status_code == 200
        assert len(server.came) == 1  # the other one; the half form waits in front
        slow.sendall(b"a" * 100_000)
        assert slow.recv(15) == b"HTTP/1.1 200 OK"
    assert len(server.came[1][1]) == 200_000
    assert not any((nginx.folder / "body").rglob("*.*"))  # never on the disk


def test_the_logs_hold_no_address_token_or_person(nginx):
    browser = TlsBrowser(nginx)
    browser.cookies["__Host-sessionid"] = "s3cretcookie"
    agent = {"User-Agent": "telling-agent", "Referer": "https://techtrack.test/telling-referrer"}
    paths = ("/sessions/telling-slug/", "/cal/telling-token", "/?q=telling-query", "/telling-page", "/healthz")
    for path in (*paths, "/pass/telling-pass/", "/door/telling-door/"):
        browser.get(path, headers=agent)
    browser.post("/register/", {"email": "telling@example.com"})
    raw(nginx.port, b"GET /telling%zz HTTP/1.1\r\nHost: techtrack.test\r\n\r\n", nginx.trust())
    browser.close()
    nginx.stop()
    said = nginx.said()
    assert "telling" not in said
    assert "s3cret" not in said
    assert "127.0.0.1" not in nginx.access_log.read_text()
    parts = re.findall(r"^\S+ (\S+) (\S+) (\d+) ", nginx.access_log.read_text(), re.MULTILINE)
    assert parts[:7] == [
        ("GET", "/sessions/", "404"),
        ("GET", "/...", "404"),
        ("GET", "/", "200"),
        ("GET", "/...", "404"),
        ("GET", "/healthz", "200"),
        ("GET", "/pass/", "200"),
        ("GET", "/door/", "404"),
    ]


def test_the_site_behind_the_proxy_sends_what_it_sends_without(nginx):
    """Each header once: nginx adds its own only where the site is silent."""
    answer = TlsBrowser(nginx).get("/privacy/")
    assert {name: answer[name] for name in COMPANIONS} == COMPANIONS
    assert [fault for fault in faults_of(answer) if not fault.startswith("Server")] == []


def faults_of(answer):
    answer.cookies = {}
    return faults(answer)

"""``make audit`` says which advisories there are, or that nobody could be asked; here of a server of our own."""

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from . import processes
from .environment import BASE_DIR

pytestmark = [pytest.mark.fast, pytest.mark.slow]

ADVISORY = {
    "id": "PYSEC-2099-1",
    "modified": "2099-01-01T00:00:00Z",
    "published": "2099-01-01T00:00:00Z",
    "details": "It can be made to say too much.",
    "affected": [{"package": {"ecosystem": "PyPI", "name": "asgiref"}, "versions": ["0"]}],
}


def audit(**environment):
    proxies = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
    env = {name: value for name, value in os.environ.items() if name.upper() not in proxies}
    command = [sys.executable, "-m", "tests.audit"]
    return subprocess.run(
        command, env=env | environment, cwd=BASE_DIR, capture_output=True, text=True, timeout=120, check=False
    )


@contextmanager
def advisories(of):
    """A server that speaks as osv.dev does; ``of`` gives each package's by name."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            content = json.dumps({"vulns": of.get(asked["package"]["name"], [])}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        yield {"PIP_AUDIT_VULNERABILITY_SERVICE": "osv", "PIP_AUDIT_OSV_URL": url}
        server.shutdown()


def test_without_a_network_it_says_so_in_one_sentence():
    closed = f"http://127.0.0.1:{processes.free_port()}"
    done = audit(HTTP_PROXY=closed, HTTPS_PROXY=closed)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("requirements/run.txt was not audited, since the public advisories could not be asked;")
    assert "Traceback" not in line


def test_what_is_known_is_told_and_fails():
    with advisories({"asgiref": [ADVISORY]}) as server:
        done = audit(**server)
    assert (done.returncode, done.stderr) == (1, "")
    assert "requirements/run.txt: there are advisories." in done.stdout
    assert "PYSEC-2099-1" in done.stdout


def test_where_nothing_is_known_it_is_content():
    """The control."""
    with advisories({}) as server:
        done = audit(**server)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "requirements/run.txt: no advisory is known.",
        "requirements/test.txt: no advisory is known.",
    ]

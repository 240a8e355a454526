"""Servers to be measured, each a gunicorn in processes of its own on 127.0.0.1, and the load that they get."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from base64 import b64encode
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import psutil

from tests import environment, processes
from tests.environment import BASE_DIR, SECRET_KEY
from tests.nginx import HOST, REAL
from tests.toml import text_of

TWO_SYNC = ("--workers=2", "--worker-class=sync", "--threads=1")
GUNICORN = [sys.executable, "-m", "gunicorn"]
OF_GUNICORN = {"server", "date", "connection", "transfer-encoding"}  # headers that it writes on everybody's answers
ANNOUNCED = BASE_DIR / "content" / "cacc-2022.toml"
KEPT = BASE_DIR / ".pytest_cache" / "static"  # from run to run, as those of the tests
SCRIPT = Path(__file__).with_name("wrk.lua")

# As nginx would send it on for a browser.
BROWSER = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1", "Accept-Encoding": "gzip, br"}


class Data:
    """A DATA_DIR with the programme in it, for a site with real settings; ``env`` is what such a site runs with.

    ``database``: DATABASE_URL, SQLite unless given. ``sessions``: fill the track with invented ones, up to so many in
    the whole programme.
    """

    def __init__(self, folder, *, database="", sessions=None, track="afternoon", **env):
        self.folder = Path(tempfile.mkdtemp(prefix="data-", dir=folder))
        self.env = {
            **environment.without_settings(),
            **REAL,
            "SECRET_KEY": SECRET_KEY,
            "EMAIL_URL": "smtp://127.0.0.1:9",  # the discard port: nothing is sent
            "DEFAULT_FROM_EMAIL": "techtrack@techtrack.test",
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "cacc_techtrack.settings",
            **env,
        }
        collected = os.environ.get("TEST_STATIC_DIR") or environment.static_files(KEPT, folder)
        for name in environment.STATIC:
            (self.folder / name).symlink_to(Path(collected) / name)
        self.manage("migrate", "--verbosity=0")
        self.manage("createcachetable")
        programme = self.folder / "programme.toml"
        programme.write_text(text_of(grown(sessions, track)))
        self.manage("load_programme", programme)

    def manage(self, *arguments):
        """What a command of ``manage.py`` printed."""
        command = [sys.executable, "manage.py", *map(str, arguments)]
        done = subprocess.run(command, env=self.env, cwd=BASE_DIR, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def run(self, code):
        """What Python code printed that ran with the site's models at hand."""
        return self.manage("shell", "--verbosity=0", "-c", code)


def grown(sessions, track):
    """The announced programme, with as many sessions as told; what is added is invented, and says so."""
    programme = tomllib.loads(ANNOUNCED.read_text())
    known = sum(len(one["sessions"]) for one in programme["tracks"])
    into = next(one["sessions"] for one in programme["tracks"] if one["slug"] == track)
    pattern = [{key: value for key, value in one.items() if key not in {"number", "slug"}} for one in into]
    for number in range((sessions or known) - known):
        into.append(pattern[number % len(pattern)] | {"title": f"Invented session {number + 1}, to measure with"})
    return programme


class Server:
    """A gunicorn, answering; for a ``with`` block, or ``stop()`` ends it."""

    def __init__(self, folder, arguments, env=None):
        self.port = processes.free_port()
        self.log = Path(tempfile.mkstemp(prefix="server-", dir=folder)[1])
        self.env = {**environment.without_settings(), **(env or {}), "PORT": str(self.port)}
        self.command = [*GUNICORN, *arguments, f"--bind=127.0.0.1:{self.port}"]
        self.start()

    def start(self):
        """Also once more, when it was killed."""
        self.process = processes.start(self.command, self.env, self.log)
        try:
            processes.wait_until(self._answers, 60, "a server answers")
        except BaseException:
            self.stop()
            print(self.log.read_text(), file=sys.stderr)
            raise

    def _answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"gunicorn ended with status {self.process.returncode}")
        try:
            ask(self.port, "/healthz")
        except (OSError, http.client.HTTPException):
            return False
        return True

    def stop(self):
        processes.stop(self.process)

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self.stop()


def site(data, *options, workers=TWO_SYNC, **env):
    """Our site as in production, but for the workers."""
    return Server(data.folder, ["-c", "python:cacc_techtrack.gunicorn", *workers, *options], data.env | env)


def floor(folder, answer, workers=TWO_SYNC):
    """The bare callable, sending what our site sent."""
    file = Path(tempfile.mkstemp(prefix="answer-", suffix=".json", dir=folder)[1])
    file.write_text(
        json.dumps(
            {
                "status": f"{answer.status} {HTTPStatus(answer.status).phrase}",
                "headers": answer.own_headers,
                "body": b64encode(answer.body).decode(),
            }
        )
    )
    return Server(
        folder, [*workers, "--no-control-socket", "benchmarks.floor:application"], {"FLOOR_ANSWER": str(file)}
    )


def startproject(folder, answer, workers=TWO_SYNC):
    """Django as `django-admin startproject` leaves it, with one view that returns the same; a second mark."""
    project = Path(tempfile.mkdtemp(prefix="django-", dir=folder))
    subprocess.run([sys.executable, "-m", "django", "startproject", "mark", project], check=True)
    (project / "answer").write_bytes(answer.body)
    (project / "mark" / "urls.py").write_text(VIEW.format(status=answer.status, headers=dict(answer.own_headers)))
    with (project / "mark" / "settings.py").open("a") as settings:
        settings.write("DEBUG = False\nALLOWED_HOSTS = ['*']\n")
    arguments = [*workers, "--no-control-socket", f"--chdir={project}", "mark.wsgi"]
    return Server(folder, arguments, {"DJANGO_SETTINGS_MODULE": "mark.settings"})


VIEW = """\
from pathlib import Path
from django.http import HttpResponse
from django.urls import re_path
body = Path("answer").read_bytes()
def view(request):
    return HttpResponse(body, status={status}, headers={headers})
urlpatterns = [re_path("", view)]
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list
    body: bytes

    @property
    def own_headers(self):
        return [(name, value) for name, value in self.headers if name.lower() not in OF_GUNICORN]

    @property
    def size(self):
        """Bytes on the wire: the status line, the headers, the body."""
        head = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n\r\n"
        return len(head) + sum(len(f"{name}: {value}\r\n") for name, value in self.headers) + len(self.body)

    def __getitem__(self, name):
        return dict(self.headers).get(name)


def ask(port, path, headers=BROWSER):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class Load:
    """What wrk found, times in seconds; ``cpu``: seconds of the server meanwhile.

    ``served``: those as well that wrk no longer waited for at the end, one on each connection.
    """

    requests: int
    seconds: float
    p50: float
    p99: float
    cpu: float
    served: int

    @property
    def per_second(self):
        return self.requests / self.seconds

    @property
    def cpu_ms(self):
        """Milliseconds of CPU a request."""
        return 1000 * self.cpu / self.served


def load(server, path, headers=BROWSER, *, seconds=4, connections=16, due=None):
    """One address under load, after a short one to warm up; refuses to count anything but the answer that is due."""
    due = due or ask(server.port, path, headers)
    _wrk(server.port, path, headers, 1, connections)
    found = {"requests": 0}
    while not found["requests"] and seconds < 100:  # a machine that is busy elsewhere may finish none
        before = settled(server.process)
        found = _wrk(server.port, path, headers, seconds, connections)
        cpu = settled(server.process) - before
        seconds *= 2
    answer = ask(server.port, path, headers)
    if (answer.status, len(answer.body)) != (due.status, len(due.body)) or found["errors"] or not found["requests"]:
        raise RuntimeError(f"{path} was answered {answer.status}, {len(answer.body)} bytes, under load {found}")
    times = {name: found[name] / 10**6 for name in ("p50", "p99")}
    return Load(
        found["requests"], found["microseconds"] / 10**6, **times, cpu=cpu, served=found["requests"] + connections
    )


def _wrk(port, path, headers, seconds, connections):
    said = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    how = ["--threads=1", f"--connections={connections}", f"--duration={seconds}s", "--timeout=30s"]
    command = [os.environ.get("WRK") or "wrk", *how, *said, f"--script={SCRIPT}", f"http://127.0.0.1:{port}{path}"]
    done = subprocess.run(processes.tied(command), capture_output=True, text=True, check=False, timeout=seconds + 120)
    if done.returncode:
        raise RuntimeError(f"wrk failed:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def settled(process):
    """``cpu_seconds`` once the server has done what was still asked of it."""
    used = cpu_seconds(process)
    for _ in range(100):
        time.sleep(0.3)
        before, used = used, cpu_seconds(process)
        if used - before < 0.02:
            break
    return used


def cpu_seconds(process):
    """User and system time of a process and all that it started, those that have ended and were waited for too."""
    parent = psutil.Process(process.pid)
    times = parent.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in parent.children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system
    return total

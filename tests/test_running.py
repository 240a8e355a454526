"""``make run``: the site and its mail worker start, stop and fail together, and keep what they know."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from functools import partial
from urllib.request import urlopen

import psutil
import psycopg
import pytest
from django.conf import settings

from . import environment, processes
from .live import database_url

pytestmark = [pytest.mark.live, pytest.mark.slow]

# Seconds of the processor, when everything is installed: those do not pass while others have it. It takes about one.
READY_WITHIN = 20
SERVE = [sys.executable, "-m", "cacc_techtrack.serve"]


class Running:
    """``make run`` without make, under the settings given."""

    def __init__(self, env, log):
        self.env = env
        self.log = log
        self.url = f"http://127.0.0.1:{env['PORT']}"
        # Tests that run under nohup, or are started in the background by a script, pass on what these may ignore.
        heeding = partial(signal.signal, signal.SIGHUP, signal.SIG_DFL)
        self.process = processes.start(SERVE, env, log, preexec_fn=heeding)

    def wait_until_ready(self, timeout=120):
        processes.wait_until(self.answers, timeout, f"/healthz of {self.url}")
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"ended with status {self.process.returncode}: {self.printed}")
        try:
            with urlopen(f"{self.url}/healthz", timeout=5) as response:
                return response.read() == b"ok"
        except OSError:
            return False

    @property
    def printed(self):
        return self.log.read_text()

    @property
    def port_is_free(self):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            return probe.connect_ex(("127.0.0.1", int(self.env["PORT"]))) != 0

    @property
    def seconds_worked(self):
        """Of everything it started, also of what has ended since."""
        everyone = [psutil.Process(self.process.pid), *processes.children(self.process)]
        return sum(sum(one.cpu_times()[:4]) for one in everyone)  # its own, and of those that it saw end

    def child(self, name):
        """The web server's or the mail worker's process."""
        return next(
            child for child in psutil.Process(self.process.pid).children() if child.name() == f"techtrack-{name}"
        )

    def everyone(self):
        """gunicorn, its two workers and the mail worker, once all are there; the first answer may come before."""
        processes.wait_until(lambda: len(processes.children(self.process)) == 4, 60, "four processes")
        return processes.children(self.process)

    def manage(self, *arguments):
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.check_output(command, env=self.env, cwd=environment.BASE_DIR, text=True)

    def shell(self, code):
        """What a line of Python prints that runs under this site's settings."""
        return self.manage("shell", "--verbosity=0", "-c", code)


def nobody_is_left(of, timeout=60):
    """True when all these processes have ended within ``timeout`` seconds."""
    _, alive = psutil.wait_procs(of, timeout)
    return not alive


@pytest.fixture(scope="module")
def own_database():
    """Settings for a database that no other test uses: a file in DATA_DIR, or one more on the same server."""
    test = settings.DATABASES["default"]
    if test["ENGINE"] == "django.db.backends.sqlite3":
        yield {}
        return
    name = f"running_{os.getpid()}"
    with closing(psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True)) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield {"DATABASE_URL": database_url({**test, "NAME": name})}
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def env(own_database, tmp_path_factory):
    """One DATA_DIR for this file, as for somebody who types `make run` again and again."""
    data_dir = tmp_path_factory.mktemp("running") / "data"
    return {
        **environment.without_settings(),
        **own_database,
        "DATA_DIR": str(data_dir),
        "PORT": str(processes.free_port()),
        "WEB_CONCURRENCY": "2",
    }


@pytest.fixture
def run(env, tmp_path):
    """A function: start the site, with further environment variables."""
    started = []

    def run(**variables):
        started.append(Running({**env, **variables}, tmp_path / f"log-{len(started)}"))
        return started[-1]

    yield run
    for running in started:
        processes.stop(running.process)


def test_it_is_ready_in_time_and_says_what_to_do_next(run):
    processes.stop(run().wait_until_ready().process)  # the first time everything is made

    site = run().wait_until_ready()
    assert 0.1 < site.seconds_worked < READY_WITHIN

    processes.wait_until(lambda: "Ctrl-C" in site.printed, 60, "the words on what to do next")
    for words in [
        f"The Tech Track is at http://localhost:{site.env['PORT']}/",
        f"make organiser EMAIL=you@company.com DATA_DIR={site.env['DATA_DIR']} PORT={site.env['PORT']}",
        f"http://localhost:{site.env['PORT']}/register/",
    ]:
        assert words in site.printed
    assert "Warning" not in site.printed
    with urlopen(f"{site.url}/") as response:
        assert b"Wine-down with the TC" in response.read()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_stop_it_ends_everything_and_is_content(run, signum):
    site = run().wait_until_ready()
    everyone = site.everyone()

    site.process.send_signal(signum)

    assert site.process.wait(60) == 0
    assert nobody_is_left(everyone)
    assert site.port_is_free
    assert "Traceback" not in site.printed


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize(("dies", "told"), [("web", "The web server"), ("mail", "The mail worker")])
def test_when_one_dies_both_end_and_that_is_an_error(run, dies, told, signum):
    site = run().wait_until_ready()
    everyone = site.everyone()

    site.child(dies).send_signal(signum)

    assert site.process.wait(60) == 1
    assert nobody_is_left(everyone)
    assert site.port_is_free
    assert f"{told} ended by itself" in site.printed


def test_killed_outright_it_leaves_nobody_behind(run):
    site = run().wait_until_ready()
    everyone = site.everyone()

    site.process.kill()

    assert nobody_is_left(everyone)
    assert site.port_is_free


def test_run_again_it_keeps_what_it_knows(run):
    site = run().wait_until_ready()
    site.manage("organiser", "ada@example.org")
    secret = site.shell("from django.conf import settings; print(settings.SECRET_KEY)")
    processes.stop(site.process)

    site = run().wait_until_ready()

    assert "added" not in site.printed
    assert "ada@example.org" in site.shell("from registration.models import User; print(*User.objects.all())")
    assert secret == site.shell("from django.conf import settings; print(settings.SECRET_KEY)")


def test_a_port_that_is_taken_is_told_before_anything_is_made(run, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        site = run(PORT=str(port), DATA_DIR=str(tmp_path / "untouched"))

        assert site.process.wait(60) == 1

    assert f"port {port} of 127.0.0.1" in site.printed
    assert f"make run PORT={port + 1}" in site.printed
    assert "Traceback" not in site.printed
    assert {path.name for path in (tmp_path / "untouched").iterdir()} == {"secret_key"}


def test_a_setting_that_makes_no_sense_is_told_in_words(run):
    site = run(SITE_URL="https://techtrack.example.org", PORT=str(processes.free_port()))

    assert site.process.wait(60) == 1
    assert "cannot start without: SECRET_KEY" in site.printed
    assert "Traceback" not in site.printed


def test_nothing_is_written_outside_of_the_data_folder(run, tmp_path):
    elsewhere = {name: tmp_path / name for name in ("HOME", "XDG_RUNTIME_DIR", "TMPDIR")}
    for folder in elsewhere.values():
        folder.mkdir()

    site = run(**{name: str(folder) for name, folder in elsewhere.items()}).wait_until_ready()

    written = {
        opened.path
        for process in [psutil.Process(site.process.pid), *site.everyone()]
        for opened in process.open_files()
        if opened.mode != "r"
    }
    assert [path for path in written if not path.startswith((site.env["DATA_DIR"], str(site.log)))] == []
    assert [list(folder.iterdir()) for folder in elsewhere.values()] == [[], [], []]

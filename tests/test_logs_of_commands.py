"""A command that crashes: one JSON line on a real site, without what the error said; readable on a local one."""

import json
import os
import subprocess
import sys

import pytest

from . import environment, people, world
from .people import Browser
from .test_logs import boom

pytestmark = pytest.mark.fast

DEFINED = "import threading\ndef f(address):\n raise KeyError(address)\n"
CRASH = f"{DEFINED}f('ada@example.com')"
IN_A_THREAD = f"{DEFINED}t = threading.Thread(target=f, args=['ada@example.com'])\nt.start()\nt.join()"


def manage(tmp_path, *arguments, **variables):
    env = {**environment.without_settings(), "DATA_DIR": str(tmp_path / "data"), **variables}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], env=env, cwd=environment.BASE_DIR, capture_output=True, text=True
    )
    return done.returncode, done.stderr


@pytest.fixture
def real():
    given = {name: os.environ[name] for name in ("SECRET_KEY", "EMAIL_URL", "DEFAULT_FROM_EMAIL")}
    return {**given, "SITE_URL": environment.SITE_URL, "TRUSTED_PROXY_COUNT": "0"}


def test_on_a_real_site_a_crash_is_one_line_that_tells_where_and_no_word_of_the_error(tmp_path, real):
    status, printed = manage(tmp_path, "shell", "-c", CRASH, **real)
    (line,) = printed.splitlines()
    told = json.loads(line)
    assert status == 1
    assert (told["level"], told["event"], told["command"]) == ("CRITICAL", "a command crashed", "shell")
    assert told["error"] == "builtins.KeyError"
    assert told["lines"][-1] == "<string>:3 f"
    assert len(told["request"]) == 16
    assert "ada@example.com" not in printed


def test_so_is_one_in_a_thread(tmp_path, real):
    _, printed = manage(tmp_path, "shell", "-c", IN_A_THREAD, **real)
    (line,) = printed.splitlines()
    assert json.loads(line)["error"] == "builtins.KeyError"
    assert "ada@example.com" not in printed


def test_the_control_on_a_local_site_a_crash_can_be_read_and_says_it_all(tmp_path):
    status, printed = manage(tmp_path, "shell", "-c", CRASH)
    assert status == 1
    assert printed.startswith("Traceback (most recent call last):")
    assert "KeyError: 'ada@example.com'" in printed


def test_what_settings_lack_is_said_in_one_line(tmp_path):
    status, printed = manage(tmp_path, "migrate", SITE_URL="https://techtrack.example.org")
    assert status == 1
    assert printed.startswith("Cannot start: https://techtrack.example.org is a real site")
    assert len(printed.splitlines()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_500_names_the_route_and_not_the_address(log, monkeypatch):
    secret = world.private_part(world.event(), world.Canaries(), count=1).sessions.get()
    monkeypatch.setattr("sessions.views.agenda.render", boom)
    assert Browser().get("/privacy/?token=canary-token").status_code == 200
    guest = people.browser_of(people.approved("ada@example.com", secret.track.event, by=people.organiser()))
    assert guest.get(f"/sessions/{secret.slug}/?token=canary-token").status_code == 500
    errors = [line for line in log.lines() if line.get("status") == 500]
    assert {line["route"] for line in errors} == {"sessions:session"}
    assert len(errors) == 2
    for absent in (secret.slug, "canary", "/sessions/", "ada@example.com"):
        assert absent not in log.text

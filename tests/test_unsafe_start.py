"""P-09: what is not safe does not start, and is named."""

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError
from django.db import connection

from cacc_techtrack.checks import refuse_to_start_unsafely

from . import environment, processes

GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "python:cacc_techtrack.gunicorn"]


@pytest.mark.fast
@pytest.mark.django_db(transaction=True)
def test_as_it_is_it_starts():
    """The control."""
    assert refuse_to_start_unsafely() is None


@pytest.mark.fast
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"DEBUG": True}, "DEBUG is on"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is short"),
        ({"SECRET_KEY": "x" * 60}, "SECRET_KEY is short or monotonous"),
        ({"ALLOWED_HOSTS": ["*"]}, "ALLOWED_HOSTS has a wildcard"),
        ({"ALLOWED_HOSTS": [".example.org"]}, "ALLOWED_HOSTS has a wildcard"),
        ({"LOCAL": True, "HOST": "0.0.0.0"}, "HOST is one that other machines reach"),
        ({"SITE_URL": "http://techtrack.example.org"}, "SITE_URL is not https"),
        ({"TRUSTED_PROXY_COUNT": None}, "TRUSTED_PROXY_COUNT is not given"),
        (
            {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}},
            "the cache belongs to one process",
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_each_unsafe_setting_is_named(settings, change, named):
    for name, value in change.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError, match=named):
        refuse_to_start_unsafely()


@pytest.mark.fast
@pytest.mark.django_db(transaction=True)
def test_all_that_is_unsafe_is_named_at_once(settings):
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["*"]
    with pytest.raises(CommandError) as refusal:
        refuse_to_start_unsafely()
    assert {"techtrack.debug", "techtrack.hosts"} <= set(str(refusal.value).replace("(", " ").replace(")", " ").split())


@pytest.mark.fast
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("spoil", "named"),
    [("PRAGMA synchronous=OFF", "synchronous is 0"), ("PRAGMA foreign_keys=OFF", "foreign_keys is 0")],
)
def test_a_database_that_does_not_keep_its_promises_is_named(spoil, named):
    if connection.vendor != "sqlite":
        assert refuse_to_start_unsafely() is None  # there the server sees to it
        return
    with connection.cursor() as cursor:
        cursor.execute(spoil)
    with pytest.raises(CommandError, match=named):
        refuse_to_start_unsafely()
    connection.close()


@pytest.mark.fast
@pytest.mark.django_db(transaction=True)
def test_sqlite_that_does_not_begin_immediately_is_named(monkeypatch):
    if connection.vendor != "sqlite":
        assert "transaction_mode" not in connection.settings_dict["OPTIONS"]
        return
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    with pytest.raises(CommandError, match="not IMMEDIATE"):
        refuse_to_start_unsafely()


def start_real(tmp_path, command=GUNICORN, *, settings_code="", **variables):
    """A program with real settings of its own, changed by some lines of code; what it prints, once it has ended."""
    (tmp_path / "spoilt.py").write_text(f"from cacc_techtrack.settings import *\n{settings_code}\n")
    env = {
        **environment.without_settings(),
        **{name: os.environ[name] for name in ("SECRET_KEY", "EMAIL_URL", "DEFAULT_FROM_EMAIL")},
        "SITE_URL": environment.SITE_URL,
        "TRUSTED_PROXY_COUNT": "0",
        "DATA_DIR": str(tmp_path / "data"),
        "PORT": str(processes.free_port()),
        "DJANGO_SETTINGS_MODULE": "spoilt",
        "PYTHONPATH": f"{tmp_path}:{environment.BASE_DIR}",
        **variables,
    }
    done = subprocess.run(command, env=env, cwd=environment.BASE_DIR, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("ALLOWED_HOSTS = ['*']", "ALLOWED_HOSTS has a wildcard"),
        ("DATABASES['default']['OPTIONS'].pop('init_command')", "journal_mode is"),
    ],
)
def test_gunicorn_names_it_and_serves_nothing(tmp_path, code, named):
    status, printed = start_real(tmp_path, settings_code=code)
    assert status != 0
    assert "Cannot start: " in printed
    assert named in printed
    assert "Traceback" not in printed


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"DEBUG": "1"}, "DEBUG (must be off"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY (at least 50"),
        ({"TRUSTED_PROXY_COUNT": ""}, "TRUSTED_PROXY_COUNT (how many"),
        ({"SITE_URL": "http://techtrack.test"}, "SITE_URL (must begin with https"),
        ({"SITE_URL": "http://localhost:8000", "HOST": "0.0.0.0"}, "HOST is '0.0.0.0'"),
        ({"PORT": "none"}, "PORT is 'none'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_the_environment_gets_wrong_is_said_in_one_line(tmp_path, variables, named):
    """By the web server and by the mail worker, neither of which serves anybody."""
    for command in (GUNICORN, [sys.executable, "manage.py", "deliver_mail"]):
        status, printed = start_real(tmp_path, command, **variables)
        assert status != 0
        assert named in printed
        assert "Traceback" not in printed
        assert len(printed.strip().splitlines()) == 1

"""What the tests run under: real settings, in a temporary folder, on SQLite or on PostgreSQL.

``prepare`` comes before Django's settings are read: once in the process that was started, which makes everything
ready, and once in each process that pytest-xdist starts from it, which finds it in the environment.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from .mailbox import hold_port
from .postgres import Cluster

BASE_DIR = Path(__file__).resolve().parent.parent
SITE_URL = "https://techtrack.test"
SECRET_KEY = "for-tests-alone-and-as-long-as-a-real-one-has-to-be-0123456789"

# Whoever runs the tests may have set some of these for a site of their own.
SETTINGS = {
    *("PORT", "HOST", "DATA_DIR", "SITE_URL", "SECRET_KEY", "DATABASE_URL", "CACHE_URL", "EMAIL_URL", "DEBUG"),
    *("DEFAULT_FROM_EMAIL", "CONTACT_EMAIL", "WEB_CONCURRENCY", "TRUSTED_PROXY_COUNT", "RESPONSIBLE"),
    *(
        "BACKUP_KEY",
        "FORGET_AFTER_DAYS",
        "PG_BINDIR",
        "REQUEST_ID_HEADER",
        "HSTS_INCLUDE_SUBDOMAINS",
        "HSTS_PRELOAD",
        "FORWARDED_ALLOW_IPS",
        "KEEP_PAGES",
        "GUNICORN_CMD_ARGS",
        "MATERIAL_MAX_MB",
        "MATERIALS_STORAGE",
        "MATERIALS_STORAGE_OPTIONS",
    ),
}

ROOM = 4 * 2**30  # bytes; a run takes a tenth of it
STATIC = ("static", "staticfiles.json")  # what collecting leaves in DATA_DIR

mail_port = None  # a bound socket: EMAIL_URL is known early, and refuses until a test uses the mailbox
_made_here = []  # what this process has to put away again, last first


def prepare(database, kept: Path, worker=None):
    """Set the environment that settings are read from.

    ``database`` is "sqlite" or "postgres", ``kept`` a folder that outlives the run, ``worker`` xdist's name of
    this process, if it has one.
    """
    global mail_port
    mail_port = hold_port()
    _made_here.append(mail_port.close)
    for name in SETTINGS & set(os.environ):
        del os.environ[name]
    if worker is None:
        _make_ready(database, kept)
    data_dir = Path(os.environ["TEST_RUN_DIR"]) / (worker or "main")
    data_dir.mkdir()
    for name in STATIC:
        (data_dir / name).symlink_to(Path(os.environ["TEST_STATIC_DIR"]) / name)
    os.environ.update(
        SITE_URL=SITE_URL,
        SECRET_KEY=SECRET_KEY,
        DATA_DIR=str(data_dir),
        EMAIL_URL=f"smtp://127.0.0.1:{mail_port.getsockname()[1]}",
        DEFAULT_FROM_EMAIL="Tech Track <techtrack@techtrack.test>",
        TRUSTED_PROXY_COUNT="0",
        DJANGO_ALLOW_ASYNC_UNSAFE="1",  # Playwright runs an event loop in the thread that also asks the database
    )
    if database == "postgres":
        os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]


def load_settings():
    """Now that the environment is as it should be; pytest-django sets Django up once they are there."""
    from django.conf import settings

    os.environ["DJANGO_SETTINGS_MODULE"] = "cacc_techtrack.settings"
    # Else each of the tests' many clients begins by reading every static file: nine tenths of a request.
    settings.WHITENOISE_AUTOREFRESH = True
    # A process of pytest-xdist inherits what is set here, and pytest-django would load them there before ``prepare``.
    del os.environ["DJANGO_SETTINGS_MODULE"]
    if str(settings.DATA_DIR) != os.environ["DATA_DIR"]:
        raise pytest.UsageError("Settings were loaded too early. Unset DJANGO_SETTINGS_MODULE, and give no --ds.")


def name_test_database(worker):
    """SQLite's test database is the very file that a site with the same DATA_DIR opens; threads need a file anyway."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    test = database.setdefault("TEST", {})
    if database["ENGINE"] == "django.db.backends.sqlite3":
        test["NAME"] = str(database["NAME"])
    else:
        test["NAME"] = f"test_techtrack_{worker}_{os.getpid()}"


def without_settings():
    """The environment for a program that is to have settings of its own; what it prints comes at once."""
    ours = SETTINGS | {"DJANGO_ALLOW_ASYNC_UNSAFE"}
    return {name: value for name, value in os.environ.items() if name not in ours} | {"PYTHONUNBUFFERED": "1"}


def put_away():
    while _made_here:
        _made_here.pop()()


def _make_ready(database, kept):
    run_dir = Path(tempfile.mkdtemp(prefix="techtrack-", dir=_in_memory()))
    run_dir.chmod(0o711)  # PostgreSQL's user passes through
    _made_here.append(lambda: shutil.rmtree(run_dir))
    os.environ["TEST_RUN_DIR"] = str(run_dir)
    os.environ["TMPDIR"] = str(run_dir / "tmp")  # also for what we start: Chromium's profile, for one
    (run_dir / "tmp").mkdir()
    tempfile.tempdir = None  # it is asked for anew
    os.environ["TEST_STATIC_DIR"] = str(static_files(kept, run_dir))
    if database == "postgres" and not os.environ.get("TEST_DATABASE_URL"):
        cluster = Cluster(run_dir / "postgres")
        os.environ["TEST_DATABASE_URL"] = cluster.url
        _made_here.append(lambda: os.environ.pop("TEST_DATABASE_URL"))
        _made_here.append(cluster.stop)


def _in_memory():
    """A disk that is none, where there is one with room: the tests' databases have no need to outlive the machine."""
    disk = Path("/dev/shm")  # noqa: S108 -- a folder of our own is made in it
    if disk.is_dir() and os.access(disk, os.W_OK) and shutil.disk_usage(disk).free > ROOM:
        return disk
    return None


def static_files(kept, run_dir):
    """The collected static files with their manifest, kept from run to run for as long as they are the same."""
    sources = [path for path in sorted((BASE_DIR / "static").rglob("*")) if path.is_file()]
    lock = BASE_DIR / "requirements" / "run.txt"  # which Django's and allauth's files are used
    state = hashlib.sha256(" ".join(STATIC).encode() + lock.read_bytes())
    for path in sources:
        state.update(f"{path.relative_to(BASE_DIR)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    folder = kept / state.hexdigest()[:16]
    if not folder.exists():
        part = run_dir / "collected"
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"],
            cwd=BASE_DIR,
            env={**os.environ, "DATA_DIR": str(part), "SITE_URL": "http://localhost"},
            check=True,
        )
        kept.mkdir(parents=True, exist_ok=True)
        _forget_old(kept)
        beside = kept / f"{folder.name}.{os.getpid()}"  # another run may make the same at this moment
        beside.mkdir()
        for name in STATIC:
            shutil.move(part / name, beside / name)
        try:
            beside.rename(folder)
        except OSError:
            shutil.rmtree(beside)
    return folder


def _forget_old(kept):
    """Other runs may be reading what they found here, so only what is a day old goes."""
    for folder in kept.iterdir():
        if folder.stat().st_mtime < time.time() - 24 * 3600:
            shutil.rmtree(folder, ignore_errors=True)

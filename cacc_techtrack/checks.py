"""What must be so before the site starts, each named when it is not (Django's system checks).

Settings that cannot even be read are refused in ``settings.py``; here is what somebody may set by changing the code,
or what only the database can tell. ``make run`` and gunicorn ask all of it before they begin.
"""

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connections

from . import environment as env

PER_PROCESS = ("locmem.LocMemCache", "dummy.DummyCache", "filebased.FileBasedCache")


def refuse_to_start_unsafely():
    """Raises ``CommandError`` that names everything at once."""
    from django.core.management import CommandError

    try:
        found = [message for message in checks.run_checks(databases=["default"]) if message.is_serious()]
    except DatabaseError as error:  # a check of Django's own found no database to ask
        raise CommandError(f"the database cannot be used: {error}") from None
    found = [message for message in found if not message.is_silenced()]
    if found:
        raise CommandError("; ".join(f"{message.msg} ({message.id})" for message in found))


@checks.register(checks.Tags.security)
def settings_are_safe(**_):
    return [
        checks.Error(message, hint=hint, id=f"techtrack.{name}")
        for name, is_safe, message, hint in [
            (
                "debug",
                not settings.DEBUG or (settings.LOCAL and env.is_loopback(settings.HOST)),
                "DEBUG is on where other machines can see it",
                "Error pages would show settings and what people typed. Unset DEBUG.",
            ),
            (
                "secret",
                len(settings.SECRET_KEY) >= 50 and len(set(settings.SECRET_KEY)) >= 5,
                "SECRET_KEY is short or monotonous",
                "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'",
            ),
            (
                "hosts",
                not any(host == "*" or host.startswith(".") for host in settings.ALLOWED_HOSTS),
                "ALLOWED_HOSTS has a wildcard",
                "Mails and redirects would carry any name that a stranger sends. Name the hosts.",
            ),
            (
                "local",
                not settings.LOCAL or env.is_loopback(settings.HOST),
                "HOST is one that other machines reach while SITE_URL is local",
                "A local site shows sign-in codes. Set SITE_URL to the address people use.",
            ),
            (
                "https",
                settings.LOCAL or settings.SITE_URL.startswith("https://"),
                "SITE_URL is not https on a real site",
                "Login sessions would travel readable. Write https://…",
            ),
            (
                "proxies",
                settings.TRUSTED_PROXY_COUNT is not None,
                "TRUSTED_PROXY_COUNT is not given on a real site",
                "Say how many proxies stand in front; 0 if none.",
            ),
            (
                "cache",
                not settings.CACHES["default"]["BACKEND"].endswith(PER_PROCESS),
                "the cache belongs to one process, and the site has several",
                "Counters of tries must be seen by all: set CACHE_URL, or leave the database's cache.",
            ),
        ]
        if not is_safe
    ]


@checks.register(checks.Tags.database)
def the_database_keeps_what_it_is_given(databases=None, **_):
    if not databases or "default" not in databases:
        return []
    connection = connections["default"]
    try:
        if connection.vendor != "sqlite":
            connection.ensure_connection()
            return []
        return list(_sqlite(connection))
    except DatabaseError as error:
        return [
            checks.Error(
                f"the database cannot be used: {error}",
                hint="Is it there, and may this user write the file and the folder it lies in?",
                id="techtrack.database",
            )
        ]


def _sqlite(connection):
    """Opening sets most of these; a file system without locks, or changed settings, may have kept it from it."""
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with connection.cursor() as cursor:
        for name, value in wanted.items():
            found = cursor.execute(f"PRAGMA {name}").fetchone()[0]
            if found != value:
                yield checks.Error(f"SQLite's {name} is {found!r}, not {value!r}", id=f"techtrack.sqlite_{name}")
        if connection.settings_dict["OPTIONS"].get("transaction_mode") != "IMMEDIATE":
            yield checks.Error(
                "SQLite's transaction_mode is not IMMEDIATE",
                hint="Two could decide at once.",
                id="techtrack.sqlite_transaction_mode",
            )

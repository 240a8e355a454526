"""PostgreSQL's part: pg_dump and our own reading, both of one exported snapshot."""

import os
import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import CommandError
from django.db import connection

from . import checksums, cuts

FILE = "database.pgdump"
MAIL = "mail.copy"
_PLAIN = ["--no-owner", "--no-privileges"]  # of another machine


def dump(folder):
    """Put the database, cut, into ``folder``; returns ``(file names, checksums)``."""
    with closing(_connect()) as database:
        pg_dump = program("pg_dump", database.info.server_version)
        database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        database.read_only = True
        snapshot = database.execute("SELECT pg_export_snapshot()").fetchone()[0]
        without = [f"--exclude-table-data=public.{table}" for table in (*cuts.NOT_KEPT, cuts.MAIL)]
        _run([pg_dump, "--format=custom", *_PLAIN, f"--snapshot={snapshot}", *without, f"--file={folder / FILE}"])
        with (folder / MAIL).open("wb") as file, database.cursor() as cursor:
            select = f"COPY (SELECT {_columns_of_mail(database)} FROM {cuts.MAIL}) TO STDOUT"  # noqa: S608  # nosec B608  # names of our own
            with cursor.copy(select) as copy:
                for data in copy:
                    file.write(data)
        return [FILE, MAIL], _sums(database)


def load(folder, expected, *, keep_organisers):
    """Put it all in the place of what is there. Nobody else may be connected: for a moment approvals are not marked."""
    connection.close()
    with closing(_connect()) as database:
        pg_restore = program("pg_restore", database.info.server_version)
        others = database.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()[0]
        if others:
            raise CommandError(f"{others} others are connected to the database. Stop the site and its mail worker.")
        tables = ", ".join(f'"{table}"' for table in _tables(database))
        if tables:
            database.execute(f"DROP TABLE {tables} CASCADE")
            database.commit()
        whole = ["--single-transaction", "--exit-on-error"]
        _run([pg_restore, *_PLAIN, *whole, f"--dbname={connection.settings_dict['NAME']}", str(folder / FILE)])
        with (folder / MAIL).open("rb") as file, database.cursor() as cursor:
            with cursor.copy(f"COPY {cuts.MAIL} ({_columns_of_mail(database)}) FROM STDIN") as copy:
                while data := file.read(2**16):
                    copy.write(data)
            same = _sums(database) == expected
            for statement in cuts.all_cuts(keep_organisers=keep_organisers):
                if statement != "DELETE FROM cache" or "cache" in _tables(database):
                    cursor.execute(statement)
        database.commit()
        if not same:
            raise ValueError("the tables are not what was put away")


def is_empty():
    return not connection.introspection.table_names()


def program(name, server_version):
    """The path of one that is at least as new as the server: an older one may leave out what it does not know."""
    wanted = server_version // 10000
    folders = [settings.PG_BINDIR] if settings.PG_BINDIR else []
    folders += sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    found = []
    for folder in [*folders, *os.get_exec_path()]:
        path = shutil.which(name, path=folder)
        if path is None:
            continue
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603  # nosec B603  # found by us
        version = re.search(r"\) (\d+)", said)
        if version and int(version.group(1)) >= wanted:
            return path
        found.append(f"{path} is {version.group(1) if version else 'of no known version'}")
    raise CommandError(
        f"PostgreSQL {wanted} needs a {name} at least as new, and there is none: {'; '.join(found) or 'none at all'}. "
        f"Install postgresql-client-{wanted}, or name its folder in PG_BINDIR."
    )


def _connect():
    return psycopg.connect(**{**connection.get_connection_params(), "cursor_factory": None, "context": None})


def _environment():
    of = connection.settings_dict
    given = {"PGHOST": of["HOST"], "PGPORT": of["PORT"], "PGUSER": of["USER"], "PGPASSWORD": of["PASSWORD"]}
    given |= {"PGDATABASE": of["NAME"], "PGSSLMODE": of.get("OPTIONS", {}).get("sslmode", "")}
    return {name: str(value) for name, value in given.items() if value}


def _run(command):
    """The password goes by the environment: arguments are seen by everyone on the machine."""
    done = subprocess.run(command, env={**os.environ, **_environment()}, capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603  # programs found by us
    if done.returncode:
        raise CommandError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-500:]}")


def _tables(database):
    rows = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    return [row[0] for row in rows]


def _columns_of_mail(database):
    rows = database.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s "
        "AND column_name <> %s ORDER BY column_name",
        [cuts.MAIL, cuts.NOT_KEPT_OF_MAIL],
    )
    return ", ".join(f'"{row[0]}"' for row in rows)


def _sums(database):
    return checksums.of_tables(database.execute, _tables(database))

"""PostgreSQL's part: pg_dump and our own reading, both of one exported snapshot."""

import os
import re
import shutil
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import CommandError
from django.db import connection, transaction

from . import checksums, cuts

FILE = "database.pgdump"
MAIL = "mail.copy"
_PLAIN = ["--no-owner", "--no-privileges"]  # of another machine


def folder():
    return settings.DATA_DIR


def dump(folder):
    """Put the database, cut, into ``folder``; returns ``(file names, checksums)``."""
    with closing(_connect()) as database, database.cursor() as cursor:
        pg_dump = program("pg_dump", database.info.server_version)
        database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        database.read_only = True
        snapshot = cursor.execute("SELECT pg_export_snapshot()").fetchone()[0]
        without = [f"--exclude-table-data=public.{table}" for table in (*cuts.NOT_KEPT, cuts.MAIL)]
        _run([pg_dump, "--format=custom", *_PLAIN, f"--snapshot={snapshot}", *without, f"--file={folder / FILE}"])
        with (folder / MAIL).open("wb") as file:
            names = ", ".join(_columns(cursor, cuts.MAIL))
            with cursor.copy(f"COPY (SELECT {names} FROM {cuts.MAIL}) TO STDOUT") as copy:  # noqa: S608  # nosec B608  # names of our own
                for data in copy:
                    file.write(data)
        return [FILE, MAIL], _sums(cursor)


@contextmanager
def replaced(folder, expected, *, keep_organisers, last):
    """All of it in one transaction, which what is done meanwhile through Django's connection belongs to.

    ``last()`` is called in the moment before it is committed.
    """
    connection.close()
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        pg_restore = program("pg_restore", connection.pg_version)
        _refuse_others(cursor)
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        if tables := ", ".join(f'"{table}"' for table in _tables(cursor)):
            cursor.execute(f"DROP TABLE {tables} CASCADE")
        _define(cursor, pg_restore, folder / FILE, "pre-data")
        _fill(cursor, pg_restore, folder / FILE)
        names = ", ".join(_columns(cursor, cuts.MAIL))
        with (folder / MAIL).open("rb") as file, cursor.copy(f"COPY {cuts.MAIL} ({names}) FROM STDIN") as copy:
            while data := file.read(2**16):
                copy.write(data)
        _define(cursor, pg_restore, folder / FILE, "post-data")  # keys, references, indexes: each is proven here
        if _sums(cursor) != expected:
            raise ValueError("the tables are not what was put away")
        for statement in cuts.all_cuts(keep_organisers=keep_organisers):
            if statement != "DELETE FROM cache" or "cache" in _tables(cursor):
                cursor.execute(statement)
        connection.check_constraints()  # what was deferred; a migration could not follow otherwise
        yield
        connection.check_constraints()
        last()
    connection.close()


def _refuse_others(cursor):
    others = cursor.execute(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    ).fetchone()[0]
    if others:
        raise CommandError(f"{others} others are connected to the database. Stop the site and its mail worker.")


def _define(cursor, pg_restore, path, section):
    """Run the statements of a section, but for what is meant for psql, or for a newer server than this."""
    script = _run([pg_restore, *_PLAIN, f"--section={section}", "--file=-", str(path)])
    known = {row[0] for row in cursor.execute("SELECT name FROM pg_settings").fetchall()}
    lines = [line for line in script.splitlines() if not line.startswith("\\")]
    unknown = [line for line in lines if (found := re.match(r"SET (\w+) = ", line)) and found[1] not in known]
    cursor.execute("\n".join(line for line in lines if line not in unknown))
    cursor.execute("RESET search_path")


def _fill(cursor, pg_restore, path):
    """Hand over the rows as they come out of pg_restore."""
    command = [pg_restore, *_PLAIN, "--section=data", "--file=-", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603  # nosec B603  # found by us
        for line in process.stdout:
            if line.startswith(b"COPY "):
                with cursor.copy(line.decode().removesuffix(";\n")) as copy:
                    for row in iter(process.stdout.readline, b"\\.\n"):
                        if not row:
                            raise ValueError("the rows were cut off")
                        copy.write(row)
            elif line.startswith(b"SELECT pg_catalog.setval("):
                cursor.execute(line.decode())
        complaint = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise CommandError(f"pg_restore failed: {complaint.strip()[-500:]}")


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
    """What it printed. The password goes by the environment: arguments are seen by everyone on the machine."""
    done = subprocess.run(command, env={**os.environ, **_environment()}, capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603  # programs found by us
    if done.returncode:
        raise CommandError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def _tables(cursor):
    rows = cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename").fetchall()
    return [row[0] for row in rows]


def _columns(cursor, table):
    rows = cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s "
        "ORDER BY column_name",
        [table],
    ).fetchall()
    return [f'"{row[0]}"' for row in rows if (table, row[0]) != cuts.NOT_KEPT_COLUMN]


def _sums(cursor):
    """Of text that no server's zone, style or order of letters changes."""

    def rows_of(table):
        row = f"(ROW({', '.join(_columns(cursor, table))})::text)"
        rest = b""
        with cursor.copy(f'COPY (SELECT {row} FROM "{table}" ORDER BY {row} COLLATE "C") TO STDOUT') as copy:  # noqa: S608  # nosec B608  # names of our own
            for data in copy:
                *whole, rest = (rest + data).split(b"\n")
                yield from whole

    cursor.execute("SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL bytea_output = 'hex'")
    return checksums.of_tables(_tables(cursor), rows_of)

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

from sessions import triggers

from . import checksums, cuts, schema

FILE = "database.pgdump"
MAIL = "mail.copy"
_PLAIN = ["--no-owner", "--no-privileges"]  # of another machine
_KINDS = (
    *("TABLE", "TABLE DATA", "SEQUENCE", "SEQUENCE OWNED BY", "SEQUENCE SET", "DEFAULT"),
    *("CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT", "INDEX"),
)
_OURS = re.compile(rf"TRIGGER public agenda_\w+ {triggers.NAME} ")  # our migrations make them
_NAME = r'"?(\w+)"?'
_ROWS = re.compile(rf"COPY public\.{_NAME} \((.*)\) FROM stdin;\n")
_NUMBER = re.compile(rf"SELECT pg_catalog\.setval\('public\.{_NAME}', (\d+), (true|false)\);\n")


def folder():
    return settings.DATA_DIR


def dump(folder):
    """Put the database, cut, into ``folder``; returns ``(file names, checksums)``."""
    with closing(_connect()) as database, database.cursor() as cursor:
        pg_dump = program("pg_dump", database.info.server_version)
        database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        database.read_only = True
        snapshot = cursor.execute("SELECT pg_export_snapshot()").fetchone()[0]
        what = ["--no-comments", *(f"--table=public.{table}" for table in _tables(cursor))]
        what += [f"--exclude-table-data=public.{table}" for table in (*cuts.NOT_KEPT, cuts.MAIL)]
        _run([pg_dump, "--format=custom", *_PLAIN, f"--snapshot={snapshot}", *what, f"--file={folder / FILE}"])
        _refuse_what_is_strange(program("pg_restore", database.info.server_version), folder / FILE)
        with (folder / MAIL).open("wb") as file:
            names = ", ".join(_columns(cursor, cuts.MAIL))
            with cursor.copy(f"COPY (SELECT {names} FROM {cuts.MAIL}) TO STDOUT") as copy:  # noqa: S608  # nosec B608  # names of our own
                for data in copy:
                    file.write(data)
        return [FILE, MAIL], _sums(cursor), schema.applied(cursor.execute)


@contextmanager
def replaced(folder, manifest, *, keep_organisers, last):
    """All of it in one transaction, which what is done meanwhile through Django's connection belongs to.

    ``last()`` is called in the moment before it is committed.
    """
    connection.close()
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        pg_restore = program("pg_restore", connection.pg_version)
        _refuse_others(cursor)
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        _refuse_what_is_strange(pg_restore, folder / FILE)
        if tables := ", ".join(f'"{table}"' for table in _tables(cursor)):
            cursor.execute(f"DROP TABLE {tables} CASCADE")
        schema.make(manifest["migrations"])
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # some migrations leave theirs otherwise
        for table in _tables(cursor):  # what migrations wrote there comes with the other rows
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608  # nosec B608  # the database named it
        _fill(cursor, pg_restore, folder / FILE)
        names = ", ".join(_columns(cursor, cuts.MAIL))
        with (folder / MAIL).open("rb") as file, cursor.copy(f"COPY {cuts.MAIL} ({names}) FROM STDIN") as copy:
            while data := file.read(2**16):
                copy.write(data)
        connection.check_constraints()  # references; all else was proven row by row
        if _sums(cursor) != manifest["tables"] or schema.applied(cursor.execute) != manifest["migrations"]:
            raise ValueError("the tables are not what was put away")
        for statement in cuts.for_tables(cuts.all_cuts(keep_organisers=keep_organisers), _tables(cursor)):
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


def _refuse_what_is_strange(pg_restore, path):
    """By the table of contents. It may lie, which helps nobody: no statement of the dump is run."""
    listed = re.findall(r"^\d+; \d+ \d+ (.+)$", _run([pg_restore, "--list", str(path)]), re.MULTILINE)
    known = tuple(f"{kind} public " for kind in _KINDS)
    schema.refuse([line.lower() for line in listed if not (line.startswith(known) or _OURS.match(line))])


def _fill(cursor, pg_restore, path):
    """Read the rows as they come out of pg_restore into the tables of ours they name; all else it says is left."""
    command = [pg_restore, *_PLAIN, "--section=data", "--file=-", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603  # nosec B603  # found by us
        for line in map(bytes.decode, process.stdout):
            if rows := _ROWS.fullmatch(line):
                with cursor.copy(_into(cursor, *rows.groups())) as copy:
                    for row in iter(process.stdout.readline, b"\\.\n"):
                        if not row:
                            raise ValueError("the rows were cut off")
                        copy.write(row)
            elif number := _NUMBER.fullmatch(line):
                name, value, is_used = number.groups()
                cursor.execute(
                    "SELECT setval(%s::regclass, %s, %s)", [f'public."{name}"', int(value), is_used == "true"]
                )
        complaint = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise CommandError(f"pg_restore failed: {complaint.strip()[-500:]}")


def _into(cursor, table, names):
    """Our own words for what the dump says; of a table that we do not have, or have otherwise, nothing is taken."""
    columns = [f'"{name.strip(chr(34))}"' for name in names.split(", ")]
    if table not in _tables(cursor) or sorted(columns) != sorted(_columns(cursor, table)):
        raise ValueError(f"the backup's table {table} is not this site's")
    return f'COPY "{table}" ({", ".join(columns)}) FROM STDIN'


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

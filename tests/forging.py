"""What somebody can do who may write to where backups are kept, and knows BACKUP_KEY, which is public.

And restores with one guard less, to show what each is for.
"""

import json
import sqlite3
import tarfile
from contextlib import closing, contextmanager
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.db import connection
from django.test import override_settings

from cacc_techtrack.backup import archive, postgres, schema, sealed_file, sqlite

EVIL = {
    "sqlite": [
        "CREATE TRIGGER evil AFTER UPDATE ON registration_accessrequest WHEN NEW.to_confirm "
        "BEGIN UPDATE registration_accessrequest SET to_confirm = FALSE WHERE id = NEW.id; END",
    ],
    "postgresql": [
        "CREATE FUNCTION evil() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.to_confirm = FALSE; RETURN NEW; END $$",
        "CREATE TRIGGER evil BEFORE UPDATE ON registration_accessrequest FOR EACH ROW EXECUTE FUNCTION evil()",
    ],
}
AWAY = {"sqlite": ["DROP TRIGGER evil"], "postgresql": ["DROP FUNCTION evil CASCADE"]}
INDEX = b"CREATE INDEX requests_by_state ON public.registration_accessrequest USING btree (event_id, state, asked_at);"
NO_INDEX = b"CREATE TABLE public.evil (id integer);"


def forge(file, private_key, alter):
    """Put a backup in the place of ``file`` with other content, encrypted to the same key, and no seal of ours.

    ``alter(folder)`` changes what it holds. (The private key only spares us to make all of it up.)
    """
    with archive.own_folder() as folder:
        manifest = archive.unpack(file, sealed_file.private_key(private_key.read_text()), folder)
        alter(folder)
        manifest["files"] = {name: archive._digest(folder / name) for name in manifest["files"]}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        with override_settings(SECRET_KEY="a stranger's " * 5), file.open("wb") as written:
            sealed = sealed_file.Writer(written, sealed_file.public_key(settings.BACKUP_KEY))
            with tarfile.open(fileobj=sealed, mode="w|gz") as tar:
                for path in sorted(folder.iterdir()):
                    tar.add(path, path.name)
            sealed.close()


def nothing(folder):
    """As the site made it."""


def another_upload(folder):
    (folder / "files" / "slides.pdf").write_bytes(b"forged")


def another_definition(folder):
    """One that a list of the kinds of definitions does not show."""
    if connection.vendor == "postgresql":
        dump = (folder / postgres.FILE).read_bytes()
        assert dump.count(INDEX) == 1
        (folder / postgres.FILE).write_bytes(dump.replace(INDEX, NO_INDEX.ljust(len(INDEX))))
        return
    with closing(sqlite3.connect(folder / sqlite.FILE, isolation_level=None)) as database:
        database.execute("PRAGMA writable_schema = ON")
        changed = database.execute(
            "UPDATE sqlite_master SET sql = replace(sql, '\"to_confirm\" bool NOT NULL', "
            "'\"to_confirm\" bool NOT NULL DEFAULT (length(''evil''))') WHERE name = 'registration_accessrequest'"
        )
        assert changed.rowcount == 1


@contextmanager
def evil_trigger():
    """In the site's own database, so that a backup has it."""
    with connection.cursor() as cursor:
        for statement in EVIL[connection.vendor]:
            cursor.execute(statement)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in AWAY[connection.vendor]:
                cursor.execute(statement)


@contextmanager
def without_a_look():
    """Whether what is strange is refused is not asked."""
    with mock.patch.object(schema, "refuse"):
        yield


WITHOUT = {  # each is code: one guard of a restore less
    "seal": "sealed_file.Reader.bears_our_seal = lambda self: True",
    "look": "schema.refuse = lambda strange: None",
    "cuts": "cuts.all_cuts = lambda **options: cuts.ON_BACKUP",
    "proof": "command.check_cuts = lambda **options: None",
    "closing": "command.close_what_was_closed = lambda before: []",
    "keeping out": "command.keep_shut_out = lambda before: []",
}


def restore_without(site, guards, file, key, **options):
    """``(status, what was printed)`` of a restore with these guards taken away, in a process of its own."""
    lines = [
        "from cacc_techtrack.backup import cuts, schema, sealed_file",
        "from registration.management.commands import restore as command",
        "from django.core.management import call_command",
        *(WITHOUT[guard] for guard in guards),
        f"call_command('restore', {str(file)!r}, key_file={str(key)!r}, **{options!r})",
    ]
    return site.manage("shell", "--verbosity=0", "-c", "; ".join(lines))


def definitions_of(site):
    """All that is defined in a site's database, as text."""
    code = (
        "from django.db import connection; c = connection.cursor(); "
        "c.execute('SELECT sql FROM sqlite_master' if connection.vendor == 'sqlite' else 'SELECT relname FROM pg_class "
        "UNION ALL SELECT proname FROM pg_proc UNION ALL SELECT tgname FROM pg_trigger'); print(*c.fetchall())"
    )
    return site.ask(code)


def uploads_of(site):
    return (Path(site.env["DATA_DIR"]) / "files" / "slides.pdf").read_bytes()

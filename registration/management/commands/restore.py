"""Puts a backup in the place of the database and the uploads, so that nothing revoked since comes back with it."""

import sqlite3
import sys
import time
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from cacc_techtrack import at_work
from cacc_techtrack.backup import archive, sealed_file, uploads
from registration.models import AccessRequest

FAULTS = (OSError, ValueError, sealed_file.Unreadable, DatabaseError, sqlite3.Error, psycopg.Error)


class Command(BaseCommand):
    help = "Restores a backup, all of it or nothing. Stop the site and its mail worker first."
    requires_system_checks = []  # there may be no database yet

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--key-file", required=True, help="the private key; -: from standard input")
        parser.add_argument("--replace", action="store_true", help="replace a database that is not empty")
        parser.add_argument(
            "--keep-organisers",
            action="store_true",
            help="leave organisers and their second factors as they were; else `manage.py organiser` makes them anew",
        )

    def handle(self, *, file, key_file, replace, keep_organisers, **options):
        began = time.monotonic()
        with at_work.alone():
            archive.sweep()
            if not replace and not is_empty():
                raise CommandError(
                    "There is a database or an upload already; --replace puts the backup in their place."
                )
            try:
                manifest, to_confirm = put_in_place(file, key_in(key_file), keep_organisers)
            except FAULTS as error:
                said = (str(error) or type(error).__name__).splitlines()[0]  # PostgreSQL's second line may show a row
                raise CommandError(f"Nothing was changed: {said}") from None
        self.tell(manifest, to_confirm, keep_organisers, time.monotonic() - began)

    def tell(self, manifest, to_confirm, keep_organisers, seconds):
        rows = sum(count for count, _ in manifest["tables"].values())
        for line in [
            f"Restored as of {manifest['made_at']}: {len(manifest['tables'])} tables, {rows} rows in {seconds:.1f} s.",
            f"{to_confirm} approved requests open nothing until an organiser confirms them, in admin.",
            "Login sessions, codes and mail that waited are gone.",
            "Organisers and second factors are as they were: look at who has left since."
            if keep_organisers
            else "Nobody is an organiser any more: make one with `manage.py organiser`.",
        ]:
            self.stdout.write(line)


def is_empty():
    try:
        return archive.database().is_empty() and not uploads.has_files()
    except DatabaseError:  # one that cannot be read holds something
        return False


def key_in(name):
    return sealed_file.private_key(sys.stdin.read() if name == "-" else Path(name).read_text())


def put_in_place(file, key, keep_organisers):
    """Everything is unpacked, loaded and proven beside what is there; the last step puts it in its place."""
    with archive.own_folder() as folder:
        manifest = archive.unpack(file, key, folder)
        if manifest["database"] != archive.connection.vendor:
            raise CommandError(f"This backup is of {manifest['database']}, DATABASE_URL names another kind.")
        database = archive.database()
        with (
            uploads.beside(folder / "files") as put_uploads_in_place,
            database.replaced(folder, manifest["tables"], keep_organisers=keep_organisers, last=put_uploads_in_place),
        ):
            call_command("migrate", interactive=False, verbosity=0)
            call_command("createcachetable", verbosity=0)
            to_confirm = AccessRequest.objects.filter(to_confirm=True).count()
        return manifest, to_confirm

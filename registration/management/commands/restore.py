"""Puts a backup in the place of the database and the uploads, so that nothing revoked since comes back with it."""

import sqlite3
import sys
import time
from pathlib import Path
from typing import NamedTuple

import psycopg
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from cacc_techtrack import at_work
from cacc_techtrack.backup import archive, sealed_file, uploads
from registration.models import AccessRequest
from registration.restored import Programme, check_cuts, close_what_was_closed, do_nothing_by_itself, open_tracks
from registration.restored_people import People, keep_shut_out

FAULTS = (OSError, ValueError, sealed_file.Unreadable, DatabaseError, sqlite3.Error, psycopg.Error)

UNSEALED = (
    "WARNING: this backup does not bear the seal of this site's SECRET_KEY. If you do not know that the site made it, "
    "under another SECRET_KEY, every row and file of it may be made up: who asked, who was approved, the programme."
)


class Found(NamedTuple):
    to_confirm: int
    closed: list | None  # None: there was nothing to compare with
    open_tracks: list
    people: list | None  # as with `closed`


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
        parser.add_argument(
            "--unsealed",
            action="store_true",
            help="restore also what was not sealed with this SECRET_KEY; whoever knows BACKUP_KEY can make such a file",
        )
        parser.add_argument(
            "--programme-as-it-was",
            action="store_true",
            help="open again what was closed or hidden since the backup; else it stays closed",
        )

    def handle(self, *, file, key_file, replace, keep_organisers, unsealed, programme_as_it_was, **options):
        began = time.monotonic()
        with at_work.alone():
            archive.sweep()
            if not replace and not is_empty():
                raise CommandError(
                    "There is a database or an upload already; --replace puts the backup in their place."
                )
            try:
                manifest, found = put_in_place(
                    file,
                    key_in(key_file),
                    keep_organisers=keep_organisers,
                    unsealed=unsealed,
                    programme_as_it_was=programme_as_it_was,
                )
            except FAULTS as error:
                raise CommandError(f"Nothing was changed: {said_by(error)}") from None
        self.tell(manifest, found, keep_organisers, time.monotonic() - began)

    def tell(self, manifest, found, keep_organisers, seconds):
        rows = sum(count for count, _ in manifest["tables"].values())
        for line in [
            f"Restored as of {manifest['made_at']}: {len(manifest['tables'])} tables, {rows} rows in {seconds:.1f} s.",
            f"{found.to_confirm} approved requests open nothing until an organiser confirms them, in admin.",
            "Login sessions, codes and mail that waited are gone.",
            "Free places go to nobody by themselves, and nobody is reminded, until that is ticked again on the page of "
            "the event in admin.",
            "Organisers and second factors are as they were: look at who has left since."
            if keep_organisers
            else "Nobody is an organiser any more: make one with `manage.py organiser`.",
            *self.lines_of_people(found),
            *self.lines_of_programme(found),
        ]:
            self.stdout.write(line)
        if not manifest["sealed"]:
            self.stderr.write(UNSEALED)

    def lines_of_people(self, found):
        if found.people is None:
            return ["Whoever was shut out, declined or revoked since the backup was made is so no more: look at each."]
        return [f"Look at this: {line}." for line in found.people]

    def lines_of_programme(self, found):
        if found.closed is None:
            return [
                "The programme is as the backup has it. What was closed or hidden since is open again; look at these "
                f"tracks, which everyone may read: {', '.join(found.open_tracks) or 'none'}."
            ]
        kept = [f"Kept closed, as it was before: {line}." for line in found.closed]
        return kept or ["Nothing of the programme is open that was closed before."]


def said_by(error):
    return (str(error) or type(error).__name__).splitlines()[0]  # PostgreSQL's second line may show a row


def is_empty():
    try:
        return archive.database().is_empty() and not uploads.has_files()
    except DatabaseError:  # one that cannot be read holds something
        return False


def programme_of_now():
    try:
        return Programme.of_now()
    except DatabaseError as error:
        raise CommandError(
            f"Nothing was changed: the programme that is there cannot be read ({said_by(error)}), and so what was "
            "closed since the backup not kept closed. Damaged for good? --programme-as-it-was restores it all the same."
        ) from None


def people_of_now(*, may_be_damaged):
    """None when there are none, or when they cannot be read and that was said to be so."""
    try:
        return People.of_now()
    except DatabaseError as error:
        if may_be_damaged:
            return None
        raise CommandError(
            f"Nothing was changed: the people that are there cannot be read ({said_by(error)}), and so who was shut "
            "out since the backup not kept out. Damaged for good? --programme-as-it-was restores it all the same."
        ) from None


def key_in(name):
    return sealed_file.private_key(sys.stdin.read() if name == "-" else Path(name).read_text())


def put_in_place(file, key, *, keep_organisers, unsealed, programme_as_it_was):
    """Everything is unpacked, loaded and proven beside what is there; the last step puts it in its place."""
    with archive.own_folder() as folder:
        manifest = archive.unpack(file, key, folder, unsealed=unsealed)
        if manifest["database"] != archive.connection.vendor:
            raise CommandError(f"This backup is of {manifest['database']}, DATABASE_URL names another kind.")
        if keep_organisers and not manifest["sealed"]:
            raise CommandError("This backup is not sealed: who made it may have made organisers. No --keep-organisers.")
        before = None if programme_as_it_was else programme_of_now()
        people_before = people_of_now(may_be_damaged=programme_as_it_was)
        database = archive.database()
        with (
            uploads.beside(folder / "files") as put_uploads_in_place,
            database.replaced(folder, manifest, keep_organisers=keep_organisers, last=put_uploads_in_place),
        ):
            call_command("migrate", interactive=False, verbosity=0)
            call_command("createcachetable", verbosity=0)
            do_nothing_by_itself()
            closed = close_what_was_closed(before) if before else None
            people = keep_shut_out(people_before) if people_before else None
            check_cuts(keep_organisers=keep_organisers)
            found = Found(AccessRequest.objects.filter(to_confirm=True).count(), closed, open_tracks(), people)
        return manifest, found

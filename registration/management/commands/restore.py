"""Puts a backup in the place of the database and the uploads, so that nothing revoked since comes back with it."""

import shutil
import time
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cacc_techtrack.backup import archive, sealed_file
from registration.models import AccessRequest


class Command(BaseCommand):
    help = "Restores a backup. Stop the site and its mail worker first."
    requires_system_checks = []  # there may be no database yet

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--key-file", type=Path, required=True, help="the private key that belongs to BACKUP_KEY")
        parser.add_argument("--replace", action="store_true", help="replace a database that is not empty")
        parser.add_argument(
            "--keep-organisers",
            action="store_true",
            help="leave organisers and their second factors as they were; else `manage.py organiser` makes them anew",
        )

    def handle(self, *, file, key_file, replace, keep_organisers, **options):
        began = time.monotonic()
        database, uploads = archive.database(), archive.uploads()
        if not replace and not (database.is_empty() and not has_files(uploads)):
            raise CommandError("There is a database or an upload already. --replace puts the backup in their place.")
        try:
            key = sealed_file.private_key(key_file.read_text())
            with archive.own_folder() as folder:
                manifest = archive.unpack(file, key, folder)
                if manifest["database"] != archive.connection.vendor:
                    raise CommandError(f"This backup is of {manifest['database']}, DATABASE_URL names another kind.")
                database.load(folder, manifest["tables"], keep_organisers=keep_organisers)
                put_uploads(folder / "files", uploads)
        except (OSError, ValueError, sealed_file.Unreadable) as error:
            raise CommandError(f"Nothing good came of it: {error}") from None
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        self.tell(manifest, keep_organisers, time.monotonic() - began)

    def tell(self, manifest, keep_organisers, seconds):
        rows = sum(count for count, _ in manifest["tables"].values())
        to_confirm = AccessRequest.objects.filter(to_confirm=True).count()
        for line in [
            f"Restored as of {manifest['made_at']}: {len(manifest['tables'])} tables, {rows} rows in {seconds:.1f} s.",
            f"{to_confirm} approved requests open nothing until an organiser confirms them, in admin.",
            "Login sessions, codes and mail that waited are gone.",
            "Organisers and second factors are as they were: look at who has left since."
            if keep_organisers
            else "Nobody is an organiser any more: make one with `manage.py organiser`.",
        ]:
            self.stdout.write(line)


def has_files(folder):
    return folder.is_dir() and any(folder.iterdir())


def put_uploads(found, uploads):
    """What was there is set aside, not deleted."""
    if has_files(uploads):
        uploads.rename(uploads.with_name(f"{uploads.name}.before-{timezone.now():%Y%m%d-%H%M%S}"))
    if found.is_dir():
        if uploads.is_dir():
            uploads.rmdir()
        shutil.move(found, uploads)

"""Makes one encrypted file of the database and the uploads, while the site runs."""

import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cacc_techtrack import at_work
from cacc_techtrack.backup import archive, sealed_file
from registration.models import Backup


class Command(BaseCommand):
    help = "Makes an encrypted backup; only the private key that belongs to BACKUP_KEY opens it."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="the backup to make, or with --new-key the private key's file")
        parser.add_argument("--new-key", action="store_true", help="make a pair of keys instead of a backup")

    def handle(self, *, file, new_key, **options):
        if file.exists():
            raise CommandError(f"{file} is there already.")
        if new_key:
            self.make_key(file)
            return
        try:
            key = sealed_file.public_key(settings.BACKUP_KEY)
        except ValueError as error:
            raise CommandError(f"BACKUP_KEY is not set, or no key. {error}") from None
        with at_work.together():
            try:
                made = archive.write(file, key)
            except ValueError as error:  # what could not be restored
                raise CommandError(f"No backup was made: {error}") from None
            Backup.objects.create(bytes=made["bytes"], seconds=made["seconds"])
        rows = sum(count for count, _ in made["tables"].values())
        self.stdout.write(
            f"{file}: {len(made['tables'])} tables, {rows} rows, {made['bytes']} bytes in {made['seconds']} s"
        )

    def make_key(self, file):
        private, public = sealed_file.new_key()
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
            written.write(private + "\n")
        self.stdout.write(f"BACKUP_KEY={public}")
        self.stdout.write(f"The private key is in {file}. Keep it away from the site: it opens every backup.")

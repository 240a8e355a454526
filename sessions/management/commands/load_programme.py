"""Loads a programme file: checks all of it, then brings the database in line with it, or changes nothing."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from sessions.programme_file import FaultyFile, load


class Command(BaseCommand):
    help = "Loads a programme file such as content/cacc-2022.toml, and prints what it added, changed and left."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only print what would be done")
        parser.add_argument(
            "--prune",
            action="store_true",
            help="remove what the file no longer has, but never a session that people's data hangs on",
        )
        parser.add_argument(
            "--publish-changes", action="store_true", help="tell people what changed of times, rooms and titles"
        )
        parser.add_argument("--open-tracks", action="store_true", help="let the file make a private track public")

    def handle(self, *, file, dry_run, prune, open_tracks, publish_changes, **options):
        try:
            report = load(file, dry_run=dry_run, prune=prune, open_tracks=open_tracks, publish_changes=publish_changes)
        except FaultyFile as error:
            raise CommandError(str(error)) from None
        except DatabaseError as error:  # someone else changed the programme at the same moment, for one
            raise CommandError(f"The database refused, and nothing was changed: {error}") from error
        for line in report.lines():
            self.stdout.write(line)
        if dry_run:
            self.stdout.write("This was a dry run: nothing of it was saved.")

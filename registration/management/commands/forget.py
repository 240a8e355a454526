"""Takes out who people were and what they wrote, some days after the event (``FORGET_AFTER_DAYS``)."""

from django.conf import settings
from django.core.management.base import BaseCommand

from cacc_techtrack import at_work
from registration import forgetting


class Command(BaseCommand):
    help = (
        "Forgets people FORGET_AFTER_DAYS days after the later of the event's end and their last activity. States, "
        "times and counts stay. May be stopped, and run again."
    )

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only print how much it would be")

    def handle(self, *, dry_run, **options):
        days = settings.FORGET_AFTER_DAYS
        if days is None:
            self.stdout.write("FORGET_AFTER_DAYS is not set: nothing is forgotten.")
            return
        with at_work.together():
            counts = forgetting.held(forgetting.due(days)) if dry_run else forgetting.forget_due(days)
        for what, count in counts.items():
            self.stdout.write(f"{count} {what}")
        if dry_run:
            self.stdout.write("This was a dry run: nothing was forgotten.")

"""Periodic work, for a timer: takes away what must not be kept, says how much it was, and looks for trouble."""

from django.core.management.base import BaseCommand

from cacc_techtrack import at_work
from registration import tidying, watching


class Command(BaseCommand):
    help = (
        "Deletes what is past its time: login sessions, codes and their mails, recipients of old mail, addresses "
        "nobody proved."
    )

    def handle(self, **options):
        with at_work.together():
            for what, count in tidying.everything().items():
                self.stdout.write(f"{count} {what}")
            watching.look()

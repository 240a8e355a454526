"""Fills a local site with invented people and requests, for trying and measuring."""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from registration import demo
from sessions.models import Event

AT_MOST = 1_000_000


class Command(BaseCommand):
    help = (
        "Adds invented requests, with people, decisions and mails, to the current event. Locally alone: decisions are "
        "never deleted, so what was added stays for as long as the database does."
    )

    def add_arguments(self, parser):
        parser.add_argument("--requests", type=int, default=40, help="how many (default: 40)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same people (default: 1)")

    def handle(self, *, requests, seed, **options):
        if not settings.LOCAL:
            raise CommandError(
                f"{settings.SITE_URL} is a real site. Invented people would stand among real ones there for good, "
                "since decisions are never deleted. Run this on your own machine, with a SITE_URL like "
                "http://localhost:8000."
            )
        if not 0 < requests <= AT_MOST:
            raise CommandError(f"Choose from 1 to {AT_MOST:,} requests.")
        event = Event.objects.current()
        if event is None:
            raise CommandError("There is no event yet. Run manage.py load_programme first.")
        begun = time.monotonic()
        demo.make(event, requests, seed=seed, said=lambda done: self.stdout.write(f"{done:,} of {requests:,}"))
        self.stdout.write(
            f'Added {requests:,} invented requests to "{event}" in {time.monotonic() - begun:.1f} s; their names begin '
            'with "Demo".'
        )

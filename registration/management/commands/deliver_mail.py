"""The mail worker: delivers the outbox until it is told to stop."""

import signal

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from cacc_techtrack import at_work, storage
from registration.mail.worker import Worker


class Command(BaseCommand):
    help = "Delivers the mail in the outbox, and goes on doing so until stopped."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="deliver what is due now, then stop")

    def handle(self, *, once, **options):
        try:
            storage.check()
        except ImproperlyConfigured as error:
            raise CommandError(f"Cannot start: {error}") from None
        with at_work.together():
            self.deliver(Worker(), once)

    def deliver(self, worker, once):
        if once:
            self.stdout.write(f"{worker.deliver_all()} looked at")
            return

        def stop(*_):
            worker.stopping = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        worker.run()

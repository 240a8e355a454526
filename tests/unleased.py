"""A mail worker without its guards, to show that the tests of mail workers can fail.

It takes rows without a lease; with the argument ``--written-down-first`` it has a lease, and calls a mail sent before
it is.
"""

import os
import sys
import time

import django


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cacc_techtrack.settings")
    django.setup()
    from registration.mail import worker
    from registration.models import Mail

    def first_queued():
        mail = Mail.objects.filter(state=Mail.State.QUEUED).order_by("pk").first()
        time.sleep(0.05)
        return mail

    class WritesDownFirst(worker.Worker):
        def deliver(self, mail):
            self.write_down_as_sent(mail)
            return super().deliver(mail)

        def call(self, mail):
            """Without a look at the lease, which ended when the row was called sent."""
            self.connection = worker.get_connection()
            self.connection.open()

    if "--written-down-first" in sys.argv:
        WritesDownFirst().run()
        return
    worker.lease_next = first_queued
    worker.Worker().run()


if __name__ == "__main__":
    main()

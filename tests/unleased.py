"""A mail worker that takes rows without a lease, to show that the tests of two workers can fail."""

import os
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

    worker.lease_next = first_queued
    worker.Worker().run()


if __name__ == "__main__":
    main()

"""A mail worker that takes rows without a lease, to show that the tests of two workers can fail."""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cacc_techtrack.settings")
django.setup()

from registration.mail import worker  # noqa: E402  # needs Django
from registration.models import Mail  # noqa: E402


def first_queued():
    mail = Mail.objects.filter(state=Mail.State.QUEUED).order_by("pk").first()
    time.sleep(0.05)
    return mail


worker.lease_next = first_queued

if __name__ == "__main__":
    worker.Worker().run()

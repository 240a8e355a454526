"""A file whose time says to every process of this machine: the programme may have changed, look.

It is set after whatever may have written, before that is answered: each request that is no mere reading, and each
command of ``manage.py``. Whoever keeps something looks at it by one ``os.stat`` and asks the database then, which knows
whether anything did change (``sessions.models.Generation``). Other machines, and writers that end otherwise, are found
by asking from time to time.
"""

import logging
import os
import time

from django.conf import settings

NAME = "programme-changed"

log = logging.getLogger("techtrack.signal")


def path():
    return os.path.join(settings.DATA_DIR, NAME)


def give():
    """Whatever hinders it, the work is done, and told of: readers only learn of it later."""
    try:
        _touch(path())
    except OSError as error:
        log.error("the signal that the programme changed was not given: %s", type(error).__name__)


def give_if_settings_were_read():
    """For a command, which may have failed before it knew where to."""
    if settings.configured:
        give()


def _touch(file):
    now = time.time_ns()
    try:
        os.utime(file, ns=(now, now))
    except (FileNotFoundError, PermissionError):  # none yet, or another user's: root runs commands as well
        beside = f"{file}-{os.getpid()}-{now}"
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"):
            os.utime(beside, ns=(now, now))
        os.replace(beside, file)


def after_each_write(get_response):
    """The middleware: the outermost, so that nothing is written after the signal."""

    def middleware(request):
        response = get_response(request)
        if request.method not in {"GET", "HEAD", "OPTIONS"}:
            give()
        return response

    return middleware

"""Finds, in every fast test, what asks the database once for each row: N+1 queries, by django-zeal.

It watches while a page is made and while a command runs: one line of our code that asks a third time for what a row is
tied to, for a field left out, or for a row. What a test asks for itself is its own affair. A queryset made anew in a
loop it cannot see: that is counted in ``test_query_counts.py``.
"""

from functools import wraps
from pathlib import Path

import pytest
from django.apps import AppConfig
from django.conf import settings
from django.core.management import BaseCommand
from django.test.client import ClientHandler

BASE_DIR = Path(__file__).parent.parent

# One row at a time, on purpose: ``(what, by whom): why``.
ALLOWED = {
    ("account.EmailAddress.get()", "registration/sign_in/views.py"): (
        "allauth looks the one address up at each of its steps, and all of its view is one line of ours"
    ),
    ("agenda.Session.participations", "sessions/models/stamps.py"): (
        "a write tells of each session what it was and what it is; all of them at once are few"
    ),
    ("agenda.Session.participations", "sessions/programme_file/participations.py"): (
        "the programme's file is brought in session by session, by a command, a few times a year"
    ),
    ("agenda.Session.get()", "cacc_techtrack/guarded_form.py"): (
        "each row of a track that is saved is held, and compared with what the page showed, by itself"
    ),
    ("agenda.Session.get()", "sessions/track_page.py"): "Django's formset looks up each row that is saved",
    ("registration.AccessRequest.visits", "registration/door/checking.py"): (
        "each step that a phone sends is done under a lock of its own, and looks again who is inside"
    ),
    ("agenda.Track.get()", "sessions/models/changes.py"): "holds the track's row in the transaction of a write",
}

found = set()  # by the test at hand


def pytest_sessionstart(session):
    from zeal.signals import nplusone_detected

    settings.ZEAL_RAISE = False  # an error within a page would be a page that says so, and many tests look for one
    settings.ZEAL_NPLUSONE_THRESHOLD = 3
    AppConfig.create("zeal").ready()
    nplusone_detected.connect(_note)
    ClientHandler.get_response = _watched(ClientHandler.get_response)
    BaseCommand.execute = _watched(BaseCommand.execute)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    found.clear()
    result = yield
    if found and item.get_closest_marker("fast"):
        pytest.fail("\n".join(sorted(found)), pytrace=False)
    return result


def _note(exception, **more):
    from zeal.util import get_stack

    _, (file, line, function), *_ = get_stack()  # the first is this one
    what = str(exception).removeprefix("N+1 detected on ")
    where = str(Path(file).relative_to(BASE_DIR)) if Path(file).is_relative_to(BASE_DIR) else file
    if (what, where) not in ALLOWED:
        found.add(f"N+1: {what} is asked for once for each row, by {where}:{line}, {function}")


def _watched(function):
    from zeal import zeal_context

    @wraps(function)
    def watched(*args, **kwargs):
        with zeal_context():
            return function(*args, **kwargs)

    return watched

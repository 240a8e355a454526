"""NET-07: the longest input that fits takes no longer than others: no pattern of ours goes astray.

What counts is the processor's time of this process, so that others on the machine do not.
"""

import re
import time

import pytest
from django.db import connection

from . import people, world
from .figures import milliseconds, report, within
from .people import FORM, Browser, browser_of, person
from .steps import LOGIN

pytestmark = [pytest.mark.fast, pytest.mark.slow, pytest.mark.django_db]

MILLION = 1_000_000
LIMIT = within(1)  # second of the processor
TRIES = 3  # an input above the limit is tried again: a shared processor counts some of the others' time as ours

LONG = {
    "letters": "a" * MILLION,
    "spaces": " " * MILLION + "a",
    "marks": "a\u0301" * (MILLION // 3),
    "brackets": "(" * MILLION,
    "tags": "<a " * (MILLION // 3),
    "addresses": "a@" * (MILLION // 2),
    "dots": "a." * (MILLION // 2) + "@",
    "digits": "9" * MILLION,
    "lines": "a\n" * (MILLION // 4),
}


def seconds(action, limit=LIMIT):
    """The processor's time that it takes; the least of some tries when it seems to take too much."""
    taken = []
    while not taken or (min(taken) > limit and len(taken) < TRIES):
        begin = time.process_time()
        action()
        taken.append(time.process_time() - begin)
    return min(taken)


@pytest.mark.parametrize("kind", LONG)
def test_the_longest_input_takes_no_time_that_counts(kind):
    if connection.vendor != "sqlite":
        pytest.skip("long input is refused before the database is asked: timed on SQLite")
    world.event()
    text = LONG[kind]
    visitor, ada, olga = Browser(), browser_of(person("ada@example.com")), browser_of(people.organiser())
    request = people.ask(person("bea@example.com"), world.Event.objects.get())
    decide = f"/admin/registration/accessrequest/{request.pk}/decide/"
    taken = {
        "address": seconds(lambda: visitor.post(LOGIN, {"email": text})),
        "next": seconds(lambda: visitor.post(LOGIN, {"email": "a@example.com", "next": text})),
        "name": seconds(lambda: ada.post("/register/", FORM | {"full_name": text})),
        "why": seconds(lambda: ada.post("/register/", FORM | {"why": text})),
        "words": seconds(lambda: olga.post(decide, {"version": 1, "step": "approve", "words": text})),
        "header": seconds(lambda: visitor.get("/", headers={"Accept-Encoding": text[:8_000]})),
    }
    report(f"NET-07 a million characters: {kind}", **{name: milliseconds(took) for name, took in taken.items()})
    assert {name: round(took, 1) for name, took in taken.items() if took > LIMIT} == {}


def test_a_pattern_that_goes_astray_is_found():
    """The control: 26 letters suffice for one that tries every way to part them."""
    assert seconds(lambda: re.match(r"(a+)+$", "a" * 26 + "b"), limit=0.5) > 0.5

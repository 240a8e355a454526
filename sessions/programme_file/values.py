"""Checks of single values. Each takes what TOML gave, returns what the model's column takes, or raises ``Wrong``."""

import datetime
import unicodedata

from django.core.exceptions import ValidationError

from ..domains import own_domain
from ..models.event import YEARS
from .faults import Wrong

KINDS = {
    str: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a point",
    datetime.date: "a date like 2022-08-09, without quotes",
    datetime.time: "a time like 09:00:00, without quotes",
    datetime.datetime: "a date and time like 2022-06-01T09:00:00, without quotes",
    list: "an array in [brackets]",
    dict: "a table",
}


def expect(value, kind):
    """Exactly that kind: to Python, a date and time is a date, and true is a number."""
    if type(value) is not kind:
        raise Wrong(f"must be {KINDS[kind]}; this is {KINDS[type(value)].partition(' like ')[0]}")


def text(field, *, lines=False):
    """Text for a model's column: its length, choices and validators. ``lines``: may have more than one."""

    choices = [choice for choice, _ in field.flatchoices]

    def check(value):
        expect(value, str)
        value = value.strip()
        for sign in value:
            if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} and not (lines and sign in "\n\t"):
                raise Wrong(f"must not contain {'a line break' if sign == chr(10) else f'the sign U+{ord(sign):04X}'}")
        if not value and not field.blank:
            raise Wrong("must not be empty")
        if value and choices and value not in choices:
            raise Wrong(f"{value[:40]!r} is none of {', '.join(choices)}")
        try:
            if value:
                field.run_validators(value)
        except ValidationError as error:
            raise Wrong(" ".join(error.messages)) from None
        return value

    return check


def or_empty(check):
    """For a column that may be unset, which TOML has no word for: empty text clears it."""
    return lambda value: None if value == "" else check(value)


def whole_number(lowest, highest):
    def check(value):
        expect(value, int)
        if not lowest <= value <= highest:
            raise Wrong(f"must be from {lowest} to {highest}")
        return value

    return check


def yes_or_no(value):
    expect(value, bool)
    return value


def day(value):
    expect(value, datetime.date)
    return _in_our_time(value)


def clock(value):
    expect(value, datetime.time)
    return value


def moment(value):
    """A date and time, with its offset or, left naive, in the event's time zone."""
    expect(value, datetime.datetime)
    return _in_our_time(value)


def _in_our_time(value):
    if value.year not in YEARS:
        raise Wrong(f"must be in the years {YEARS[0]} to {YEARS[-1]}")
    return value


def domains(value):
    """E-mail domains in ASCII, as the addresses of people are stored."""
    expect(value, list)
    found = []
    for number, domain in enumerate(value):
        try:
            expect(domain, str)
            stored = own_domain(domain)
        except ValidationError:
            raise Wrong(f"number {number + 1} is no domain of one organisation, like example.org") from None
        except Wrong as wrong:
            raise Wrong(f"number {number + 1} {wrong}") from None
        if stored in found:
            raise Wrong(f"number {number + 1} stands there twice")
        found.append(stored)
    return found

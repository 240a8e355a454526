"""The last part of an address: readable in a public track, opaque in a private one."""

import secrets

from django.utils.text import slugify

OPAQUE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
STROKED = str.maketrans("øØłŁđĐæÆœŒı", "oOlLdDaAoOi")  # letters that Unicode takes for no accented ones


def opaque_slug():
    """24 characters from 31, about 118 bits: not to be guessed, and saying nothing."""
    return "".join(secrets.choice(OPAQUE_ALPHABET) for _ in range(24))


def readable_slug(wanted, event_slug, taken):
    """``wanted`` as a slug that ``taken(slug)`` says no to; another event's twin gets the event's slug added."""
    base = slugify(wanted)[:80].strip("-") or "session"
    candidates = [base, f"{base}-{event_slug}"]
    number = 2
    while True:
        for candidate in candidates:
            if not taken(candidate):
                return candidate
        candidates = [f"{base}-{event_slug}-{number}"]
        number += 1


def slug_of_name(name):
    """Of the name alone, whoever else is called so; empty where Latin letters cannot write it."""
    return slugify(name.translate(STROKED))[:160].strip("-")

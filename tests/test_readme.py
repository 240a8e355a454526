"""The README lists each address with who may open it, as the tested table in ``access.py`` has it, and each command."""

import re

import pytest

from . import access, documents

pytestmark = [pytest.mark.fast]

EVERYONE = set(access.ROLES)
WHO = {  # the README's words: the roles that get the page when they open it
    "everyone": EVERYONE,
    "everyone; before it is announced: organisers, for all others it does not exist": EVERYONE,
    "everyone; private ones: guests and organisers, for all others they do not exist": EVERYONE,
    "everyone; who has a request is led to it": EVERYONE - {*access.LIVE, "declined", "revoked", "invited"},
    "whoever may open its page": EVERYONE,
    "who has the address, as long as its maker is a guest": set(),
    "who is signed in": EVERYONE - {"visitor"},
    "whose request is live": set(access.LIVE),
    "who is not signed in": {"visitor"},
    "in the middle of signing in": set(),
    "organisers": set(access.STAFF),
    "moderators, administrators": {"moderator", *access.ADMINISTRATORS},
    "guests": {"guest"},
    "who proved an address that is invited": {"invited"},
    "whose request organisers entered, until they have agreed": {"entered by hand"},
    "who works at the door": set(access.AT_THE_DOOR),
    "who works at the door, by a form": set(),
    "administrators": set(access.SUPERUSERS),
    "organisers, by their permissions; on a real site only after the second factor": set(access.ORGANISERS),
}


def listed():
    """``{address: who}``; an address that ends in … stands for all that begin so and have no line of their own."""
    rows = documents.tables("README.md")["Addresses, and who may open them"]
    return {_route(address): row["who"] for row in rows for address in documents.quoted(row["address"])}


ARGUMENTS = {
    **{"<slug>": "<slug:slug>", "<year>": "<int:year>", "<token>": "<str:token>"},
    **{"<key>": "<slug:key>", "<name>": "<str:name>"},
}


def _route(address):
    for written, argument in ARGUMENTS.items():
        address = address.replace(written, argument)
    return address


def the_one_for(route):
    route = route.removeprefix("/es")  # of which the README says that it is the same
    begins = [one for one in listed() if one.endswith("…") and route.startswith(one.removesuffix("…"))]
    return route if route in listed() else max(begins, key=len, default=None)


def test_each_address_is_listed_with_who_may_open_it():
    opened = {address: set() for address in listed()}
    for line in access.TABLE:
        opened.setdefault(the_one_for(line.route), set()).update(role for role, got in line.get.items() if got == 200)
    assert opened == {address: WHO[who] for address, who in listed().items()}


def test_every_command_is_listed():
    targets = set(re.findall(r"^([a-z-]+):.*## ", documents.text("Makefile"), re.MULTILINE)) - {"help"}  # plain `make`
    assert targets <= set(re.findall(r"`?make ([a-z-]+)", documents.text("README.md")))

"""Asking for every address as every role, and what may be looked for in the answers.

``world.browsers`` may be test clients or browsers over the wire: whatever has ``get``, ``head``, ``post`` … and gives
answers with ``status_code``, ``items()`` and ``content``.
"""

import re

from django.db import transaction

from sessions.models import Event, Organisation, Session, Speaker

from . import access

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
KEY = 20  # letters, from which on a part of an address is one that opens something
REFUSED = METHODS[3:]  # for everyone, everywhere

MASKED = [
    (re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"'), b"csrf"),
    (re.compile(rb"__Host-csrftoken=[^;]+; expires=[^;]+"), b"csrf cookie"),
    (re.compile(rb'datetime="[^"]+"'), b"time"),
    (
        re.compile(rb"\d+ (?:de )?\w+ (?:de )?\d{4}, \d\d:\d\d UTC"),
        b"time",
    ),  # when something was done; the programme has the event's zone
    (re.compile(rb"next=[^\"&]+"), b"next"),  # a 404 offers to come back to the path that was asked for
]


def masked(content):
    for pattern, instead in MASKED:
        content = pattern.sub(instead, content)
    return content


def everything_in(response):
    """All that a browser gets: status, headers, cookies and body."""
    lines = [str(response.status_code), *(f"{name}: {value}" for name, value in response.items())]
    lines += [morsel.OutputString() for morsel in getattr(response, "cookies", {}).values()]
    return "\n".join(lines).encode() + b"\n\n" + response.content


# By the table


def plainly(browser, method, address):
    return getattr(browser, method)(address)


SOME = ("visitor", "guest", "administrator")


def answers(world, method, send=plainly, roles=None, spanish_as=None):
    """``(line, role, address, answer)`` for each line and role; each request is undone before the next.

    Below ``/es/`` the same views answer: there ``spanish_as`` may name fewer roles.
    """
    for line in access.TABLE:
        address = line.address(world)
        for role in (spanish_as if spanish_as and line.is_spanish else roles) or world.roles:
            browser = world.browsers[role]
            cookies = browser.cookies.copy()
            with transaction.atomic():
                yield line, role, address, send(browser, method, address)
                transaction.set_rollback(True)
            browser.cookies = cookies


def expected_status(line, role, method):
    if method in REFUSED:
        return 405
    return getattr(line, "get" if method == "head" else method)[role]


# By following what there is


def addresses(made):
    """Every address of the table, of a session and of a request, with a few query strings."""
    found = {line.address(made) for line in access.TABLE}
    found |= {session.get_absolute_url() for session in Session.objects.all()}
    for kind in (Organisation, Speaker):
        who = [row for row in kind.objects.all() if row.key]
        found |= {f"/{kind._meta.model_name}s/{part}/" for row in who for part in (row.key, row.slug)}
        found |= {f"/?organisation={part}" for row in who[:2] for part in (row.key, row.slug)}
    found |= {f"/{event.date.year}/{query}" for event in Event.objects.all() for query in ("", "?q=zq", "?kind=talk")}
    found |= {f"{access.DECIDE}?state=all", f"{access.DECIDE}?q=zq&state=all", "/?q=zq", "/admin/?next=/"}
    found |= {f"{access.DECIDE}{one.pk}/change/" for one in made.requests.values()}
    return sorted(found - {"/account/logout/"})


def crawl(made, role):
    """``{address: bytes}`` of every address, as this role gets it by GET."""
    return {address: everything_in(made.browsers[role].get(address)) for address in addresses(made)}


def without_the_question(address, content):
    """The answer less the end of the address that was asked for, and its keys: whoever asked knew them already."""
    *before, end = address.strip("/").split("/")
    for part in (end, *(part for part in before if len(part) >= KEY)):
        content = content.replace(part.encode(), b"") if part else content
    return content


def canaries_in(made, pages, groups):
    """Which canaries of these groups stand in the pages, the address that was asked for aside."""
    found = set()
    for address, content in pages.items():
        found |= made.canaries.found_in(without_the_question(address, content), groups)
    return found


def closed_to(made, role):
    """The groups of canaries that this role may not read."""
    return made.groups() - made.groups_open_to(role)

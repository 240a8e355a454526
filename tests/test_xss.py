"""F-05: whatever stands in a field is text on every page: no element, no attribute and no address comes of it."""

import os
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from django.contrib.admin.models import LogEntry
from django.db import models

from registration.mail.letters import letter
from registration.models import AccessRequest, Decision, Edit, Mail, User
from sessions.models import Event, Material, Organisation, Session, Speaker, Track

from . import access, world
from .payloads import PAYLOADS

pytestmark = [pytest.mark.fast, pytest.mark.slow, pytest.mark.django_db]

ROUNDS = int(os.environ.get("XSS_ROUNDS", "2"))  # twenty put each payload into each short field, too
WRITTEN = [AccessRequest, Decision, Mail, User, Event, Track, Session, Organisation, Speaker, LogEntry]
LEFT_ALONE = (models.EmailField, models.URLField, models.SlugField)  # what their forms refuse cannot be there
NAMES = {"state", "time_zone", "purpose", "language", "password", "login_key", "key", "key_at", "change_message"}
ADDRESSES = {"href", "src", "action", "formaction", "data", "srcset", "poster", "xlink:href"}
CAMERA = {"muted": None, "playsinline": None, "hidden": None, "aria-label": "What the camera sees"}  # the door's own
NEVER = {"iframe", "object", "embed", "marquee", "math", "base", "isindex", "x", "video", "audio", "source"}


class Dangers(HTMLParser):
    """What of a page would run, load or lead away because of what somebody typed."""

    def __init__(self, html):
        super().__init__()
        self.found, self._script, self._block = [], False, False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self._block = tag == "script" and given.get("type") == "application/ld+json"  # data: nothing of it runs
        self._script = tag in {"script", "style"} and not self._block
        if (tag in NEVER and given != CAMERA) or (self._script and "xq" in str(given)) or given.get("http-equiv"):
            self.found.append((tag, given))
        for name, value in attributes:
            scheme = "".join((value or "").split()).lower().lstrip("\x01")
            leads_away = name in ADDRESSES and scheme.startswith(("javascript:", "data:", "vbscript:", "//xq"))
            if name.startswith("on") or leads_away or not name.replace("-", "").replace(":", "").isalnum():
                self.found.append((tag, name, value))

    def handle_data(self, data):
        if self._script and "xq" in data:
            self.found.append(("script", data))
        if self._block and "<" in data:  # it might end the block
            self.found.append(("block of data", data))

    def handle_endtag(self, tag):
        self._script = self._block = False

    def handle_comment(self, data):
        if "xq" in data:
            self.found.append(("comment", data))


def window(start, room):
    """As many payloads as fit, from ``start`` on."""
    text = ""
    for place in range(len(PAYLOADS)):
        more = PAYLOADS[(start + place) % len(PAYLOADS)]
        if len(text) + len(more) > room:
            break
        text += more
    return text or PAYLOADS[start % len(PAYLOADS)][:room]


def write_everywhere(number):
    """Past all forms, into every field that holds people's words."""
    for model in WRITTEN:
        fields = [
            field
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField)
            and not isinstance(field, LEFT_ALONE)
            and not field.choices
            and field.name not in NAMES
        ]
        for row in model._base_manager.all():
            words = {
                field.name: window(number * 3 + place, (field.max_length or 4_000) - 8) + str(row.pk)
                for place, field in enumerate(fields)
            }
            model._base_manager.filter(pk=row.pk).update(**words)
    odd = window(number, 4_000)
    Edit.objects.update(changes={"full_name": [odd, odd], "why": [odd, odd]})
    Organisation.objects.update(email_domains=[odd])
    Material.objects.update(title=window(number, 200), found=odd)  # its name is cleaned (test_uploads.py)


@pytest.fixture
def made():
    return with_a_history(world.World())


def with_a_history(made):
    own = made.request_of("applicant")
    own.edit({"full_name": "Another"}, version=own.version)
    boss = made.people["administrator"]
    for one in (made.event, made.secret, made.request_of("applicant"), made.people["applicant"]):
        LogEntry.objects.log_actions(boss.pk, [one], 2, change_message="changed", single_object=True)
    return made


ODD = [quote(payload.encode()) for payload in PAYLOADS[:: len(PAYLOADS) // 6]]


def pages_that_search():
    """Payloads in what pages are asked for."""
    return [
        f"{access.DECIDE}?state=all",
        *(f"{access.DECIDE}?state=all&q={one}" for one in ODD),
        *(f"/account/login/?next={one}&why={one}" for one in ODD),
        *(f"/?q={one}&track={one}&kind={one}&organisation={one}" for one in ODD),
    ]


def pages(made):
    """``(who and where, HTML)`` of every page as those who see most of it, what is searched and not found included."""
    more = {*pages_that_search(), *(f"/no-such/{one}?next={one}" for one in ODD)}
    for role in ("administrator", "guest", "applicant", "visitor"):
        addresses = {
            line.address(made) for line in access.TABLE if role == "administrator" or "/admin" not in line.route
        }
        addresses -= {"/admin/logout/"}
        for address in sorted(addresses | more):
            response = made.browsers[role].get(address)
            if "html" in response.headers.get("Content-Type", ""):
                yield f"{role} {address}", response.content.decode()
    for mail in Mail.objects.exclude(decision=None):
        for html, _ in letter(mail).alternatives:
            yield f"mail {mail.purpose}", html


def test_payloads_are_text_on_every_page(made):
    assert len(PAYLOADS) >= 60
    seen = 0
    for number in range(ROUNDS):
        write_everywhere(number * 7)
        for where, html in pages(made):
            assert (where, Dangers(html).found) == (where, [])
            seen += "xq()" in html
    assert seen > 20 * ROUNDS  # they are there to be seen


def test_a_page_that_forgets_to_escape_is_found(made, monkeypatch):
    """The control: templates that take every text for markup."""
    monkeypatch.setattr("django.template.base.conditional_escape", str)
    write_everywhere(0)
    found = [where for where, html in pages(made) if Dangers(html).found]
    assert any(where.startswith("administrator /admin/registration") for where in found)
    assert any(where.startswith("guest /sessions/") for where in found)

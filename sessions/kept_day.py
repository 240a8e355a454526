"""The current event and its day, kept ready in this process: DESIGN.md's rule 3, for whoever is signed in.

The site makes a page of its own for each audience, with nobody signed in to it: it holds no name and no token, only
the places where the form's token goes. A page is found under the audience that the gate gave for the request at hand,
never before, and is good until the programme is another (``Generation``) or the clock changes what it shows.

Whoever is not signed in, organisers, and whoever has a message to read get the page drawn for them.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.translation import get_language

from cacc_techtrack.public import has_login_cookie

from .audience import Audience
from .models import Event, Generation
from .now import next_boundary

TOKEN = f"token-{secrets.token_hex(16)}"  # stands on kept pages where a request's own goes; nobody can write it there


class SomebodySignedIn:
    """What pages ask about who reads them, and no more."""

    is_authenticated = True
    is_staff = False


@dataclass(frozen=True)
class Page:
    parts: list[bytes]  # what stands before, between and after the tokens
    made_at: datetime
    good_until: datetime | None

    def is_good(self, now):
        return self.made_at <= now and (self.good_until is None or now < self.good_until)

    def for_request(self, request):
        token = get_token(request).encode() if len(self.parts) > 1 else b""
        return HttpResponse(token.join(self.parts))


@dataclass(frozen=True)
class Day:
    """The current event as it was read under one generation, and its pages: ``{(audience, language): Page}``."""

    generation: str | None
    event: Event | None
    pages: dict = field(default_factory=dict)

    def page(self, request, audience, draw):
        """``draw(request, **context)`` gives the answer for a request of the site's own."""
        key, now = (audience, get_language()), timezone.now()
        page = self.pages.get(key)
        if page is None or not page.is_good(now):
            good_until = next_boundary(self.event, audience, now)
            content = draw(_request_of_nobody(request.path), csrf_token=TOKEN).content
            page = self.pages[key] = Page(content.split(TOKEN.encode()), now, good_until)
        return page.for_request(request)


_kept = Day(None, None)


def day_for(request) -> Day:
    """As the programme is now; for visitors, whom no kept day is for, without asking for its generation."""
    global _kept
    generation = Generation.objects.now() if settings.KEEP_PAGES and has_login_cookie(request) else None
    if generation is None:
        return Day(None, Event.objects.current())
    day = _kept
    if day.generation != generation:
        _kept = day = Day(generation, Event.objects.current())
    return day


def is_for(request, day, audience):
    """Whether a kept page is what this request would be drawn: asked once the gate has answered."""
    return (
        day.generation is not None
        and audience < Audience.ORGANISER
        and request.user.is_authenticated
        and not request.user.is_staff
        and not request.META.get("QUERY_STRING")
        and not len(get_messages(request))
    )


def _request_of_nobody(path):
    request = HttpRequest()
    request.method, request.path, request.path_info = "GET", path, path
    request.user = SomebodySignedIn()
    request.seen_as = None
    return request

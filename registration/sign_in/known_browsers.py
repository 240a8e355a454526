"""Browsers in which somebody has signed in before: a cookie that opens nothing, but gives an allowance of its own.

Without it a stranger who asks for ten codes an hour for an address would lock its owner out. The cookie holds a
random name and a seal that binds it to one person, and tells nothing about who that is. It dies with the person's
``login_key``.
"""

import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.crypto import constant_time_compare

from cacc_techtrack.sealing import digest

from ..addresses import normalise
from ..models import User

LIFE = 90 * 24 * 3600  # seconds after the last time somebody signed in


def remember(request, response, person):
    """Know this browser the next time; one that is known already keeps its name, and what it has used up."""
    name = _name_in(request, person) or secrets.token_urlsafe(16)
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        f"{name}.{_seal(name, person)}",
        max_age=LIFE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def known_as(request, person):
    """What this browser is counted as when it asks for a code for this person; "" for a stranger's."""
    name = _name_in(request, person)
    return digest("known-browser-counted", name) if name else ""


def known_by(request, address):
    """``known_as`` for whoever has this address. A browser without the cookie costs nothing."""
    if settings.KNOWN_BROWSER_COOKIE_NAME not in request.COOKIES:
        return ""
    try:
        person = User.objects.filter(email=normalise(address)).first()
    except ValidationError:
        return ""
    return known_as(request, person) if person else ""


def _name_in(request, person):
    name, _, seal = request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, "").partition(".")
    return name if name and constant_time_compare(seal, _seal(name, person)) else ""


def _seal(name, person):
    return digest("known-browser", f"{person.pk}:{person.login_key}:{name}")

"""Every address of the site, walked from the URLconf."""

from django.conf import settings
from django.urls import URLPattern, get_resolver
from django.utils import translation


def walk():
    """``{route: pattern}`` for every address; routes as ``/register/status/``, with their arguments named."""
    found = {}

    def go(patterns, prefix):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                found.setdefault("/" + route, pattern)
            else:
                go(pattern.url_patterns, route)

    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            go(get_resolver().url_patterns, "")
    return found

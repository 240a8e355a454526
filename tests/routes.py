"""Every address of the site, walked from the URLconf."""

from django.urls import URLPattern, get_resolver


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

    go(get_resolver().url_patterns, "")
    return found

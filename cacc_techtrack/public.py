"""Answers that are the same for everyone: DESIGN.md's rule 3, in one decorator."""

import gzip
import hashlib
import re
from functools import lru_cache, wraps

from django.conf import settings
from django.utils.cache import get_conditional_response, patch_vary_headers

MARK = "techtrack.public_page"  # in the environ of a request that was answered with one (``kept.py``)
_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0+)?\s*(?:,|$))")


def has_login_cookie(request):
    """By its name: a cookie that has expired, or was made up, counts too."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding):
    return bool(_TAKES_GZIP.search(accept_encoding))


def public_page(view):
    """Let browsers keep what this view answers to a request without a login cookie.

    Such an answer has a strong ETag (RFC 9110, 8.8.3) for each encoding, is asked about again each time
    (``no-cache``), and is compressed here with fixed bytes. With a login cookie the answer passes unchanged, and
    the middleware ``nothing_kept`` marks it ``private, no-store``.
    """

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if has_login_cookie(request) or response.status_code != 200:
            return response
        return _keepable(request, response)

    return wrapped


def _keepable(request, response):
    request.META[MARK] = True
    if takes_gzip(request.headers.get("Accept-Encoding", "")):
        response.content = gzip.compress(response.content, compresslevel=6, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.content))
    response.headers["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response.headers["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Accept-Encoding", "Cookie"])
    policy = response.headers.get("Permissions-Policy")
    response = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    if policy:  # a view's own, which Django drops from a 304: a browser would take the site's for the page it has
        response.headers["Permissions-Policy"] = policy
    response.made_for_the_public = True
    return response

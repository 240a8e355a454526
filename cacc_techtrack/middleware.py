"""What every request passes before a view, and every answer after it."""

import re

from csp.utils import build_policy
from django.conf import settings
from django.utils.cache import patch_vary_headers

from . import large_bodies, views
from .policies import permissions

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # what the name of a cookie is made of (RFC 6265, 4.1.1)


def shut_windows(get_response):
    """On every answer, files and errors too: what browsers are to refuse.

    django-csp words the policy, once: its own middleware would do so at each request, for pages with one of their own.
    A view that needs one of these otherwise sets the header itself.
    """
    headers = {
        "Content-Security-Policy": build_policy(),
        "Permissions-Policy": permissions(),
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        # Django writes these three as well, but not on what it refuses before its own middleware is reached.
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
    }

    def middleware(request):
        response = get_response(request)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def plain_requests(get_response):
    """Refuse, in the site's look, what no page of ours takes: other methods, other alphabets, large bodies, NUL.

    Runs before everything that reads a cookie, a form or the database, so the answer is the same for everyone.
    """

    def middleware(request):
        if request.method not in {"GET", "HEAD", "POST"}:
            return views.method_not_allowed(request)
        if request.content_params.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
            return views.bad_request(request)  # browsers send forms as their page is written; codecs have odd corners
        if _is_wrapped(request):
            return views.bad_request(request)
        if "HTTP_COOKIE" in request.META:
            request.META["HTTP_COOKIE"] = of_plain_names(request.META["HTTP_COOKIE"])
        is_large = large_bodies.is_large(request)
        if is_large and not large_bodies.may_be_material(request):
            large_bodies.drain(request)
            return views.too_large(request)
        if _has_nul(request, in_names=not is_large):  # what is large is read only once it is known whose it is
            return views.bad_request(request)
        return get_response(request)

    return middleware


def of_plain_names(cookies: str) -> str:
    """The header without cookies that have no name, or one that Django would not take as it was written.

    Whoever holds a neighbouring host name may set cookies for us too. Browsers let them set none that begins with
    ``__Host-``, but do with a space of some other alphabet before it, which Django then strips: theirs would be ours,
    and our visitor signed in as them.
    """
    pairs = (pair.strip(" \t").partition("=") for pair in cookies.split(";"))
    return "; ".join(f"{name}={value}" for name, equals, value in pairs if equals and _TOKEN.fullmatch(name))


def _has_nul(request, *, in_names):
    """True for a NUL outside a form's values; those get a message beside their field."""
    return (
        "\0" in request.path
        or "%00" in request.META.get("QUERY_STRING", "")
        or any("\0" in key + value for key, value in request.COOKIES.items())
        or (in_names and any("\0" in key for key in request.POST))
    )


def _is_wrapped(request):
    """True for a compressed body, and for one that does not say its length: neither would be read.

    A form in chunks through our proxy has a length by then.
    """
    return bool(request.headers.get("Content-Encoding") or request.headers.get("Transfer-Encoding"))


def nothing_kept(get_response):
    """Every answer is private, kept by nobody and listed by no search engine, unless it was made for the public."""

    def middleware(request):
        response = get_response(request)
        if not getattr(response, "made_for_the_public", False) or response.cookies:
            response.headers["Cache-Control"] = "private, no-store"
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
            for validator in ("ETag", "Last-Modified", "Expires"):
                response.headers.pop(validator, None)
        patch_vary_headers(response, ["Cookie"])
        if response.status_code == 304:
            response.headers.pop("Content-Length", None)  # RFC 9110, 8.6: it would be that of the whole page
            response.headers.pop("Content-Type", None)  # Django's, of no body: caches put it to what they have
        elif request.method == "HEAD" and not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response

    return middleware

"""The language of a page stands in its address alone: below ``/es/`` Spanish, everywhere else English.

No cookie and no header is asked, so that one address is one text for everyone. Django's LocaleMiddleware would look
at both, and vary by them.
"""

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils import translation

PREFIXED = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def language_of(path):
    """``/es/privacy/`` is ``es``; what begins with no language of ours is English."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return first if first in PREFIXED else settings.LANGUAGE_CODE


def address_in(code, path):
    """The address at which this one stands in another language: ``/privacy/`` in ``es`` is ``/es/privacy/``."""
    begins = f"/{language_of(path)}"
    bare = path.removeprefix(begins) if language_of(path) in PREFIXED else path
    return f"/{code}{bare}" if code in PREFIXED else bare


def others(request, here=""):
    """``[{"code", "name", "address"}]`` for the other languages in which the address asked for stands."""
    return [
        {"code": code, "name": name, "address": address_in(code, here or request.get_full_path())}
        for code, name in settings.LANGUAGES
        if code != language_of(request.path_info) and _stands(code, request.path_info)
    ]


def _stands(code, path):
    with translation.override(code):
        try:
            resolve(address_in(code, path))
        except Resolver404:
            return False
    return True


def language(get_response):
    def middleware(request):
        request.LANGUAGE_CODE = language_of(request.path_info)
        with translation.override(request.LANGUAGE_CODE):
            return get_response(request)

    return middleware

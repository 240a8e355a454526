"""The language of a page stands in its address alone: below ``/es/`` Spanish, everywhere else English.

No cookie and no header is asked, so that one address is one text for everyone. Django's LocaleMiddleware would look
at both, and vary by them.
"""

from django.conf import settings
from django.utils import translation

PREFIXED = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def language_of(path):
    """``/es/privacy/`` is ``es``; what begins with no language of ours is English."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return first if first in PREFIXED else settings.LANGUAGE_CODE


def language(get_response):
    def middleware(request):
        request.LANGUAGE_CODE = language_of(request.path_info)
        with translation.override(request.LANGUAGE_CODE):
            return get_response(request)

    return middleware

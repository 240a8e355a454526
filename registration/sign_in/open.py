"""Sign-in is open while the cache answers, and closed with a 503 while it does not.

Tries of the second factor are counted in the cache, and so are the app's codes that were used: uncounted, one could
be guessed or used twice. Whoever is signed in already stays so, and all other pages are up.
"""

import logging
from functools import wraps

from django.core.cache import cache

from cacc_techtrack.views import cannot_answer

log = logging.getLogger("techtrack.sign_in")


def while_cache_answers(view):
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        try:
            cache.get("sign-in-open")
        except Exception as error:  # each kind of cache has its own
            log.error("sign-in is closed: the cache does not answer", extra={"why": type(error).__name__})
            return cannot_answer()
        return view(request, *args, **kwargs)

    return wrapped

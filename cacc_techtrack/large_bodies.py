"""Bodies larger than any form: the files of material, which organisers send to addresses of their own.

Who may send one is asked twice, before Django reads any of it: ``plain_requests`` looks at the address and for a login
cookie, ``registration.middleware.large_bodies`` at the person. Everybody else is told that it is too large, wherever
they send it.
"""

import re

from django.conf import settings

from .public import has_login_cookie

ADDRESSES = re.compile(r"/admin/agenda/material/(?:add|\d{1,18}/change)/")
DRAIN_AT_MOST = 16 * 2**20  # bytes of a refused body that are read, so that the browser gets to see why
DRAIN_OF_MATERIAL = 64 * 2**20  # what deploy/nginx.conf lets through there


def length(request):
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def is_large(request):
    return length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def goes_to_material(request):
    return request.method == "POST" and bool(ADDRESSES.fullmatch(request.path_info))


def may_be_material(request):
    """With a megabyte beside it for the rest of the form."""
    most = settings.MATERIAL_MAX_MB * 2**20 + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return goes_to_material(request) and length(request) <= most and has_login_cookie(request)


def drain(request):
    left = min(length(request), DRAIN_OF_MATERIAL if goes_to_material(request) else DRAIN_AT_MOST)
    while left > 0:
        chunk = request.read(min(left, 2**16))
        if not chunk:
            break
        left -= len(chunk)

"""Pages that belong to no app: the health check and the answers when something is refused or broken."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.utils import Error as DatabaseError
from django.http import HttpResponse
from django.shortcuts import render
from django.template import Context, loader
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_safe

from . import large_bodies
from .public import has_login_cookie

RETRY_AFTER = 30  # seconds; a database that is locked, full or being restarted is seldom back sooner
ADDRESSES_WITH_A_TOKEN = ("/cal/", "/pass/")  # path prefixes that a 404 must not repeat in its link to sign in


@require_safe
def healthz(request):
    """200 and ``ok`` when the database answers, 503 otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database does not answer\n", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


def bad_request(request, exception=None):
    return render(request, "400.html", status=400)


def permission_denied(request, exception=None):
    return render(request, "403.html", status=403)


def csrf_failure(request, reason=""):
    return render(request, "403_csrf.html", status=403)


@requires_csrf_token
def not_found(request, exception=None):
    """The one answer for what does not exist and for what this visitor may not see.

    Without a login session it offers to sign in and come back; with one it points to the person's own request.
    """
    signed_in = has_login_cookie(request) and request.user.is_authenticated
    sign_in = ""
    if not signed_in and request.method in {"GET", "HEAD"}:
        back = "/" if request.path.startswith(ADDRESSES_WITH_A_TOKEN) else request.get_full_path()
        sign_in = reverse("account_login") + "?" + urlencode({"next": back})
    return render(request, "404.html", {"signed_in": signed_in, "sign_in": sign_in}, status=404)


def method_not_allowed(request):
    response = render(request, "405.html", status=405)
    response.headers["Allow"] = "GET, HEAD, POST"
    return response


def too_large(request):
    most = settings.MATERIAL_MAX_MB if large_bodies.goes_to_material(request) else None
    return render(request, "413.html", {"megabytes_of_material": most}, status=413)


def server_error(request):
    """503 when the database or the cache did not answer, else 500.

    Needs no database, no login session and no context processor: one of those may be what broke.
    """
    from redis.exceptions import RedisError  # only now: few sites have one, and it takes long to load

    if isinstance(sys.exception(), OperationalError | InterfaceError | RedisError):  # locked, full, stopped, unreadable
        return cannot_answer()
    return _plain("500.html", 500)


def cannot_answer():
    return _plain("503.html", 503, {"Retry-After": str(RETRY_AFTER)})


def _plain(template_name, status, headers=None):
    template = loader.get_template(template_name).template
    return HttpResponse(template.render(Context({})), status=status, headers=headers)

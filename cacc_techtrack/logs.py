"""Logs of a real site: one JSON line an event, without people's data, and with an id that follows a request.

Values come into a line only from loggers of our own ("techtrack…"), which say what they mean to say. Of all others
the line holds the template of the message and never its arguments: those are paths, headers and addresses. Of an
error it holds the kind and the lines of code that led there, never its text and never a variable.
"""

import contextlib
import contextvars
import json
import logging
import re
import secrets
import sys
import threading
import time
import traceback
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.views.debug import SafeExceptionReporterFilter

log = logging.getLogger("techtrack.request")

_request_id = contextvars.ContextVar("request_id", default="")
_GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
_ALWAYS_THERE = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_HERE = str(Path(__file__).resolve().parent.parent) + "/"


def request_id():
    """The id of the request at work; empty where there is none."""
    return _request_id.get()


@contextlib.contextmanager
def working_for(given):
    """Every line and every mail written meanwhile bears this id."""
    before = _request_id.set(given)
    try:
        yield
    finally:
        _request_id.reset(before)


def each_crash():
    """For a command: an error that nobody handles is one line of the log too, and all its lines bear one id."""
    _request_id.set(secrets.token_hex(8))
    plainly, plainly_in_a_thread = sys.excepthook, threading.excepthook

    def told(kind, error, trace):
        """True when there is nothing left to say."""
        if issubclass(kind, ImproperlyConfigured):  # there may be no settings to ask how to log
            print(f"Cannot start: {error}", file=sys.stderr)
        elif issubclass(kind, Exception) and not settings.LOCAL:
            what = ("techtrack.command", logging.CRITICAL, __file__, 0, "a command crashed", (), (kind, error, trace))
            record = logging.LogRecord(*what)
            record.command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
            print(JSONLines().format(record), file=sys.stderr)
        else:
            return False
        return True

    sys.excepthook = lambda *error: told(*error) or plainly(*error)
    threading.excepthook = lambda args: (
        told(args.exc_type, args.exc_value, args.exc_traceback) or plainly_in_a_thread(args)
    )


def each_request(get_response):
    """The outermost middleware: gives each request its id, and writes one line when it was answered.

    The line names the route, not the path: paths hold tokens and private addresses. It names no person.
    """

    def middleware(request):
        with working_for(_id_for(request)):
            began = time.monotonic()
            response = get_response(request)
            if not request.path.startswith(settings.STATIC_URL):
                match = request.resolver_match
                log.info(
                    "answered",
                    extra={
                        "method": request.method if request.method in _METHODS else "other",
                        "route": (match.view_name if match else None) or "none",
                        "status": response.status_code,
                        "ms": round((time.monotonic() - began) * 1000),
                        "role": _role(request),
                    },
                )
            return response

    return middleware


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}


def _id_for(request):
    """A proxy's own, where settings say that one gives it; else a new one. Whoever is asked by nobody makes it up."""
    header = settings.REQUEST_ID_HEADER
    given = request.headers.get(header, "") if header and settings.TRUSTED_PROXY_COUNT else ""
    return given if _GIVEN.fullmatch(given) else secrets.token_hex(8)


def _role(request):
    """What is known without asking the database."""
    person = getattr(request, "_cached_user", None)
    if person is None or not person.is_authenticated:
        return "visitor"
    return "organiser" if person.is_staff else "signed in"


def _said_with(record):
    """What one of our own loggers was given in ``extra``."""
    return {name: value for name, value in vars(record).items() if name not in _ALWAYS_THERE}


class ForPeople(logging.Formatter):
    """A line to read on a terminal, with what was said with it."""

    def formatMessage(self, record):  # logging's name
        ours = record.name.partition(".")[0] == "techtrack"
        more = ", ".join(f"{name} {value}" for name, value in _said_with(record).items()) if ours else ""
        return super().formatMessage(record) + (f" ({more})" if more else "")


class JSONLines(logging.Formatter):
    def format(self, record):
        ours = record.name.partition(".")[0] == "techtrack"
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage() if ours else _template(record),
        }
        if request_id():
            line["request"] = request_id()
        if ours:
            line |= _said_with(record)
        else:
            line |= _of_the_request(record)
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
            line["lines"] = _lines_of(error)
            if not ours and line["event"] == str(error):
                line["event"] = type(error).__name__
        return json.dumps(line, default=str, ensure_ascii=True)


def _template(record):
    """The message before its arguments were put in; Django's lines on an answer begin with what its status says."""
    template = str(record.msg).replace(": %s", "")
    return HTTPStatus(record.status_code).phrase if template == "%s" and hasattr(record, "status_code") else template


def _of_the_request(record):
    """Django hangs the request on its records: of that, what a line may hold."""
    request, found = getattr(record, "request", None), {}
    match = getattr(request, "resolver_match", None)
    if match:
        found["route"] = match.view_name
    if isinstance(getattr(record, "status_code", None), int):
        found["status"] = record.status_code
    return found


def _lines_of(error):
    """Where it happened, the innermost last: ``file:line function``."""
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(filename):
    return filename.removeprefix(_HERE).rpartition("site-packages/")[2]


class NothingShown(SafeExceptionReporterFilter):
    """For error reports, wherever one might be made: what somebody typed or sent stays out of them."""

    def get_post_parameters(self, request):
        return {}

    def get_traceback_frame_variables(self, request, tb_frame):
        return []

    def get_safe_request_meta(self, request):
        return {}

    def get_safe_cookies(self, request):
        return {}

"""The site with what guards against races taken away, to show that the tests of races can fail.

``slow`` alone only widens the gap in which a race can happen; the real site must stand that too. What is off is read
from the environment variable ``UNLOCKED``: "slow", or "slow,locks", "slow,codes", "slow,people", "slow,factor".
``few`` lets in ten strangers a minute; "slow,few,tallies" counts them as one should not. ``torn`` widens the gap
between a decision and its mail, so that a kill hits it; "torn,locks" has no transaction around both. ``grants``
remembers in each process who was let in, as the site never may. ``open`` asks no cache whether sign-in is open.
``telling`` takes ``TELLING`` seconds longer for an address that is new. ``hasty`` says that a request for access was
received, and saves it afterwards. ``impatient`` waits for no lock. ``inline`` mails from within the page.
``zoned`` shows times in ``ZONE``, as a site would that takes the server's.
``kept`` takes back what tells a browser to keep nothing. ``tossed`` takes cookies of every name.
``directory`` lets two load organisations at once. ``stale`` never asks whether kept pages still hold.
``inherited`` lets workers use the connection to the database that was open when they were forked. ``named`` answers
with the names of two processes: the worker, and that of PostgreSQL which serves its connection.
"""

import io
import os
import threading
import time
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

from django.conf import settings
from django.contrib.admin import options
from django.db import connection, connections
from django.utils import timezone

from cacc_techtrack.wsgi import application
from registration import deciding_many, mending, middleware, organisations_file, waiting_list
from registration.desk import bulk
from registration.desk import organisations as directory
from registration.door import checking
from registration.mail import again
from registration.mail.letters import letter
from registration.models import AccessRequest, Circular, SignInCode, Tally, User, circulars, requests
from registration.models.door import VisitQuerySet
from registration.models.outbox import MailQuerySet
from registration.models.requests import AccessRequestQuerySet
from registration.sign_in import codes, limits, second_factor_forms
from registration.sign_in import open as sign_in_open
from sessions import admin as programme_admin
from sessions.models import Event
from sessions.models.people import OrganisationQuerySet

HASTE = 0.5  # seconds between saying and saving
OFF = set(os.environ["UNLOCKED"].split(","))
# Seconds between looking and writing; where a guard is off it is wide, so that a busy machine falls into it as well.
GAP = 0.3 if OFF - {"slow", "few", "torn"} else 0.05

__all__ = ["application"]


def slowly(function):
    def slow(*args, **kwargs):
        time.sleep(GAP)
        return function(*args, **kwargs)

    return slow


def and_wait(function):
    def slow(*args, **kwargs):
        result = function(*args, **kwargs)
        time.sleep(GAP)
        return result

    return slow


def lockless(model):
    """What the code asks of this model, without a lock."""
    rows = model.objects
    return SimpleNamespace(objects=SimpleNamespace(select_for_update=lambda **how: rows, filter=rows.filter))


if "slow" in OFF:
    requests.write_down = deciding_many.write_down = slowly(requests.write_down)
    AccessRequest.may_ask = and_wait(AccessRequest.may_ask)
    codes.use = slowly(codes.use)
    User.objects.create_user = slowly(User.objects.create_user)
    organisations_file.plan = and_wait(organisations_file.plan)
    OrganisationQuerySet.holding = and_wait(OrganisationQuerySet.holding)

    second_factor_forms.CodeFieldMixin.is_first_use = slowly(second_factor_forms.CodeFieldMixin.is_first_use)
    Circular.looked_at = slowly(Circular.looked_at)
    again.why_not = and_wait(again.why_not)
    VisitQuerySet.create = slowly(VisitQuerySet.create)

if "locks" in OFF:
    AccessRequestQuerySet.locked = lambda self: self
    circulars.CircularQuerySet.locked = lambda self: self
    circulars.transaction = again.transaction = SimpleNamespace(atomic=nullcontext)
    again.User = lockless(User)
    checking.transaction = SimpleNamespace(atomic=nullcontext)
    for module in (mending, requests, waiting_list, deciding_many):
        module.transaction = SimpleNamespace(atomic=nullcontext, on_commit=lambda action, robust: action())
    requests.User = waiting_list.User = deciding_many.User = lockless(User)
    requests.Event = waiting_list.Event = lockless(Event)
    mending._locked_people = lambda *keys: User.objects.in_bulk(keys)

if "directory" in OFF:
    OrganisationQuerySet.locked = lambda self: self
    organisations_file.transaction = directory.transaction = SimpleNamespace(atomic=nullcontext)
    programme_admin.transaction = options.transaction = SimpleNamespace(atomic=lambda using=None: nullcontext())

if "inherited" in OFF:
    connections.close_all = lambda: None

if "named" in OFF:

    def application(environ, start_response):
        time.sleep(GAP)  # meanwhile another worker takes the next request
        connection.ensure_connection()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{os.getpid()} {connection.connection.info.backend_pid}".encode()]


if "torn" in OFF:
    bulk.BATCH = 8  # so that there is a middle to be killed in, with few lines as well
    MailQuerySet.queue_all = slowly(MailQuerySet.queue_all)

if "grants" in OFF:
    remembered = {}
    ask_the_database = middleware.audience_for

    def remember(request, event):
        if not request.user.is_authenticated:
            return ask_the_database(request, event)
        found = max(remembered.get(request.user.pk, 0), ask_the_database(request, event))
        return remembered.setdefault(request.user.pk, found) if found else found

    middleware.audience_for = remember

if "factor" in OFF:
    second_factor_forms.cache = SimpleNamespace(add=lambda *args, **kwargs: True)
    from allauth.mfa.totp.internal.auth import TOTP  # its models must be there first

    TOTP._mark_code_used = lambda self, code: True

if "open" in OFF:
    sign_in_open.cache = SimpleNamespace(get=lambda key: None)

if "codes" in OFF:
    codes.spend_try = lambda code: True
    codes.use = slowly(lambda code: True)
    codes.use_read_out = slowly(
        lambda mailed, typed: SignInCode.objects.filter(digest=codes._digest_of_read_out(typed)).exists()
    )

if "people" in OFF:

    def get_or_create_unguarded(email):
        found = User.objects.filter(email=email).first()
        return found or User.objects.create_user(email)

    User.objects.get_or_create_for = get_or_create_unguarded

if "telling" in OFF:
    make_or_find = User.objects.get_or_create_for

    def slower_for_new_ones(email):
        if not User.objects.filter(email=email).exists():
            time.sleep(float(os.environ["TELLING"]))
        return make_or_find(email)

    User.objects.get_or_create_for = slower_for_new_ones

if "impatient" in OFF:
    sqlite = connection.vendor == "sqlite"
    connection.settings_dict["OPTIONS"] |= {"timeout": 0} if sqlite else {"options": "-c lock_timeout=1ms"}

if "inline" in OFF:
    put_into_outbox = MailQuerySet.queue_all

    def queue_and_send(self, mails):
        mails = put_into_outbox(self, mails)
        for mail in mails:
            letter(mail).send()
            self.filter(pk=mail.pk).update(state=mail.State.SENT)
        return mails

    MailQuerySet.queue_all = queue_and_send

if "hasty" in OFF:
    saving = application

    def application(environ, start_response):
        if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] != "/register/":
            return saving(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        later = environ | {"wsgi.input": io.BytesIO(body)}
        threading.Timer(HASTE, lambda: list(saving(later, lambda *_: None))).start()
        start_response("302 Found", [("Location", "/register/status/"), ("Content-Length", "0")])
        return []


if "few" in OFF:
    limits.OF_STRANGERS = replace(limits.OF_STRANGERS, at_most=10)

if "tallies" in OFF:

    def look_then_write(limit, whose=""):
        row, _ = Tally.objects.get_or_create(
            key=limit.name, defaults={"count": 0, "until": timezone.now() + limit.span}
        )
        time.sleep(GAP)
        if row.count >= limit.at_most:
            return row.until - timezone.now()
        Tally.objects.filter(pk=row.pk).update(count=row.count + 1)
        return None

    limits.Limit.spend = look_then_write

if "zoned" in OFF:
    settings.TIME_ZONE = os.environ["ZONE"]
    timezone.get_default_timezone.cache_clear()

if "kept" in OFF:
    site = application

    def application(environ, start_response):
        def start(status, headers, *more):
            kept = [one for one in headers if one[0] not in {"Cache-Control", "Clear-Site-Data", "Vary"}]
            return start_response(status, [*kept, ("Cache-Control", "private")], *more)

        return site(environ, start)


if "tossed" in OFF:
    from cacc_techtrack import middleware as every_request

    every_request.of_plain_names = lambda cookies: cookies

if "stale" in OFF:
    from cacc_techtrack import kept

    kept.UNASKED = 10**6
    kept.stat = lambda path: SimpleNamespace(st_mtime_ns=1)

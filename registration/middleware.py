"""Gives views ``request.audience_for(event)`` and ``name_for(event)``: the two things the programme knows of people."""

import logging

from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError

from cacc_techtrack import large_bodies as bodies
from cacc_techtrack import views
from cacc_techtrack.public import has_login_cookie
from sessions.audience import Audience

from .audience import audience_for, audiences_for, name_for
from .second_factor import may_enter_admin

log = logging.getLogger("techtrack.sign_in")


def audience(get_response):
    """Lazily: a visitor without a login cookie costs no query, and neither does a view that does not ask."""

    def middleware(request):
        answers = {}

        def for_event(event):
            if not has_login_cookie(request):
                return Audience.PUBLIC
            if event.pk not in answers:
                answers[event.pk] = audience_for(request, event)
            return answers[event.pk]

        def for_events(events):
            if not has_login_cookie(request):
                return {event.pk: Audience.PUBLIC for event in events}
            return audiences_for(request, events)

        request.seen_as = None  # what an organiser looks at the site as; see ``seeing``
        request.audience_for = for_event
        request.audiences_for = for_events
        request.name_for = lambda event: name_for(request, event) if has_login_cookie(request) else ""
        return get_response(request)

    return middleware


def large_bodies(get_response):
    """A body larger than any form is read for those alone who may add material, or put another file in its place.

    This comes before the form's token is looked for, since Django finds it only once it has read the whole body; that
    the form is one of ours is said by its Origin until then.
    """

    def middleware(request):
        if bodies.is_large(request) and not _may_send_material(request):
            bodies.drain(request)
            return views.too_large(request)
        return get_response(request)

    return middleware


def _may_send_material(request):
    rights = ("agenda.add_material", "agenda.change_material")
    return may_enter_admin(request) and any(request.user.has_perm(right) for right in rights)


def idle_clock(get_response):
    """Write down that a login session is in use: of organisers at each request, of others when they send a form.

    The one thing that a GET writes, and only of organisers, who are signed out when they do nothing for long. Costs
    nothing where the view did not ask who is there, and does not count what a script asked for by itself.
    """

    def middleware(request):
        response = get_response(request)
        row = getattr(request.session, "row", None)
        # The key differs after signing in or out: that row is new, or gone.
        still_the_same = row is not None and row.pk == request.session.row_key
        in_use = still_the_same and SESSION_KEY in request.session and not getattr(request, "by_itself", False)
        if in_use and (row.user.is_staff or request.method == "POST"):
            try:
                row.seen()
            except DatabaseError as error:  # the page is made; a clock not written only ends it sooner
                log.warning("the idle clock was not written: %s", type(error).__name__)
        return response

    return middleware

"""Gives views ``request.audience_for(event)``: the one thing the programme knows of people."""

from cacc_techtrack.public import has_login_cookie
from sessions.audience import Audience

from .audience import audience_for


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

        request.audience_for = for_event
        return get_response(request)

    return middleware

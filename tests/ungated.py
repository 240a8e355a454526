"""The site with its gate taken away, to show that the search for leaks can fail: ``tests.ungated:application``."""

from contextlib import contextmanager
from functools import cache
from unittest import mock

from sessions.audience import Audience


def everybody_a_guest(request, events):
    return {event.pk: Audience.INDUSTRY for event in events}


@contextmanager
def gate_off():
    """As long as this lasts, everybody is let in as a guest, with a login cookie or without."""
    with (
        mock.patch("registration.middleware.has_login_cookie", return_value=True),
        mock.patch("registration.middleware.audience_for", return_value=Audience.INDUSTRY),
        mock.patch("registration.middleware.audiences_for", everybody_a_guest),
    ):
        yield


@cache  # once for each process, and for good
def _site():
    from cacc_techtrack.wsgi import application as site

    open_for_good = gate_off()
    open_for_good.__enter__()
    return site, open_for_good


def application(environ, start_response):
    return _site()[0](environ, start_response)

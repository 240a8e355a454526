"""A small run of what ``make leaks`` does at length: the site as it is served, and what a run leaves behind."""

from contextlib import ExitStack

import pytest

from . import leaks, leaks_live, world
from .nginx import REAL, Nginx

pytestmark = [pytest.mark.live, pytest.mark.slow]


def test_over_the_wire_nobody_gets_what_is_not_theirs(transactional_db, mailbox):
    report = leaks.Report("small")
    leaks_live.search(
        report, mailbox, roles=["administrator", "guest", "applicant", "visitor"], methods=["get", "post"]
    )
    assert report.off == []


def test_a_cache_that_ignores_what_we_say_hands_a_guests_page_to_strangers(live_site):
    """The control of CACHE-01."""
    report, made = leaks.Report("control"), world.World()
    with ExitStack() as stack:
        nginx = Nginx(live_site.start(REAL).port)
        stack.callback(nginx.stop)
        leaks_live.with_a_deaf_cache(report, made, made.browsers, nginx, stack)
    assert report.off == []


@pytest.mark.parametrize("form", [lambda code: code.encode(), lambda code: code.lower().encode()])
def test_a_secret_is_found_in_every_dress(form):
    """The control of the search: it finds what there is to find."""
    secrets = {"code": "BCDFGHJK"}
    dressed = [b"BCDF-GHJK", b"bcdfghjk", b"KJHGFDCB", b"BCDFGHJK".hex().encode(), b"QkNERkdISks=", b"eEJDREZHSEpL"]
    for one in [form("BCDFGHJK"), *dressed]:
        assert leaks_live.in_any_encoding(secrets, b"a " + one + b" z") == {"code"}, one
    assert leaks_live.in_any_encoding(secrets, b"BCDFGHJX") == set()

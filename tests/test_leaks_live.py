"""A small run of what ``make leaks`` does at length: the site as it is served, and what a run leaves behind."""

import pytest

from . import leaks, leaks_live

pytestmark = [pytest.mark.live, pytest.mark.slow]


def test_over_the_wire_nobody_gets_what_is_not_theirs(transactional_db, mailbox):
    report = leaks.Report("small")
    leaks_live.search(
        report, mailbox, roles=["administrator", "guest", "applicant", "visitor"], methods=["get", "post"]
    )
    assert report.off == []


@pytest.mark.parametrize("form", [lambda code: code.encode(), lambda code: code.lower().encode()])
def test_a_secret_is_found_in_every_dress(form):
    """The control of the search itself."""
    secrets = {"code": "BCDFGHJK"}
    dressed = [b"BCDF-GHJK", b"bcdfghjk", b"KJHGFDCB", b"BCDFGHJK".hex().encode(), b"QkNERkdISks=", b"eEJDREZHSEpL"]
    for one in [form("BCDFGHJK"), *dressed]:
        assert leaks_live.in_any_encoding(secrets, b"a " + one + b" z") == {"code"}, one
    assert leaks_live.in_any_encoding(secrets, b"BCDFGHJX") == set()

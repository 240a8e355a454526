"""F-09: whatever is sent to any form or address, the site answers; it never breaks.

``make fuzz`` sends ten thousand requests and others each time; here some hundred, the same each time.
"""

import os
from contextlib import contextmanager

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from . import world
from .fuzz import Plan

pytestmark = [pytest.mark.fast, pytest.mark.slow, pytest.mark.django_db]

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "0"))
HERE = settings(
    max_examples=REQUESTS or 200,
    derandomize=not REQUESTS,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # each request stands alone: all that break are told, none is made smaller
    suppress_health_check=list(HealthCheck),
)


@contextmanager
def undone():
    """What happens inside is taken back, so that every request meets the same world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def send_all(plan, strategy, profile):
    @profile
    @given(strategy)
    def each(request):
        with undone():
            plan.send(request)

    each()


def share_of(count, what):
    accepted, refused = count[f"{what}, accepted"], count[f"{what}, refused"]
    return accepted / max(1, accepted + refused)


def test_no_request_breaks_the_site(capsys):
    plan = Plan(world.World())
    send_all(plan, plan.requests(), HERE)
    with capsys.disabled():
        print(f"\n{figures(plan)}")
    assert not plan.broken, "\n\n".join(plan.broken.values())
    assert plan.count["requests"] >= HERE.max_examples
    assert share_of(plan.count, "form") >= 0.3
    assert share_of(plan.count, "form") <= 0.95  # and some are refused, else nothing odd was sent


def figures(plan):
    count = plan.count
    statuses = ", ".join(f"{name.split()[1]}: {count[name]}" for name in sorted(count) if name.startswith("status"))
    return "\n".join(
        [
            f"fuzz: {count['requests']} requests to {len(plan.targets)} forms and pages, "
            f"5xx: {count['form, broken'] + count['other, broken']}",
            f"forms posted: accepted {count['form, accepted']}, refused {count['form, refused']} "
            f"({share_of(count, 'form'):.0%} got past validation)",
            f"all others:   accepted {count['other, accepted']}, refused {count['other, refused']}",
            f"statuses: {statuses}",
        ]
    )


def test_a_page_that_breaks_on_odd_input_is_found(monkeypatch):
    """The control: the lines of the bulk page read without care."""
    plan = Plan(world.World(), lines=())
    monkeypatch.setattr(
        "registration.desk.bulk.versions_of",
        lambda lines: {int(pk): int(version) for pk, version in (line.split(":") for line in lines)},
    )
    profile = settings(HERE, max_examples=100, derandomize=True)
    bulk = plan.filled(lambda target: target.form.action.endswith("accessrequest/decide/"))
    send_all(plan, bulk, profile)
    assert [told for told in plan.broken.values() if told.startswith("500 for moderator: POST")]

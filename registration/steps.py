"""The states of a request and every step between them: the one table of the whole site.

A pair of states that is not listed here is not allowed.
"""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    PENDING = "pending", _("pending")
    APPROVED = "approved", _("approved")
    WAITING = "waiting", _("on the waiting list")
    DECLINED = "declined", _("declined")
    REVOKED = "revoked", _("revoked")
    WITHDRAWN = "withdrawn", _("withdrawn")


THE_SITE = "the site"  # who takes a step that nobody takes
LIVE = (State.PENDING, State.APPROVED, State.WAITING)
REOPENED_BY_ORGANISERS_ONLY = (State.DECLINED, State.REVOKED)


@dataclass(frozen=True)
class Step:
    verb: str  # what is done, as the method is called
    by_organiser: bool  # else by the person
    mail: str | None  # purpose of the mail that tells of it
    access: str  # what happens to access: "opens", "closes" or "stays"


_approve = Step("approve", True, "approved", "opens")
_decline = Step("decline", True, "declined", "stays")
_wait = Step("wait", True, "waiting", "stays")
_reopen = Step("reopen", True, "reopened", "stays")
_withdraw = Step("withdraw", False, "withdrawn", "stays")

CONFIRM = Step("confirm", True, None, "opens")  # of an approval marked "to confirm"; the state stays
# Of a live request into another one of the same person, under another address: this one is withdrawn, the other stays.
MERGE = Step("merge", True, "merged", "closes")

STEPS: dict[tuple[State | None, State], Step] = {
    (None, State.PENDING): Step("ask", False, "received", "stays"),
    (State.PENDING, State.APPROVED): _approve,
    (State.PENDING, State.WAITING): _wait,
    (State.PENDING, State.DECLINED): _decline,
    (State.PENDING, State.WITHDRAWN): _withdraw,
    (State.WAITING, State.APPROVED): _approve,
    (State.WAITING, State.DECLINED): _decline,
    (State.WAITING, State.WITHDRAWN): _withdraw,
    (State.WAITING, State.PENDING): _reopen,
    (State.APPROVED, State.WAITING): Step("wait", True, "waiting", "closes"),
    (State.APPROVED, State.PENDING): Step("reopen", True, "reopened", "closes"),
    (State.APPROVED, State.REVOKED): Step("revoke", True, "revoked", "closes"),
    (State.APPROVED, State.WITHDRAWN): Step("withdraw", False, "withdrawn", "closes"),
    (State.DECLINED, State.PENDING): _reopen,
    (State.REVOKED, State.PENDING): _reopen,
}

# How a request begins, by its origin.
BEGINNINGS = {
    "own": STEPS[None, State.PENDING],
    "by-hand": Step("enter", True, "entered", "stays"),  # for somebody who wrote an e-mail
    "at-door": Step("walk up", True, "entered", "stays"),  # entered by a steward, for somebody who stands there
    "invitation": Step("accept", False, None, "stays"),  # what comes of it at once is told
}


def step_of(begin, to, origin):
    """The step between two states; ``begin`` is empty or None where the request began."""
    return STEPS[begin, to] if begin else BEGINNINGS[origin]


def steps_from(state):
    """``{to: Step}`` for all that may follow."""
    return {to: step for (begin, to), step in STEPS.items() if begin == state}

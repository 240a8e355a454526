"""What a door does with a pass: let in, let out, take the last of these back. Each is done once, whoever else is at it.

The three verbs take a pass (None: it opens nothing), the id of the scan, made where it was done, the door's name and
who stands there; ``at`` and ``offline`` where the door had no network, and ``whose`` request such a door took a pass
for that is dead by now. A scan that is known already gives what it gave before and writes nothing. Each verb is one
transaction that holds the row of the request.
"""

from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from sessions.models import Event

from ..models import AccessRequest, Pass, Scan, User, Visit

Kind, Outcome = Scan.Kind, Scan.Outcome
DONE = (Outcome.ADMITTED, Outcome.LEFT)  # which can be taken back


@dataclass(frozen=True)
class Result:
    """What came of it; ``since`` and ``door`` say when and where the person came in, if they are or were inside."""

    outcome: str
    visit: Visit | None = None
    since: datetime | None = None
    door: str = ""


def check_in(entry_pass, **how):
    """``admitted``, ``already-inside`` or ``not-valid``."""
    return _once(entry_pass, _Deed(Kind.IN, **how), _let_in)


def check_out(entry_pass, **how):
    """``left``, ``not-inside`` or ``not-valid``."""
    return _once(entry_pass, _Deed(Kind.OUT, **how), _let_out)


def undo(entry_pass, **how):
    """``undone``: the last check-in or check-out of this pass is taken back; with ``of`` only if it is that scan.

    Else nothing is done: ``already-inside`` or ``not-inside`` says how it stands, or ``not-valid``.
    """
    return _once(entry_pass, _Deed(Kind.UNDO, **how), _take_back)


@dataclass(frozen=True)
class _Deed:
    kind: str
    _: KW_ONLY
    scan: UUID
    door: str
    by: User
    at: datetime = field(default_factory=lambda: timezone.now())
    offline: bool = False
    whose: AccessRequest | None = None
    of: UUID | None = None

    def came_to(self, outcome, visit=None, **more):
        """The row to be written."""
        since = {"since": visit.came_at, "since_door": visit.came_door} if visit else {}
        said = {"kind": self.kind, "door": self.door, "by": self.by, "at": self.at, "offline": self.offline}
        return Scan(pk=self.scan, outcome=outcome, **said, **since, **more)


def _once(entry_pass, deed, act):
    """Where nothing else keeps two apart, as of one id sent twice, the database lets one, and the other looks again."""
    try:
        return _try(entry_pass, deed, act)
    except IntegrityError:
        return _try(entry_pass, deed, act)


def _try(entry_pass, deed, act):
    with transaction.atomic():
        request = _held(entry_pass)
        known = Scan.objects.filter(pk=deed.scan).select_related("request").first()
        if known is not None:
            return _result(known)
        event = request.event if request else Event.objects.current()
        if event is None:
            return Result(Outcome.NOT_VALID)
        done = act(request, deed) if request else deed.came_to(Outcome.NOT_VALID)
        done.event, done.request = event, request or deed.whose
        done.save(force_insert=True)
        return _result(done)


def _held(entry_pass):
    """The request of this pass, its row locked, if the pass is still good then: it may just be revoked, or renewed."""
    if entry_pass is None:
        return None
    list(AccessRequest.objects.locked().filter(pk=entry_pass.request_id).order_by("pk").values_list("pk"))
    still = Pass.objects.at_door(entry_pass.door_id)
    return still.request if still else None


def _result(scan):
    visit = scan.request.visits.filter(came_at=scan.since).first() if scan.since else None
    return Result(scan.outcome, visit, scan.since, scan.since_door)


def _let_in(request, deed):
    inside = request.visits.open().first()
    if inside is None and deed.offline:  # another door may have let the person in, and out again, since
        inside = request.visits.filter(left_at__gt=deed.at).order_by("came_at").first()
    if inside is not None:
        return deed.came_to(Outcome.ALREADY_INSIDE, inside)
    visit = Visit.objects.create(request=request, came_at=deed.at, came_door=deed.door, came_by=deed.by)
    return deed.came_to(Outcome.ADMITTED, visit)


def _let_out(request, deed):
    inside = request.visits.open().first()
    if inside is None or (deed.offline and inside.came_at > deed.at):
        return deed.came_to(Outcome.NOT_INSIDE)
    left_at = max(deed.at, inside.came_at)  # two machines, two clocks
    Visit.objects.filter(pk=inside.pk).update(left_at=left_at, left_door=deed.door, left_by=deed.by)
    return deed.came_to(Outcome.LEFT, inside)


def _take_back(request, deed):
    last = last_done(request)
    inside = request.visits.open().first()
    if last is None or (deed.of and deed.of != last.pk):
        return deed.came_to(Outcome.ALREADY_INSIDE if inside else Outcome.NOT_INSIDE, inside)
    if last.kind == Kind.IN:
        request.visits.open().delete()
        return deed.came_to(Outcome.UNDONE, undoes=last)
    left = request.visits.filter(came_at=last.since).first()
    Visit.objects.filter(pk=left.pk).update(left_at=None, left_door="", left_by=None)
    return deed.came_to(Outcome.UNDONE, left, undoes=last)


def last_done(request):
    """The newest check-in or check-out that nobody took back."""
    done = request.scans.filter(outcome__in=DONE, undone_by=None)
    return done.order_by("received_at", "pk").last()

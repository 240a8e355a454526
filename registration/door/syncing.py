"""What phones send after a time without a network: read strictly and whole, then done one by one, each once."""

import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.fernet import InvalidToken
from django.core.exceptions import ValidationError
from django.utils import timezone

from cacc_techtrack.sealing import unseal

from ..fields import check_visible
from ..models import AccessRequest, Pass, Scan
from ..models.door import DOOR_LETTERS
from . import checking

AT_ONCE = 500  # scans a request
LARGEST = 300_000  # bytes: five hundred take less
OF = "door-list"  # what the list says of whose pass it is, sealed under this purpose
FIELDS = {"scan", "id", "of", "kind", "at", "door", "list"}
DOOR_ID, SEALED = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9A-Za-z_=-]{1,300}")


class Unreadable(Exception):
    """Not what the door's page sends; the text says where. Nothing was done."""


@dataclass(frozen=True)
class Step:
    """One row of a phone's queue."""

    scan: uuid.UUID
    door_id: str
    of: str  # whose pass it was, sealed
    kind: str
    at: datetime  # by the phone
    list_of: datetime  # when the list was made by which the door went
    door: str
    undoes: uuid.UUID | None = None

    def bounded(self, now):
        """Neither before the list by which the door went, nor in the future: phones have clocks of their own."""
        return min(max(self.at, self.list_of), now)


def read(body: bytes) -> list[Step]:
    """All of them, or ``Unreadable``."""
    if len(body) > LARGEST:
        raise Unreadable(f"More than {LARGEST} bytes.")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("This is no JSON.") from None
    if not isinstance(told, dict) or set(told) != {"scans"} or not isinstance(told["scans"], list):
        raise Unreadable("Expected is one object with a list “scans”.")
    if not 1 <= len(told["scans"]) <= AT_ONCE:
        raise Unreadable(f"Between 1 and {AT_ONCE} scans at once, please.")
    steps = [_step(number, row) for number, row in enumerate(told["scans"], 1)]
    if len({step.scan for step in steps}) < len(steps):
        raise Unreadable("One scan stands there twice.")
    return steps


def _step(number, row):
    try:
        return _read(row)
    except ValueError as error:
        raise Unreadable(f"Scan {number}: {error}") from None


def _read(row):
    if (
        not isinstance(row, dict)
        or set(row) - {"undoes"} != FIELDS
        or not all(isinstance(one, str) for one in row.values())
    ):
        raise ValueError(f"expected are texts named {', '.join(sorted(FIELDS))}.")
    if row["kind"] not in Scan.Kind.values or ("undoes" in row) != (row["kind"] == Scan.Kind.UNDO):
        raise ValueError("kind is in, out, or undo with what it undoes.")
    if not DOOR_ID.fullmatch(row["id"]) or not SEALED.fullmatch(row["of"]):
        raise ValueError("id or of is none of ours.")
    return Step(
        scan=_uuid(row["scan"]),
        door_id=row["id"],
        of=row["of"],
        kind=row["kind"],
        at=_moment(row["at"]),
        list_of=_moment(row["list"]),
        door=_door(row["door"]),
        undoes=_uuid(row["undoes"]) if "undoes" in row else None,
    )


def _uuid(text):
    try:
        found = uuid.UUID(text)
    except ValueError:
        found = None
    if str(found) != text:
        raise ValueError("a scan is named by a UUID in small letters.")
    return found


def _moment(text):
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("a time is written as ISO 8601 has it, with its zone.")


def _door(text):
    try:
        check_visible(text)
        text.encode()  # no half of a pair
    except (ValidationError, UnicodeEncodeError):
        raise ValueError("the door's name holds what cannot be seen.") from None
    if not text.strip() or len(text) > DOOR_LETTERS or set(text) & set("\n\r\t"):
        raise ValueError(f"the door has a name of at most {DOOR_LETTERS} letters.")
    return text


def carry_out(steps, *, by) -> list[dict]:
    """Do them in their order, each in a transaction of its own; what was sent before gives what it gave then.

    Where one fails none before it is undone: what was not answered for is sent again, and by its id is done once.
    """
    now = timezone.now()
    valid = {one.door_id: one for one in Pass.objects.valid().filter(door_id__in={step.door_id for step in steps})}
    keys = {step.scan: _key_in(step.of) for step in steps if step.door_id not in valid}
    were = AccessRequest.objects.in_bulk({key for key in keys.values() if key})
    return [
        _told(step, _done(step, valid.get(step.door_id), by=by, now=now, whose=were.get(keys.get(step.scan))))
        for step in steps
    ]


def _key_in(sealed):
    """The request that the list meant; None if the list was sealed by another secret."""
    try:
        return int(unseal(OF, sealed.encode()))
    except InvalidToken:
        return None


def _done(step, entry_pass, *, by, now, whose):
    how = {"scan": step.scan, "door": step.door, "by": by, "at": step.bounded(now), "offline": True, "whose": whose}
    if step.kind == Scan.Kind.UNDO:
        return checking.undo(entry_pass, of=step.undoes, **how)
    verb = checking.check_in if step.kind == Scan.Kind.IN else checking.check_out
    return verb(entry_pass, **how)


def _told(step, result):
    since = result.since.isoformat() if result.since else None
    return {"scan": str(step.scan), "outcome": result.outcome, "since": since, "door": result.door}

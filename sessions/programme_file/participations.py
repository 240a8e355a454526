"""Who takes part in a session: the file's list, where it gives one, in its order."""

from ..models import Participation
from .report import Changed


def bring_in_line(session, kind, wanted):
    """Make ``wanted`` the session's participants of one kind, and return the ``Changed``, or None.

    ``kind``: "organisation" or "speaker". ``wanted``: pairs of a row of that kind and a role; a role of None leaves
    the one that is known.
    """
    of_kind = session.participations.filter(**{f"{kind}__isnull": False}).select_related(kind)
    known = {getattr(participation, kind): participation for participation in of_kind.order_by("position", "pk")}
    old = [(who, participation.role) for who, participation in known.items()]
    new = [(who, role or _role_of(known.get(who))) for who, role in wanted]
    if new == old:
        return None
    of_kind.exclude(**{f"{kind}__in": [who for who, _ in new]}).delete()
    # Pages show organisations before speakers.
    before = session.participations.filter(organisation__isnull=False).count() if kind == "speaker" else 0
    for position, (who, role) in enumerate(new, before + 1):
        session.participations.update_or_create(**{kind: who}, defaults={"role": role, "position": position})
    return Changed(f"{kind}s", [_line(*pair) for pair in old], [_line(*pair) for pair in new])


def _role_of(participation):
    return participation.role if participation else Participation.Role.PARTICIPANT


def _line(who, role):
    return f"{who} ({role})"

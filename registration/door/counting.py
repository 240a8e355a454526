"""How many are expected, inside, and gone again."""

from django.db.models import Count, Exists, OuterRef, Q

from ..models import AccessRequest, Visit


def counts(event):
    """Of those whom the door lets in now: ``{"expected": all, "inside": …, "left": …}``."""
    visits = Visit.objects.filter(request=OuterRef("pk"))
    inside = Exists(visits.open())
    return (
        AccessRequest.objects.admitting()
        .filter(event=event)
        .aggregate(
            expected=Count("pk"),
            inside=Count("pk", filter=Q(inside)),
            left=Count("pk", filter=Q(Exists(visits)) & ~Q(inside)),
        )
    )

"""Whom a restore must not let back in unnoticed: what the database that is replaced knows of people."""

from django.db import connection, transaction

from . import forgetting
from .models import AccessRequest, User
from .steps import State


class People:
    """Who is shut out, and how each request stands, by addresses: the same in a backup of it."""

    def __init__(self):
        self.shut_out = set(User.objects.filter(is_active=False).values_list("email", flat=True))
        rows = AccessRequest.objects.order_by("pk").values_list("event__slug", "person__email", "state")
        self.states = {(event, email): state for event, email, state in rows}  # of several the newest
        self.forgotten = _forgotten()

    @classmethod
    def of_now(cls):
        """Those of the database that is to be replaced, or None when there is none.

        Raises ``DatabaseError`` when nobody can tell.
        """
        try:
            return cls() if User._meta.db_table in connection.introspection.table_names() else None
        finally:
            connection.close()


def _forgotten():
    """``(key, when they came)`` of each: all that is known of them, and the same in a backup."""
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, User._meta.db_table)
    if "forgotten_at" not in {column.name for column in columns}:  # a database of before
        return set()
    return set(User.objects.exclude(forgotten_at=None).values_list("pk", "joined_at"))


def keep_forgotten(before):
    """Whoever was forgotten since is forgotten again; returns a line for each."""
    lines = []
    for pk, joined_at in sorted(before.forgotten):
        with transaction.atomic():
            again = User.objects.select_for_update().filter(pk=pk, joined_at=joined_at, forgotten_at=None).first()
            if again and forgetting.people().filter(pk=pk).exists():
                forgetting.blank(again)
                lines.append(f"person {pk} is forgotten again")
    return lines


def keep_shut_out(before):
    """Whoever was shut out or forgotten stays so, and approvals that were no more are named; a line for each."""
    again = User.objects.filter(is_active=True, email__in=before.shut_out)
    lines = [f"person {pk} stays shut out" for pk in again.order_by("pk").values_list("pk", flat=True)]
    again.update(is_active=False)
    lines += keep_forgotten(before)
    for request in AccessRequest.objects.filter(state=State.APPROVED).select_related("event", "person"):
        state = before.states.get((request.event.slug, request.person.email), State.APPROVED)
        if state != State.APPROVED:
            lines.append(f"request {request.pk} for {request.event.slug} waits to be confirmed, but was {state} since")
    return lines

"""Whom a restore must not let back in unnoticed: what the database that is replaced knows of people."""

from django.db import connection

from .models import AccessRequest, User
from .steps import State


class People:
    """Who is shut out, and how each request stands, by addresses: the same in a backup of it."""

    def __init__(self):
        self.shut_out = set(User.objects.filter(is_active=False).values_list("email", flat=True))
        rows = AccessRequest.objects.order_by("pk").values_list("event__slug", "person__email", "state")
        self.states = {(event, email): state for event, email, state in rows}  # of several the newest

    @classmethod
    def of_now(cls):
        """Those of the database that is to be replaced, or None when there is none.

        Raises ``DatabaseError`` when nobody can tell.
        """
        try:
            return cls() if User._meta.db_table in connection.introspection.table_names() else None
        finally:
            connection.close()


def keep_shut_out(before):
    """Whoever was shut out stays so, and approvals that were no more are named; returns a line for each."""
    again = User.objects.filter(is_active=True, email__in=before.shut_out)
    lines = [f"person {pk} stays shut out" for pk in again.order_by("pk").values_list("pk", flat=True)]
    again.update(is_active=False)
    for request in AccessRequest.objects.filter(state=State.APPROVED).select_related("event", "person"):
        state = before.states.get((request.event.slug, request.person.email), State.APPROVED)
        if state != State.APPROVED:
            lines.append(f"request {request.pk} for {request.event.slug} waits to be confirmed, but was {state} since")
    return lines

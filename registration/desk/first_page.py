"""Admin's first page: how many asked, what waits, what the programme lacks; each part for whom it is for."""

from django.urls import reverse
from django.utils.text import capfirst

from cacc_techtrack.charts import Columns, Rows, Value
from sessions import warnings
from sessions.models import Event, Session

from .. import counting, places
from ..models import AccessRequest, Mail
from ..steps import State

SESSIONS_NAMED = 5  # of those that lack the same thing
CAUTIONS_SHOWN = 12


def parts_for(user):
    """What this organiser's first page shows, as the template's context."""
    event = Event.objects.current()
    parts = {"event": event}
    if event and user.has_perm("registration.view_accessrequest"):
        parts["requests"] = _requests(event)
        if user.has_perm("registration.decide_accessrequest"):
            parts["begin"] = _first_to_decide(event)
    if user.has_perm("registration.decide_accessrequest") or user.has_perm("registration.view_mail"):
        parts["mail_failed"] = Mail.objects.filter(state=Mail.State.REFUSED).count()
        parts["may_see_mails"] = user.has_perm("registration.view_mail")
    if user.has_perm("agenda.view_session") and user.has_perm("agenda.view_event"):
        parts["programme"] = _programme()
    return parts


def _requests(event):
    states, days = counting.by_state(event), counting.by_day(event)
    kinds = AccessRequest.Kind
    return {
        "list_url": reverse("admin:registration_accessrequest_changelist"),
        "pending": states[State.PENDING],
        "waiting": states[State.WAITING],
        "approved": states[State.APPROVED],
        "places_left": places.left(event),
        "oldest": _pending(event).values_list("asked_at", flat=True).first(),
        "charts": [
            Rows("states", "Requests by state", "State", _values(states, lambda state: State(state).label)),
            Rows(
                "kinds",
                "By kind of organisation",
                "Kind",
                _values(counting.by_kind(event), lambda kind: kinds(kind).label if kind else "not given"),
            ),
            Columns(
                "days",
                "Asked in the last 30 days",
                "Day",
                tuple(Value(_day(day), number) for day, number in counting.last_days(days, event)),
            ),
            Columns(
                "weeks",
                "Asked since requests opened, by week",
                "Week from",
                tuple(Value(_day(day), number) for day, number in counting.weeks(days)),
            ),
        ],
    }


def _pending(event):
    return AccessRequest.objects.filter(event=event, state=State.PENDING).order_by("asked_at", "pk")


def _first_to_decide(event):
    pk = _pending(event).values_list("pk", flat=True).first()
    return pk and reverse("admin:registration_accessrequest_change", args=[pk])


def _values(counted, label):
    return tuple(Value(capfirst(str(label(name))), number) for name, number in counted.items())


def _day(day):
    return f"{day.day} {day:%b %Y}"


def _programme():
    """Of every event that is not over: what is hidden, and what to look at before the day."""
    events = list(Event.objects.filter(archived=False).order_by("-is_current", "date"))
    told = warnings.of_events(events)
    hidden = Session.objects.filter(track__event__in=events, published=False).select_related("track").in_order()
    drafts = {event.pk: [] for event in events}
    for session in hidden:
        drafts[session.track.event_id].append(session)
    return [
        {
            "event": event,
            "cautions": [_short(one) for one in told[event.pk][:CAUTIONS_SHOWN]],
            "further": max(0, len(told[event.pk]) - CAUTIONS_SHOWN),
            "hidden": _short(warnings.Caution("Not published", tuple(drafts[event.pk]))),
        }
        for event in events
    ]


def _short(caution):
    named = caution.sessions[:SESSIONS_NAMED]
    return {
        "kind": caution.kind,
        "words": caution.words,
        "sessions": named,
        "further": len(caution.sessions) - len(named),
    }

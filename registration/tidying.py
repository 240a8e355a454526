"""What must not be kept, taken away: by the mail worker and by ``manage.py tidy``, for a timer.

Every step is a conditional DELETE or UPDATE in a short transaction of its own, so two runs at once do no harm.
"""

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from sessions.models import Material

from .models import EnrolmentCode, Invitation, LoginSession, Mail, RefusedCodes, User
from .sign_in import codes, limits

AT_ONCE = 500  # rows a transaction, so that nobody waits long for the database


def what_cannot_wait():
    """Codes that can no longer be used: called by the mail worker every few seconds."""
    return {"sign-in codes": codes.kill_old(), "codes that were not sent in time": _empty_unsent_codes()}


def everything():
    """All of it; returns ``{what: how many rows}``."""
    return what_cannot_wait() | {
        "enrolment codes": _enrolment_codes(),
        "login sessions": _login_sessions(),
        "mails with a code": _mails_with_a_code(),
        "recipients of old mail": _recipients(),
        "addresses that nobody proved": _unproven_people(),
        "addresses of invitations that ended": _invitations(),
        "counters": limits.forget_old(),
        "counts of refused codes": _refused_codes(),
        "cache entries": _cache_entries(),
        "files of no material": Material.objects.sweep(),
    }


def _empty_unsent_codes():
    now = timezone.now()
    late = Mail.objects.filter(purpose=Mail.SIGN_IN_CODE, state=Mail.State.QUEUED, created_at__lt=now - codes.LIFE)
    return _update(late, state=Mail.State.EXPIRED, sealed=None, ended_at=now, leased_until=None)


def _enrolment_codes():
    return EnrolmentCode.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def _login_sessions():
    return _delete(LoginSession.objects.over())


def _mails_with_a_code():
    """Anybody may have these sent, hundreds a minute; who was decided on reads for good that they were told."""
    old = timezone.now() - Mail.KEEPS_CODES
    return _delete(Mail.objects.filter(purpose=Mail.SIGN_IN_CODE, ended_at__lt=old))


def _recipients():
    last = Q(purpose=Mail.FORGOTTEN, ended_at__isnull=False)  # whoever got it is to be known no longer
    ended = Mail.objects.filter(last | Q(ended_at__lt=timezone.now() - Mail.KEEPS_RECIPIENT))
    still_told = ended.exclude(recipient="", answer="", person=None, known_browser="")
    return _update(still_told, recipient="", person=None, answer="", known_browser="")


def _unproven_people():
    """Looked at once more under a lock: somebody may be proving the address at this moment."""
    old = User.objects.never_proven().filter(joined_at__lt=timezone.now() - User.MAY_STAY_UNPROVEN)
    gone = 0
    for found in _portions(old):
        with transaction.atomic():
            list(User.objects.select_for_update().filter(pk__in=found).order_by("pk").values_list("pk"))
            deleted = old.filter(pk__in=found).delete()[1]
        gone += deleted.get(User._meta.label, 0)
    return gone


def _invitations():
    ended = Invitation.objects.ended_before(timezone.now() - Invitation.KEEPS_ADDRESS)
    return _update(ended.exclude(address="", full_name="", organisation=""), address="", full_name="", organisation="")


def _refused_codes():
    return RefusedCodes.objects.filter(minute__lt=timezone.now() - RefusedCodes.KEPT).delete()[0]


def _cache_entries():
    """Counters of tries live in the table until their time is over; nothing else takes them out."""
    if not settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache"):
        return 0
    table = connection.ops.quote_name(settings.CACHES["default"]["LOCATION"])
    now = connection.ops.adapt_datetimefield_value(timezone.now().replace(microsecond=0))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [now])  # noqa: S608  # nosec B608  # a name of our settings
        return cursor.rowcount


def _portions(rows):
    """Their keys, a list for each transaction; none comes twice, whatever becomes of them meanwhile."""
    ahead = rows.order_by("pk").values_list("pk", flat=True)
    found = list(ahead[:AT_ONCE])
    while found:
        yield found
        found = list(ahead.filter(pk__gt=found[-1])[:AT_ONCE])


def _delete(rows):
    return sum(rows.filter(pk__in=found).delete()[0] for found in _portions(rows))


def _update(rows, **values):
    return sum(rows.filter(pk__in=found).update(**values) for found in _portions(rows))

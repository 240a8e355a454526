"""Sign-in codes: how many may be mailed, how often one may be tried, and that each works once.

The rows of the database are the counters, so every process sees them and nothing forgets them under load.
"""

from datetime import timedelta

from allauth.core.internal.cryptokit import generate_user_code, normalize_user_code
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language

from cacc_techtrack.sealing import digest, seal

from ..models import Deed, Mail, Record, SignInCode, StepRefused, User

MAILS_AN_HOUR = 10  # to one address: for all strangers together, and for each browser that is known
WRONG_TRIES = settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS
LIFE = timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
# At most, between our machines, or when a clock that ran wrong is set right; a code from further ahead is refused.
CLOCKS_DIFFER = timedelta(minutes=6)


class NotReadOut(StepRefused):
    """To whom no code is read out; its text says why."""


def digest_of(code):
    return digest("sign-in-code", normalize_user_code(code))


def wait_for_next_mail(person, known_browser=""):
    """None when a code may be mailed to this person now, for this browser, else how long they must wait.

    Locks the person's row, so that of many at once no more than the limit get through; call it and ``issue``
    in one transaction.
    """
    User.objects.select_for_update().get(pk=person.pk)
    now = timezone.now()
    hour = timedelta(hours=1)
    asked = list(
        Mail.objects.filter(
            person=person, purpose=Mail.SIGN_IN_CODE, known_browser=known_browser, created_at__gt=now - hour
        )
        .order_by("-created_at")
        .values_list("created_at", flat=True)[:MAILS_AN_HOUR]
    )
    if len(asked) < MAILS_AN_HOUR:
        return None
    return asked[-1] + hour - now


def issue(person, code, known_browser=""):
    """Make a code live and queue the mail that carries it."""
    SignInCode.objects.create(user=person, digest=digest_of(code))
    Mail.objects.queue(
        Mail.SIGN_IN_CODE,
        person,
        sealed=seal("sign-in-code", code.encode()),
        known_browser=known_browser,
        language=get_language(),  # of the page that asks for it, whatever the person's own was
    )


def lives_since(made_at):
    """Whether a code made then is of use now; one from the future is not: a clock was set back."""
    now = timezone.now()
    return now - LIFE <= made_at <= now + CLOCKS_DIFFER


def _live(code):
    now = timezone.now()
    return SignInCode.objects.filter(
        digest=digest_of(code),
        used_at=None,
        created_at__gt=now - LIFE,
        created_at__lt=now + CLOCKS_DIFFER,
    )


def spend_try(code):
    """Take one of the tries of the code that this browser was sent; False when none is left or it is dead.

    One conditional UPDATE, committed before anything is compared: of many at once exactly the limit get through.
    """
    return bool(_live(code).filter(wrong_tries__lt=WRONG_TRIES).update(wrong_tries=F("wrong_tries") + 1))


def use(code):
    """Consume a code that was typed right, and give its try back; False when it is dead or was used before."""
    return bool(_live(code).update(used_at=timezone.now(), wrong_tries=F("wrong_tries") - 1))


def read_out(person, *, by, address=None):
    """A fresh code that an organiser tells this person by telephone, in place of any before; returns it.

    ``address`` is theirs as the organiser saw it, who vouches for that one. Raises ``NotReadOut``.
    """
    with transaction.atomic():
        now = User.objects.select_for_update().get(pk=person.pk)
        check_may_be_read_to(now)
        if address is not None and address != now.email:
            raise NotReadOut("The address was changed after you opened the page. No code was made; look at it anew.")
        code = generate_user_code(length=8)
        SignInCode.objects.filter(user=now, read_out_by__isnull=False).delete()
        SignInCode.objects.create(user=now, digest=_digest_of_read_out(code), read_out_by=by)
        about, newest = f"for {now.email}", now.access_requests.order_by("-pk").first()
        Record.objects.write(Deed.READ_OUT, by=by, about=about, request=newest)
        Mail.objects.queue(Mail.READ_OUT, now)
        return code


def check_may_be_read_to(person):
    """Raise ``NotReadOut`` for organisers, whose mailbox must not be left out, and for whoever is shut out."""
    if person.is_staff or person.is_superuser:
        raise NotReadOut(
            "This is an organiser: they sign in with a code by mail and a second factor, and no other way."
        )
    if not person.is_active:
        raise NotReadOut("This person is shut out.")


def use_read_out(mailed, typed):
    """Consume ``typed`` if it was read out to whom ``mailed``, the code of the asking browser, was sent; else False.

    The same statements whoever that is, until it is right. Nobody with admin rights gets in by it, even if they had
    none when it was made: their row is locked meanwhile.
    """
    with transaction.atomic():
        person = User.objects.select_for_update(of=("self",)).filter(sign_in_codes__digest=digest_of(mailed)).first()
        rows = _read_out_to(person, typed)
        if not rows.update(used_at=timezone.now()):
            return False
        code = SignInCode.objects.select_related("read_out_by").get(digest=_digest_of_read_out(typed))
        about = person.email + ("" if person.has_proven_address() else ", proven by telephone")
        newest = person.access_requests.order_by("-pk").first()
        Record.objects.write(Deed.VOUCHED, by=code.read_out_by, about=about, request=newest)
        return True


def _read_out_to(person, code):
    """The row of this code, if it is of use to this person now, and the organiser who vouches for them is still one."""
    now = timezone.now()
    return SignInCode.objects.filter(
        Q(user__is_active=True, user__is_staff=False, user__is_superuser=False),
        Q(read_out_by__is_active=True, read_out_by__is_staff=True),
        user=person,
        digest=_digest_of_read_out(code),
        used_at=None,
        created_at__gt=now - LIFE,
        created_at__lt=now + CLOCKS_DIFFER,
    )


def _digest_of_read_out(code):
    """Another than a mailed one's: neither is taken for the other."""
    return digest("read-out-code", normalize_user_code(code))


def kill_old():
    """Delete codes that can no longer be used, and those from the future: a clock was set back. Returns how many.

    By the clock of another machine one may live yet.
    """
    now = timezone.now()
    old, _ = SignInCode.objects.filter(created_at__lt=now - LIFE - CLOCKS_DIFFER).delete()
    ahead, _ = SignInCode.objects.filter(created_at__gt=now + CLOCKS_DIFFER).delete()
    return old + ahead

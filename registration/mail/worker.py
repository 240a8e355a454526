"""Delivering the outbox: one row at a time, under a lease, codes first."""

import logging
import smtplib
import time
from datetime import timedelta

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from cacc_techtrack.logs import working_for

from .. import reminding, telling, telling_organisers, tidying, waiting_list, watching
from ..models import Mail
from ..sign_in import codes
from .letters import code_in, letter

log = logging.getLogger("techtrack.mail")

# Longer than a mail server may keep us waiting for the four answers to one message (EMAIL_TIMEOUT for each); what
# connecting takes is not in it, since the lease begins anew once that is done.
LEASE = timedelta(seconds=90)
PAUSES = [timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720)]  # after the n-th try that came to nothing
PAUSES_OF_CODES = [timedelta(seconds=s) for s in (15, 15, 30, 60, 120, 240)]  # together they fill a code's life
CHORES = [  # with their seconds; a site without a timer for `manage.py tidy` is kept tidy all the same
    (tidying, "what_cannot_wait", 10),
    (telling, "of_changes", 10),
    (telling_organisers, "of_requests", 10),
    (waiting_list, "pass_all_on", 10),
    (reminding, "of_tomorrow", 10),
    (watching, "look", 300),
    (tidying, "everything", 3600),
]
IDLE = 0.5  # seconds between two looks at an empty outbox


class LeaseLost(Exception):
    """Connecting took so long that another worker has taken the row."""


class Worker:
    """Delivers mail over one kept connection until told to stop."""

    def __init__(self):
        self.connection = None
        self.stopping = False
        self.done_at = {}

    def run(self):
        while not self.stopping:
            try:
                self.do_chores()
                idle = not self.deliver_next()
            except (DatabaseError, InterfaceError) as error:  # stopped, or locked for long: look again later
                log.warning("the database does not answer: %s", type(error).__name__)
                connection.close()
                idle = True
            if idle:
                self.hang_up()
                time.sleep(IDLE)
        self.hang_up()

    def do_chores(self):
        """What is due besides mail. Each counts as done before it is begun: one that fails must keep no mail back."""
        for module, name, every in CHORES:
            if time.monotonic() - self.done_at.get(name, -every) >= every:
                self.done_at[name] = time.monotonic()
                getattr(module, name)()

    def deliver_all(self):
        """Deliver what is due now; returns how many rows were looked at."""
        count = 0
        try:
            while not self.stopping and self.deliver_next():
                count += 1
        finally:
            self.hang_up()
        return count

    def deliver_next(self):
        """Take one row and deliver it. False when nothing is due."""
        mail = lease_next()
        if mail is None:
            return False
        with working_for(mail.request_id):
            return self.deliver(mail)

    def deliver(self, mail):
        if mail.purpose == Mail.SIGN_IN_CODE and not codes.lives_since(mail.created_at):
            end(still_ours(mail), Mail.State.EXPIRED, "The code expired before it could be sent.")
            return True
        if not is_still_for_them(mail):
            end(still_ours(mail), Mail.State.EXPIRED, "Not sent: by then it was not for them any more.")
            return True
        if mail.purpose == Mail.INVITATION and not (mail.invitation and mail.invitation.is_open):
            end(still_ours(mail), Mail.State.EXPIRED, "Not sent: by then the invitation held no more.")
            return True
        try:
            message = letter(mail)
            if self.connection is None:
                self.call(mail)
        except (DatabaseError, InterfaceError):
            raise
        except Exception as error:  # about us, not about this message: the next try may find it mended
            self.failed(mail, read_refusal(error)[0], is_final=False, error=error)
            self.hang_up()
            return True
        try:
            self.connection.send_messages([message])
        except Exception as error:
            still_talks = is_about_the_message(error, self.connection)
            self.failed(mail, *read_refusal(error), error=error, overtaken=still_talks)
            if not still_talks:
                self.hang_up()  # only now: a server that hangs may be slow in parting too
        else:
            self.write_down_as_sent(mail)
            log.info("mail sent", extra=about(mail))
            announce(mail, message)
        return True

    def call(self, mail):
        """Connect to the mail server, which may take it long, and begin the lease anew."""
        self.connection = get_connection()
        self.connection.open()
        if not still_ours(mail).update(leased_until=timezone.now() + LEASE):
            raise LeaseLost

    def write_down_as_sent(self, mail):
        """It has left: try until the database takes that, since whoever finds the row unwritten sends it again."""
        answer = "250 accepted" if "smtp" in settings.EMAIL_BACKEND else "written to a file"
        give_up_at = time.monotonic() + LEASE.total_seconds()
        while True:
            try:
                return end(Mail.objects.filter(pk=mail.pk), Mail.State.SENT, answer)
            except (DatabaseError, InterfaceError) as error:
                connection.close()
                if self.stopping or time.monotonic() > give_up_at:
                    raise
                log.warning("mail %s was sent, but the database does not take it: %s", mail.pk, type(error).__name__)
                time.sleep(IDLE)

    def failed(self, mail, answer, is_final, *, error, overtaken=False):
        """Write down a try that came to nothing; ``overtaken`` lets every code that was never tried go first.

        Anybody may have codes sent to addresses that the mail server refuses for now. These must not hold up others.
        """
        log.warning("mail not sent", extra=about(mail) | {"why": type(error).__name__, "final": is_final})
        is_code = mail.purpose == Mail.SIGN_IN_CODE  # its life is its limit: servers that greylist ask for minutes
        if is_final:
            end(still_ours(mail), Mail.State.REFUSED, answer)
        elif mail.tries > len(PAUSES) and not is_code:
            end(still_ours(mail), Mail.State.REFUSED, f"Given up after {mail.tries} tries. {answer}")
        else:
            if not is_code:
                pause = PAUSES[mail.tries - 1]
            else:
                pause = PAUSES_OF_CODES[min(mail.tries, len(PAUSES_OF_CODES)) - 1 if overtaken else 0]
            still_ours(mail).update(
                due_at=timezone.now() + pause,
                leased_until=None,
                answer=answer[:500],
                urgent=is_code and not overtaken,
            )

    def hang_up(self):
        if self.connection is not None:
            try:
                self.connection.close()
            except (OSError, smtplib.SMTPException):
                log.info("the mail server had hung up already")
            self.connection = None


def lease_next():
    """The most urgent row that is due, now leased to this worker and to no other; None when there is none.

    One that was never tried is due whatever the clock says, which may be behind that of who queued it.
    """
    now = timezone.now()
    free, due = Q(leased_until=None) | Q(leased_until__lt=now), Q(tries=0) | Q(due_at__lte=now)
    due = Mail.objects.filter(free, due, state=Mail.State.QUEUED)
    with transaction.atomic():
        mail = due.select_for_update(skip_locked=True, of=("self",)).order_by("-urgent", "due_at", "pk").first()
        if mail is None:
            return None
        Mail.objects.filter(pk=mail.pk).update(leased_until=now + LEASE, tries=F("tries") + 1)
    return Mail.objects.select_related(*what_it_tells_of(mail)).get(pk=mail.pk)


def what_it_tells_of(mail):
    """The rows that its letter needs: those of every kind at once take the database longer than all the rest."""
    if mail.decision_id:
        return "decision__request__event", "decision__request__person"
    if mail.circular_id:
        return "circular__event", "person", "copy__request", "copy__person"
    return "person", "event", "invitation"


def still_ours(mail):
    """The row, unless another worker has leased it since: each lease counts one try more."""
    return Mail.objects.filter(pk=mail.pk, tries=mail.tries, state=Mail.State.QUEUED)


def is_still_for_them(mail):
    """Mails that nobody's deed asked for go out only to who may and wishes to hear of it at that moment.

    What was decided of a request goes to its person's address alone, which may have been corrected since.
    """
    match mail.purpose:
        case Mail.CHANGES:
            return telling.still_hears(mail)
        case Mail.CIRCULAR if hasattr(mail, "copy"):
            return mail.copy.is_still_for_them()
        case Mail.CIRCULAR:  # a test, to its writer
            return mail.person is not None and mail.person.is_staff and mail.person.is_active
        case Mail.REMINDER:
            return reminding.still_for_them(mail)
        case Mail.REQUESTS_WAIT:
            return telling_organisers.still_hears(mail)
        case _ if mail.decision is not None:  # a stranger's, maybe, if the address before was mistyped
            return mail.recipient == mail.decision.request.person.email
    return True


def end(mails, state, answer):
    mails.update(state=state, answer=answer[:500], ended_at=timezone.now(), leased_until=None, sealed=None)


def read_refusal(error):
    """What a failed delivery says, as ``(text, is it final)``.

    5xx is final, everything else may pass (RFC 5321, 4.2.1).
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused) and error.recipients:
        code, words = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, error.smtp_error
    else:
        return f"{type(error).__name__}: {error}", False
    words = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    about_us = isinstance(error, smtplib.SMTPSenderRefused)  # our address, not theirs: somebody may set that right
    return f"{code} {words}", 500 <= code < 600 and not about_us


def is_about_the_message(error, backend):
    """True when the mail server refused this one and is ready for the next: connecting anew for each would be slow."""
    refusals = smtplib.SMTPRecipientsRefused | smtplib.SMTPSenderRefused | smtplib.SMTPDataError
    smtp = getattr(backend, "connection", None)  # smtplib gives its socket up when the server parts, with 421 for one
    return isinstance(error, refusals) and getattr(smtp, "sock", None) is not None


def about(mail):
    """What a log line says of a mail: not to whom it goes."""
    return {"mail": mail.pk, "purpose": mail.purpose, "try": mail.tries}


def announce(mail, message):
    """On a local site a line on the terminal, with the code, so that one can sign in without a mailbox."""
    if settings.LOCAL:
        code = code_in(mail)
        print(f"mail to {mail.recipient}: {message.subject}" + (f"  code: {code}" if code else ""), flush=True)

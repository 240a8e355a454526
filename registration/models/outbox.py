"""The outbox: mail that is to go out, and how that went."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cacc_techtrack.logs import request_id


class SecondFactorNews(models.TextChoices):
    """What an organiser is told of their second factor, as one sentence each."""

    APP_ADDED = "app-added", "An authenticator app was set up as your second factor."
    APP_REMOVED = "app-removed", "The authenticator app was removed from your second factors."
    PASSKEY_ADDED = "passkey-added", "A passkey was added to your second factors."
    PASSKEY_REMOVED = "passkey-removed", "A passkey was removed from your second factors."
    CODES_MADE = "codes-made", "New recovery codes were made for you; any from before are dead."
    CODE_USED = "code-used", "A recovery code of yours was used in place of your second factor."
    ENROLMENT_CODE = "enrolment-code", "An enrolment code was issued for you, to set up a second factor."
    DEVICE_LOST = (
        "device-lost",
        "Your device was reported as lost: your second factors were removed, you were signed out everywhere, and an "
        "enrolment code was issued for you.",
    )
    GUESSED = (
        "guessed",
        "Ten wrong codes were given for your second factor within a day, by somebody who can read your mail: that is "
        "how far they came.",
    )


class MailQuerySet(models.QuerySet):
    def queue(self, purpose, person, **what):
        """Write down, in the transaction at hand, that a mail is to go out; see ``Mail.to`` for the arguments."""
        return self.queue_all([Mail.to(purpose, person, **what)])[0]

    def queue_all(self, mails):
        """The same for many at once; the worker delivers them later."""
        return self.bulk_create(mails)

    def cancel_codes_of(self, person):
        """Codes that were not sent yet stay unsent."""
        self.filter(person=person, purpose=Mail.SIGN_IN_CODE, state=Mail.State.QUEUED).update(
            state=Mail.State.EXPIRED, sealed=None, ended_at=timezone.now()
        )


class Mail(models.Model):
    """What is to be told to whom, and how that went. Bodies are made at delivery and kept nowhere."""

    SIGN_IN_CODE = "sign-in-code"
    SECOND_FACTOR = "second-factor"
    CODES_USED_UP = "codes-used-up"
    ADDRESS_CHANGED = "address-changed"  # to the one before
    ENTERED = "entered"  # by organisers, for somebody who wrote to them
    FORGOTTEN = "forgotten"  # the last there is, to the address that was theirs
    READ_OUT = "read-out"  # to whom an organiser reads out a code
    INVITATION = "invitation"
    CHANGES = "changes"  # of the programme, to guests who asked for it
    CIRCULAR = "circular"  # that organisers wrote to many
    REMINDER = "reminder"  # of the day before, to guests
    REQUESTS_WAIT = "requests-wait"  # for a decision, to organisers who asked for it
    FOR_ORGANISERS = (SECOND_FACTOR, CODES_USED_UP, REQUESTS_WAIT)  # in English, like admin
    KEEPS_RECIPIENT = timedelta(days=7)  # after its end
    KEEPS_CODES = timedelta(days=1)  # rows of sign-in codes, after their end

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        SENT = "sent", "accepted by the mail server"
        REFUSED = "refused", "refused"
        EXPIRED = "expired", "not sent in time"

    purpose = models.CharField(max_length=20)
    recipient = models.EmailField(max_length=254, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="mails")
    decision = models.ForeignKey("registration.Decision", on_delete=models.PROTECT, null=True, related_name="mails")
    language = models.CharField(max_length=10, default="en")
    sealed = models.BinaryField(null=True, editable=False)  # a sign-in code, until sent or expired
    # Which known browser asked for the code, as a digest; empty: a stranger's. Each has its allowance.
    known_browser = models.CharField(max_length=64, blank=True, editable=False)
    about = models.CharField(max_length=20, blank=True, choices=SecondFactorNews.choices)  # what the letter tells
    event = models.ForeignKey(
        "agenda.Event", on_delete=models.SET_NULL, null=True, related_name="+"
    )  # without decision
    invitation = models.ForeignKey(
        "registration.Invitation", on_delete=models.SET_NULL, null=True, related_name="mails", editable=False
    )
    circular = models.ForeignKey("registration.Circular", on_delete=models.PROTECT, null=True, related_name="+")
    urgent = models.BooleanField(default=False, editable=False)
    request_id = models.CharField(max_length=64, blank=True, editable=False)  # of the request that queued it

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    answer = models.CharField("the mail server's answer", max_length=500, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = "mail"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-urgent", "due_at", "id"], condition=Q(state="queued"), name="mail_to_deliver"),
            models.Index(fields=["person", "purpose", "created_at"], name="mail_of_person"),
            models.Index(fields=["created_at"], condition=Q(state="refused"), name="mail_refused"),
        ]
        constraints = [
            # One that was not sent, since by then it was not for them, hinders none that is.
            models.UniqueConstraint(
                fields=["person", "event"],
                condition=Q(purpose="reminder") & ~Q(state="expired"),
                name="one_reminder_a_person",
            ),
        ]

    def __str__(self):
        return f"{self.purpose}, {self.get_state_display()}"

    @classmethod
    def to(cls, purpose, person, *, to="", language="", **what):
        """A mail that is not queued yet. ``what`` are fields that say what it tells of: ``decision``, ``event``, …

        ``to`` is another address than the person's own now; ``language`` another than the person's own. An invitation
        is to an address, of which nobody knows a person yet.
        """
        return cls(
            purpose=purpose,
            recipient=to or person.email,
            language=language or cls.language_for(purpose, person),
            person=person,
            urgent=purpose == cls.SIGN_IN_CODE,
            request_id=request_id(),
            **what,
        )

    @classmethod
    def language_for(cls, purpose, person):
        """The language in which this person is told of it."""
        return "en" if purpose in cls.FOR_ORGANISERS else person.language

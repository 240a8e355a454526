"""Invitations: a place in front of the queue, for whoever proves that one address is theirs."""

from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from ..steps import REOPENED_BY_ORGANISERS_ONLY
from ..steps import State as RequestState
from .decisions import Decision, Full, StepRefused
from .outbox import Mail
from .people import RulesAcceptance, User
from .records import Deed, Record
from .requests import AccessRequest


class InvitationOver(StepRefused):
    """It was recalled, has expired, or was answered already."""


class InvitationQuerySet(models.QuerySet):
    def open(self):
        """Of organisers who still are: what is accepted is approved in their name."""
        sent = self.filter(state=Invitation.State.SENT, expires_at__gt=timezone.now()).exclude(address="")
        return sent.filter(invited_by__is_active=True, invited_by__is_staff=True)

    def to(self, person):
        """Whatever became of them: by the address, or by the request that one led to."""
        return self.filter(Q(address=person.email) | Q(request__person=person))

    def held_by(self, person, event):
        """The open one for exactly the address that this person has proven, if any."""
        if event is None or event.archived or not person.is_active or not person.has_proven_address():
            return self.none()
        return self.open().filter(event=event, address=person.email)

    def with_proof(self):
        """Each with ``is_proven``: whether somebody proved the address."""
        from allauth.account.models import EmailAddress

        proven = EmailAddress.objects.filter(email=models.OuterRef("address"), verified=True)
        return self.annotate(is_proven=models.Exists(proven))

    def end_for(self, people, event, *, by):
        """Recall what was sent to these people, in the transaction at hand: organisers have decided otherwise since.

        Once their request is reopened, to be judged anew, an older invitation would approve it.
        """
        for one in self.filter(event=event, address__in=[one.email for one in people], state=Invitation.State.SENT):
            one._end(Invitation.State.RECALLED)
            Record.objects.write(Deed.RECALLED, by=by, about=str(one))

    def ended_before(self, moment):
        """Those that nobody can accept any more since then."""
        return self.filter(Q(ended_at__lt=moment) | Q(state=Invitation.State.SENT, expires_at__lt=moment))


class Invitation(models.Model):
    """An organiser's word that whoever holds an address may come. It opens nothing: the request it leads to does."""

    class State(models.TextChoices):
        SENT = "sent", "sent"
        ACCEPTED = "accepted", "accepted"
        DECLINED = "declined", "declined"
        RECALLED = "recalled", "recalled"

    HOLDS_DAYS = 30
    MAILS_A_DAY = 3
    KEEPS_ADDRESS = timedelta(days=30)  # after its end

    event = models.ForeignKey("agenda.Event", on_delete=models.PROTECT, related_name="invitations")
    address = models.EmailField("e-mail address", max_length=254, blank=True)  # emptied some time after its end
    full_name = models.CharField("full name", max_length=150, blank=True)
    organisation = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10, default="en")
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENT)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_by_name = models.CharField("invited by", max_length=150)
    sent_at = models.DateTimeField("sent", default=timezone.now)  # the last time
    expires_at = models.DateTimeField("holds until")
    ended_at = models.DateTimeField(null=True)
    request = models.OneToOneField(AccessRequest, on_delete=models.PROTECT, null=True, related_name="invitation")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "-pk"]
        indexes = [
            models.Index(fields=["address", "event"], name="invitation_of_address"),
            models.Index(fields=["-sent_at", "-id"], name="invitations_newest_first"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "address"],
                condition=Q(state="sent") & ~Q(address=""),
                name="one_open_invitation",
                violation_error_message="This address is invited already.",
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", request__isnull=False) | Q(state__in=["sent", "declined", "recalled"]),
                name="accepted_with_a_request",
                violation_error_message="An invitation is sent, accepted with a request, declined or recalled.",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", ended_at=None) | ~Q(state="sent") & Q(ended_at__isnull=False),
                name="ended_unless_sent",
                violation_error_message="An invitation that was answered or recalled has ended.",
            ),
        ]

    def __str__(self):
        return f"invitation {self.pk} for {self.event}"

    @property
    def is_open(self):
        holds = self.state == self.State.SENT and self.expires_at > timezone.now() and bool(self.address)
        return holds and self.is_of_an_organiser

    @property
    def is_of_an_organiser(self):
        """Whether who invited still is one; if not, it holds no more until another organiser sends it again."""
        return self.invited_by.is_active and self.invited_by.is_staff

    @property
    def has_expired(self):
        return self.state == self.State.SENT and self.expires_at <= timezone.now()

    def send(self):
        """Queue the mail, in the transaction at hand."""
        return Mail.objects.queue(
            Mail.INVITATION, None, to=self.address, event=self.event, language=self.language, invitation=self
        )

    def send_again(self, *, by, days=HOLDS_DAYS):
        """Once more, and it holds anew, as the word of ``by``. Raises ``StepRefused``: then nothing was sent."""
        with transaction.atomic():
            now = self._locked()
            if now.state != self.State.SENT or not now.address:
                raise StepRefused(f"It is {now.get_state_display()} by now. Nothing was sent.")
            if now.event.archived:
                raise StepRefused("This event is over. Nothing was sent.")
            if turned := turned_away(now.event, [now.address]).get(now.address):
                raise StepRefused(f"A request of this address was {turned}. Reopen it instead. Nothing was sent.")
            lately = now.mails.filter(created_at__gt=timezone.now() - timedelta(days=1)).count()
            if lately >= self.MAILS_A_DAY:
                raise StepRefused(f"It was sent {lately} times within a day. Nothing was sent; try again tomorrow.")
            moment = timezone.now()
            Invitation.objects.filter(pk=self.pk).update(
                sent_at=moment,
                expires_at=moment + timedelta(days=days),
                invited_by=by,
                invited_by_name=str(by)[:150],
            )
            Record.objects.write(Deed.INVITED, by=by, about=f"again, {now}")
            now.send()
        self.refresh_from_db()

    def recall(self, *, by):
        """It opens nothing any more. An accepted one is a request, which is revoked. Raises ``StepRefused``."""
        with transaction.atomic():
            now = self._locked()
            if now.state == self.State.ACCEPTED:
                raise StepRefused("It was accepted: revoke the request, if they are not to come. Nothing was recalled.")
            if now.state != self.State.SENT:
                raise StepRefused(f"It is {now.get_state_display()} already.")
            now._end(self.State.RECALLED)
            Record.objects.write(Deed.RECALLED, by=by, about=str(now))
        self.refresh_from_db()

    def accept(self, person, *, rules_version, answers=None):
        """Approve this person's request, made of ``answers`` unless one is live. Returns it.

        Decided by the organiser who invited, at once; where all places are taken it waits. Locks the person, then this
        row, then what deciding locks. Raises ``InvitationOver`` or another ``StepRefused``: then nothing was done.
        """
        with transaction.atomic():
            request, now = self._of(person)
            if request is None:
                request = AccessRequest.objects.create(
                    person=person,
                    event=now.event,
                    origin=AccessRequest.Origin.INVITATION,
                    entered_by=now.invited_by,
                    **answers,
                )
                request.begin(by=person)
            RulesAcceptance.write_down(person, rules_version)
            if request.state != RequestState.APPROVED:
                self._let_in(request, by=now.invited_by)
            now._end(self.State.ACCEPTED, request)
        self.refresh_from_db()
        return request

    def decline(self, person):
        """The person does not come by it. Raises ``InvitationOver``."""
        with transaction.atomic():
            _, now = self._of(person, to_accept=False)
            now._end(self.State.DECLINED)
        self.refresh_from_db()

    def _of(self, person, *, to_accept=True):
        """``(live request or None, this row)``, both of now and locked, if the invitation holds for this person."""
        person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        now = self._locked()
        if not Invitation.objects.held_by(person, now.event).filter(pk=now.pk).exists():
            raise InvitationOver(gettext("This invitation does not hold any more. Nothing was changed."))
        live = AccessRequest.objects.of(person, now.event).live().first()
        if to_accept and live is None and not AccessRequest.may_ask(person, now.event):
            raise StepRefused(gettext("Only organisers can reopen your request. Nothing was changed."))
        return live, now

    @staticmethod
    def _let_in(request, *, by):
        try:
            request.approve(by=by)
        except Full:
            if request.state == RequestState.PENDING:
                request.wait(by=by)

    def _locked(self):
        return Invitation.objects.select_for_update(of=("self",)).select_related("event", "invited_by").get(pk=self.pk)

    def _end(self, state, request=None):
        Invitation.objects.filter(pk=self.pk).update(state=state, request=request, ended_at=timezone.now())
        self.mails.filter(state=Mail.State.QUEUED).update(
            state=Mail.State.EXPIRED, ended_at=timezone.now(), answer="Not sent: the invitation had ended."
        )


def turned_away(event, addresses):
    """``{address: "declined"}`` of those whose request for the event, or that it was merged into, is to be reopened."""
    rows = AccessRequest.objects.filter(event=event, person__email__in=addresses).order_by("pk")
    states = dict(rows.values_list("person__email", "state"))  # of several the newest
    merged = Decision.objects.filter(request__in=rows, merged_into__state__in=REOPENED_BY_ORGANISERS_ONLY)
    states |= dict(merged.values_list("request__person__email", "merged_into__state"))
    return {
        address: RequestState(state).label for address, state in states.items() if state in REOPENED_BY_ORGANISERS_ONLY
    }

"""A mail that organisers write to many: to all whose request is in one state, or to those they chose."""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from cacc_techtrack.logs import request_id

from ..steps import State
from .decisions import AlreadyDecided, Stale
from .outbox import Mail
from .records import Deed, Record
from .requests import AccessRequest

AT_ONCE = 500  # rows an INSERT


@dataclass(frozen=True)
class Addressees:
    """``reached`` get it; ``left_out`` is ``{why: how many}``; ``shut`` counts those who may not read the morning."""

    reached: list
    left_out: dict
    shut: int


class CircularQuerySet(models.QuerySet):
    def locked(self):
        """For the transaction at hand, so that of two who queue or cancel it at once, one does."""
        return self.select_for_update(of=("self",))


class Circular(models.Model):
    """Written, looked at, tested, queued in one go; then never changed."""

    event = models.ForeignKey("agenda.Event", on_delete=models.PROTECT, related_name="+")
    # What stands on the pages too: one mail of each at most.
    announcement = models.OneToOneField(
        "agenda.Announcement", on_delete=models.SET_NULL, null=True, editable=False, related_name="circular"
    )
    state = models.CharField(max_length=10, choices=State.choices, blank=True)  # empty: those who are chosen
    chosen = models.JSONField(default=list)  # keys of requests
    subject = models.CharField(max_length=150, blank=True)
    text = models.TextField(max_length=5000, blank=True, validators=[MaxLengthValidator(5000)])
    subject_es = models.CharField("subject in Spanish", max_length=150, blank=True)
    text_es = models.TextField("text in Spanish", max_length=5000, blank=True, validators=[MaxLengthValidator(5000)])
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    queued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    queued_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    CHOSEN_AT_MOST = 5000

    objects = CircularQuerySet.as_manager()

    class Meta:
        verbose_name = "mail to many"
        verbose_name_plural = "mails to many"
        default_permissions = ()  # one right is for all of it: write_to_people_accessrequest
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["", *State.values]), name="circular_to_known_state"),
            models.CheckConstraint(
                condition=Q(queued_at=None, queued_by=None) | Q(queued_at__isnull=False, queued_by__isnull=False),
                name="circular_queued_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(queued_at=None) | ~Q(subject="") & ~Q(text=""), name="circular_queued_says_something"
            ),
        ]

    def __str__(self):
        return self.subject or "a mail without a subject"

    def to_whom(self):
        return f"{self.event}: {self.get_state_display() if self.state else 'chosen people'}"

    def language_for(self, person):
        """The one in which they get it: theirs if it is written in that, else English."""
        return "es" if person.language == "es" and self.text_es else "en"

    def in_language(self, language):
        """``(subject, text)``"""
        return (self.subject_es, self.text_es) if language == "es" and self.text_es else (self.subject, self.text)

    def addressees(self):
        """Who would get it now, by three queries."""
        mine = AccessRequest.objects.filter(event=self.event_id)
        mine = mine.filter(state=self.state) if self.state else mine.filter(pk__in=self.chosen)
        opening = set(mine.letting_in().values_list("pk", flat=True))
        proven = set(
            mine.filter(
                person__emailaddress__email=models.F("person__email"), person__emailaddress__verified=True
            ).values_list("pk", flat=True)
        )
        reached, left_out, people = [], {}, set()
        for request in mine.select_related("person").order_by("-pk"):
            why = None
            if request.person_id in people:
                why = "an older request of somebody who gets it anyway"
            elif not request.person.is_active:
                why = "shut out"
            elif request.pk not in proven:
                why = "address not proven"
            elif request.state == State.APPROVED and request.pk not in opening:
                why = "approved, but it opens nothing yet (to be confirmed, or the handling rules not agreed to)"
            people.add(request.person_id)
            if why:
                left_out[why] = left_out.get(why, 0) + 1
            else:
                reached.append(request)
        return Addressees(reached, left_out, sum(request.pk not in opening for request in reached))

    def looked_at(self, addressees):
        """What was shown before it is queued, as a digest: the texts, and who gets it in which state."""
        people = [(request.pk, request.state, request.person.email) for request in addressees.reached]
        what = repr((self.subject, self.text, self.subject_es, self.text_es, people))
        return hashlib.sha256(what.encode()).hexdigest()

    def queue(self, *, by, looked_at):
        """One mail a person, all or none, once: raises ``AlreadyDecided`` or ``Stale``. Returns how many."""
        with transaction.atomic():
            now = Circular.objects.locked().get(pk=self.pk)
            if now.queued_at:
                raise AlreadyDecided(f"{now.queued_by} queued this mail already. Nothing was queued now.")
            addressees = now.addressees()
            if now.looked_at(addressees) != looked_at or not addressees.reached:
                raise Stale("The text, or who gets it, changed after you looked. Nothing was queued; look again.")
            now.queued_at, now.queued_by = timezone.now(), by
            now.save(update_fields=["queued_at", "queued_by"])
            mails = Mail.objects.bulk_create([now._mail(one.person) for one in addressees.reached], AT_ONCE)
            Copy.objects.bulk_create(
                [
                    Copy(circular=now, request=one, person=one.person, state=one.state, mail=mail)
                    for one, mail in zip(addressees.reached, mails, strict=True)
                ],
                AT_ONCE,
            )
            Record.objects.write(
                Deed.MAILED,
                by=by,
                about=f"“{now.subject}” to {now.to_whom()}",
                figures={"people": len(mails), "left out": sum(addressees.left_out.values())},
            )
        self.refresh_from_db()
        return len(mails)

    def _mail(self, person):
        return Mail(
            purpose=Mail.CIRCULAR,
            recipient=person.email,
            language=self.language_for(person),
            person=person,
            circular=self,
            request_id=request_id(),
        )

    def test(self, *, by):
        """A mail to the organiser alone, in each language that is written."""
        with transaction.atomic():
            for language in ["en", *(["es"] if self.text_es else [])]:
                Mail.objects.queue(Mail.CIRCULAR, by, circular=self, language=language)
            Record.objects.write(Deed.MAILED, by=by, about=f"“{self.subject}” as a test to themselves")

    def cancel(self, *, by):
        """Those that still wait are not sent. Returns how many."""
        with transaction.atomic():
            now = Circular.objects.locked().get(pk=self.pk)
            waiting = Mail.objects.filter(copy__circular=now, state=Mail.State.QUEUED)
            stopped = Mail.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)), state=Mail.State.QUEUED)
            count = stopped.update(
                state=Mail.State.EXPIRED, answer="Cancelled by an organiser.", ended_at=timezone.now()
            )
            if count:
                Circular.objects.filter(pk=now.pk).update(cancelled_at=timezone.now())
                Record.objects.write(
                    Deed.CANCELLED, by=by, about=f"“{now.subject}” to {now.to_whom()}", figures={"people": count}
                )
        self.refresh_from_db()
        return count

    def progress(self):
        """``{state of mail: how many}``, by one query."""
        counted = self.copies.order_by().values_list("mail__state").annotate(models.Count("pk"))
        return dict(counted)


class CopyQuerySet(models.QuerySet):
    def to_read(self, request):
        """What the person may still read of their request: not cancelled, and written to the state it is in."""
        mine = self.filter(request=request, state=request.state).exclude(mail__state=Mail.State.EXPIRED)
        if request.state == State.APPROVED:
            mine = mine.filter(request__in=AccessRequest.objects.letting_in())
        return mine.select_related("circular__event").order_by("-circular__queued_at")


class Copy(models.Model):
    """That one person gets a circular, once, and in which state their request was."""

    circular = models.ForeignKey(Circular, on_delete=models.PROTECT, related_name="copies")
    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="copies")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices)
    # No mail of this kind is ever deleted; to ask for copies of each sign-in code that is would cost statements.
    mail = models.OneToOneField(Mail, on_delete=models.DO_NOTHING, null=True, related_name="copy")

    objects = CopyQuerySet.as_manager()

    class Meta:
        verbose_name = "copy of a mail to many"
        verbose_name_plural = "copies of mails to many"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["circular", "person"], name="one_copy_a_person"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="copy_to_known_state"),
        ]

    def __str__(self):
        return f"copy {self.pk}"

    def is_still_for_them(self):
        """Asked before it leaves: they may have been shut out, or moved to another address, since it was queued."""
        is_theirs = self.person.is_active and self.mail.recipient == self.person.email
        return is_theirs and Copy.objects.to_read(self.request).filter(pk=self.pk).exists()

"""Access requests, and the verbs that move them from state to state."""

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import get_language, gettext

from sessions.models import Event

from .. import steps
from ..addresses import for_organisers
from ..steps import State
from .answers import Answers
from .decisions import CHANGED_MEANWHILE, AlreadyDecided, Decision, Edit, Full, Stale
from .opening import AccessRequestQuerySet
from .people import RulesAcceptance, User
from .writing_down import write_confirmations, write_down


class AccessRequest(Answers):
    """One person's request for the private sessions of one event."""

    class Origin(models.TextChoices):
        OWN = "own", "asked here"
        BY_HAND = "by-hand", "entered by hand"
        INVITATION = "invitation", "invited"
        AT_DOOR = "at-door", "entered at the door"

    ENTERED_BY_OTHERS = (Origin.BY_HAND, Origin.AT_DOOR)

    event = models.ForeignKey(  # whose index would be one of those below again
        "agenda.Event", on_delete=models.PROTECT, related_name="access_requests", db_index=False
    )
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="access_requests")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    version = models.PositiveIntegerField(default=1)
    asked_at = models.DateTimeField(default=timezone.now)
    # When somebody came onto the waiting list, as their place in the line; None for everybody else.
    waiting_since = models.DateTimeField("on the waiting list since", null=True, editable=False)
    # Set when a backup is restored, since the approval may have been revoked after it was made, and when the person's
    # address was changed, since another mailbox was approved: it opens nothing until confirmed.
    to_confirm = models.BooleanField("to confirm", default=False, editable=False)

    # How it came, and who entered it or invited the person: an organiser, at the door a steward; of one's own nobody.
    origin = models.CharField(
        "how it came", max_length=10, choices=Origin.choices, default=Origin.OWN, db_default=Origin.OWN, editable=False
    )
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, editable=False, related_name="+")

    hears_of_changes = models.BooleanField(
        "a mail when the programme changes", default=False, db_default=False, editable=False
    )

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        permissions = [
            ("decide_accessrequest", "Can decide access requests"),
            ("see_reasons_accessrequest", "Can see the reasons kept inside"),
            ("see_needs_accessrequest", "Can see access and dietary needs"),
            ("enter_accessrequest", "Can enter requests by hand and invite"),
            ("mend_accessrequest", "Can correct addresses and merge requests"),
            ("read_out_code_accessrequest", "Can read out a sign-in code"),
            ("export_accessrequest", "Can export access requests"),
            ("write_to_people_accessrequest", "Can send a mail to many"),
            ("forget_accessrequest", "Can delete people's data when they ask for it"),
            ("work_at_door", "Can work at the door"),
        ]
        indexes = [
            # The desk's first page counts with these, and looks for the first.
            models.Index(fields=["event", "state", "asked_at"], name="requests_by_state"),
            models.Index(fields=["event", "asked_at", "kind"], name="requests_by_day"),
            # The list is of all events, in the order in which they asked; of one state as it opens.
            models.Index(fields=["state", "asked_at", "id"], name="requests_listed_by_state"),
            models.Index(fields=["asked_at", "id"], name="requests_listed"),
            # The waiting list, of one event and of all.
            models.Index(
                fields=["event", "waiting_since", "id"], condition=Q(state="waiting"), name="requests_in_line"
            ),
            models.Index(fields=["state", "waiting_since", "id"], name="requests_in_all_lines"),
            # Those who asked at the door, the newest first.
            models.Index(fields=["event", "-id"], condition=Q(origin="at-door"), name="requests_at_the_door"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "event"],
                condition=Q(state__in=steps.LIVE),
                name="one_live_request",
                violation_error_message="This person has a request for this event already.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=State.values),
                name="known_state",
                violation_error_message="A request is pending, approved, waiting, declined, revoked or withdrawn.",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", waiting_since__isnull=False)
                | (~Q(state="waiting") & Q(waiting_since__isnull=True)),
                name="who_waits_has_a_place_in_the_line",
                violation_error_message="Who is on the waiting list came onto it at some time, and nobody else did.",
            ),
            models.CheckConstraint(
                condition=Q(origin="own", entered_by=None) | Q(origin__in=["by-hand", "invitation", "at-door"]),
                name="ones_own_is_entered_by_nobody",
                violation_error_message="A request was asked for here, entered by hand or at the door, or came by an "
                "invitation.",
            ),
        ]

    def __str__(self):
        return f"{self.full_name}, {self.organisation}"

    @property
    def is_live(self):
        return self.state in steps.LIVE

    @property
    def may_change_all(self):
        return self.state == State.PENDING

    def email_domain(self):
        return for_organisers(self.person.email_domain)

    def next_steps(self):
        """The steps an organiser may take from here, as ``{verb: Step}``."""
        verbs = {step.verb: step for step in steps.steps_from(self.state).values() if step.by_organiser}
        return verbs | ({"confirm": steps.CONFIRM} if self.to_confirm else {})

    @classmethod
    def may_ask(cls, person, event):
        """Whether a new request may be made: none is live, and none waits for an organiser to reopen it."""
        blocking = (*steps.LIVE, *steps.REOPENED_BY_ORGANISERS_ONLY)
        looked_at, merged = set(), cls.objects.of(person, event)
        while True:  # what was merged speaks for itself no more: the one that it was merged into does, however far on
            found = set(merged.order_by().values_list("pk", "state", "decisions__merged_into"))
            if any(state in blocking for _, state, _ in found):
                return False
            looked_at |= {pk for pk, _, _ in found}
            onwards = {into for _, _, into in found if into} - looked_at
            if not onwards:
                return True
            merged = cls.objects.filter(pk__in=onwards)

    @classmethod
    def ask(cls, person, event, *, rules_version, **answers):
        """Make a request, or return the one there is: asking twice, or twenty times at once, makes one.

        Returns ``(request, made)``.
        """
        try:
            with transaction.atomic():
                User.objects.select_for_update().get(pk=person.pk)  # one at a time for each person
                if not cls.may_ask(person, event):
                    return cls.objects.of(person, event).first(), False
                person.reads(get_language())
                made = cls.objects.create(person=person, event=event, **answers)
                RulesAcceptance.write_down(person, rules_version)
                made.begin(by=person)
                return made, True
        except IntegrityError:  # the constraint speaks last
            return cls.objects.of(person, event).live().get(), False

    def begin(self, *, by):
        """Write down that it was made, in the transaction that made it."""
        return self._record(None, State.PENDING, by=by)

    def approve(self, **how):
        """Let the person in at once, or raise ``Full``. See ``_decide`` for the arguments of all verbs."""
        return self._decide(State.APPROVED, **how)

    def decline(self, **how):
        return self._decide(State.DECLINED, **how)

    def wait(self, **how):
        """Put the person on the waiting list."""
        return self._decide(State.WAITING, **how)

    def revoke(self, **how):
        """Shut the person out at the next click, in every open browser."""
        return self._decide(State.REVOKED, **how)

    def reopen(self, **how):
        return self._decide(State.PENDING, **how)

    def hear_of_changes(self, wanted):
        """Whether the person wishes to be mailed when the programme changes; a tick of theirs, which judges nothing."""
        AccessRequest.objects.filter(pk=self.pk).update(hears_of_changes=wanted)
        self.hears_of_changes = wanted

    def withdraw(self, **how):
        return self._decide(State.WITHDRAWN, **how)

    def confirm(self, *, by, version=None, reason="", words=""):
        """Let an approval that is to be confirmed open again. The state stays; who did it is kept like a decision.

        Nobody gets a mail, so ``words`` go nowhere. Raises ``AlreadyDecided`` or ``Stale``.
        """
        with transaction.atomic():
            now = AccessRequest.objects.locked().get(pk=self.pk)
            now._judge_confirming(version)
            (confirmation,) = write_confirmations([now], by=by, reason=reason)
        self.refresh_from_db()
        return confirmation

    def _judge_confirming(self, version):
        if not self.to_confirm:
            raise AlreadyDecided(self.what_happened())
        if version is not None and version != self.version:
            raise Stale(CHANGED_MEANWHILE)

    def _decide(self, to, *, by, version=None, reason="", words=""):
        """Take one step: the state, one ``Decision`` row, and the mail that the state table names, or nothing.

        ``by`` is who decides (None: the site itself); ``version`` the one the page was opened with (None: no page
        was); ``reason`` stays inside; ``words`` go to the person. Raises ``AlreadyDecided``, ``Stale`` or ``Full``.
        Locks the person first, as whoever changes a person does, then the request, then its event for a place.
        """
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=self.person_id)
            now = AccessRequest.objects.locked().select_related("person", "event").get(pk=self.pk)
            decision = now._step(to, by=by, version=version, reason=reason, words=words)
        self.refresh_from_db()
        return decision

    def _step(self, to, *, by, version, reason, words):
        """Inside a transaction that holds person and row: judge the step, then write it down. Refused, nothing is."""
        self._judge(to, version=version, given={})
        return self._record(self.state, to, by=by, reason=reason, words=words)

    def _judge(self, to, *, version, given):
        """Raises ``AlreadyDecided``, ``Stale`` or ``Full`` where the step may not be taken; see ``_take_a_place``."""
        if (self.state, to) not in steps.STEPS:
            raise AlreadyDecided(self.what_happened())
        if version is not None and version != self.version:
            raise Stale(CHANGED_MEANWHILE)
        if to == State.APPROVED:
            self._take_a_place(given)

    def _take_a_place(self, given):
        """Raises ``Full`` when there is none. One at a time for each event, so that no place is given twice.

        ``given`` keeps, for the transaction that holds the event, how many places it has and how many are taken.
        """
        if self.event_id not in given:
            event = Event.objects.select_for_update(no_key=True).get(pk=self.event_id)
            given[self.event_id] = [event.capacity, AccessRequest.objects.holding_places(event).count()]
        capacity, taken = given[self.event_id]
        if capacity is not None and taken >= capacity:
            raise Full(self, capacity, taken)
        given[self.event_id][1] += 1

    def _record(self, begin, to, *, by, reason="", words="", merged_into=None):
        """Inside a transaction that holds the row: write down a step that was found allowed."""
        decision = Decision.of(self, begin, to, by=by, reason=reason, words=words, merged_into=merged_into)
        return write_down([decision])[0]

    def what_happened(self):
        """The last step in one sentence, for whoever comes too late."""
        last = self.decisions.order_by("-pk").first()
        if last is None:
            return gettext("This request is already {state}.").format(state=self.get_state_display())
        return gettext("Already {state}: done by {name} on {time} UTC. Nothing was changed.").format(
            state=self.get_state_display(),
            name=last.actor_name,
            time=date_format(last.at, gettext("j F Y, H:i")),
        )

    def edit(self, answers, *, version):
        """Save the person's own changes. ``answers`` may hold judged fields only while the request is pending.

        Raises ``AlreadyDecided`` or ``Stale`` when judged fields changed in vain; then nothing is saved.
        """
        with transaction.atomic():
            now = AccessRequest.objects.locked().get(pk=self.pk)
            changed = {name: value for name, value in answers.items() if getattr(now, name) != value}
            judged = set(changed) & set(self.JUDGED_FIELDS)
            if judged and not now.may_change_all:
                raise AlreadyDecided(
                    gettext("Your request is now {state}, so these answers can no longer be changed.").format(
                        state=now.get_state_display()
                    )
                )
            if judged and version != now.version:
                raise Stale(
                    gettext("Your request was changed in another window. Look at it as it is now, then change it.")
                )
            if judged:
                changed["version"] = now.version + 1
                Edit.objects.create(
                    request=now,
                    version=now.version + 1,
                    changes={
                        name: [getattr(now, name), answers[name]] for name in self.JUDGED_FIELDS if name in judged
                    },
                )
            if changed:
                AccessRequest.objects.filter(pk=self.pk).update(**changed)
        self.refresh_from_db()
        return self

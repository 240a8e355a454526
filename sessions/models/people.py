"""Who takes part: organisations and speakers."""

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from ..audience import Audience
from .event import Event
from .pages import WithPage, WithPageQuerySet
from .session import Session
from .stamps import Told, ToldQuerySet


class OrganisationQuerySet(WithPageQuerySet):
    def with_domains(self):
        return self.exclude(email_domains=[])

    def holding(self, domains, *, but=None):
        """``{domain: organisation}`` of those that an organisation has, one that is not ``but``."""
        others = self.with_domains().exclude(pk=but.pk if but else None)
        held = {domain: row for row in others for domain in row.email_domains}
        return {domain: held[domain] for domain in domains if domain in held}

    def locked(self):
        """For the transaction at hand, nobody else writes an organisation; on SQLite it is IMMEDIATE anyway.

        That a domain is in one list alone is no constraint of a column, and rows to come cannot be locked.
        """
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE agenda_organisation IN SHARE ROW EXCLUSIVE MODE")
        return self


class Organisation(WithPage):
    """A company or body that takes part."""

    page = "sessions:organisation"

    name = models.CharField(max_length=200)
    full_name = models.CharField(max_length=300, blank=True)
    website = models.URLField(blank=True)
    email_domains = models.JSONField(default=list, blank=True, help_text='A list like ["example.org"].')
    member = models.BooleanField("member of the Tech Coalition", default=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="unique_organisation_name",
                violation_error_message="There is an organisation of that name.",
            ),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        """A domain is one organisation's; ``Organisation.objects.locked()`` first, or two at once might miss this."""
        held = Organisation.objects.holding(self.email_domains, but=self)
        if held:
            raise ValidationError(
                {"email_domains": [f"{domain} is a domain of {row.name} already." for domain, row in held.items()]}
            )

    @classmethod
    def telling(cls, keys):
        return (Session.objects.filter(pk__in=Participation.objects.filter(organisation__in=keys).values("session")),)


class Speaker(WithPage):
    """A person on the programme of one event; of one name and affiliation at several events, one page tells."""

    page = "sessions:speaker"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="speakers")
    name = models.CharField(max_length=200)
    affiliation = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "name", "affiliation"],
                name="unique_speaker",
                violation_error_message="This event has that speaker.",
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.affiliation}" if self.affiliation else self.name

    def name_for_address(self):
        return str(self)

    @classmethod
    def telling(cls, keys):
        return (Session.objects.filter(pk__in=Participation.objects.filter(speaker__in=keys).values("session")),)


class ParticipationQuerySet(ToldQuerySet):
    def with_addresses(self):
        """With ``is_public``: whether some public session names the same organisation or speaker."""
        public = Session.objects.visible_to(Audience.PUBLIC).order_by().values("pk")
        same = Q(organisation=OuterRef("organisation")) | Q(speaker=OuterRef("speaker"))
        return self.annotate(is_public=Exists(Participation.objects.filter(same, session__in=public)))


class WithNames(models.Manager):
    """Who it is, with the row: for where Django fetches rows by itself, as to name what goes when a session does."""

    def get_queryset(self):
        return super().get_queryset().select_related("organisation", "speaker")


class Participation(Told):
    """Who takes part in a session, and how: an organisation or a speaker."""

    class Role(models.TextChoices):
        HOST = "host", _("hosts")
        PRESENTER = "presenter", _("presents")
        PARTICIPANT = "participant", _("takes part")

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="participations")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="participations"
    )
    speaker = models.ForeignKey(Speaker, on_delete=models.CASCADE, null=True, blank=True, related_name="participations")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.PARTICIPANT)
    position = models.PositiveSmallIntegerField(default=1)

    objects = ParticipationQuerySet.as_manager()
    with_names = WithNames()

    class Meta:
        ordering = ["position", "pk"]
        base_manager_name = "with_names"
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, speaker__isnull=True)
                | Q(organisation__isnull=True, speaker__isnull=False),
                name="an_organisation_or_a_speaker",
                violation_error_message="Choose an organisation or a speaker, not both.",
            ),
            models.UniqueConstraint(
                fields=["session", "organisation"],
                name="organisation_once_a_session",
                violation_error_message="That organisation takes part already.",
            ),
            models.UniqueConstraint(
                fields=["session", "speaker"],
                name="speaker_once_a_session",
                violation_error_message="That speaker takes part already.",
            ),
        ]

    def __str__(self):
        return f"{self.who} {self.get_role_display()}"

    def get_absolute_url(self):
        """The page of who takes part; of a row that came by ``Session.objects.with_people()``."""
        return self.who.page_address(is_public=self.is_public)

    @property
    def who(self):
        return self.organisation or self.speaker

    @property
    def address_part(self):
        """The last part of that page's address."""
        return self.who.address_part(is_public=self.is_public)

    @classmethod
    def telling(cls, keys):
        return (Session.objects.filter(pk__in=cls.objects.filter(pk__in=keys).values("session")),)

    def telling_once_there(self):
        return (Session.objects.filter(pk=self.session_id),)

    def in_words(self):
        """Who, and how if they do more than take part."""
        who = str(self.who)
        return who if self.role == self.Role.PARTICIPANT else f"{who} ({self.get_role_display()})"

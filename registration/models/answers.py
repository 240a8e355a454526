"""What somebody says of themselves when they ask for access."""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Answers(models.Model):
    class Kind(models.TextChoices):
        PLATFORM = "platform", _("online platform")
        HOSTING = "hosting", _("hosting or infrastructure")
        PAYMENTS = "payments", _("payments")
        GAMING = "gaming", _("gaming")
        APP_STORE = "app-store", _("app store")
        NGO = "ngo", _("hotline or NGO")
        LAW_ENFORCEMENT = "law-enforcement", _("law enforcement")
        OTHER = "other", _("other")

    class Registered(models.TextChoices):
        YES = "yes", _("yes")
        NOT_YET = "not-yet", _("not yet")

    class Reception(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")
        MAYBE = "maybe", _("maybe")

    # What an e-mail did not tell stays empty until the person says it; the form that they fill in asks for all.
    full_name = models.CharField("full name", max_length=150)
    organisation = models.CharField(max_length=200)
    job_title = models.CharField("job title", max_length=150, blank=True)
    kind = models.CharField("kind of organisation", max_length=20, choices=Kind.choices, blank=True)
    why = models.TextField("why you wish to attend", max_length=1000, blank=True, validators=[MaxLengthValidator(1000)])
    registered = models.CharField("registered for CACC", max_length=10, choices=Registered.choices, blank=True)
    reception = models.CharField("coming to the reception", max_length=10, choices=Reception.choices, blank=True)
    needs = models.TextField(
        "access or dietary needs", max_length=500, blank=True, validators=[MaxLengthValidator(500)]
    )

    # What the person may change while nobody has decided, and what always.
    JUDGED_FIELDS = ("full_name", "organisation", "job_title", "kind", "why", "registered")
    OPEN_FIELDS = ("reception", "needs")

    class Meta:
        abstract = True

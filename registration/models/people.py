"""People, how they sign in, and what they agreed to."""

from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac

from ..addresses import domain_of, for_the_desk, normalise
from ..steps import State
from .address_parts import DomainOf, MailboxOf
from .login_sessions import LoginSession
from .outbox import Mail


class UserManager(BaseUserManager):
    def create_user(self, email, **fields):
        """A person with an address that is still to be proven, and without a password."""
        from allauth.account.models import EmailAddress

        with transaction.atomic():
            user = self.model(email=normalise(email), **fields)
            user.set_unusable_password()
            user.save(using=self._db)
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
        return user

    def create_superuser(self, email, password=None, **fields):
        """For ``createsuperuser``; a password that is given is ignored, since nobody has one."""
        return self.create_user(email, is_staff=True, is_superuser=True, **fields)

    def get_or_create_for(self, email):
        """The person behind an address, made if new; two at once get the same row.

        The same statements whether the address is known or not, so that the time it takes tells nobody.
        """
        from allauth.account.models import EmailAddress

        new = self.model(email=normalise(email))
        new.set_unusable_password()
        with transaction.atomic():
            self.bulk_create([new], ignore_conflicts=True)
            user = self.get(email=new.email)
            address = EmailAddress(user=user, email=user.email, primary=True, verified=False)
            EmailAddress.objects.bulk_create([address], ignore_conflicts=True)
        return user

    def never_proven(self):
        """People of whom there is nothing but an address that somebody typed."""
        from .decisions import Decision

        decided = models.Exists(Decision.objects.filter(actor=models.OuterRef("pk")))
        untouched = self.filter(is_active=True, is_staff=False, name="", last_login=None, access_requests=None)
        return untouched.exclude(emailaddress__verified=True).exclude(decided)

    def get_by_natural_key(self, email):
        return self.get(email=normalise(email))


def new_login_key():
    return get_random_string(32)


class User(AbstractBaseUser, PermissionsMixin):
    """A person; the e-mail address is the name."""

    email = models.EmailField(
        "e-mail address",
        max_length=254,
        unique=True,
        error_messages={"unique": "There is a person with that address."},
    )
    name = models.CharField(max_length=150, blank=True, help_text="How decisions name an organiser.")
    is_staff = models.BooleanField("organiser", default=False, help_text="May enter admin.")
    is_active = models.BooleanField("active", default=True, help_text="Untick to shut the person out.")
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    # In which they asked or signed in last: mails to them are in it.
    language = models.CharField(max_length=10, default="en", db_default="en", editable=False)
    hears_of_requests = models.BooleanField(
        "a mail when requests begin to wait",
        default=False,
        db_default=False,
        help_text="For organisers who decide; the next comes once nobody waited any more, or a day later.",
    )
    told_of_requests_at = models.DateTimeField(null=True, editable=False)  # since when somebody always waited
    login_key = models.CharField(max_length=32, default=new_login_key, editable=False)
    forgotten_at = models.DateTimeField(null=True, editable=False)  # who it was stands nowhere any more

    MAY_STAY_UNPROVEN = timedelta(days=7)
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        ordering = ["email"]
        indexes = [
            models.Index(DomainOf("email"), name="people_by_domain"),
            models.Index(MailboxOf("email"), name="people_by_mailbox"),
            models.Index(fields=["email"], condition=Q(is_staff=True), name="organisers"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="address_in_lower_case",
                violation_error_message="Write the address in lower case.",
            ),
        ]

    def __str__(self):
        return self.name or for_the_desk(self.email)

    @property
    def email_domain(self):
        return domain_of(self.email)

    def has_proven_address(self):
        return self.emailaddress_set.filter(email=self.email, verified=True).exists()

    def may_decide(self):
        """On requests, by role; whether admin lets them in at all is asked there."""
        rights = ("registration.view_accessrequest", "registration.decide_accessrequest")
        return self.is_active and self.is_staff and self.has_perms(rights)

    def hear_of_requests(self, wanted, *, since=None):
        """Whether they wish to be mailed when requests begin to wait; of those that waited ``since``, they know."""
        User.objects.filter(pk=self.pk).update(hears_of_requests=wanted, told_of_requests_at=since)
        self.hears_of_requests, self.told_of_requests_at = wanted, since

    def get_session_auth_hash(self):
        """Ends with ``shut_out``: a login session made before it opens nothing, whatever row it left behind."""
        return salted_hmac("techtrack.login", f"{self.pk}:{self.login_key}", algorithm="sha256").hexdigest()

    def reads(self, language):
        """Remember in which language the person uses the site."""
        if self.language != language:
            User.objects.filter(pk=self.pk).update(language=language)
            self.language = language

    def shut_out(self):
        """End every login session, every live sign-in code and the calendar address of this person."""
        from .calendar_feeds import CalendarFeed

        with transaction.atomic():
            self.login_key = new_login_key()
            User.objects.filter(pk=self.pk).update(login_key=self.login_key)
            LoginSession.objects.filter(user=self).delete()
            SignInCode.objects.filter(user=self).delete()
            CalendarFeed.objects.filter(person=self).delete()
            Mail.objects.cancel_codes_of(self)

    def change_email(self, email):
        """Set another address, which is to be proven anew; the proven one before it is told.

        What was approved was the mailbox that was proven: for another one an organiser confirms it first. And a page
        that shows the one before decides nothing any more, in whatever state the request is.
        """
        from allauth.account.models import EmailAddress

        from .passes import Pass

        with transaction.atomic():
            before = self.emailaddress_set.filter(verified=True).values_list("email", flat=True).first()
            self.email = normalise(email)
            self.save(update_fields=["email"])
            EmailAddress.objects.filter(user=self).delete()
            EmailAddress.objects.create(user=self, email=self.email, primary=True, verified=False)
            self.access_requests.update(version=models.F("version") + 1)
            self.access_requests.filter(state=State.APPROVED).update(to_confirm=True)
            Pass.objects.end_for(self.access_requests.all())
            self.shut_out()
            if before:
                Mail.objects.queue(Mail.ADDRESS_CHANGED, self, to=before)


class SignInCode(models.Model):
    """A code that was mailed or read out; the code itself stands nowhere readable. ``sign_in.codes`` has the verbs."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_codes")
    read_out_by = models.ForeignKey(  # the organiser who vouches for whom they spoke to; None: it was mailed
        User, on_delete=models.CASCADE, null=True, related_name="+"
    )
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"code of {self.created_at:%Y-%m-%d %H:%M}"


class EnrolmentCode(models.Model):
    """What lets an organiser set up a second factor: handed over in person, so a mailbox alone is not enough."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="enrolment_code")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"enrolment code until {self.expires_at:%Y-%m-%d %H:%M}"


class RulesAcceptance(models.Model):
    """That a person agreed to one version of the handling rules, and when."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="rules_acceptances")
    version = models.CharField(max_length=20)
    accepted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "version"], name="accepted_once_a_version")]

    def __str__(self):
        return f"version {self.version}, {self.accepted_at:%Y-%m-%d}"

    @classmethod
    def write_down(cls, person, version):
        """In one statement, where looking first takes four; agreed to before, it stays as it is."""
        cls.objects.bulk_create([cls(person=person, version=version)], ignore_conflicts=True)

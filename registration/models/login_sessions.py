"""Login sessions (not programme sessions): whose they are, how long they live, where they were begun."""

from datetime import timedelta

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cacc_techtrack.prepared import Blank, Prepared
from cacc_techtrack.sealing import digest


class LoginSessionQuerySet(models.QuerySet):
    def opening(self, person):
        """A list of those in which this person is signed in now, the newest first; not those on the way in."""
        rows = self.exclude(self._over()).filter(user=person).select_related("user").order_by("-created_at")
        return [row for row in rows if SESSION_KEY in row.get_decoded()]

    def over(self):
        """Those whose time is over, which open nothing any more."""
        return self.filter(self._over())

    def _over(self):
        now = timezone.now()
        life = LoginSession
        return (
            Q(expire_date__lte=now)
            | Q(user__isnull=False, created_at__lte=now - life.LIFE)
            | Q(user__is_staff=True, created_at__lte=now - life.LIFE_OF_ORGANISERS)
            | Q(user__is_staff=True, last_seen_at__lte=now - life.IDLE_OF_ORGANISERS)
        )


class LoginSessionManager(BaseSessionManager.from_queryset(LoginSessionQuerySet)):
    def get_queryset(self):
        return super().get_queryset().select_related("user")

    def at(self, key):
        """The row of this ``session_key``, with its person, in one query; None where it is gone or its time is over."""
        found = _ROW_AND_PERSON.rows(key=key, now=timezone.now())
        return LoginSession.with_person(found[0]) if found else None


class LoginSession(AbstractBaseSession):
    """A login session, with the person it belongs to; how long it lives hangs on who that is, now."""

    LIFE = timedelta(days=14)
    LIFE_OF_STRANGERS = timedelta(hours=1)  # since it was written last: nobody is signed in, or not yet
    LIFE_OF_ORGANISERS = timedelta(hours=12)
    IDLE_OF_ORGANISERS = timedelta(minutes=30)
    SEEN_EVERY = timedelta(minutes=1)

    user = models.ForeignKey("registration.User", on_delete=models.CASCADE, null=True, related_name="login_sessions")
    created_at = models.DateTimeField(default=timezone.now)  # signing in makes a new row
    last_seen_at = models.DateTimeField(default=timezone.now)
    device = models.CharField(max_length=60, blank=True)

    objects = LoginSessionManager()

    @classmethod
    def get_session_store_class(cls):
        from ..login_sessions import SessionStore

        return SessionStore

    @classmethod
    def with_person(cls, values):
        """From the values of all columns of its row, then of all columns of its person's."""
        own, person = _names_of(cls), cls._meta.get_field("user").related_model
        row = cls.from_db(cls.objects.db, own, values[: len(own)])
        row.user = person.from_db(cls.objects.db, _names_of(person), values[len(own) :]) if row.user_id else None
        return row

    @classmethod
    def key_for(cls, cookie):
        """The ``session_key`` of the row that this cookie opens: what stands in the database opens nothing."""
        return digest("login-session-key", cookie)[: cls._meta.pk.max_length]

    @property
    def name(self):
        """What a form calls it by."""
        return digest("login-session-name", self.session_key)[:24]

    def is_over(self):
        """The same rule as ``over()``, for a row at hand."""
        now = timezone.now()
        if self.user is None:
            return self.expire_date <= now
        age, idle = now - self.created_at, now - self.last_seen_at
        return (
            self.expire_date <= now
            or age >= self.LIFE
            or (self.user.is_staff and (age >= self.LIFE_OF_ORGANISERS or idle >= self.IDLE_OF_ORGANISERS))
        )

    def seen(self):
        """Move the idle clock, at most once a minute; of many requests at once one writes."""
        now = timezone.now()
        if now - self.last_seen_at < self.SEEN_EVERY:
            return
        LoginSession.objects.filter(pk=self.pk, last_seen_at__lte=now - self.SEEN_EVERY).update(last_seen_at=now)
        self.last_seen_at = now


def _names_of(model):
    return [field.attname for field in model._meta.concrete_fields]


def _row_and_person():
    person = LoginSession._meta.get_field("user").related_model
    wanted = LoginSession.objects.filter(
        session_key=Blank("key", models.CharField()), expire_date__gt=Blank("now", models.DateTimeField())
    )
    return wanted.values_list(*_names_of(LoginSession), *(f"user__{name}" for name in _names_of(person)))


_ROW_AND_PERSON = Prepared(_row_and_person)

"""Login sessions that know whose they are, so that shutting somebody out ends them (``SESSION_ENGINE``)."""

from allauth.account.utils import url_str_to_user_pk
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import InterfaceError, OperationalError
from django.shortcuts import redirect
from django.utils.cache import patch_vary_headers
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject


class LoginSessionMiddleware(SessionMiddleware):
    """Django's, but a form that was sent twice does not undo what its first sending did.

    Of two posts that sign in at once one is told that its login session is gone. Its answer must not delete the
    cookie that the other one set, nor be an error.
    """

    def process_response(self, request, response):
        if request.method == "POST" and request.session.is_empty() and not request.session.modified:
            patch_vary_headers(response, ("Cookie",))
            return response
        try:
            return super().process_response(request, response)
        except SessionInterrupted:
            return redirect("registration:status")


class PersonMiddleware(AuthenticationMiddleware):
    """Django's, but the person comes with the row of the login session: one query for both."""

    def process_request(self, request):
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _person_behind(request))


def _person_behind(request):
    if not hasattr(request, "_cached_user"):
        request._cached_user = _owner(request.session) or get_user(request)
    return request._cached_user


def _owner(session):
    """Who is signed in here, if all that Django asks for holds of the row as it was loaded; else None, and Django is
    to look itself: it knows what to do with whoever may not stay.
    """
    signed_in = session.get(SESSION_KEY)  # loads the row
    row = getattr(session, "row", None)
    person = row and row.user
    holds = (
        person
        and person.is_active
        and signed_in == str(person.pk)
        and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(session.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash())
    )
    return person if holds else None


KEPT = ("created_at", "last_seen_at", "device")  # of the row, which Django writes anew at each save
DEVICE = "device"  # under this key the login session holds what browser it is, in plain words


class SessionStore(DatabaseStore):
    """Keeps each login session under a digest of its key: who reads the database, or a copy of it, can use none.

    The key itself stands in the cookie alone. Every way to a row goes through ``row_key``.
    """

    row = None  # the row this was loaded from

    @classmethod
    def get_model_class(cls):
        from .models import LoginSession

        return LoginSession

    @property
    def row_key(self):
        return self.session_key and self.model.key_for(self.session_key)

    def _validate_session_key(self, key):
        """A made-up cookie never reaches the database with bytes it refuses."""
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()

    def _get_session_from_db(self):
        """A login session whose time is over opens nothing, however fresh its cookie is."""
        self.row = self.model.objects.at(self.row_key)
        if self.row is None or self.row.is_over():
            self.row = self._session_key = None
        return self.row

    def exists(self, session_key):
        return super().exists(self.model.key_for(session_key))

    def delete(self, session_key=None):
        key = session_key or self.session_key
        if key is not None:
            super().delete(self.model.key_for(key))

    def get_session_cookie_age(self):
        """Anybody may begin to sign in, as often as limits let them: what nobody completes is not kept for long."""
        if SESSION_KEY in self:
            return super().get_session_cookie_age()
        return int(self.model.LIFE_OF_STRANGERS.total_seconds())

    def renew_key(self):
        """Another key for one that goes on: its age stays, so that nobody makes it live longer by this."""
        self.cycle_key()
        if self.row is not None:
            self.row.session_key = self.row_key

    def save(self, must_create=False):
        """A database that does not answer is not a login session that was ended meanwhile: 503, and not 400."""
        try:
            super().save(must_create)
        except UpdateError as error:
            if isinstance(error.__context__, OperationalError | InterfaceError):
                raise error.__context__ from None
            raise

    def create_model_instance(self, data):
        made = super().create_model_instance(data)
        made.session_key = self.row_key
        made.user_id = data.get("_auth_user_id") or _on_the_way_in(data)
        if self.row is not None and self.row.session_key == made.session_key:
            for name in KEPT:
                setattr(made, name, getattr(self.row, name))
        made.device = data.get(DEVICE, made.device)
        return made

    # Django's store asks the database a second time over for async views; these go through what stands above.
    aload, aexists, acreate = SessionBase.aload, SessionBase.aexists, SessionBase.acreate
    asave, adelete = SessionBase.asave, SessionBase.adelete


def _on_the_way_in(data):
    """The person who has begun to sign in: allauth keeps that in the login session until it is done."""
    begun = data.get("account_login")
    pk = begun.get("user_pk") if isinstance(begun, dict) else None
    return url_str_to_user_pk(pk) if pk else None

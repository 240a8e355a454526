"""Login sessions that know whose they are, so that shutting somebody out ends them (``SESSION_ENGINE``)."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

KEPT = ("created_at", "last_seen_at", "device")  # of the row, which Django writes anew at each save
DEVICE = "device"  # under this key the login session holds what browser it is, in plain words


class SessionStore(DatabaseStore):
    row = None  # the row this was loaded from

    @classmethod
    def get_model_class(cls):
        from .models import LoginSession

        return LoginSession

    def _validate_session_key(self, key):
        """A made-up cookie never reaches the database with bytes it refuses."""
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()

    def _get_session_from_db(self):
        """A login session whose time is over opens nothing, however fresh its cookie is."""
        self.row = super()._get_session_from_db()
        if self.row is not None and self.row.is_over():
            self.row = self._session_key = None
        return self.row

    def create_model_instance(self, data):
        made = super().create_model_instance(data)
        made.user_id = data.get("_auth_user_id") or None
        if self.row is not None and self.row.session_key == made.session_key:
            for name in KEPT:
                setattr(made, name, getattr(self.row, name))
        made.device = data.get(DEVICE, made.device)
        return made

"""Login sessions that know whose they are, so that shutting somebody out ends them (``SESSION_ENGINE``)."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls):
        from .models import LoginSession

        return LoginSession

    def _validate_session_key(self, key):
        """A made-up cookie never reaches the database with bytes it refuses."""
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.user_id = data.get("_auth_user_id") or None
        return row

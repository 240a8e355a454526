"""What is stored but must not be readable in a dump: sealed with keys derived from ``SECRET_KEY``.

Each purpose has a key of its own, so that what is sealed for one cannot be opened, or told apart, for another.
"""

import base64
import hashlib
import hmac
import json
from functools import lru_cache

from cryptography.fernet import Fernet
from django.conf import settings


def _key(purpose):
    return hmac.new(settings.SECRET_KEY.encode(), f"techtrack.{purpose}".encode(), hashlib.sha256).digest()


@lru_cache(maxsize=16)
def _fernet(purpose, secret):  # `secret` only makes the cache follow a changed setting
    return Fernet(base64.urlsafe_b64encode(_key(purpose)))


def seal(purpose: str, content: bytes) -> bytes:
    return _fernet(purpose, settings.SECRET_KEY).encrypt(content)


def unseal(purpose: str, token: bytes) -> bytes:
    """The content again; raises ``cryptography.fernet.InvalidToken`` for anything not sealed for this purpose."""
    return _fernet(purpose, settings.SECRET_KEY).decrypt(bytes(token))


def digest(purpose: str, content: str) -> str:
    """64 hex digits that stand for a secret: equal for equal content, of no use without ``SECRET_KEY``."""
    return hmac.new(_key(purpose), content.encode(), hashlib.sha256).hexdigest()


def authenticator(purpose: str):
    """An HMAC that takes content in portions, for what is too large to hold."""
    return hmac.new(_key(purpose), digestmod=hashlib.sha256)


class SealedJSON:
    """A ``SESSION_SERIALIZER``: allauth keeps the sign-in code there, and a dump must not give it away."""

    def dumps(self, obj):
        return seal("login-session", json.dumps(obj, separators=(",", ":")).encode())

    def loads(self, data):
        return json.loads(unseal("login-session", data))

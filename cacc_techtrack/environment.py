"""Reading settings from the environment, refusing what makes no sense.

Every helper raises ``ImproperlyConfigured`` naming the variable and what it may hold. An empty variable counts
as one that is not set.
"""

import ipaddress
import json
import os
import re
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name, default=""):
    return os.environ.get(name, "").strip() or default


def flag(name, default=False):
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; write 1 or 0.")


def whole_number(name, default=None, *, at_least=0, at_most=10**6):
    value = text(name)
    if not value:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", value) or not at_least <= int(value) <= at_most:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number from {at_least} to {at_most}.")
    return int(value)


def options(name, value):
    """The dictionary that ``value`` is in JSON; empty when nothing is given."""
    try:
        found = json.loads(value or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ImproperlyConfigured(f'{name} is not understood; write it in JSON, like {{"bucket_name": "techtrack"}}.')
    return found


def is_loopback(host):
    """True for localhost and for an address that only this machine reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def site_url(name, default):
    """The address people use, as its parts; it has no path and no user name."""
    value = text(name, default).rstrip("/")
    try:
        parts = urlsplit(value)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_fine = urlsplit(""), False
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or not port_is_fine
        or parts.path
        or parts.query
        or parts.fragment
        or parts.username
    ):
        raise ImproperlyConfigured(f"{name} is {value!r}; write it like https://techtrack.example.org.")
    return parts


def email_settings(name):
    """Django's settings for ``smtp://user:pass@host:port``, or None when the variable is not set.

    ``smtps://`` speaks TLS from the first byte (RFC 8314), ``smtp+tls://`` asks for it with STARTTLS (RFC 3207).
    """
    value = text(name)
    if not value:
        return None
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured(f"{name} is not understood; write it like smtps://user:pass@host:465.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def own_folder(path: Path):
    """The folder, made when it is missing, so that nobody but its owner looks into it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def own_secret(path: Path):
    """The secret kept in a file that only its owner may read; made there the first time."""
    own_folder(path.parent)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    kept = path.read_text().strip()
    if len(kept) < 50:
        raise ImproperlyConfigured(f"The secret in {path.name} is too short; delete the file to have a new one.")
    return kept

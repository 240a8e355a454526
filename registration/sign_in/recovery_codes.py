"""Recovery codes, kept as salted scrypt hashes: who reads the database, be it with our secret, cannot use them.

allauth would keep the seed that they are made from. What it calls migrated codes is a list that it compares as it
stands: the hashes stand there, and what somebody types is hashed before it is compared.
"""

import secrets
from datetime import timedelta

from allauth.core.internal.cryptokit import generate_user_code, normalize_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.core.exceptions import ValidationError

from .limits import Limit

HOW_MANY = 10
DIGITS = 12  # about 40 bits; on a phone digits are typed with the same keys as the app's codes
HASHER = ScryptPasswordHasher()
TRIES = Limit("recovery codes tried", 10, timedelta(hours=1))  # each costs a fifth of a second to compare


def make():
    """``(codes, data)``: what the person keeps, and what an ``Authenticator`` does. Takes a second or two."""
    salt = secrets.token_urlsafe(16)
    codes = [generate_user_code(length=DIGITS, numeric=True) for _ in range(HOW_MANY)]
    return codes, {"salt": salt, "migrated_codes": [encrypt(_hash(code, salt)) for code in codes]}


def as_kept(user, typed):
    """What is compared with what is kept: the hash of a recovery code, and anything else as it was typed."""
    digits = normalize_user_code(typed)
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdecimal()):
        return typed
    kept = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES).first()
    if kept is None or "salt" not in kept.data:
        return typed
    if TRIES.spend(str(user.pk)):
        raise ValidationError("Too many recovery codes were tried. Wait for an hour.", code="limited")
    return _hash(digits, kept.data["salt"])


def _hash(code, salt):
    return HASHER.encode(normalize_user_code(code), salt)

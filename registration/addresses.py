"""E-mail addresses: one spelling for each mailbox, shown so that a look-alike domain can be told."""

import re

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

# Of what RFC 5322 allows before the @, all that people have. Quotes, % and ! may make a mail server on the way take
# the rest for another mailbox at another domain (`"me@evil.example"@…`, `me%evil.example@…`, `evil.example!me@…`), and
# Python itself reads `=?utf-8?q?…?=` as what is written in it. A code must reach the mailbox that organisers read.
_LOCAL_PART = re.compile(r"(?!.*=\?)[a-z0-9#$&'*+/=?^_{}~.-]+")


def normalise(address: str) -> str:
    """The address as it is stored: lower-case, its domain in ASCII (IDNA 2008, so xn--… for foreign alphabets).

    Raises ``ValidationError`` with a message for the person.
    """
    address = address.strip().lower()
    local, at, domain = address.rpartition("@")
    try:
        domain = idna.encode(domain, uts46=True).decode()
        if "." not in domain or not _LOCAL_PART.fullmatch(local):
            raise ValidationError("A mailbox on this machine alone, or letters that mail servers may read otherwise.")
        validate_email(f"{local}@{domain}")
    except (idna.IDNAError, ValidationError):
        raise ValidationError(
            _(
                "Enter an e-mail address like name@company.com. The part before the @ must be in plain Latin letters, "
                "digits and simple signs."
            ),
            code="invalid",
        ) from None
    address = f"{local}{at}{domain}"
    if len(address) > 254:
        raise ValidationError(_("An e-mail address has at most 254 characters."), code="too_long")
    return address


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def mailbox_of(address: str) -> str:
    """What many mail servers take a normal address for: without dots before the @, and without a tag after ``+``."""
    local, at, domain = address.rpartition("@")
    return (local.partition("+")[0] or local).replace(".", "") + at + domain


def unicode_domain(domain: str) -> str:
    """A domain as its people write it; the same text when it needs no foreign alphabet or cannot be read."""
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain


def for_people(address: str) -> str:
    """An address with its domain in its own alphabet."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{unicode_domain(domain)}"


def for_the_desk(address: str) -> str:
    """An address for those who decide and appoint: twins in two alphabets are told apart."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{for_organisers(domain)}"


def for_organisers(domain: str) -> str:
    """A domain in its own alphabet and, where that differs, as punycode too, so that twins are told apart."""
    own = unicode_domain(domain)
    return domain if own == domain else f"{own} ({domain})"

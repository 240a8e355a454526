"""Where an address is from: what the directory of organisations and two lists say of its domain."""

from dataclasses import dataclass

from disposable_email_domains import blocklist
from django.core.exceptions import ValidationError
from django.db.models import TextChoices

from sessions.domains import ascii_domain, from_narrow_to_wide
from sessions.models import Organisation

from .free_mail import FREE_MAIL


class Kind(TextChoices):
    MEMBER = "member", "member"
    KNOWN = "known", "known"
    UNKNOWN = "unknown", "unknown"
    FREE = "free", "free mail"
    DISPOSABLE = "disposable", "disposable"


@dataclass(frozen=True)
class Standing:
    """``organisation`` is that of the directory whose domain it is, or None."""

    kind: Kind
    organisation: Organisation | None = None

    @property
    def label(self):
        """For people, beside the domain."""
        match self.kind:
            case Kind.MEMBER:
                return f"{self.organisation}, member of the Tech Coalition"
            case Kind.KNOWN:
                return f"{self.organisation}, no member"
            case Kind.UNKNOWN:
                return "in no organisation's list"
            case Kind.FREE:
                return "free mail: anybody has an address there"
            case Kind.DISPOSABLE:
                return "disposable: an address there lives an hour"

    def __str__(self):
        return self.label


UNKNOWN = Standing(Kind.UNKNOWN)


def standings(domains):
    """``{domain: Standing}``, by one query for however many; none where no organisation has a domain to compare.

    A subdomain is its organisation's, the narrowest that some organisation has; a public suffix is nobody's. Free mail
    stays free mail whoever lists it, since it is anybody's. The list of disposable domains is long and made by
    strangers, so what organisers entered themselves counts for more.
    """
    held = {domain: row for row in Organisation.objects.with_domains() for domain in row.email_domains}
    return {domain: _standing(domain, held) for domain in domains}


def _standing(text, held):
    try:
        own_and_wider = from_narrow_to_wide(ascii_domain(text))
    except ValidationError:
        return UNKNOWN
    if not FREE_MAIL.isdisjoint(own_and_wider[:1]):  # below it the company itself may write
        return Standing(Kind.FREE)
    for one in own_and_wider:
        if one in held and one not in FREE_MAIL:
            return Standing(Kind.MEMBER if held[one].member else Kind.KNOWN, held[one])
    if not blocklist.isdisjoint(own_and_wider):
        return Standing(Kind.DISPOSABLE)
    return UNKNOWN

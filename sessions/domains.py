"""E-mail domains of an organisation: in ASCII, as the addresses of people are stored."""

from functools import cache

import idna
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name
from publicsuffixlist import PublicSuffixList


def ascii_domain(text):
    """One domain as it is stored; raises ``ValidationError`` when it is none."""
    try:
        domain = idna.encode(text.strip().lower().rstrip("."), uts46=True).decode()
        validate_domain_name(domain)
    except (idna.IDNAError, ValidationError):
        raise ValidationError("%(text)s is no domain like example.org.", params={"text": text[:80]}) from None
    return domain


def own_domain(text):
    """The same of a domain that can be one organisation's; raises for ``co.uk``, below which anybody registers."""
    domain = ascii_domain(text)
    if not from_narrow_to_wide(domain):
        raise ValidationError(
            "%(text)s belongs to no one organisation: anybody may register a name below it.", params={"text": domain}
        )
    return domain


def from_narrow_to_wide(domain):
    """``a.b.example.co.uk`` as ``[a.b.example.co.uk, b.example.co.uk, example.co.uk]``; ``[]`` for ``co.uk``.

    By Mozilla's Public Suffix List, with names under which companies let others register (``github.io``), in the
    state of the release that is locked: ``make lock UPGRADE=1`` renews it.
    """
    registered = _suffixes().privatesuffix(domain)
    if registered is None:
        return []
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - registered.count("."))]


@cache
def _suffixes():
    return PublicSuffixList()


class DomainsField(forms.CharField):
    """One domain a line; gives a list."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, *, encoder=None, decoder=None, **kwargs):  # what a JSONField passes on
        super().__init__(**kwargs | {"help_text": "One a line, like example.org.", "max_length": 5_000})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value):
        return list(dict.fromkeys(own_domain(line) for line in super().clean(value).split()))

    def has_changed(self, initial, data):
        return (initial or []) != (data or "").split()

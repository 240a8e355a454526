"""E-mail domains of an organisation: in ASCII, as the addresses of people are stored."""

import idna
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name


def ascii_domain(text):
    """One domain as it is stored; raises ``ValidationError`` when it is none."""
    try:
        domain = idna.encode(text.strip().lower(), uts46=True).decode()
        validate_domain_name(domain)
    except (idna.IDNAError, ValidationError):
        raise ValidationError("%(text)s is no domain like example.org.", params={"text": text[:80]}) from None
    return domain


class DomainsField(forms.CharField):
    """One domain a line; gives a list."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, *, encoder=None, decoder=None, **kwargs):  # what a JSONField passes on
        super().__init__(**kwargs | {"help_text": "One a line, like example.org.", "max_length": 5_000})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value):
        return list(dict.fromkeys(ascii_domain(line) for line in super().clean(value).split()))

    def has_changed(self, initial, data):
        return (initial or []) != (data or "").split()

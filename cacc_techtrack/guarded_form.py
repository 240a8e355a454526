"""Forms of admin that are refused when somebody else changed, meanwhile, what decides who may do what."""

import json

from django import forms
from django.core.exceptions import ValidationError


class GuardedForm(forms.ModelForm):
    """Carries the ``guarded`` values as they were when the page was opened, and is refused if they changed since."""

    guarded = ()
    guarded_as = ""  # how the refusal calls them; by their names unless given
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["seen"].initial = self._now(self.instance)

    def _now(self, row):
        return json.dumps([_as_text(getattr(row, name)) for name in self.guarded])

    def clean(self):
        cleaned = super().clean()
        if self.instance.pk:
            row = type(self.instance).objects.select_for_update().get(pk=self.instance.pk)
            if self.cleaned_data.get("seen") != self._now(row):
                names = self.guarded_as or " or ".join(
                    str(self._meta.model._meta.get_field(name).verbose_name) for name in self.guarded
                )
                raise ValidationError(
                    "Somebody changed the %(names)s after you opened this page. Nothing was saved; open it again.",
                    code="stale",
                    params={"names": names},
                )
        return cleaned


def _as_text(value):
    if hasattr(value, "values_list"):  # rows that this one is tied to
        return sorted(value.order_by("pk").values_list("pk", flat=True))
    return str(value)

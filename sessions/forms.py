"""Admin's forms for what decides who may read: a page that has grown old must not open anything again."""

import json

from django import forms
from django.core.exceptions import ValidationError

from .models import Session, Track


class GuardedForm(forms.ModelForm):
    """Carries the ``guarded`` values as they were when the page was opened, and is refused if they changed since."""

    guarded = ()
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["seen"].initial = self._now(self.instance)

    def _now(self, row):
        return json.dumps([str(getattr(row, name)) for name in self.guarded])

    def clean(self):
        cleaned = super().clean()
        if self.instance.pk:
            row = type(self.instance).objects.select_for_update().get(pk=self.instance.pk)
            if self.cleaned_data.get("seen") != self._now(row):
                names = " or ".join(self._meta.model._meta.get_field(name).verbose_name for name in self.guarded)
                raise ValidationError(
                    "Somebody changed the %(names)s after you opened this page. Nothing was saved; open it again.",
                    code="stale",
                    params={"names": names},
                )
        return cleaned


class TrackForm(GuardedForm):
    guarded = ("audience", "teaser")

    class Meta:
        model = Track
        fields = ["event", "slug", "title", "position", "audience", "teaser"]


class SessionForm(GuardedForm):
    guarded = ("track_id", "published")

    class Meta:
        model = Session
        exclude = ["key", "slug"]  # noqa: DJ006  # all that organisers edit; those two are the site's own

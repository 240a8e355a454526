"""Admin's forms for what decides who may read: a page that has grown old must not open anything again."""

from django import forms

from cacc_techtrack.guarded_form import GuardedForm

from .models import Event, Session, Track


class EventForm(GuardedForm):
    guarded = ("announced", "archived", "capacity", "passes_places_on", "reminds", "reminder_with_picture")
    conference_url = forms.URLField(max_length=200, required=False, assume_scheme="https")

    class Meta:
        model = Event
        exclude = ["is_current"]  # chosen in the list, so that one always is


class TrackForm(GuardedForm):
    guarded = ("audience", "teaser")

    class Meta:
        model = Track
        fields = ["event", "slug", "title", "position", "audience", "teaser"]


class SessionForm(GuardedForm):
    guarded = ("track_id", "published")

    class Meta:
        model = Session
        exclude = ["key", "slug"]  # all that organisers edit; those two are the site's own

    def clean(self):
        """The track is held first, then its sessions, by whoever writes: else two wait for each other."""
        if self.instance.pk:
            list(Session.objects.filter(pk=self.instance.pk).held())
        return super().clean()

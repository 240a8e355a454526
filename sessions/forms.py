"""Admin's forms for what decides who may read: a page that has grown old must not open anything again."""

from cacc_techtrack.guarded_form import GuardedForm

from .models import Session, Track


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

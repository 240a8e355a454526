"""What an organiser may say with a decision, and taking the step."""

from django import forms

from ..fields import check_visible

DONE = {
    "approve": "approved",
    "decline": "declined",
    "wait": "put on the waiting list",
    "revoke": "revoked",
    "reopen": "reopened",
    "confirm": "confirmed",
}


class WordsForm(forms.Form):
    """What an organiser may say with a decision."""

    reason = forms.CharField(
        label="Reason, kept inside",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Only organisers see it.",
        validators=[check_visible],
    )
    words = forms.CharField(
        label="Words to the person",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="They stand in the mail and on the person's status page.",
        validators=[check_visible],
    )


class DecisionForm(WordsForm):
    """A decision on one request, as it was when the page was opened."""

    version = forms.IntegerField(widget=forms.HiddenInput)


def take_step(one, verb, by, said, version):
    getattr(one, verb)(by=by, version=version, reason=said["reason"], words=said["words"])

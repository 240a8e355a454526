"""The steps as organisers are offered them, what they may say with one, and taking it."""

from dataclasses import dataclass

from django import forms

from ..fields import check_visible


@dataclass(frozen=True)
class Button:
    """``key`` takes the focus to it, where scripts run; Enter then presses it. ``done`` is what it did, in words."""

    verb: str
    label: str
    key: str
    look: str
    done: str


# In the order in which a page offers them.
BUTTONS = [
    Button("confirm", "Confirm", "c", "decide-approve", "confirmed"),
    Button("approve", "Approve", "a", "decide-approve", "approved"),
    Button("reopen", "Reopen", "o", "decide-approve", "reopened"),
    Button("wait", "Waiting list", "w", "decide-quiet", "put on the waiting list"),
    Button("decline", "Decline", "d", "decide-against", "declined"),
    Button("revoke", "Revoke", "r", "decide-against", "revoked"),
]
BACK_TO_PENDING = Button("reopen", "Put back to pending", "o", "decide-quiet", "put back to pending")
DONE = {button.verb: button.done for button in BUTTONS}


def buttons_for(one):
    """``[(button, its step)]`` for all that may be done with this request now."""
    steps = one.next_steps()
    shown = [BACK_TO_PENDING if button.verb == "reopen" and one.is_live else button for button in BUTTONS]
    return [(button, steps[button.verb]) for button in shown if button.verb in steps]


class WordsForm(forms.Form):
    """What an organiser may say with a decision. No field of one line: there Enter would press a button."""

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

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


def take_step(one, verb, by, said, version):
    getattr(one, verb)(by=by, version=version, reason=said["reason"], words=said["words"])

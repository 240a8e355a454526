"""What is typed or sent at the door."""

from django import forms

from ..fields import LineField
from ..models.door import DOOR_LETTERS
from ..models.passes import DOOR_ID, letters_of


class CodeForm(forms.Form):
    """The code that stands under the picture of a pass; ``cleaned_data["code"]`` is the token."""

    code = LineField(
        label="Code of the pass",
        max_length=60,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "form-control code-input",
            }
        ),
        help_text="Sixteen letters and digits; spaces, dashes and capitals do not matter.",
    )

    def clean_code(self):
        token = letters_of(self.cleaned_data["code"])
        if token is None:
            raise forms.ValidationError("A code has sixteen letters and digits, like ABCD-EFGH-JKMN-PQRS.")
        return token


class DoorForm(forms.Form):
    """What the door is called at which a steward stands."""

    door = LineField(
        label="This door",
        max_length=DOOR_LETTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "form-control"}),
        help_text="As the others know it, like “North”. It stands beside each check-in.",
    )


class DeedForm(forms.Form):
    """What the button of a door's page sends."""

    who = forms.RegexField(rf"\A{DOOR_ID.pattern}\Z")
    scan = forms.UUIDField()


class UndoForm(DeedForm):
    of = forms.UUIDField(required=False)

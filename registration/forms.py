"""The request as people fill it in, and as they may change it later."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from . import rules
from .fields import LineField, TextField
from .models import AccessRequest


def agreement_label():
    return format_html(
        gettext('I have read the <a href="{}" target="_blank">handling rules</a> (version {}) and will keep to them.'),
        reverse_lazy("registration:handling_rules"),
        rules.VERSION,
    )


class _Tick(forms.CheckboxInput):
    """What it sends names the version of the rules that the page led to."""

    def __init__(self, attrs=None):
        super().__init__(attrs, check_test=lambda value: value == rules.VERSION)

    def format_value(self, value):
        return rules.VERSION

    def value_from_datadict(self, data, files, name):
        return data.get(name, "")


class AgreementField(forms.BooleanField):
    """Agreeing to the handling rules in force. A tick on a page that led to older ones agrees to nothing."""

    widget = _Tick

    def __init__(self, unless_ticked):
        super().__init__(label=lazy(agreement_label, str)(), error_messages={"required": unless_ticked})

    def to_python(self, value):
        if value and value != rules.VERSION:
            raise ValidationError(
                _("The handling rules have changed since you opened this page. Read them again, then tick this."),
                code="changed",
            )
        return bool(value)


class RequestForm(forms.Form):
    """What an organiser needs to decide, and no more."""

    full_name = LineField(label=_("Full name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    organisation = LineField(
        label=_("Organisation"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    job_title = LineField(
        label=_("Job title"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    kind = forms.ChoiceField(
        label=_("Kind of organisation"),
        choices=[("", _("Choose one")), *AccessRequest.Kind.choices],
        help_text=_(
            "The morning is for industry. If you are from law enforcement or an NGO you may still ask: "
            "organisers decide case by case, and the afternoon is open to you without asking."
        ),
    )
    why = TextField(
        label=_("Why do you wish to attend?"),
        max_length=1000,
        help_text=_("A few sentences, at most 1,000 characters."),
        widget=forms.Textarea(attrs={"rows": 5, "data-left": _("%s characters left")}),
    )
    registered = forms.ChoiceField(
        label=_("Are you registered for CACC?"),
        choices=AccessRequest.Registered.choices,
        widget=forms.RadioSelect,
        help_text=_("This form is not the conference registration: to enter the venue you register with CACC as well."),
    )
    reception = forms.ChoiceField(
        label=_("Will you come to the reception?"),
        choices=AccessRequest.Reception.choices,
        widget=forms.RadioSelect,
    )
    needs = TextField(
        label=_("Access or dietary needs (optional)"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Anything we should prepare for you. Only organisers see it."),
    )
    rules = AgreementField(_("Agree to the handling rules to ask for access."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*self.groups())

    def groups(self):
        return [
            Fieldset(_("About you"), "full_name", "organisation", "job_title", "kind"),
            Fieldset(_("Your wish"), "why", "registered"),
            Fieldset(_("On the day"), "reception", "needs"),
            Fieldset(_("Handling rules"), "rules"),
        ]

    def answers(self):
        """The answers as ``AccessRequest`` keeps them."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"rules", "version"}}


class EditForm(RequestForm):
    """The person's own changes. Once somebody decided, only reception and needs are left to change.

    A form that was opened before the decision keeps all its fields, so that nothing typed is lost when it comes back.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    rules = None

    def __init__(self, data=None, *, request):
        self.all_fields = request.may_change_all or (data is not None and "full_name" in data)
        answers = {name: getattr(request, name) for name in self.names()}
        super().__init__(data, initial=answers | {"version": request.version})
        for name in set(self.fields) - set(self.names()) - {"version"}:
            del self.fields[name]

    def names(self):
        judged = AccessRequest.JUDGED_FIELDS if self.all_fields else ()
        return [*judged, *AccessRequest.OPEN_FIELDS]

    def groups(self):
        groups = super().groups()[:3] if self.all_fields else super().groups()[2:3]
        return [*groups, "version"]

"""The forms of signing in: an address, then a code. Those of the second factor have a module of their own."""

from allauth.account import forms as account_forms
from allauth.core import context
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from ..addresses import normalise
from ..models import RefusedCodes, User
from . import codes, known_browsers, limits


class AskForCodeForm(account_forms.RequestLoginCodeForm):
    """The address to send a code to. Whether it was known before is told to nobody."""

    email = forms.CharField(
        label=_("Your work e-mail address"),
        max_length=320,
        widget=forms.EmailInput(
            attrs={
                "autocomplete": "email",
                "inputmode": "email",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": _("Enter your work e-mail address.")},
    )
    wait = None  # set when this address has had its mails for the hour

    def clean_email(self):
        email = normalise(self.cleaned_data["email"])
        self._user = User.objects.get_or_create_for(email)
        known_browser = known_browsers.known_as(context.request, self._user)
        self.wait = codes.wait_for_next_mail(self._user, known_browser)
        sent = codes.MAILS_AN_HOUR
        if not self.wait and not known_browser:
            self.wait, sent = limits.wait_for_mailbox(email), limits.OF_ONE_MAILBOX.at_most
        if self.wait:
            minutes = int(self.wait.total_seconds() // 60) + 1
            raise ValidationError(
                _(
                    "We have sent {codes} codes to this address within an hour and send no more for now. "
                    "Try again in {minutes} minutes, or look for the last mail in your spam folder."
                ).format(codes=sent, minutes=minutes),
                code="limited",
            )
        return email


class TypeCodeForm(account_forms.ConfirmLoginCodeForm):
    """The code from the mail, or one that an organiser read out. Each wrong one costs a try of this browser's code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "code-input",
                "placeholder": "ABCD-EFGH",
            }
        ),
        error_messages={"required": _("Enter the code from the mail.")},
    )

    @sensitive_variables()
    def clean_code(self):
        if not codes.spend_try(self.expected_code):
            RefusedCodes.count_one()
            raise ValidationError(_("This code has expired or was used. Ask for a new one."), code="dead")
        try:
            code = super().clean_code()
        except ValidationError:
            if codes.use_read_out(self.expected_code, self.cleaned_data["code"]):
                codes.use(self.expected_code)  # the mailed one is of no use any more
                return self.cleaned_data["code"]
            RefusedCodes.count_one()
            raise ValidationError(
                _("That is not the code we sent last. Check each letter, or ask for a new code."), code="wrong"
            ) from None
        if not codes.use(self.expected_code):
            raise ValidationError(_("This code was just used. Ask for a new one."), code="used")
        return code

"""The forms of signing in: an address, a code, and for organisers the second factor."""

from allauth.account import forms as account_forms
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError

from cacc_techtrack.sealing import digest

from ..addresses import normalise
from ..models import User
from . import codes, enrolment, known_browsers


class AskForCodeForm(account_forms.RequestLoginCodeForm):
    """The address to send a code to. Whether it was known before is told to nobody."""

    email = forms.CharField(
        label="Your work e-mail address",
        max_length=320,
        widget=forms.EmailInput(
            attrs={
                "autocomplete": "email",
                "inputmode": "email",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": "Enter your work e-mail address."},
    )
    wait = None  # set when this address has had its mails for the hour

    def clean_email(self):
        email = normalise(self.cleaned_data["email"])
        self._user = User.objects.get_or_create_for(email)
        self.wait = codes.wait_for_next_mail(self._user, known_browsers.known_as(context.request, self._user))
        if self.wait:
            minutes = int(self.wait.total_seconds() // 60) + 1
            raise ValidationError(
                f"We have sent {codes.MAILS_AN_HOUR} codes to this address within an hour and send no more for now. "
                f"Try again in {minutes} minutes, or look for the last mail in your spam folder.",
                code="limited",
            )
        return email


class TypeCodeForm(account_forms.ConfirmLoginCodeForm):
    """The code from the mail. Each wrong one costs a try of this browser's code, and of no other's."""

    code = forms.CharField(
        label="Code",
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
        error_messages={"required": "Enter the code from the mail."},
    )

    def clean_code(self):
        if not codes.spend_try(self.expected_code):
            raise ValidationError("This code has expired or was used. Ask for a new one.", code="dead")
        try:
            code = super().clean_code()
        except ValidationError:
            raise ValidationError(
                "That is not the code we sent last. Check each letter, or ask for a new code.", code="wrong"
            ) from None
        if not codes.use(self.expected_code):
            raise ValidationError("This code was just used. Ask for a new one.", code="used")
        return code


class SecondFactorCodeMixin:
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = "Code from your authenticator app"
        field.max_length = 20
        field.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code-input"}

    def is_first_use(self, code):
        """allauth refuses a used code for 30 seconds; with a step of tolerance either way one lives for 90."""
        key = digest("second-factor-used", f"{self.user.pk}:{normalize_user_code(code)}")
        return cache.add(f"second-factor-used:{key}", True, timeout=120)


class GiveFactorMixin(SecondFactorCodeMixin):
    def clean_code(self):
        code = super().clean_code()
        if not self.is_first_use(code):
            raise ValidationError("This code was just used. Wait for the app to show the next one.", code="used")
        return code


class SecondFactorForm(GiveFactorMixin, mfa_forms.AuthenticateForm):
    pass


class SecondFactorAgainForm(GiveFactorMixin, mfa_forms.ReauthenticateForm):
    pass


class EnrolForm(SecondFactorCodeMixin, totp_forms.ActivateTOTPForm):
    """Sets up a second factor; the enrolment code shows that more than a mailbox is at hand."""

    enrolment_code = forms.CharField(
        label="Enrolment code",
        max_length=40,
        help_text="The one-time code you were given when you became an organiser.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    field_order = ["enrolment_code", "code"]

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not enrolment.use(self.user, cleaned["enrolment_code"]):
            self.add_error(
                "enrolment_code",
                "This is not your enrolment code, or it has expired or was used. Ask an administrator for a new one.",
            )
        if not self.errors:
            self.is_first_use(cleaned["code"])
        return cleaned

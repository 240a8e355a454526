"""The forms of the second factor: an app's code, a passkey, a recovery code, and the enrolment code of the first."""

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as passkey_forms
from allauth.mfa.webauthn.internal.auth import parse_authentication_response, parse_registration_response
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction

from cacc_techtrack.sealing import digest

from ..models import Mail, SecondFactorNews
from ..second_factor import has_second_factor
from . import enrolment, recovery_codes, refusals


class CodeFieldMixin:
    label = "Code from your authenticator app"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = self.label
        field.max_length = 20
        field.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code-input"}

    def is_first_use(self, code):
        """allauth refuses a used code for 30 seconds; with a step of tolerance either way one lives for 90."""
        key = digest("second-factor-used", f"{self.user.pk}:{normalize_user_code(code)}")
        return cache.add(f"second-factor-used:{key}", True, timeout=120)


class GiveCodeMixin(CodeFieldMixin):
    label = "Code from your authenticator app, or a recovery code"

    def clean_code(self):
        """That a recovery code was used and the mail that tells of it are one; a refusal stays counted."""
        refused = None
        self.cleaned_data["code"] = recovery_codes.as_kept(self.user, self.cleaned_data["code"])
        with transaction.atomic():
            try:
                code = super().clean_code()
            except ValidationError as error:
                refused = error
            else:
                if self.authenticator.type == Authenticator.Type.RECOVERY_CODES:
                    Mail.objects.queue(Mail.SECOND_FACTOR, self.user, about=SecondFactorNews.CODE_USED)
        if refused:
            if refused.code == "incorrect_code":
                refusals.second_factor(self.user)
            raise refused
        if not self.is_first_use(code):
            raise ValidationError("This code was just used. Wait for the app to show the next one.", code="used")
        return code


class SecondFactorForm(GiveCodeMixin, mfa_forms.AuthenticateForm):
    pass


class SecondFactorAgainForm(GiveCodeMixin, mfa_forms.ReauthenticateForm):
    pass


def made_on_our_pages(response):
    """Refuse what a passkey said to a page elsewhere (WebAuthn Level 2, 7.1 step 9, 7.2 step 13).

    allauth takes every host below ours and every port of it for us: none of those speaks for this site.
    """
    said = response.response.client_data
    if said.origin != settings.SITE_URL or said.cross_origin:
        raise get_adapter().validation_error("incorrect_code")


class CountsUpMixin:
    """A passkey counts its uses; a count that does not grow is a copy's (WebAuthn Level 2, 7.2, step 21)."""

    def clean_credential(self):
        response = parse_authentication_response(self.cleaned_data["credential"])
        made_on_our_pages(response)
        count = response.response.authenticator_data.counter
        authenticator = super().clean_credential()
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
            before = row.data.get("count", row.wrap().authenticator_data.counter)
            if (count or before) and count <= before:
                raise get_adapter().validation_error("incorrect_code")
            row.data["count"] = count
            row.save(update_fields=["data"])
        authenticator.data = row.data
        return authenticator


class PasskeyForm(CountsUpMixin, passkey_forms.AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(CountsUpMixin, passkey_forms.ReauthenticateWebAuthnForm):
    pass


class EnrolmentCodeMixin(forms.Form):
    """The first factor needs the enrolment code, which shows that more than a mailbox is at hand."""

    enrolment_code = forms.CharField(
        label="Enrolment code",
        max_length=40,
        help_text="The one-time code you were given when you became an organiser.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    field_order = ["enrolment_code"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if has_second_factor(self.user):
            del self.fields["enrolment_code"]

    def clean(self):
        cleaned = super().clean()
        needed = "enrolment_code" in self.fields
        if needed and not self.errors and not enrolment.use(self.user, cleaned["enrolment_code"]):
            refusals.enrolment_code(self.user)
            self.add_error(
                "enrolment_code",
                "This is not your enrolment code, or it has expired or was used. Ask an administrator for a new one.",
            )
        return cleaned


class EnrolForm(EnrolmentCodeMixin, CodeFieldMixin, totp_forms.ActivateTOTPForm):
    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            self.is_first_use(cleaned["code"])
        return cleaned


class AddPasskeyForm(EnrolmentCodeMixin, passkey_forms.AddWebAuthnForm):
    name = forms.CharField(
        label="A name for it",
        max_length=60,
        required=False,
        help_text="So that you can tell it from others, like “laptop” or “blue key”.",
    )

    def clean_credential(self):
        credential = self.cleaned_data["credential"]
        made_on_our_pages(parse_registration_response(credential))
        return credential

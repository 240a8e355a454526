"""Setting up, using and giving up second factors: allauth's views, in our order.

The first factor of any kind needs the enrolment code, a further one that a factor was given just now. What is done
and the mail that tells of it are saved in one transaction. Organisers only (``views.organisers_only``).
"""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import views as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as allauths_recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy

from ..models import LoginSession, Mail, SecondFactorNews, User
from ..second_factor import has_second_factor, told_apart
from . import recovery_codes


class TellsByMail:
    about = None

    def post(self, request, *args, **kwargs):
        with told_apart(request.user), transaction.atomic():
            User.objects.select_for_update().get(pk=request.user.pk)  # one at a time for each person
            return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        response = super().form_valid(form)
        Mail.objects.queue(Mail.SECOND_FACTOR, self.request.user, about=self.about)
        return response


class EndsWhatAMailboxOpened:
    """With the first factor, login sessions that were begun without one end, but for the one at hand."""

    def form_valid(self, form):
        is_first = not has_second_factor(self.request.user)
        response = super().form_valid(form)
        if is_first:
            others = LoginSession.objects.filter(user=self.request.user)
            others.exclude(pk=self.request.session.row_key).delete()
        return response


class KeepsForm:
    """allauth's passkey views make the form anew to show it; then its errors would be those of a second try."""

    def get_context_data(self, **kwargs):
        return super().get_context_data() | kwargs


class SetUpApp(EndsWhatAMailboxOpened, TellsByMail, totp.ActivateTOTPView):
    about = SecondFactorNews.APP_ADDED


class RemoveApp(TellsByMail, totp.DeactivateTOTPView):
    about = SecondFactorNews.APP_REMOVED


class AddPasskey(EndsWhatAMailboxOpened, TellsByMail, KeepsForm, passkeys.AddWebAuthnView):
    about = SecondFactorNews.PASSKEY_ADDED
    template_name = "mfa/webauthn/add_form.html"


class RemovePasskey(TellsByMail, passkeys.RemoveWebAuthnView):
    about = SecondFactorNews.PASSKEY_REMOVED
    template_name = "mfa/webauthn/authenticator_confirm_delete.html"
    success_url = reverse_lazy("mfa_index")

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"may": get_adapter().can_delete_authenticator(self.object)}

    def form_valid(self, form):
        if not get_adapter().can_delete_authenticator(self.object):
            return self.render_to_response(self.get_context_data(form=form))
        return super().form_valid(form)


class ChangesKey:
    """Who gave a factor may do more from now on: a cookie that was known before that may not."""

    def form_valid(self, form):
        response = super().form_valid(form)
        self.request.session.renew_key()
        return response


class GiveAgain(ChangesKey, mfa.ReauthenticateView):
    pass


class GivePasskeyAgain(ChangesKey, KeepsForm, passkeys.ReauthenticateWebAuthnView):
    template_name = "mfa/webauthn/reauthenticate.html"

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form))


class MakeRecoveryCodes(TellsByMail, allauths_recovery_codes.GenerateRecoveryCodesView):
    """Shown in the answer that makes them, or given as a file, and never again: hashes alone are kept."""

    about = SecondFactorNews.CODES_MADE
    template_name = "mfa/recovery_codes/generate.html"
    success_url = reverse_lazy("mfa_index")

    def post(self, request, *args, **kwargs):
        if self.get_form().is_valid():
            self.made = recovery_codes.make()  # hashing takes time, in which nobody's row is locked
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        super().form_valid(form)
        codes, kept = self.made
        rows = Authenticator.objects.filter(user=self.request.user, type=Authenticator.Type.RECOVERY_CODES)
        rows.update(data=kept)
        if "download" in self.request.POST:
            text = "Recovery codes for the Tech Track. Each works once.\n\n" + "\n".join(codes) + "\n"
            name = 'attachment; filename="tech-track-recovery-codes.txt"'
            return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Content-Disposition": name})
        return render(self.request, "mfa/recovery_codes/shown.html", {"codes": codes})


set_up_app = SetUpApp.as_view()
remove_app = RemoveApp.as_view()
add_passkey = AddPasskey.as_view()
remove_passkey = RemovePasskey.as_view()
give_again = GiveAgain.as_view()
give_passkey_again = GivePasskeyAgain.as_view()
make_recovery_codes = MakeRecoveryCodes.as_view()

"""allauth's public hooks: where a code goes, what is said, how the second factor is kept."""

from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_variables

from cacc_techtrack.sealing import seal, unseal

from .. import agreeing
from ..login_sessions import DEVICE
from ..models import User
from . import codes, devices, known_browsers, limits


class AccountAdapter(DefaultAccountAdapter):
    @sensitive_variables()
    def send_mail(self, template_prefix, email, context):
        """The one mail allauth asks for, a sign-in code, goes into the outbox; the worker delivers it."""
        if template_prefix != "account/email/login_code":
            raise NotImplementedError(f"No mail of ours is called {template_prefix}.")
        with transaction.atomic():
            person = User.objects.get(email=email)
            codes.issue(person, context["code"], known_browsers.known_as(self.request, person))
        self.request.session["code_asked_at"] = timezone.now().timestamp()
        self.request.session["code_asked_for"] = email

    def login(self, request, user):
        super().login(request, user)
        request.session[DEVICE] = devices.in_plain_words(request.headers.get("User-Agent", ""))

    def post_login(self, request, user, **how):
        response = super().post_login(request, user, **how)
        known_browsers.remember(request, response, user)
        user.reads(get_language())
        if response.status_code == 302:
            response.headers["Location"] = agreeing.first(user, response.headers["Location"])
        return response

    def get_client_ip(self, request):
        return limits.address_of(request) or "unknown"  # nobody said: all of these count as one

    def add_message(self, *args, **kwargs):
        """Our pages say what happened; allauth's messages would carry addresses around."""

    def is_open_for_signup(self, request):
        return False

    def is_safe_url(self, url):
        """Where to go after signing in: an address of ours, from its root."""
        return bool(url) and url.startswith("/") and super().is_safe_url(url)

    def get_logout_redirect_url(self, request):
        return reverse("sessions:agenda")


class SecondFactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text):
        return seal("second-factor", text.encode()).decode()

    def decrypt(self, encrypted_text):
        return unseal("second-factor", encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator):
        """On a real site an organiser keeps one at least: the last is given up only with another's help."""
        others = Authenticator.objects.filter(user_id=authenticator.user_id).exclude(pk=authenticator.pk)
        return settings.LOCAL or others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()

    def get_public_key_credential_rp_entity(self):
        """Passkeys are bound to the address people use, whatever a request calls us."""
        return {"id": urlsplit(settings.SITE_URL).hostname, "name": "Tech Track"}

    def build_totp_svg(self, url):
        """An inline SVG (``img-src 'self'`` allows no ``data:``), dark on light in both colour schemes."""
        import segno

        return segno.make(url, error="m").svg_inline(
            scale=5, border=4, svgclass="qr", lineclass=None, omitsize=True, title="QR code", unit=None
        )

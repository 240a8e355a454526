"""The addresses of allauth that we use; all others of its own do not exist here."""

from allauth.mfa.base import views as mfa
from django.urls import path
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from . import second_factor_views as factors
from . import views
from .open import while_cache_answers
from .own_sessions import own_sessions
from .refusals import noticed

urlpatterns = [
    path("login/", views.ask_for_code, name="account_login"),
    path("login/", views.ask_for_code, name="account_request_login_code"),
    path("login/code/", views.type_code, name="account_confirm_login_code"),
    path("logout/", views.sign_out, name="account_logout"),
    path("sessions/", own_sessions, name="own_sessions"),
    path("inactive/", views.inactive, name="account_inactive"),
]

# For organisers, whose pages are in English, like admin.
second_factor = [
    path("second-factor/", require_safe(views.organisers_only(mfa.index)), name="mfa_index"),
    path(
        "second-factor/sign-in/",
        sensitive_post_parameters()(while_cache_answers(mfa.authenticate)),
        name="mfa_authenticate",
    ),
    path("second-factor/again/", views.organisers_only(factors.give_again), name="mfa_reauthenticate"),
    path(
        "second-factor/again/passkey/",
        views.organisers_only(factors.give_passkey_again),
        name="mfa_reauthenticate_webauthn",
    ),
    path("second-factor/passkeys/add/", views.organisers_only(noticed(factors.add_passkey)), name="mfa_add_webauthn"),
    path(
        "second-factor/passkeys/<int:pk>/remove/",
        views.organisers_only(noticed(factors.remove_passkey)),
        name="mfa_remove_webauthn",
    ),
    path(
        "second-factor/recovery-codes/",
        views.organisers_only(noticed(factors.make_recovery_codes)),
        name="mfa_generate_recovery_codes",
    ),
    path("second-factor/set-up/", views.organisers_only(noticed(factors.set_up_app)), name="mfa_activate_totp"),
    path("second-factor/remove/", views.organisers_only(noticed(factors.remove_app)), name="mfa_deactivate_totp"),
]

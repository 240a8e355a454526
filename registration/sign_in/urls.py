"""The addresses of allauth that we use; all others of its own do not exist here."""

from allauth.mfa.base import views as mfa
from allauth.mfa.totp import views as totp
from django.urls import path
from django.views.decorators.http import require_safe

from . import views
from .own_sessions import own_sessions

urlpatterns = [
    path("login/", views.ask_for_code, name="account_login"),
    path("login/", views.ask_for_code, name="account_request_login_code"),
    path("login/code/", views.type_code, name="account_confirm_login_code"),
    path("logout/", views.sign_out, name="account_logout"),
    path("sessions/", own_sessions, name="own_sessions"),
    path("inactive/", views.inactive, name="account_inactive"),
    path("second-factor/", require_safe(views.organisers_only(mfa.index)), name="mfa_index"),
    path("second-factor/sign-in/", mfa.authenticate, name="mfa_authenticate"),
    path("second-factor/again/", views.organisers_only(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("second-factor/set-up/", views.organisers_only(totp.activate_totp), name="mfa_activate_totp"),
    path("second-factor/remove/", views.organisers_only(totp.deactivate_totp), name="mfa_deactivate_totp"),
]

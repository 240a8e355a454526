"""Signing in, for which allauth does the work: an address, then a code."""

import time
from datetime import timedelta

from allauth.account import views as account_views
from allauth.account.utils import get_next_redirect_url
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from . import known_browsers, limits
from .open import while_cache_answers

WHY_ANEW = {
    "tries": _("That was wrong five times, so the code is dead. Ask for a new one."),
    "no-code": _(
        "There is no live code for this browser: it expired, or was asked for in another one. Ask for a new one."
    ),
}
AGAIN_AFTER = 30  # seconds before the same browser may have another code sent to the same address


class AskForCodeView(account_views.RequestLoginCodeView):
    """The address form. The person, the code and its mail are saved in one transaction, or none is."""

    template_name = "account/request_login_code.html"

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            return HttpResponseRedirect(self.get_next_url() or reverse("registration:status"))
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self):
        return {"email": self.request.session.get("code_asked_for", "")} if self.request.GET.get("again") else {}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "next": self.get_next_url() or "",
            "why_anew": WHY_ANEW.get(self.request.GET.get("why", "")),
        }

    def post(self, request, *args, **kwargs):
        if self._was_just_sent(request):
            return redirect(self.get_success_url())
        wait = limits.wait_for_code(request, known_browsers.known_by(request, request.POST.get("email", "")))
        if wait:
            return too_many(request, wait)
        with transaction.atomic():
            return super().post(request, *args, **kwargs)

    def form_invalid(self, form):
        response = super().form_invalid(form)
        wait = getattr(form, "wait", None)
        if wait:
            response.status_code = 429
            response.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
        return response

    @staticmethod
    def _was_just_sent(request):
        """A double click is one mail: the same browser, the same address, a moment ago."""
        return (
            seconds_to_wait(request) > 0
            and "account_login" in request.session
            and request.POST.get("email", "").strip().lower() == request.session.get("code_asked_for")
        )


class TypeCodeView(account_views.ConfirmLoginCodeView):
    """The code form, with help for when nothing arrives."""

    template_name = "account/confirm_login_code.html"

    def dispatch(self, request, *args, **kwargs):
        response = super().dispatch(request, *args, **kwargs)
        if response.status_code == 302 and response.url == reverse("account_login"):
            why = "tries" if getattr(self, "_process", None) else "no-code"
            anew = {"why": why, "again": 1, "next": get_next_redirect_url(request) or ""}
            return redirect(response.url + "?" + urlencode(anew))
        return response

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "wait": seconds_to_wait(self.request),
            "next": self.get_next_url() or "",
        }


class SignOutView(account_views.LogoutView):
    """The page with the button; pressing it also empties what this browser kept of our pages."""

    def post(self, *args, **kwargs):
        response = super().post(*args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


def seconds_to_wait(request):
    left = request.session.get("code_asked_at", 0) + AGAIN_AFTER - time.time()
    return min(AGAIN_AFTER, int(left) + 1) if 0 < left <= AGAIN_AFTER + 1 else 0  # more left: a clock was set back


def organisers_only(view):
    """The second factor is for organisers; nobody else has a page about it."""

    @sensitive_post_parameters()
    def wrapped(request, *args, **kwargs):
        if not request.user.is_authenticated:
            return redirect(reverse("account_login") + "?" + urlencode({"next": request.get_full_path()}))
        if not request.user.is_staff:
            raise Http404("Not an organiser.")
        return view(request, *args, **kwargs)

    return wrapped


def too_many(request, wait=timedelta(minutes=1)):
    """The answer when a limit is reached, one of ours or of allauth's."""
    seconds = int(wait.total_seconds()) + 1
    response = render(request, "429.html", {"minutes": (seconds + 59) // 60}, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


ask_for_code = sensitive_post_parameters()(while_cache_answers(AskForCodeView.as_view()))
type_code = sensitive_post_parameters()(while_cache_answers(TypeCodeView.as_view()))
sign_out = SignOutView.as_view()
inactive = account_views.account_inactive

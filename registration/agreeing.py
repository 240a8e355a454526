"""Agreeing to the handling rules after signing in.

Asked of whom the form did not ask, since organisers entered their request, and of everybody with a request when the
rules are others than those they agreed to.
"""

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from . import rules
from .forms import AgreementField
from .models import AccessRequest, RulesAcceptance


class AgreementForm(forms.Form):
    rules = AgreementField(_("Tick this to agree. Without that, the private morning stays closed to you."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True


def is_asked_of(person):
    return AccessRequest.objects.to_be_agreed_to().filter(person=person).exists()


def first(person, address):
    """Where somebody goes after signing in on the way to ``address``: here, if the rules are to be agreed to."""
    return f"{reverse('registration:agree')}?{urlencode({'next': address})}" if is_asked_of(person) else address


def agreed_to_before(person):
    """The newest agreement to rules that are in force no more, or None."""
    return RulesAcceptance.objects.filter(person=person).exclude(version=rules.VERSION).order_by("-accepted_at").first()


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def agree(request):
    address = request.POST.get("next") or request.GET.get("next", "")
    if not (address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)):
        address = reverse("registration:status")
    if not is_asked_of(request.user):
        return redirect(address)
    form = AgreementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        RulesAcceptance.write_down(request.user, rules.VERSION)
        return redirect(address)
    context = {"form": form, "next": address, "version": rules.VERSION, "before": agreed_to_before(request.user)}
    return render(request, "registration/agree.html", context)

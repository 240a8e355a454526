"""Deciding on one request: the step whose button was pressed, once."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from ..models import AccessRequest, StepRefused
from .words import DONE, DecisionForm, take_step


class Deciding:
    """For ``AccessRequestAdmin``."""

    def get_urls(self):
        decide = path(
            "<int:pk>/decide/",
            self.admin_site.admin_view(require_POST(self.decide)),
            name="registration_accessrequest_decide",
        )
        return [decide, *super().get_urls()]

    @method_decorator(sensitive_post_parameters())
    def decide(self, request, pk):
        """Take the step whose button was pressed; a refusal shows the request as it is now, with what was typed."""
        self.check_may_decide(request)
        one = AccessRequest.objects.select_related("person", "event").filter(pk=pk).first()
        if one is None:
            raise Http404
        form = DecisionForm(request.POST)
        verb = request.POST.get("step", "")
        if verb not in DONE or "version" in form.errors:
            messages.error(request, "Nothing was decided: the page was not complete.")
            return redirect("admin:registration_accessrequest_change", pk)
        if not form.is_valid():
            return self.request_page(request, one, form)
        try:
            take_step(one, verb, request.user, form.cleaned_data, form.cleaned_data["version"])
        except StepRefused as refusal:
            messages.warning(request, str(refusal))
            one.refresh_from_db()
            again = DecisionForm(initial=form.cleaned_data | {"version": one.version})
            return self.request_page(request, one, again, seen=form.cleaned_data["version"])
        messages.success(request, f"{one.full_name}: {DONE[verb]}.")
        return redirect("admin:registration_accessrequest_changelist")

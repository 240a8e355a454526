"""Deciding on one request: the step whose button was pressed, once; and its mail, to look at before."""

from copy import copy

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from ..mail.letters import preview
from ..models import AccessRequest, Full, StepRefused
from .words import DONE, DecisionForm, buttons_for, take_step


class Deciding:
    """For ``AccessRequestAdmin``."""

    def get_urls(self):
        pages = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"registration_accessrequest_{name}",
            )
            for name, view in (("decide", self.decide), ("preview", self.preview))
        ]
        return [*pages, *super().get_urls()]

    @method_decorator(sensitive_post_parameters())
    def decide(self, request, pk):
        """Take the step whose button was pressed; a refusal shows the request as it is now, with what was typed."""
        one = self.to_decide_on(request, pk)
        form = DecisionForm(request.POST)
        verb = request.POST.get("step", "")
        if verb not in DONE or "version" in form.errors:
            messages.error(request, "Nothing was decided: the page was not complete.")
            return redirect(self.address_of(request, one))
        if not form.is_valid():
            return self.request_page(request, one, form)
        before = copy(one)
        try:
            take_step(one, verb, request.user, form.cleaned_data, form.cleaned_data["version"])
        except StepRefused as refusal:
            messages.warning(request, str(refusal))
            one.refresh_from_db()
            is_full = isinstance(refusal, Full) and refusal.may_wait
            mail = self.mail_of(one, "wait", form.cleaned_data["words"]) if is_full else None
            return self.request_page(
                request, one, again(one, form), seen=form.cleaned_data["version"], mail=mail, is_full=is_full
            )
        if verb in ("confirm", "reopen"):
            messages.success(request, f"{one.full_name}: {DONE[verb]}.")
            return redirect(self.address_of(request, one))
        return self.go_on(request, before, done=one.pk)

    @method_decorator(sensitive_post_parameters())
    def preview(self, request, pk):
        """The same page with what was typed, and the mail of the step whose button was pressed; nothing is done."""
        one = self.to_decide_on(request, pk)
        form = DecisionForm(request.POST)
        verb = request.POST.get("preview", "")
        if "version" in form.errors or verb not in DONE:
            messages.error(request, "The page was not complete; here it is anew.")
            return redirect(self.address_of(request, one))
        if not form.is_valid():
            return self.request_page(request, one, form)
        mail = self.mail_of(one, verb, form.cleaned_data["words"])
        if mail is None:
            messages.warning(request, f"{one.what_happened()}")
        return self.request_page(request, one, again(one, form), seen=form.cleaned_data["version"], mail=mail)

    def to_decide_on(self, request, pk):
        self.check_may_decide(request)
        one = AccessRequest.objects.select_related("person", "event").filter(pk=pk).first()
        if one is None:
            raise Http404
        return one

    def mail_of(self, one, verb, words):
        """What the person would be told of this step, or None if it cannot be taken or tells nobody."""
        for button, step in buttons_for(one):
            if button.verb == verb and step.mail:
                return {"button": button, "letter": preview(step.mail, one.person, one.event, words=words)}
        return None


def again(one, form):
    """What was typed, for the request as it is now."""
    return DecisionForm(initial=form.cleaned_data | {"version": one.version})

"""The page of somebody who was invited: they see it once they have proven that address, and nobody else does."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from sessions.models import Event

from . import rules
from .agreeing import AgreementForm, is_asked_of
from .forms import RequestForm
from .models import AccessRequest, Invitation, StepRefused
from .steps import State


def own_invitation(person):
    """The open invitation to the current event for exactly this person's proven address, or None."""
    event = Event.objects.current()
    found = Invitation.objects.held_by(person, event).select_related("event").first()
    if found is None or (AccessRequest.objects.of(person, event).live().filter(state=State.APPROVED).exists()):
        return None
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@login_required
def invitation(request):
    """Accept, with one's answers unless organisers have them already, or decline."""
    own = own_invitation(request.user)
    if own is None:
        if request.method == "POST":
            messages.warning(request, _("There is no invitation for this address that still holds."))
        return redirect("registration:status")
    live = AccessRequest.objects.of(request.user, own.event).live().first()
    step = request.POST.get("step", "")
    form = form_for(request, own, live, request.POST if step == "accept" else None)
    refusal = None
    try:
        if step == "decline":
            own.decline(request.user)
            messages.success(request, _("You declined the invitation."))
            return redirect("registration:status")
        if step == "accept" and (form is None or form.is_valid()):
            answers = None if live else form.answers()
            own.accept(request.user, rules_version=rules.VERSION, answers=answers)
            return redirect("registration:status")
    except StepRefused as error:
        refusal = error
    context = {"own": own, "live": live, "form": form, "refusal": refusal}
    return render(request, "registration/invitation.html", context)


def form_for(request, own, live, data):
    """What is still to be told: all answers; or the rules alone; or nothing."""
    if live is None:
        return RequestForm(data, initial={"full_name": own.full_name, "organisation": own.organisation})
    return AgreementForm(data) if is_asked_of(request.user) else None

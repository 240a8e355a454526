"""The buttons of the door: each does one thing once, and leads back to where the next pass is scanned."""

import logging

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from ..models import Pass, Scan
from . import checking
from .forms import DeedForm, UndoForm
from .who import at_the_door, door_of

log = logging.getLogger("techtrack.door")


@require_POST
@sensitive_post_parameters()
@at_the_door
def check_in(request):
    return _do(request, checking.check_in, DeedForm(request.POST))


@require_POST
@sensitive_post_parameters()
@at_the_door
def check_out(request):
    return _do(request, checking.check_out, DeedForm(request.POST))


@require_POST
@sensitive_post_parameters()
@at_the_door
def undo(request):
    return _do(request, checking.undo, UndoForm(request.POST))


def _do(request, verb, form):
    if not form.is_valid():
        messages.warning(request, "Nothing was done: the page was not complete. Scan the pass again.")
        return redirect("door:door")
    how = dict(form.cleaned_data)
    result = verb(Pass.objects.at_door(how.pop("who")), door=door_of(request), by=request.user, **how)
    if result.outcome == Scan.Outcome.NOT_VALID:
        log.info("a pass was refused at the door")
    return redirect(f"{reverse('door:door')}?done={how['scan']}")

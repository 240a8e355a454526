"""A file of a session, for whoever may have it; for everybody else its address never existed."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from ..materials.handing_out import CannotHandOut, answer
from ..models import Event, Material


@require_safe
def material(request, key, name):
    event = Event.objects.with_material(key)
    if event is None:
        raise Http404
    visible = Material.objects.filter(session__track__event=event).visible_to(request.audience_for(event))
    found = get_object_or_404(visible.select_related("session__track__event"), key=key, name=name)
    try:
        return answer(request, found)
    except CannotHandOut:
        return render(request, "sessions/material_withheld.html", {"material": found}, status=503)

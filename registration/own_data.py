"""What a person does about their own data: look, download, ask for deletion, take that back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from . import forgetting, holdings
from .models import AccessRequest, Deed, DeletionRequest, Record

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@get_or_post
@login_required
def my_data(request):
    """What is held, on a page; a download is a POST, since it goes on record."""
    if request.method != "POST":
        return render(request, "registration/my_data.html", {"sections": _sections(request)})
    make = {"json": _as_json, "text": _as_page}.get(request.POST.get("step"))
    if make is None:
        return redirect("registration:my_data")
    Record.objects.write(Deed.DOWNLOADED, by=request.user, about=request.POST["step"])
    return make(request)


def _sections(request):
    return holdings.of(request.user, lambda events: {one: request.audience_for(one) for one in events})


def _as_json(request):
    held = {section.name: section.as_dicts() for section in _sections(request)}
    answer = JsonResponse(held, json_dumps_params={"indent": 1, "ensure_ascii": False})
    return _attached(answer, "json")


def _as_page(request):
    about = {"sections": _sections(request), "made_at": timezone.now(), "language": get_language()}
    return _attached(HttpResponse(render_to_string("registration/my_data_file.html", about)), "html")


def _attached(answer, ending):
    answer["Content-Disposition"] = f'attachment; filename="my-data.{ending}"'
    return answer


@get_or_post
@login_required
def delete(request):
    """Ask for deletion, or take it back: nothing happens before an administrator carries it out."""
    person = request.user
    may_ask = forgetting.people().filter(pk=person.pk).exists()
    match request.POST.get("step"):
        case "ask" if may_ask:
            DeletionRequest.objects.ask(person)
            messages.success(
                request, _("You asked for your data to be deleted. You can take that back until it is done.")
            )
            return redirect("registration:status")
        case "take back":
            if DeletionRequest.objects.take_back(person):
                messages.success(request, _("Taken back: your data stay as they are."))
            return redirect("registration:status")
    if request.method == "POST":
        return redirect("registration:delete")
    context = {
        "asked": DeletionRequest.objects.open().filter(person=person).first(),
        "may_ask": may_ask,
        "live": AccessRequest.objects.filter(person=person).live().select_related("event"),
    }
    return render(request, "registration/delete.html", context)

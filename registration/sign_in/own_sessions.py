"""The page on which people see where they are signed in, and end it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from ..models import LoginSession


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def own_sessions(request):
    own = LoginSession.objects.opening(request.user)
    others = [one for one in own if one.pk != request.session.row_key]
    if request.method == "POST":
        chosen = others if "all" in request.POST else [one for one in others if one.name == request.POST.get("end")]
        LoginSession.objects.filter(pk__in=[one.pk for one in chosen]).delete()
        messages.success(request, what_was_ended(len(chosen)))
        return redirect("own_sessions")
    this = next((one for one in own if one.pk == request.session.row_key), None)
    return render(request, "account/own_sessions.html", {"this": this, "others": others})


def what_was_ended(count):
    if count == 0:
        return gettext("That one was over already.")
    if count == 1:
        return gettext("Signed out there.")
    return gettext("Signed out in {count} other browsers.").format(count=count)

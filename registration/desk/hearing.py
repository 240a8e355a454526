"""Whether an organiser gets a mail when requests begin to wait: a tick of their own."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from .. import telling_organisers


class HearingForm(forms.Form):
    hears = forms.BooleanField(
        label="Send me a mail when requests begin to wait for a decision", label_suffix="", required=False
    )


class Hearing:
    """For ``AccessRequestAdmin``."""

    def get_urls(self):
        page = path(
            "hearing/",
            self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.hearing)),
            name="registration_accessrequest_hearing",
        )
        return [page, *super().get_urls()]

    def hearing(self, request):
        self.check_may_decide(request)
        form = HearingForm(request.POST or None, initial={"hears": request.user.hears_of_requests})
        if request.method == "POST":
            hears = "hears" in request.POST
            know = timezone.now() if hears and telling_organisers.waiting().exists() else None
            request.user.hear_of_requests(hears, since=know)
            messages.success(
                request, "You get a mail when requests begin to wait." if hears else "You get no such mail."
            )
            return redirect("admin:registration_accessrequest_changelist")
        context = self.admin_site.each_context(request) | {"title": "Mail to you", "opts": self.opts, "form": form}
        return TemplateResponse(request, "admin/registration/accessrequest/hearing.html", context)

"""Where somebody is signed in, for administrators: one login session ended, or all, when a phone is lost."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_http_methods

from ..models import LoginSession, User


class LoginSessionPages:
    """For ``UserAdmin``."""

    def get_urls(self):
        page = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.login_sessions))
        return [path("<int:pk>/login-sessions/", page, name="registration_user_login_sessions"), *super().get_urls()]

    def login_sessions(self, request, pk):
        """A login session that is ended opens nothing from the next click on: its row is gone."""
        if not self.has_sign_out_permission(request):
            raise PermissionDenied
        person = User.objects.filter(pk=pk).first()
        if person is None:
            raise Http404
        found = LoginSession.objects.opening(person)
        if request.method == "POST":
            if "all" in request.POST:
                self._end_all(request, person)
            else:
                chosen = [one for one in found if one.name == request.POST.get("end")]
                self._end(request, person, chosen)
            return redirect("admin:registration_user_login_sessions", pk)
        context = self.admin_site.each_context(request) | {
            "title": "Login sessions",
            "opts": self.opts,
            "person": person,
            "found": found,
            "own": request.session.row_key,
        }
        return TemplateResponse(request, "admin/registration/user/login_sessions.html", context)

    def _end(self, request, person, chosen):
        if not LoginSession.objects.filter(pk__in=[one.pk for one in chosen]).delete()[0]:
            messages.warning(request, "That one was over already.")
            return
        for one in chosen:
            said = f"Ended a login session: {one.device or 'a browser'}, since {one.created_at:%d %B %Y, %H:%M} UTC."
            self.log_change(request, person, said)
        messages.success(request, "Ended. What that browser asks for next is refused.")

    def _end_all(self, request, person):
        """Live codes as well: the mailbox may be on the phone that was lost."""
        person.shut_out()
        self.log_change(request, person, "Signed out everywhere.")
        messages.success(request, "Signed out everywhere; codes that were mailed are dead.")

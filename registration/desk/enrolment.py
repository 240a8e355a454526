"""Enrolment codes and lost devices in admin: for administrators, about another organiser, never about themselves."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from ..models import User
from ..second_factor import has_second_factor
from ..sign_in import enrolment

DEEDS = {
    "enrolment_code": (enrolment.issue, "Issued an enrolment code."),
    "lost_device": (
        enrolment.start_way_back,
        "Lost device: removed the second factors, ended the login sessions, issued an enrolment code.",
    ),
}


class EnrolmentPages:
    """For ``UserAdmin``: two pages that ask, and do on POST. The code is shown in that answer and never again."""

    def get_urls(self):
        pages = [
            path(
                f"<int:pk>/{deed.replace('_', '-')}/",
                self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self._page(deed))),
                name=f"registration_user_{deed}",
            )
            for deed in DEEDS
        ]
        return [*pages, *super().get_urls()]

    def _page(self, deed):
        def page(request, pk):
            if not request.user.is_superuser:
                raise PermissionDenied
            do, said = DEEDS[deed]
            code = None
            with transaction.atomic():
                person = User.objects.select_for_update().filter(pk=pk, is_staff=True).first()
                if person is None:
                    raise Http404("Not an organiser.")
                refusal = why_not(deed, person, by=request.user)
                if request.method == "POST" and not refusal:
                    code = do(person)
                    self.log_change(request, person, said)
            context = self.admin_site.each_context(request) | {
                "title": "Lost device" if deed == "lost_device" else "Enrolment code",
                "person": person,
                "deed": deed,
                "code": code,
                "refusal": refusal,
                "days": enrolment.LIFE.days,
            }
            return render(request, "admin/registration/user/enrolment.html", context)

        return page


def why_not(deed, person, *, by):
    """In plain words why this may not be done, or None."""
    if person == by:
        return "Nobody does this for themselves: ask another administrator."
    if not person.is_active:
        return "This account is closed. Open it first."
    if deed == "enrolment_code" and has_second_factor(person):
        return "This organiser has a second factor. If it is lost, report the device as lost."
    return None

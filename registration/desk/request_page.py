"""One request on a page: all that a decision needs."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse

from ..addresses import for_the_desk
from ..models import AccessRequest
from .twins import turned_away_twins
from .words import DecisionForm


class RequestPage:
    """For ``AccessRequestAdmin``."""

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        one = self.get_object(request, object_id)
        if one is None:
            raise Http404
        return self.request_page(request, one, DecisionForm(initial={"version": one.version}))

    def request_page(self, request, one, form, seen=None):
        """The request with all that a decision needs; ``seen`` is the version a refused form was opened with."""
        one.twins = turned_away_twins([one])[one.pk]
        decisions = list(one.decisions.select_related("actor"))
        return TemplateResponse(
            request,
            "admin/registration/accessrequest/request.html",
            self.admin_site.each_context(request)
            | self.mails_context(request, one)
            | {
                "title": one.full_name,
                "opts": self.opts,
                "one": one,
                "address": for_the_desk(one.person.email),
                "decisions": decisions,
                "edits": one.edits.all(),
                "confirmations": one.confirmations.all(),
                "edits_since": one.edits.filter(version__gt=seen) if seen is not None else [],
                "is_proven": one.person.has_proven_address(),
                "earlier": AccessRequest.objects.filter(person=one.person).exclude(pk=one.pk).select_related("event"),
                "next_steps": one.next_steps() if self.has_decide_permission(request) else {},
                "form": form,
            },
        )

"""What came of decisions on several requests: who was left as they were, and why, with the step that is left."""

from enum import StrEnum

from django.db.models import Prefetch
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from ..models import AccessRequest, Decision
from .words import BUTTONS

KEPT = "decided_in_bulk"  # in the organiser's login session, which is sealed: keys of requests and no word of them
NAMED = 20  # of each kind, until the page is asked for all
LABELS = {button.verb: button.label for button in BUTTONS}


class Outcome(StrEnum):
    DONE = "done"
    FULL = "full"
    ALREADY = "already"
    STALE = "stale"
    LATE = "late"


HEADINGS = {
    Outcome.FULL: "No place was left for",
    Outcome.ALREADY: "Decided already",
    Outcome.STALE: "Changed after you opened the page",
    Outcome.LATE: "Not reached in the time that a page may take",
}


class BulkResult:
    """For ``BulkDecisions``."""

    def get_urls(self):
        page = path(
            "decided/",
            self.admin_site.admin_view(require_safe(self.result_page)),
            name="registration_accessrequest_decided",
        )
        return [page, *super().get_urls()]

    def to_result(self, request, verb, found):
        """To the page that names those who were left as they were, or to the list when there are none."""
        if not any(found.values()):
            return redirect("admin:registration_accessrequest_changelist")
        request.session[KEPT] = {"verb": verb, "found": {str(outcome): pairs for outcome, pairs in found.items()}}
        return HttpResponseRedirect(reverse("admin:registration_accessrequest_decided"))

    def result_page(self, request):
        self.check_may_decide(request)
        kept = request.session.get(KEPT)
        if not kept:
            return redirect("admin:registration_accessrequest_changelist")
        named = None if "all" in request.GET else NAMED
        return TemplateResponse(
            request,
            "admin/registration/accessrequest/decided.html",
            self.admin_site.each_context(request)
            | {
                "title": f"{LABELS[kept['verb']]}: what is left",
                "opts": self.opts,
                "verb": kept["verb"],
                "kinds": [
                    self._kind(outcome, kept["found"].get(outcome) or [], kept["verb"], named)
                    for outcome in HEADINGS
                    if kept["found"].get(outcome)
                ],
            },
        )

    def _kind(self, outcome, pairs, verb, named):
        shown = with_last_decision([pk for pk, _ in pairs[:named]])
        further = {Outcome.FULL: "wait", Outcome.LATE: verb}.get(outcome, "")
        return {
            "heading": HEADINGS[outcome],
            "outcome": str(outcome),
            "count": len(pairs),
            "requests": shown,
            "more": len(pairs) - len(shown),
            "further": further,
            "label": LABELS.get(further, ""),
            "lines": " ".join(f"{pk}:{version}" for pk, version in pairs),
        }


def with_last_decision(keys):
    """These requests in this order, each with ``happened``: one query for them, and one for all decisions."""
    decisions = Prefetch("decisions", Decision.objects.order_by("-pk"), to_attr="decided")
    found = AccessRequest.objects.select_related("person").prefetch_related(decisions).in_bulk(keys)
    for one in found.values():
        one.happened = one.decided[0] if one.decided else None
    return [found[pk] for pk in keys if pk in found]

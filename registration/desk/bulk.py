"""Decisions on several requests at once: a page that asks, then one step for each line of it."""

import time

from django.contrib import admin, messages
from django.db.models import F
from django.shortcuts import redirect
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from ..deciding_many import BATCH, confirm_together, decide_together
from ..models import AccessRequest, AlreadyDecided, Full, Stale
from .asking_first import TO, AskingFirst
from .bulk_result import BulkResult, Outcome
from .words import DONE, WordsForm

IN_BULK = ("approve", "wait", "decline", "confirm")
AT_ONCE = 1000  # requests
SECONDS = 40  # after which the rest is left for a further step: gunicorn replaces a worker that is silent for 60
KINDS = {AlreadyDecided: Outcome.ALREADY, Stale: Outcome.STALE, Full: Outcome.FULL}


class BulkDecisions(AskingFirst, BulkResult):
    """For ``AccessRequestAdmin``."""

    actions = ["approve_selected", "wait_selected", "decline_selected", "confirm_selected"]

    def get_urls(self):
        several = path(
            "decide/",
            self.admin_site.admin_view(require_POST(self.decide_several)),
            name="registration_accessrequest_decide_several",
        )
        return [several, *super().get_urls()]

    @admin.action(description="Approve …", permissions=["decide"])
    def approve_selected(self, request, queryset):
        return self.ask_about(request, queryset, "approve")

    @admin.action(description="Put on the waiting list …", permissions=["decide"])
    def wait_selected(self, request, queryset):
        return self.ask_about(request, queryset, "wait")

    @admin.action(description="Decline …", permissions=["decide"])
    def decline_selected(self, request, queryset):
        return self.ask_about(request, queryset, "decline")

    @admin.action(description="Confirm …", permissions=["decide"])
    def confirm_selected(self, request, queryset):
        return self.ask_about(request, queryset, "confirm")

    def ask_about(self, request, queryset, verb):
        chosen = queryset.count()
        if chosen > AT_ONCE:
            messages.error(
                request,
                f"Nothing was decided: {chosen} requests are chosen, and {AT_ONCE} can be decided at once. "
                "Narrow the list by a filter or a search, or choose by the page.",
            )
            return None
        return self.confirm_page(request, queryset, verb)

    @method_decorator(sensitive_post_parameters())
    def decide_several(self, request):
        """Take one step for each line of the page, and count what came of it; or show the page anew and do nothing."""
        self.check_may_decide(request)
        verb = request.POST.get("step") or request.POST.get("ask", "")
        versions = versions_of(" ".join(request.POST.getlist("line")).split())
        if verb not in IN_BULK or not 0 < len(versions) <= AT_ONCE:
            messages.error(request, "Nothing was decided: the page was not complete.")
            return redirect("admin:registration_accessrequest_changelist")
        asked = AccessRequest.objects.filter(pk__in=versions)
        if "words" not in request.POST and "step" not in request.POST:  # a page that leads here without a form
            return self.confirm_page(request, asked, verb, versions=versions)
        form = WordsForm(request.POST)
        if not form.is_valid() or "step" not in request.POST:
            return self.confirm_page(request, asked, verb, form=form, versions=versions)
        found = take_steps(in_order(asked), verb, request.user, form.cleaned_data, versions)
        done = found.pop(Outcome.DONE)
        if done:
            messages.success(request, f"{len(done)} {DONE[verb]}.")
        return self.to_result(request, verb, found)


def in_order(requests):
    """In which places of each event are given: by the waiting list, then to who asked first."""
    return requests.order_by("event_id", F("waiting_since").asc(nulls_last=True), "asked_at", "pk")


def take_steps(requests, verb, by, said, versions):
    """``{outcome: [(request's key, version that was seen), …]}``; some in each transaction, as many as time allows."""
    found = {outcome: [] for outcome in Outcome}
    end = time.monotonic() + SECONDS
    keys = list(requests.values_list("pk", flat=True))
    for begin in range(0, len(keys), BATCH):
        some = {pk: versions[pk] for pk in keys[begin : begin + BATCH]}
        refusals = take_some(some, verb, by, said) if time.monotonic() < end else dict.fromkeys(some, Outcome.LATE)
        for pk, version in some.items():
            found[refusals.get(pk, Outcome.DONE)].append((pk, version))
    return found


def take_some(some, verb, by, said):
    """``{request's key: outcome}`` of those that were refused."""
    if verb in TO:
        refusals = decide_together(some, TO[verb], by=by, reason=said["reason"], words=said["words"])
    else:
        refusals = confirm_together(some, by=by, reason=said["reason"])
    return {pk: KINDS.get(type(refusal), Outcome.ALREADY) for pk, refusal in refusals.items()}


def versions_of(lines):
    """``["12:3", …]`` as ``{12: 3}``: request and the version its line was shown with; ``{}`` if one is odd."""
    pairs = [line.partition(":") for line in lines]
    if not all(pk.isdecimal() and version.isdecimal() and len(pk + version) < 20 for pk, _, version in pairs):
        return {}
    return {int(pk): int(version) for pk, _, version in pairs}

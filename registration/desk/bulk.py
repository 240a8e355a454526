"""Decisions on several requests at once: a page that asks, then one step for each line of it."""

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from ..models import AccessRequest, StepRefused
from .twins import turned_away_twins
from .words import DONE, WordsForm, take_step

IN_BULK = ("approve", "decline", "confirm")


class BulkDecisions:
    """For ``AccessRequestAdmin``."""

    actions = ["approve_selected", "decline_selected", "confirm_selected"]

    def get_urls(self):
        several = path(
            "decide/",
            self.admin_site.admin_view(require_POST(self.decide_several)),
            name="registration_accessrequest_decide_several",
        )
        return [several, *super().get_urls()]

    @admin.action(description="Approve …", permissions=["decide"])
    def approve_selected(self, request, queryset):
        return self.confirm_page(request, queryset, "approve")

    @admin.action(description="Decline …", permissions=["decide"])
    def decline_selected(self, request, queryset):
        return self.confirm_page(request, queryset, "decline")

    @admin.action(description="Confirm …", permissions=["decide"])
    def confirm_selected(self, request, queryset):
        return self.confirm_page(request, queryset, "confirm")

    def confirm_page(self, request, queryset, verb, *, form=None, versions=None):
        """Lists what the step would do to each; nothing is decided yet."""
        chosen = list(queryset.select_related("person", "event"))
        twins = turned_away_twins(chosen)
        for one in chosen:
            one.twins = twins[one.pk]
            one.version = (versions or {}).get(one.pk, one.version)  # as it was when the page was first opened
        return TemplateResponse(
            request,
            "admin/registration/accessrequest/confirm.html",
            self.admin_site.each_context(request)
            | {
                "title": f"{verb.title()} {len(chosen)} request{'' if len(chosen) == 1 else 's'}?",
                "verb": verb,
                "opts": self.opts,
                "able": [one for one in chosen if verb in one.next_steps()],
                "unable": [one for one in chosen if verb not in one.next_steps()],
                "form": form or WordsForm(),
            },
        )

    @method_decorator(sensitive_post_parameters())
    def decide_several(self, request):
        """Take one step for each line of the page, and count what came of it."""
        self.check_may_decide(request)
        to_list = redirect("admin:registration_accessrequest_changelist")
        verb = request.POST.get("step", "")
        form = WordsForm(request.POST)
        versions = versions_of(request.POST.getlist("line"))
        if verb not in IN_BULK or not versions:
            messages.error(request, "Nothing was decided: the page was not complete.")
            return to_list
        if not form.is_valid():
            chosen = AccessRequest.objects.filter(pk__in=versions)
            return self.confirm_page(request, chosen, verb, form=form, versions=versions)
        decided, refused = 0, []
        for one in AccessRequest.objects.filter(pk__in=versions).order_by("asked_at", "pk"):
            try:
                take_step(one, verb, request.user, form.cleaned_data, versions[one.pk])
                decided += 1
            except StepRefused as refusal:
                refused.append(f"{one.full_name}: {refusal}")
        if decided:
            messages.success(request, f"{decided} {DONE[verb]}.")
        for line in refused:
            messages.warning(request, line)
        return to_list


def versions_of(lines):
    """``["12:3", …]`` as ``{12: 3}``: request and the version its line was shown with; ``{}`` if one is odd."""
    pairs = [line.partition(":") for line in lines]
    if not all(pk.isdecimal() and version.isdecimal() and len(pk + version) < 20 for pk, _, version in pairs):
        return {}
    return {int(pk): int(version) for pk, _, version in pairs}

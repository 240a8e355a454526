"""Deciding who comes: the list of requests, one request, and decisions on several."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from ..addresses import for_the_desk
from ..fields import check_visible
from ..models import AccessRequest, StepRefused
from ..steps import State
from .mails import ReadOnlyAdmin
from .twins import turned_away_twins

DONE = {
    "approve": "approved",
    "decline": "declined",
    "wait": "put on the waiting list",
    "revoke": "revoked",
    "reopen": "reopened",
    "confirm": "confirmed",
}
IN_BULK = ("approve", "decline", "confirm")


class WordsForm(forms.Form):
    """What an organiser may say with a decision."""

    reason = forms.CharField(
        label="Reason, kept inside",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Only organisers see it.",
        validators=[check_visible],
    )
    words = forms.CharField(
        label="Words to the person",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="They stand in the mail and on the person's status page.",
        validators=[check_visible],
    )


class DecisionForm(WordsForm):
    """A decision on one request, as it was when the page was opened."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class StateFilter(admin.SimpleListFilter):
    """Opens on what is pending; ``?state=all`` shows every request."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("all", "all"), *State.choices]

    def choices(self, changelist):
        chosen = self.value() or State.PENDING
        for value, label in [*State.choices, ("all", "all")]:
            yield {
                "selected": chosen == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request, queryset):
        value = self.value() or State.PENDING
        return queryset if value == "all" else queryset.filter(state=value)


class AccessRequestAdmin(ReadOnlyAdmin):
    list_display = ["full_name", "organisation", "domain", "short_kind", "waits", "short_state"]
    list_filter = [StateFilter, "to_confirm", "event", "kind", "registered"]
    list_select_related = ["person"]
    search_fields = ["full_name", "organisation", "person__email"]
    search_help_text = "Name, organisation or e-mail address"
    ordering = ["asked_at", "pk"]
    list_per_page = 50
    actions = ["approve_selected", "decline_selected", "confirm_selected"]

    # The list

    @admin.display(description="e-mail domain", ordering="person__email")
    def domain(self, request):
        return request.email_domain()

    @admin.display(description="asked", ordering="asked_at")
    def waits(self, request):
        return format_html(
            '<time datetime="{}">{} ago</time>',
            request.asked_at.isoformat(),
            timesince(request.asked_at, depth=1),
        )

    @admin.display(description="kind", ordering="kind")
    def short_kind(self, request):
        return request.get_kind_display()

    @admin.display(description="state", ordering="state")
    def short_state(self, request):
        return request.get_state_display() + (", to confirm" if request.to_confirm else "")

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": "Access requests"} | (extra_context or {}))

    def has_decide_permission(self, request):
        """Who decides must see what they decide; a refused decision shows the request."""
        return self.has_view_permission(request) and request.user.has_perm("registration.decide_accessrequest")

    @admin.action(description="Approve …", permissions=["decide"])
    def approve_selected(self, request, queryset):
        return self.confirm_page(request, queryset, "approve")

    @admin.action(description="Decline …", permissions=["decide"])
    def decline_selected(self, request, queryset):
        return self.confirm_page(request, queryset, "decline")

    @admin.action(description="Confirm …", permissions=["decide"])
    def confirm_selected(self, request, queryset):
        return self.confirm_page(request, queryset, "confirm")

    # Several at once

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

    # One request

    def get_urls(self):
        return [
            path(
                "decide/",
                self.admin_site.admin_view(require_POST(self.decide_several)),
                name="registration_accessrequest_decide_several",
            ),
            path(
                "<int:pk>/decide/",
                self.admin_site.admin_view(require_POST(self.decide)),
                name="registration_accessrequest_decide",
            ),
            *super().get_urls(),
        ]

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
        decisions = list(one.decisions.select_related("actor").prefetch_related("mails"))
        return TemplateResponse(
            request,
            "admin/registration/accessrequest/request.html",
            self.admin_site.each_context(request)
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

    @method_decorator(sensitive_post_parameters())
    def decide(self, request, pk):
        """Take the step whose button was pressed; a refusal shows the request as it is now, with what was typed."""
        self.check_may_decide(request)
        one = AccessRequest.objects.select_related("person", "event").filter(pk=pk).first()
        if one is None:
            raise Http404
        form = DecisionForm(request.POST)
        verb = request.POST.get("step", "")
        if verb not in DONE or "version" in form.errors:
            messages.error(request, "Nothing was decided: the page was not complete.")
            return redirect("admin:registration_accessrequest_change", pk)
        if not form.is_valid():
            return self.request_page(request, one, form)
        try:
            take_step(one, verb, request.user, form.cleaned_data, form.cleaned_data["version"])
        except StepRefused as refusal:
            messages.warning(request, str(refusal))
            one.refresh_from_db()
            again = DecisionForm(initial=form.cleaned_data | {"version": one.version})
            return self.request_page(request, one, again, seen=form.cleaned_data["version"])
        messages.success(request, f"{one.full_name}: {DONE[verb]}.")
        return redirect("admin:registration_accessrequest_changelist")

    def check_may_decide(self, request):
        if not self.has_decide_permission(request):
            raise PermissionDenied


def take_step(one, verb, by, said, version):
    getattr(one, verb)(by=by, version=version, reason=said["reason"], words=said["words"])


def versions_of(lines):
    """``["12:3", …]`` as ``{12: 3}``: request and the version its line was shown with; ``{}`` if one is odd."""
    pairs = [line.partition(":") for line in lines]
    if not all(pk.isdecimal() and version.isdecimal() and len(pk + version) < 20 for pk, _, version in pairs):
        return {}
    return {int(pk): int(version) for pk, _, version in pairs}

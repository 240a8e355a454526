"""The list of requests: what is pending, oldest first, until somebody asks for more."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timesince import timesince

from .. import domains
from ..models import AccessRequest
from ..steps import State
from . import waiting
from .leaving import AsksForDeletionFilter, mark_deletions


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


class DomainFilter(admin.SimpleListFilter):
    """By what is known of the address's domain. Each domain that occurs is looked at, since subdomains count too."""

    title = "e-mail domain"
    parameter_name = "domain"

    def lookups(self, request, model_admin):
        return domains.Kind.choices

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        with_domain = queryset.with_domain()
        found = set(with_domain.order_by().values_list("domain", flat=True).distinct())
        wanted = [one for one, standing in domains.standings(found).items() if standing.kind == self.value()]
        return with_domain.filter(domain__in=wanted)


class RequestList:
    """For ``AccessRequestAdmin``."""

    list_display = ["full_name", "organisation", "domain", "short_kind", "waits", "short_state"]
    list_filter = [
        StateFilter,
        "to_confirm",
        AsksForDeletionFilter,
        DomainFilter,
        "event",
        "kind",
        "origin",
        "registered",
    ]
    list_select_related = ["person"]
    search_fields = ["full_name", "organisation", "person__email"]
    search_help_text = "Name, organisation or e-mail address"
    ordering = ["asked_at", "pk"]
    list_per_page = 50
    show_full_result_count = False  # it would count every request there is, beside those that are listed

    @admin.display(description="e-mail domain", ordering="person__email")
    def domain(self, request):
        return format_html(
            '<bdi>{}</bdi> <span class="standing standing-{}" title="{}">{}</span>',
            request.email_domain(),
            request.standing.kind,
            request.standing.label,
            request.standing.kind.label,
        )

    @admin.display(description="asked", ordering="asked_at")
    def waits(self, request):
        """How long ago, and how it came if not by the person's own form."""
        return format_html(
            '<time datetime="{}">{} ago</time>{}',
            request.asked_at.isoformat(),
            timesince(request.asked_at, depth=1),
            "" if request.origin == request.Origin.OWN else f", {request.get_origin_display()}",
        )

    @admin.display(description="kind", ordering="kind")
    def short_kind(self, request):
        return request.get_kind_display() or "not given"

    @admin.display(description="state", ordering="state")
    def short_state(self, request):
        number = getattr(request, "number", None)  # in the line of those who wait
        return (
            f"{request.get_state_display()}{f', number {number}' if number else ''}"
            + (", to confirm" if request.to_confirm else "")
            + (", asks for deletion" if request.asks_for_deletion else "")
        )

    def get_ordering(self, request):
        """The waiting list in the order of its line."""
        return ["waiting_since", "pk"] if request.GET.get("state") == State.WAITING else super().get_ordering(request)

    def changelist_view(self, request, extra_context=None):
        done = self.what_was_done(request)
        request.GET = request.GET.copy()
        request.GET.pop("done", None)  # which is no filter
        more = {"title": "Access requests", "done": done, "may_decide": self.has_decide_permission(request)}
        page = super().changelist_view(request, more | (extra_context or {}))
        if changelist := (getattr(page, "context_data", None) or {}).get("cl"):
            mark_domains(changelist.result_list)
            waiting.number(changelist.result_list)
            if request.GET.get("state") == State.WAITING:
                page.context_data["waiting_lists"] = waiting.lists()
            mark_deletions(changelist.result_list)
            page.context_data["first"] = self.first_of(changelist)
            page.context_data |= self.if_nobody_waits(changelist)
        return page

    def first_of(self, changelist):
        """The page of the first who is listed, with the list's filters, to go on from there."""
        for one in changelist.result_list[:1]:
            address = reverse("admin:registration_accessrequest_change", args=[one.pk])
            return f"{address}?{changelist.preserved_filters}" if changelist.preserved_filters else address
        return None

    def if_nobody_waits(self, changelist):
        """How many are decided, where that is why the list is empty."""
        if changelist.result_count or changelist.query or AccessRequest.objects.filter(state=State.PENDING).exists():
            return {}
        return {"nobody_waits": True, "decided": AccessRequest.objects.count()}


def mark_domains(requests):
    """Each with its ``standing``; one query for all."""
    known = domains.standings({one.person.email_domain for one in requests})
    for one in requests:
        one.standing = known[one.person.email_domain]

"""The list of requests: what is pending, oldest first, until somebody asks for more."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.timesince import timesince

from ..steps import State


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


class RequestList:
    """For ``AccessRequestAdmin``."""

    list_display = ["full_name", "organisation", "domain", "short_kind", "waits", "short_state"]
    list_filter = [StateFilter, "to_confirm", "event", "kind", "registered"]
    list_select_related = ["person"]
    search_fields = ["full_name", "organisation", "person__email"]
    search_help_text = "Name, organisation or e-mail address"
    ordering = ["asked_at", "pk"]
    list_per_page = 50

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

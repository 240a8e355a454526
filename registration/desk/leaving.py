"""People who asked for their data to be deleted: the list, and the page on which an administrator carries one out."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_POST

from .. import forgetting
from ..addresses import for_the_desk
from ..models import AccessRequest, DeletionRequest, User
from ..steps import REOPENED_BY_ORGANISERS_ONLY
from .mails import ReadOnlyAdmin


class OpenFilter(admin.SimpleListFilter):
    """Opens on what is still to be done; ``?open=all`` shows every one."""

    title = "what became of it"
    parameter_name = "open"

    def lookups(self, request, model_admin):
        return [("all", "all")]

    def choices(self, changelist):
        for value, label in [(None, "to be done"), ("all", "all")]:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value} if value else {}, ["open"]),
                "display": label,
            }

    def queryset(self, request, queryset):
        return queryset if self.value() == "all" else queryset.open()


class DeletionRequestAdmin(ReadOnlyAdmin):
    list_display = ["address", "asked_at", "taken_back_at", "done_at"]
    list_filter = [OpenFilter]
    list_select_related = ["person"]
    actions = None

    def has_view_permission(self, request, obj=None):
        """Who may carry it out: the page names the person and all that goes."""
        return request.user.has_perm("registration.forget_accessrequest")

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    @admin.display(description="e-mail address", ordering="person__email")
    def address(self, asked):
        return for_the_desk(asked.person.email)

    def get_urls(self):
        carry_out = self.admin_site.admin_view(require_POST(self.carry_out))
        return [
            path("<int:pk>/carry-out/", carry_out, name="registration_deletionrequest_carry_out"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        asked = self.get_object(request, object_id)
        if asked is None:
            raise Http404
        person = asked.person
        requests = AccessRequest.objects.filter(person=person).select_related("event")
        context = self.admin_site.each_context(request) | {
            "title": "Delete this person’s data?",
            "opts": self.opts,
            "asked": asked,
            "address": for_the_desk(person.email),
            "is_open": DeletionRequest.objects.open().filter(pk=asked.pk).exists(),
            "is_spared": not forgetting.people().filter(pk=person.pk).exists(),
            "requests": requests,
            "live": requests.live(),
            "was_turned_away": requests.filter(state__in=REOPENED_BY_ORGANISERS_ONLY).exists(),
            "held": forgetting.held(User.objects.filter(pk=person.pk)),
        }
        return TemplateResponse(request, "admin/registration/deletionrequest/carry_out.html", context)

    def carry_out(self, request, pk):
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = DeletionRequest.objects.select_related("person").filter(pk=pk).first()
        if asked is None:
            raise Http404
        if request.POST.get("step") != "delete":
            messages.error(request, "Nothing was deleted: the page was not complete.")
            return redirect("admin:registration_deletionrequest_change", pk)
        try:
            done = forgetting.carry_out(asked, by=request.user)
        except forgetting.Spared as refusal:
            messages.error(request, f"Nothing was deleted. {refusal}")
        else:
            if done:
                messages.success(request, "Deleted. The person is told by one last mail.")
            else:
                messages.warning(request, "Nothing was deleted: it was done before, or the person took it back.")
        return redirect("admin:registration_deletionrequest_changelist")


# At the list of requests, and on the page of one


class AsksForDeletionFilter(admin.SimpleListFilter):
    title = "deletion"
    parameter_name = "deletion"

    def lookups(self, request, model_admin):
        return [("asked", "asked for")]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        return queryset.filter(person__in=DeletionRequest.objects.open().values("person"))


def mark_deletions(requests):
    """Each with ``asks_for_deletion``, the open one or None; one query for all."""
    people = {one.person_id for one in requests}
    asked = {one.person_id: one for one in DeletionRequest.objects.open().filter(person__in=people)}
    for one in requests:
        one.asks_for_deletion = asked.get(one.person_id)

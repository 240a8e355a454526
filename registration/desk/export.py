"""Exporting requests, by the filter of the list or ticked: a page with the columns, and the file, on record."""

import copy

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from .. import exporting
from ..models import Alarm, Cause, Deed, Record

AS = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class ColumnsForm(forms.Form):
    column = forms.MultipleChoiceField(
        label="Columns",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Tick one column or more.",
            "invalid_choice": "There is no such column for you.",
        },
    )
    ticked = forms.RegexField(r"^[0-9]{1,18}(,[0-9]{1,18})*$", required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        offered = exporting.columns_for(user)
        self.fields["column"].choices = [(name, column.title) for name, column in offered.items()]
        self.fields["column"].initial = [name for name, column in offered.items() if column.by_default]


class Exporting:
    """For ``AccessRequestAdmin``."""

    actions = ["export_selected"]

    def get_urls(self):
        page = require_http_methods(["GET", "HEAD", "POST"])(self.export)
        return [
            path("export/", self.admin_site.admin_view(page), name="registration_accessrequest_export"),
            *super().get_urls(),
        ]

    def has_export_permission(self, request):
        return self.has_view_permission(request) and request.user.has_perm("registration.export_accessrequest")

    @admin.action(description="Export …", permissions=["export"])
    def export_selected(self, request, queryset):
        """Those that were ticked; all of the list are exported by its filter, which needs no ticks."""
        address = f"{reverse('admin:registration_accessrequest_export')}?{request.GET.urlencode()}"
        if request.POST.get("select_across") == "1":
            return redirect(address)
        ticked = ",".join(map(str, queryset.order_by("pk").values_list("pk", flat=True)))
        form = ColumnsForm(user=request.user, initial={"ticked": ticked})
        return self.export_page(request, form, queryset, address)

    def export(self, request):
        if not self.has_export_permission(request):
            raise PermissionDenied
        form = ColumnsForm(request.POST if request.method == "POST" else None, user=request.user)
        if "column" in request.GET and request.method != "POST":
            form.initial["column"] = request.GET.getlist("column")
        try:
            chosen = self.chosen(request, form)
        except IncorrectLookupParameters:
            return redirect("admin:registration_accessrequest_changelist")
        step = request.POST.get("step", "")
        if not form.is_valid() or step not in {*AS, "keep"}:
            return self.export_page(request, form, chosen, request.get_full_path())
        columns = form.cleaned_data["column"]
        if step == "keep":
            kept = filter_of(request)
            kept.setlist("column", columns)
            return redirect(f"{request.path}?{kept.urlencode()}")
        self.put_on_record(request, chosen, step, columns)
        return answer(step, exporting.rows(chosen, columns))

    def chosen(self, request, form):
        """The requests that are ticked, or those that the list shows under the filter in the address."""
        ticked = form["ticked"].value() if form.is_bound and "ticked" not in form.errors else ""
        if ticked:
            return self.get_queryset(request).filter(pk__in=ticked.split(","))
        as_the_list = copy.copy(request)
        as_the_list.GET = filter_of(request)
        return self.get_changelist_instance(as_the_list).queryset

    def put_on_record(self, request, chosen, step, columns):
        with transaction.atomic():
            figures = {"rows": chosen.count(), "format": step, "columns": columns}
            Record.objects.write(
                Deed.EXPORTED, by=request.user, about=f"{figures['rows']} requests as {step.upper()}", figures=figures
            )
            Alarm.objects.sound(Cause.EXPORT, rows=figures["rows"])

    def export_page(self, request, form, chosen, address):
        context = self.admin_site.each_context(request) | {
            "title": "Export requests",
            "opts": self.opts,
            "form": form,
            "count": chosen.count(),
            "action": address,
        }
        return TemplateResponse(request, "admin/registration/accessrequest/export.html", context)


def filter_of(request) -> QueryDict:
    """The list's own filter: what the address says but the columns, and what the list was told of a deed."""
    kept = request.GET.copy()
    for name in ("column", "done"):
        kept.pop(name, None)
    return kept


def answer(step, lines):
    name = f"requests-{timezone.now():%Y%m%dT%H%M%SZ}.{step}"
    if step == "csv":
        response = StreamingHttpResponse(exporting.as_csv(lines), content_type=AS[step])
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    return FileResponse(exporting.as_xlsx(lines), as_attachment=True, filename=name, content_type=AS[step])

"""The directory of organisations in admin, with a file to load: what it would do is shown first."""

import zlib

from cryptography.fernet import InvalidToken
from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from cacc_techtrack.sealing import seal, unseal
from sessions.admin import OrganisationAdmin

from .. import organisations_file
from ..addresses import for_organisers
from ..organisations_file import EXAMPLE, MOST_BYTES, MOST_LINES, Outdated, Unreadable

SEAL = "organisations-file"


class FileForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        help_text=f"UTF-8, at most {MOST_BYTES // 1000} kB and {MOST_LINES:,} lines; commas, semicolons or tabs.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )


class OrganisationDirectory(OrganisationAdmin):
    change_list_template = "admin/agenda/organisation/change_list.html"
    list_display = ["name", "full_name", "domains", "member"]
    search_fields = ["name", "full_name", "domain_words"]
    search_help_text = "Name or e-mail domain"

    @admin.display(description="e-mail domains")
    def domains(self, organisation):
        return ", ".join(map(for_organisers, organisation.email_domains))

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(domain_words=Cast("email_domains", TextField()))

    def get_urls(self):
        upload = require_http_methods(["GET", "HEAD", "POST"])(self.upload)
        return [
            path("upload/", self.admin_site.admin_view(upload), name="agenda_organisation_upload"),
            path(
                "example.csv",
                self.admin_site.admin_view(require_safe(self.example)),
                name="agenda_organisation_example",
            ),
            *super().get_urls(),
        ]

    def example(self, request):
        self.check_may_load(request)
        return HttpResponse(
            "\ufeff" + EXAMPLE,  # by which spreadsheets know the letters
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="organisations-example.csv"'},
        )

    def upload(self, request):
        """A file is looked at first; the page of that carries it sealed, to be loaded from there and nothing else."""
        self.check_may_load(request)
        if request.method == "POST" and "looked_at" in request.POST:
            return self.load(request)
        form = FileForm(request.POST or None, request.FILES or None) if request.method == "POST" else FileForm()
        if form.is_bound and form.is_valid():
            try:
                return self.dry_run(request, form.cleaned_data["file"].read(MOST_BYTES + 1))
            except Unreadable as error:
                form.add_error("file", str(error))
        return self.page(request, form=form)

    def dry_run(self, request, content, outdated=False):
        plan = organisations_file.plan(*organisations_file.read(content))
        looked_at = seal(SEAL, plan.seen.encode() + zlib.compress(content)).decode() if plan.may_be_done else ""
        return self.page(request, plan=plan, looked_at=looked_at, outdated=outdated)

    def load(self, request):
        try:
            opened = unseal(SEAL, request.POST["looked_at"].encode())
        except InvalidToken:
            self.message_user(request, "Nothing was loaded: the page was not complete.", "error")
            return redirect("admin:agenda_organisation_upload")
        seen, content = opened[:64].decode(), zlib.decompress(opened[64:])
        try:
            with transaction.atomic():
                done = organisations_file.load(content, seen=seen, by=request.user)
                self.note(request, done)
        except Outdated:
            return self.dry_run(request, content, outdated=True)
        self.message_user(request, "Loaded: {added} added, {changed} changed, {left} left.".format(**done.figures))
        return redirect("admin:agenda_organisation_changelist")

    def note(self, request, done):
        """In the history of each."""
        said = "Loaded from a file."
        for rows, flag in ((done.rows_added, ADDITION), ([row for row, _ in done.changed], CHANGE)):
            if rows:
                LogEntry.objects.log_actions(request.user.pk, rows, flag, said)

    def page(self, request, **context):
        return TemplateResponse(
            request,
            "admin/agenda/organisation/upload.html",
            self.admin_site.each_context(request) | {"title": "Load organisations from a file", **context},
        )

    def check_may_load(self, request):
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied

    def changelist_view(self, request, extra_context=None):
        may_load = self.has_add_permission(request) and self.has_change_permission(request)
        return super().changelist_view(request, {"may_load": may_load} | (extra_context or {}))

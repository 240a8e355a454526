"""Admin's page on which an edition is copied into a new one."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from cacc_techtrack.row_keys import is_key

from .models import Event, copy_edition


class CopyForm(forms.ModelForm):
    class Meta:
        model = Event
        fields = ["name", "slug", "date"]
        help_texts = {"slug": "A short name for the programme file, like cacc-2023.", "date": "Like 2023-08-08."}


class CopyPage:
    """Mixed into the admin of events."""

    change_form_template = "admin/agenda/event/change_form.html"

    def get_urls(self):
        page = self.admin_site.admin_view(self.copy_page)
        return [path("<path:object_id>/copy/", page, name="agenda_event_copy"), *super().get_urls()]

    def copy_page(self, request, object_id):
        if not (self.has_add_permission(request) and self.has_view_permission(request)):
            raise PermissionDenied
        event = get_object_or_404(Event, pk=object_id if is_key(object_id) else 0)
        form = CopyForm(request.POST if request.method == "POST" else None, initial={"name": event.name})
        new = self._copied(request, event, form) if form.is_valid() else None
        if new:
            self.message_user(request, f"{new} is there, and nobody but organisers sees it. Look through its texts.")
            return redirect(reverse("admin:agenda_event_change", args=[new.pk]))
        context = self.admin_site.each_context(request) | {
            "title": f"Copy {event} into a new edition",
            "event": event,
            "form": form,
            "opts": Event._meta,
        }
        return TemplateResponse(request, "admin/agenda/event/copy.html", context)

    def _copied(self, request, event, form):
        """The new edition, or None when somebody made one of that slug at the same moment."""
        try:
            with transaction.atomic():
                new = copy_edition(event, **form.cleaned_data)
                self.log_addition(request, new, f"Copied from {event}.")
        except IntegrityError:
            form.add_error("slug", "There is an edition of that slug.")
            return None
        return new

"""The texts of all mails in admin: which were changed, changing one with a preview, and the way back."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from cacc_techtrack.guarded_form import GuardedForm
from cacc_techtrack.model_admin import ModelAdmin
from sessions.models import Event

from ..fields import LineField, TextField
from ..mail import texts
from ..mail.letters import example_facts, from_text, original
from ..mail.purposes import PLACEHOLDERS, PURPOSES
from ..models import Deed, MailText, Record

STALE = "Somebody changed this text after you opened this page. Nothing was saved; open it again."


class MailTextForm(GuardedForm):
    """``instance`` has its purpose and language; it may be new, or gone since the page was opened."""

    guarded = ("subject", "text")
    subject = LineField(max_length=150)
    text = TextField(max_length=5000)

    class Meta:
        model = MailText
        fields = ["subject", "text"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs = {"rows": 18}

    def clean(self):
        cleaned = super().clean()
        if not self.instance.pk and cleaned.get("seen"):
            raise ValidationError(STALE, code="stale")
        return cleaned

    def _post_clean(self):
        super()._post_clean()
        if {"subject", "text"} <= self.cleaned_data.keys():
            purpose = PURPOSES[self.instance.purpose]
            for field, fault in texts.faults(purpose, self.cleaned_data["subject"], self.cleaned_data["text"]):
                self.add_error(field, fault)


class MailTextAdmin(ModelAdmin):
    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        get_or_post = require_http_methods(["GET", "HEAD", "POST"])
        return [
            path("", self.admin_site.admin_view(require_safe(self.all)), name="registration_mailtext_changelist"),
            path(
                "<slug:name>/<slug:language>/",
                self.admin_site.admin_view(get_or_post(self.one)),
                name="registration_mailtext_edit",
            ),
        ]

    def all(self, request):
        """Each purpose with its languages: original, or changed by whom."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        changed = {(row.purpose, row.language): row for row in MailText.objects.select_related("changed_by")}
        rows = [
            (purpose, [(code, name, changed.get((purpose.name, code))) for code, name in _languages(purpose)])
            for purpose in PURPOSES.values()
            if not purpose.own_text
        ]
        return self._page(request, "list", {"title": "Texts of mails", "rows": rows})

    @method_decorator(sensitive_post_parameters())
    def one(self, request, name, language):
        """Write, look at and save one text; ``deed`` is the button that was pressed."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        purpose = PURPOSES.get(name)
        if purpose is None or purpose.own_text or language not in dict(_languages(purpose)):
            raise Http404
        if request.method == "POST" and not self.has_change_permission(request):
            raise PermissionDenied
        row = MailText.objects.filter(purpose=name, language=language).first()
        subject, text = original(purpose, language)
        row = row or MailText(purpose=name, language=language, subject=subject, text=text)
        form = MailTextForm(instance=row)
        deed = request.POST.get("deed", "")
        shown = None
        if deed in {"preview", "save"}:
            form, saved = self._read(request, row, and_save=deed == "save")
            if saved:
                self.message_user(request, f"Saved: “{purpose}”, {_named(language)}.")
                return redirect("admin:registration_mailtext_changelist")
            if form.is_valid():
                shown = _example(purpose, language, form.cleaned_data["subject"], form.cleaned_data["text"])
        elif deed == "restore":
            self._restore(request, purpose, language)
            return redirect("admin:registration_mailtext_edit", name, language)
        elif row.pk and not texts.faults(purpose, row.subject, row.text):
            shown = _example(purpose, language, row.subject, row.text)
        return self._page(
            request,
            "edit",
            {
                "title": f"{purpose}, {_named(language)}",
                "purpose": purpose,
                "language": language,
                "form": form,
                "row": MailText.objects.filter(pk=row.pk).select_related("changed_by").first(),
                "may_change": self.has_change_permission(request),
                "placeholders": [
                    (one, PLACEHOLDERS[one], one in purpose.needed, one in purpose.in_subject)
                    for one in purpose.placeholders
                ],
                "shown": shown,
                "original": {"subject": subject, "text": text},
            },
        )

    def _read(self, request, row, *, and_save):
        """``(form, was it saved?)``"""
        try:
            with transaction.atomic():
                form = MailTextForm(request.POST, instance=row)
                if not form.is_valid() or not and_save:
                    return form, False
                text = form.save(commit=False)
                text.changed_at, text.changed_by = timezone.now(), request.user
                text.save()
                Record.objects.write(Deed.EDITED_TEXT, by=request.user, about=_about(row))
        except IntegrityError:  # two organisers wrote the first text of this mail at once
            form.add_error(None, STALE)
            row.pk = None
            return form, False
        return form, True

    def _restore(self, request, purpose, language):
        with transaction.atomic():
            row = MailText.objects.select_for_update().filter(purpose=purpose.name, language=language).first()
            if row and MailTextForm(instance=row).fields["seen"].initial != request.POST.get("seen"):
                self.message_user(request, STALE, messages.WARNING)
                return
            if row:
                about = f"{_about(row)}: back to the original"
                row.delete()
                Record.objects.write(Deed.EDITED_TEXT, by=request.user, about=about)
        self.message_user(request, f"“{purpose}”, {_named(language)}: the original holds.")

    def _page(self, request, name, context):
        context = self.admin_site.each_context(request) | {"opts": self.opts} | context
        return TemplateResponse(request, f"admin/registration/mailtext/{name}.html", context)


def _languages(purpose):
    return purpose.languages(settings.LANGUAGES)


def _named(language):
    return dict(settings.LANGUAGES)[language]


def _about(row):
    return f"“{PURPOSES[row.purpose]}”, {_named(row.language)}"


def _example(purpose, language, subject, text):
    """What somebody would get, with invented values; and its blocks, since a page here may not style like a mail."""
    event = Event.objects.current() or Event(name="Tech Track", date=timezone.now().date())
    with translation.override(language):
        facts = example_facts(purpose, language, event)
        return {"parts": from_text(subject, text, facts), "blocks": texts.blocks(text, facts), "facts": facts}

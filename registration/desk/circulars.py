"""Mails to many: writing one, looking at it, a test to oneself, queueing it once, and how far it has come."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from cacc_techtrack.guarded_form import GuardedForm
from cacc_techtrack.model_admin import ModelAdmin
from sessions.models import Event

from ..fields import LineField, TextField
from ..mail import texts
from ..mail.letters import preview_of
from ..mail.purposes import PLACEHOLDERS, PURPOSES
from ..models import Circular, Mail, StepRefused
from ..steps import State

PURPOSE = PURPOSES[Mail.CIRCULAR]
ENDED = {Mail.State.EXPIRED: "not sent: cancelled, or no longer for them"}


class WhomForm(forms.ModelForm):
    class Meta:
        model = Circular
        fields = ["event", "state"]
        labels = {"state": "Whose request is"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["state"].required = True


class CircularForm(GuardedForm):
    guarded = ("subject", "text", "subject_es", "text_es", "queued_at")
    subject = LineField(max_length=150)
    text = TextField(max_length=5000)
    subject_es = LineField(label="Subject in Spanish", max_length=150, required=False)
    text_es = TextField(
        label="Text in Spanish",
        max_length=5000,
        required=False,
        help_text="Without it, those who read Spanish get the English one.",
    )

    class Meta:
        model = Circular
        fields = ["subject", "text", "subject_es", "text_es"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("text", "text_es"):
            self.fields[name].widget.attrs = {"rows": 10}

    def clean(self):
        cleaned = super().clean()
        for subject, text in (("subject", "text"), ("subject_es", "text_es")):
            for field, fault in texts.faults(PURPOSE, cleaned.get(subject) or "", cleaned.get(text) or ""):
                self.add_error(subject if field == "subject" else text, fault)
        if bool(cleaned.get("subject_es")) != bool(cleaned.get("text_es")) and not self.errors:
            self.add_error("subject_es", "Write both in Spanish, subject and text, or neither.")
        return cleaned


class WritingToPeople:
    """For ``AccessRequestAdmin``: a mail to those who are ticked."""

    actions = ["write_to_selected"]

    def has_write_permission(self, request):
        return request.user.has_perm("registration.write_to_people_accessrequest")

    @admin.action(description="Write to …", permissions=["write"])
    def write_to_selected(self, request, queryset):
        events = set(queryset.order_by().values_list("event", flat=True).distinct())
        chosen = list(queryset.order_by("pk").values_list("pk", flat=True)[: Circular.CHOSEN_AT_MOST + 1])
        if len(events) != 1 or len(chosen) > Circular.CHOSEN_AT_MOST:
            messages.error(
                request, f"Choose requests for one event, {Circular.CHOSEN_AT_MOST} at most. No mail was begun."
            )
            return redirect("admin:registration_accessrequest_changelist")
        made = Circular.objects.create(event_id=events.pop(), chosen=chosen, made_by=request.user)
        return redirect("admin:registration_circular_write", made.pk)


class CircularAdmin(ModelAdmin):
    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("registration.write_to_people_accessrequest")

    def has_add_permission(self, request):
        return False

    has_change_permission = has_view_permission

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        get_or_post = require_http_methods(["GET", "HEAD", "POST"])
        pages = [("", require_safe(self.all), "changelist"), ("new/", get_or_post(self.new), "new")]
        pages += [("<int:pk>/", get_or_post(self.one), "write")]
        return [
            path(address, self.admin_site.admin_view(view), name=f"registration_circular_{name}")
            for address, view, name in pages
        ]

    def all(self, request):
        self.check_may_write(request)
        rows = Circular.objects.select_related("event", "made_by", "queued_by")[:200]
        return self._page(request, "list", {"title": "Mails to many", "rows": rows})

    def new(self, request):
        """To all whose request is in one state: a draft."""
        self.check_may_write(request)
        event = Event.objects.current()
        form = WhomForm(request.POST or None, initial={"event": event, "state": State.APPROVED})
        if request.method == "POST" and form.is_valid():
            form.instance.made_by = request.user
            return redirect("admin:registration_circular_write", form.save().pk)
        return self._page(request, "new", {"title": "Write to all in one state", "form": form})

    @method_decorator(sensitive_post_parameters())
    def one(self, request, pk):
        """``deed`` is the button that was pressed. Once queued there is nothing to change, but to cancel what waits."""
        self.check_may_write(request)
        circular = Circular.objects.select_related("event", "made_by", "queued_by").filter(pk=pk).first()
        if circular is None:
            raise Http404
        if request.method != "POST":
            return self._show(request, circular, CircularForm(instance=circular))
        deed = request.POST.get("deed", "")
        if deed == "save":
            return self._save(request, circular)
        do = {"test": self._test, "queue": self._queue, "cancel": self._cancel, "delete": self._delete}.get(deed)
        if do is None:
            messages.error(request, "Nothing was done: the page was not complete.")
        try:
            to = do and do(request, circular)
        except StepRefused as refusal:
            messages.warning(request, str(refusal))
            to = None
        return redirect(to) if to else redirect("admin:registration_circular_write", pk)

    def _save(self, request, circular):
        with transaction.atomic():
            form = CircularForm(request.POST, instance=circular)
            if circular.queued_at:
                messages.warning(request, "This mail was queued already. It cannot be changed any more.")
                return redirect("admin:registration_circular_write", circular.pk)
            if not form.is_valid():
                circular.refresh_from_db()
                return self._show(request, circular, form)
            form.save()
        messages.success(request, "Saved. Look at it below, send it to yourself, then queue it.")
        return redirect("admin:registration_circular_write", circular.pk)

    def _test(self, request, circular):
        if not circular.text:
            raise StepRefused("Write and save a text first.")
        circular.test(by=request.user)
        messages.success(request, f"A test is on its way to {request.user.email}.")

    def _queue(self, request, circular):
        count = circular.queue(by=request.user, looked_at=request.POST.get("looked_at", ""))
        messages.success(request, f"Queued for {_people(count)}.")

    def _cancel(self, request, circular):
        count = circular.cancel(by=request.user)
        messages.success(request, f"Cancelled for {_people(count)}. What had left cannot be called back.")

    def _delete(self, request, circular):
        gone = Mail.objects.filter(circular=circular).exists() or not Circular.objects.filter(
            pk=circular.pk, queued_at=None
        )
        if gone:
            raise StepRefused("What was sent, if only as a test, stays on record.")
        Circular.objects.filter(pk=circular.pk, queued_at=None).delete()
        messages.success(request, "The draft is deleted.")
        return "admin:registration_circular_changelist"

    def _show(self, request, circular, form):
        context = {"title": "A mail to many", "circular": circular, "languages": _written(circular)}
        if circular.queued_at:
            progress = circular.progress()
            known = [(ENDED.get(state, state.label), progress.get(state, 0)) for state in Mail.State]
            refused = circular.copies.filter(mail__state=Mail.State.REFUSED).select_related("mail", "request")[:100]
            context |= {
                "progress": known,
                "waiting": progress.get(Mail.State.QUEUED, 0),
                "total": sum(progress.values()),
                "refused": refused if request.user.has_perm("registration.view_accessrequest") else [],
            }
        else:
            addressees = circular.addressees()
            context |= {
                "form": form,
                "addressees": addressees,
                "looked_at": circular.looked_at(addressees),
                "placeholders": [(name, PLACEHOLDERS[name]) for name in PURPOSE.placeholders],
            }
        return self._page(request, "write", context)

    def _page(self, request, name, context):
        context = self.admin_site.each_context(request) | {"opts": self.opts, "now": timezone.now()} | context
        return TemplateResponse(request, f"admin/registration/circular/{name}.html", context)

    def check_may_write(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied


def _written(circular):
    """``[(language, how it arrives)]``"""
    if not circular.text:
        return []
    return [(code, preview_of(circular, code)) for code in ("en", *(["es"] if circular.text_es else []))]


def _people(count):
    return "1 person" if count == 1 else f"{count} people"

"""Invitations at the desk: a list pasted or loaded, looked at before anything is sent; what became of each."""

import json
import zlib

from cryptography.fernet import InvalidToken
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from cacc_techtrack.sealing import seal, unseal
from sessions.models import Event

from .. import inviting
from ..address_list import MOST_BYTES, MOST_LINES, Line, Unreadable, read, text_of
from ..addresses import for_the_desk
from ..models import Invitation, StepRefused
from .mails import ReadOnlyAdmin

SEAL = "invitations"
STANDINGS = [
    ("sent", "sent"),
    ("proven", "address proven"),
    ("accepted", "accepted"),
    ("declined", "declined"),
    ("recalled", "recalled"),
    ("expired", "expired"),
]


class DaysField(forms.IntegerField):
    def __init__(self):
        super().__init__(label="Holds for how many days", min_value=1, max_value=365, initial=Invitation.HOLDS_DAYS)


class InviteForm(forms.Form):
    """Addresses, pasted or in a file."""

    addresses = forms.CharField(
        label="Addresses, one a line",
        required=False,
        max_length=MOST_BYTES,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text="Name and organisation, if you know them, after commas, semicolons or tabs.",
    )
    file = forms.FileField(
        label="Or a CSV file",
        required=False,
        help_text=f"At most {MOST_LINES:,} lines and {MOST_BYTES // 1_000_000} MB. A first line may name the columns.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )
    language = forms.ChoiceField(label="The mail is in", choices=settings.LANGUAGES)
    days = DaysField()

    remark = ""

    def clean(self):
        """Puts the ``lines`` beside what was typed, and what is to be said of the file into ``remark``."""
        cleaned = super().clean()
        if "addresses" not in cleaned:
            return cleaned
        uploaded, typed = self.files.get("file"), cleaned["addresses"].strip()
        if bool(uploaded) == bool(typed):
            self.add_error("addresses", "Paste addresses or choose a file, one of both.")
            return cleaned
        try:
            text, self.remark = text_of(uploaded.read(MOST_BYTES + 1)) if uploaded else (cleaned["addresses"], "")
            cleaned["lines"] = read(text)
        except Unreadable as error:
            self.add_error("file" if uploaded else "addresses", str(error))
        return cleaned


class AgainForm(forms.Form):
    days = DaysField()


class StandingFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return STANDINGS

    def queryset(self, request, queryset):
        sent, now = Invitation.State.SENT, timezone.now()
        match self.value():
            case "sent" | "proven":
                return queryset.filter(state=sent, expires_at__gt=now, is_proven=self.value() == "proven")
            case "expired":
                return queryset.filter(state=sent, expires_at__lte=now)
            case "accepted" | "declined" | "recalled":
                return queryset.filter(state=self.value())


class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["shown_address", "standing", "who", "sent", "holds_until"]
    list_filter = [StandingFilter, "event"]
    search_fields = ["address", "full_name", "organisation"]
    search_help_text = "E-mail address, name or organisation"
    list_select_related = ["invited_by"]
    list_per_page = 100
    show_full_result_count = False
    actions = None

    def has_view_permission(self, request, obj=None):
        """Who was invited is told to those who may invite."""
        return request.user.has_perm("registration.enter_accessrequest")

    def get_queryset(self, request):
        return super().get_queryset(request).with_proof()

    @admin.display(description="e-mail address", ordering="address")
    def shown_address(self, one):
        return for_the_desk(one.address) if one.address else "(deleted)"

    @admin.display(description="name, organisation", ordering="full_name")
    def who(self, one):
        return ", ".join(filter(None, [one.full_name, one.organisation])) or "not given"

    @admin.display(description="state")
    def standing(self, one):
        said = dict(STANDINGS)[standing_of(one)]
        lapsed = standing_of(one) in ("sent", "proven") and not one.is_of_an_organiser
        return f"{said}; holds no more, since {one.invited_by_name} is no organiser now" if lapsed else said

    @admin.display(description="sent", ordering="sent_at")
    def sent(self, one):
        return f"{one.sent_at:%d %b %Y}"

    @admin.display(description="holds until", ordering="expires_at")
    def holds_until(self, one):
        return f"{one.expires_at:%d %b %Y}"

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": "Invitations"} | (extra_context or {}))

    def get_urls(self):
        def page(name, view, methods):
            return path(
                f"{name}/",
                self.admin_site.admin_view(methods(view)),
                name=f"registration_invitation_{name.rpartition('/')[2]}",
            )

        return [
            page("invite", self.invite, require_http_methods(["GET", "HEAD", "POST"])),
            page("<int:pk>/again", self.again, require_POST),
            page("<int:pk>/recall", self.recall, require_POST),
            *super().get_urls(),
        ]

    # Inviting

    @method_decorator(sensitive_post_parameters())
    def invite(self, request):
        """A list is looked at first; the page of that carries it sealed, to be sent from there and nothing else."""
        self.check_may_invite(request)
        event = Event.objects.current()
        if event is None or event.archived:
            messages.error(request, "There is no current event to invite to.")
            return redirect("admin:registration_invitation_changelist")
        if request.method != "POST":
            return self.invite_page(request, event, InviteForm())
        if "looked_at" in request.POST:
            return self.send(request, event)
        form = InviteForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.invite_page(request, event, form)
        lines = inviting.look_at(form.cleaned_data["lines"], event)
        able = [line for line in lines if not line.fault]
        looked_at = {
            "event": event.pk,
            "by": request.user.pk,
            "language": form.cleaned_data["language"],
            "days": form.cleaned_data["days"],
            "lines": [[line.number, line.address, line.full_name, line.organisation] for line in able],
        }
        context = {
            "able": able,
            "faults": [line for line in lines if line.fault],
            "remark": form.remark,
            "language": dict(settings.LANGUAGES)[form.cleaned_data["language"]],
            "days": form.cleaned_data["days"],
            "looked_at": seal(SEAL, zlib.compress(json.dumps(looked_at).encode())).decode(),
        }
        return self.invite_page(request, event, form, **context)

    def send(self, request, event):
        try:
            said = json.loads(zlib.decompress(unseal(SEAL, request.POST["looked_at"].encode())))
        except InvalidToken:
            said = {}
        if (said.get("event"), said.get("by")) != (event.pk, request.user.pk):
            messages.error(request, "Nothing was sent: the page was not complete.")
            return redirect("admin:registration_invitation_invite")
        lines = [Line(*one) for one in said["lines"]]
        sent = inviting.invite(lines, event, by=request.user, language=said["language"], days=said["days"])
        messages.success(request, f"{len(sent)} invitation{'' if len(sent) == 1 else 's'} sent.")
        left = [line for line in lines if line.fault]
        for line in left[:20]:
            messages.warning(request, f"Line {line.number}, {for_the_desk(line.address)}: {line.fault}")
        if left[20:]:
            messages.warning(request, f"And {len(left) - 20} more were not sent.")
        return redirect("admin:registration_invitation_changelist")

    def invite_page(self, request, event, form, **context):
        context = {"title": "Invite", "opts": self.opts, "event": event, "form": form, **context}
        return TemplateResponse(
            request, "admin/registration/invitation/invite.html", self.admin_site.each_context(request) | context
        )

    # One invitation

    def change_view(self, request, object_id, form_url="", extra_context=None):
        self.check_may_invite(request)
        one = self.get_object(request, object_id)
        if one is None:
            raise Http404
        if request.method == "POST":
            raise PermissionDenied
        return self.invitation_page(request, one, AgainForm())

    def invitation_page(self, request, one, form):
        context = {
            "title": for_the_desk(one.address) if one.address else "An invitation",
            "opts": self.opts,
            "one": one,
            "standing": standing_of(one),
            "standing_label": self.standing(one),
            "mails": one.mails.all(),
            "may_change": one.state == Invitation.State.SENT and one.address,
            "form": form,
        }
        return TemplateResponse(
            request, "admin/registration/invitation/invitation.html", self.admin_site.each_context(request) | context
        )

    def again(self, request, pk):
        one = self.one(request, pk)
        form = AgainForm(request.POST)
        if not form.is_valid():
            return self.invitation_page(request, one, form)
        return self.take(request, one, lambda: one.send_again(by=request.user, **form.cleaned_data), "Sent again.")

    def recall(self, request, pk):
        one = self.one(request, pk)
        return self.take(request, one, lambda: one.recall(by=request.user), "Recalled: it opens nothing any more.")

    def take(self, request, one, step, said):
        try:
            step()
        except StepRefused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, said)
        return redirect("admin:registration_invitation_change", one.pk)

    def one(self, request, pk):
        self.check_may_invite(request)
        found = self.get_queryset(request).select_related("event").filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def check_may_invite(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied


def standing_of(one):
    """Its state as people tell it, of ``STANDINGS``; ``one`` comes from ``with_proof``."""
    if one.state != Invitation.State.SENT:
        return one.state
    if one.has_expired or not one.address:
        return "expired"
    return "proven" if one.is_proven else "sent"

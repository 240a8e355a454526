"""Entering a request by hand: one page, on which a pasted e-mail fills in what it tells."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.crypto import salted_hmac
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from sessions.models import Event

from .. import by_hand, pasted_mail
from ..addresses import for_the_desk, normalise
from ..fields import LineField, TextField
from ..models import AccessRequest

NOT_TOLD = ("", "not given")


class ByHandForm(forms.Form):
    """What the mail tells; the rest stays "not given" until the person changes their answers, which asks for it."""

    email = forms.CharField(label="E-mail address", max_length=320, widget=forms.EmailInput)
    full_name = LineField(label="Full name", max_length=150)
    organisation = LineField(label="Organisation", max_length=200)
    job_title = LineField(label="Job title", max_length=150, required=False)
    kind = forms.ChoiceField(
        label="Kind of organisation", choices=[NOT_TOLD, *AccessRequest.Kind.choices], required=False
    )
    why = TextField(
        label="Why they wish to attend",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Their own words, at most 1,000 characters.",
    )
    registered = forms.ChoiceField(
        label="Registered for CACC", choices=[NOT_TOLD, *AccessRequest.Registered.choices], required=False
    )
    reception = forms.ChoiceField(
        label="Coming to the reception", choices=[NOT_TOLD, *AccessRequest.Reception.choices], required=False
    )
    needs = TextField(
        label="Access or dietary needs",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    language = forms.ChoiceField(label="Mails to them are in", choices=settings.LANGUAGES)

    def clean_email(self):
        return normalise(self.cleaned_data["email"])


class PastedForm(forms.Form):
    """The mail itself, which is read and not kept; ``read`` tells whether this very text was read before."""

    mail = forms.CharField(
        label="The e-mail",
        required=False,
        max_length=pasted_mail.LONGEST,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        help_text="Paste it with its From line and signature. It is read once and kept nowhere.",
    )
    read = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class EnteringByHand:
    """For ``AccessRequestAdmin``."""

    def get_urls(self):
        page = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.by_hand))
        return [path("by-hand/", page, name="registration_accessrequest_by_hand"), *super().get_urls()]

    def has_enter_permission(self, request):
        """Who enters must see what is there already for the person."""
        return self.has_view_permission(request) and request.user.has_perm("registration.enter_accessrequest")

    @method_decorator(sensitive_post_parameters())
    def by_hand(self, request):
        if not self.has_enter_permission(request):
            raise PermissionDenied
        event = Event.objects.current()
        if event is None:
            messages.error(request, "There is no current event to enter a request for.")
            return redirect("admin:registration_accessrequest_changelist")
        if request.method != "POST":
            return self._by_hand_page(request, event, ByHandForm(), PastedForm())
        pasted = PastedForm(request.POST)
        if request.POST.get("step") != "enter":
            return self._read(request, event, pasted)
        form = ByHandForm(request.POST)
        if form.is_valid():
            try:
                one, made = by_hand.enter(event, by=request.user, **form.cleaned_data)
            except by_hand.ShutOut as refusal:
                form.add_error("email", str(refusal))
            else:
                self._tell(request, one, made)
                return redirect("admin:registration_accessrequest_change", one.pk)
        return self._by_hand_page(request, event, form, pasted)

    def _read(self, request, event, pasted):
        """Fill in what the mail tells. A text that was read before leaves what was typed since as it is."""
        typed = {name: request.POST.get(name, "") for name in ByHandForm.base_fields}
        found = {}
        if pasted.is_valid() and pasted.cleaned_data["mail"].strip():
            text = pasted.cleaned_data["mail"]
            ours = [event.contact_email, settings.CONTACT_EMAIL, request.user.email]
            found = pasted_mail.read(text, not_from=ours).found()
            if "email" in found:
                found["email"] = for_the_desk(found["email"]).partition(" ")[0]
            again = salted_hmac("techtrack.pasted", text, algorithm="sha256").hexdigest()
            if pasted.cleaned_data["read"] == again:
                found = {name: value for name, value in found.items() if not typed[name]}
            pasted = PastedForm(initial={"mail": text, "read": again})
        form = ByHandForm(initial=typed | found)
        return self._by_hand_page(request, event, form, pasted, found=found)

    def _by_hand_page(self, request, event, form, pasted, found=None):
        context = self.admin_site.each_context(request) | {
            "title": "Enter a request by hand",
            "opts": self.opts,
            "event": event,
            "form": form,
            "pasted": pasted,
            "found": None if found is None else [form.fields[name].label for name in found],
        }
        return TemplateResponse(request, "admin/registration/accessrequest/by_hand.html", context)

    def _tell(self, request, one, made):
        if made:
            said = "entered. They are told by mail, and prove the address when they first sign in."
            messages.success(request, f"{one.full_name}: {said}")
        elif one.is_live:
            said = "has a request already: this one. Nothing was entered."
            messages.warning(request, f"{for_the_desk(one.person.email)} {said}")
        else:
            said = f"was {one.get_state_display()}. Nothing was entered; reopen this request if you wish."
            messages.warning(request, f"{for_the_desk(one.person.email)} {said}")

"""What else organisers do about a request's person: correct the address, merge two requests, read out a code."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from cacc_techtrack.row_keys import is_key

from .. import mending
from ..addresses import for_the_desk, normalise
from ..fields import check_visible
from ..models import AccessRequest, Deed, StepRefused, User
from ..sign_in import codes
from ..steps import State

SHOWN = (Deed.CORRECTED, Deed.MERGED, Deed.READ_OUT, Deed.VOUCHED)
COMPARED = [*AccessRequest.JUDGED_FIELDS, "reception"]


class AddressForm(forms.Form):
    address = forms.CharField(
        label="Their right address",
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31)
    over_to = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31)

    def clean_address(self):
        return normalise(self.cleaned_data["address"])


class MergeForm(forms.Form):
    """Two requests as they were shown, and which of them stays."""

    stays = forms.IntegerField(
        min_value=1, max_value=2**63 - 1, error_messages={"required": "Say which of the two stays."}
    )
    versions = forms.RegexField(r"\A\d{1,9} \d{1,9}\Z", widget=forms.HiddenInput)  # of this one, of the other
    reason = forms.CharField(
        label="Reason, kept inside",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        validators=[check_visible],
    )


class FindForm(forms.Form):
    other = forms.CharField(
        label="Address of the other request", max_length=320, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )


class Mending:
    """For ``AccessRequestAdmin``; its part of the request's page is ``_more_person.html``."""

    def get_urls(self):
        pages = {"address": self.address_page, "merge": self.merge_page, "read-out": self.read_out_page}
        return [
            path(
                f"<int:pk>/{end}/",
                self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(page)),
                name=f"registration_accessrequest_{end.replace('-', '_')}",
            )
            for end, page in pages.items()
        ] + super().get_urls()

    def has_mend_permission(self, request):
        return self.has_view_permission(request) and request.user.has_perm("registration.mend_accessrequest")

    def has_read_out_permission(self, request):
        return self.has_view_permission(request) and request.user.has_perm("registration.read_out_code_accessrequest")

    def request_page(self, request, one, form, **more):
        page = super().request_page(request, one, form, **more)
        page.context_data |= {
            "may_mend": self.has_mend_permission(request),
            "may_read_out": self.has_read_out_permission(request),
            "mended": one.records.filter(deed__in=SHOWN),
            "merged_into": mending.merged_into(one),
            "merged_from": one.merged_from.select_related("request__person"),
        }
        return page

    # The address

    @method_decorator(sensitive_post_parameters())
    def address_page(self, request, pk):
        one = self.fetched(request, pk, may=self.has_mend_permission)
        form = AddressForm(request.POST) if request.method == "POST" else AddressForm(initial={"version": one.version})
        other = over_to = None
        if form.is_bound and form.is_valid():
            said = form.cleaned_data
            over_to = User.objects.filter(pk=said["over_to"]).first() if said["over_to"] else None
            try:
                mending.correct_address(one, said["address"], by=request.user, version=said["version"], over_to=over_to)
            except mending.AddressTaken as taken:
                other = taken.other
                form.add_error("address", str(taken))
            except StepRefused as refusal:
                form.add_error(None, str(refusal))
                one = self.fetched(request, pk, may=self.has_mend_permission)
                form.data = form.data.copy()
                form.data["version"] = one.version
            else:
                messages.success(
                    request,
                    f"The address is {for_the_desk(one.person.email)} now, to be proven by signing in with it."
                    + (" The approval is to be confirmed." if one.to_confirm else ""),
                )
                return redirect("admin:registration_accessrequest_change", pk)
        return self.mending_page(request, "address", one, "Correct the address", form=form, **about_other(other, one))

    # Two requests

    @method_decorator(sensitive_post_parameters())
    def merge_page(self, request, pk):
        one = self.fetched(request, pk, may=self.has_mend_permission)
        key = request.GET.get("with", "")
        other = (
            self.get_queryset(request).select_related("person", "event").filter(pk=key if is_key(key) else 0).first()
        )
        if other is None:
            return self.find_page(request, one)
        form = MergeForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            said = form.cleaned_data
            of_this, of_other = map(int, said["versions"].split())
            pair = [(one, of_this), (other, of_other)]
            pair.sort(key=lambda each: each[0].pk == said["stays"])
            (closing, closing_version), (staying, staying_version) = pair
            try:
                if said["stays"] not in {one.pk, other.pk}:
                    raise StepRefused("Say which of the two stays. Nothing was changed.")
                decision = mending.merge(
                    closing,
                    staying,
                    by=request.user,
                    version=closing_version,
                    staying_version=staying_version,
                    reason=said["reason"],
                )
            except StepRefused as refusal:
                form.add_error(None, str(refusal))
                one.refresh_from_db()
                other.refresh_from_db()
            else:
                messages.success(request, what_became_of_both(decision.begin, staying))
                return redirect("admin:registration_accessrequest_change", staying.pk)
        return self.mending_page(
            request,
            "merge",
            one,
            "Merge two requests",
            form=form,
            other=other,
            versions=f"{one.version} {other.version}",
            lines=list(lines_of(one, other)),
            choices=[(one, other), (other, one)],
            refusal=why_not_merged(one, other),
        )

    def find_page(self, request, one):
        """Which other request: those that look alike, or that of an address."""
        form = FindForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                rows = AccessRequest.objects.filter(
                    event=one.event_id, person__email=normalise(form.cleaned_data["other"])
                )
                found = rows.exclude(pk=one.pk).order_by("-pk").first()
            except ValidationError as error:
                form.add_error("other", error)
            else:
                if found:
                    return redirect(f"{request.path}?with={found.pk}")
                form.add_error("other", "No other request for this event has that address.")
        alike = mending.may_be_the_same(one)
        for each in alike:
            each.address = for_the_desk(each.person.email)
        return self.mending_page(request, "find", one, "Merge two requests", form=form, alike=alike)

    # A code read out

    @sensitive_variables()
    def read_out_page(self, request, pk):
        one = self.fetched(request, pk, may=self.has_read_out_permission)
        code = refusal = None
        try:
            if request.method == "POST":
                code = codes.read_out(one.person, by=request.user, address=request.POST.get("address", ""))
            else:
                codes.check_may_be_read_to(one.person)
        except codes.NotReadOut as error:
            refusal = str(error)
        minutes = int(codes.LIFE.total_seconds() // 60)
        return self.mending_page(
            request, "read_out", one, "Read out a code", code=code, refusal=refusal, minutes=minutes
        )

    def fetched(self, request, pk, *, may):
        if not may(request):
            raise PermissionDenied
        one = AccessRequest.objects.select_related("person", "event").filter(pk=pk).first()
        if one is None:
            raise Http404
        return one

    def mending_page(self, request, page, one, title, **context):
        return TemplateResponse(
            request,
            f"admin/registration/accessrequest/mend_{page}.html",
            self.admin_site.each_context(request)
            | {"title": title, "opts": self.opts, "one": one, "address": for_the_desk(one.person.email), **context},
        )


def about_other(other, one):
    """What can be done where somebody else has the address."""
    if other is None:
        return {}
    theirs = AccessRequest.objects.of(other, one.event_id).first()
    return {
        "taken_by": for_the_desk(other.email),
        "taken_is_proven": other.has_proven_address(),
        "over_to": other if mending.may_take_over(other, one) else None,
        "theirs": theirs,
    }


def lines_of(one, other):
    """``(label, of one, of the other, whether they differ)`` for each answer."""
    for name in COMPARED:
        field = AccessRequest._meta.get_field(name)
        values = [dict(field.flatchoices).get(getattr(each, name), getattr(each, name)) for each in (one, other)]
        yield field.verbose_name, *values, values[0] != values[1]


def why_not_merged(one, other):
    """In plain words why there is nothing to choose, or None; the verb looks again, under lock."""
    if one.event_id != other.event_id or one.person_id == other.person_id:
        return "These are not two requests of two addresses for one event."
    closed = [each for each in (one, other) if not each.is_live]
    if closed:
        return f"{closed[0].full_name}, {for_the_desk(closed[0].person.email)}: {closed[0].what_happened()}"
    return None


def what_became_of_both(before, staying):
    said = f"Merged: this request stays {staying.get_state_display()}, the other is closed and its access ended."
    if before == State.APPROVED and staying.state != State.APPROVED:
        said += " The other was approved, and this one is not by that: decide it."
    return said

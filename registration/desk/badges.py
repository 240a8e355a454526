"""Badges of the guests of the current event, to print from the browser; that somebody did so goes on record."""

from itertools import count

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from sessions.models import Event

from ..models import AccessRequest, Alarm, Cause, Deed, Pass, Record
from ..passes import qr

ON_A_SHEET = 8
AT_ONCE = 96  # twelve sheets: drawn within a second or two
LONG = 18, 36  # letters of a name above which it is set smaller, and smaller still


class BadgesForm(forms.Form):
    """``part`` counts from 1 the portions that the page offers."""

    q = forms.CharField(label="Name, organisation or e-mail address", required=False, max_length=100)
    paper = forms.ChoiceField(label="Paper", choices=[("a4", "A4"), ("letter", "Letter")], widget=forms.RadioSelect)
    part = forms.IntegerField(min_value=1, max_value=10_000, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["paper"].initial = "a4"


def badges_page(admin_site):
    @require_http_methods(["GET", "HEAD", "POST"])
    def badges(request):
        if not request.user.has_perms(["registration.view_accessrequest", "registration.work_at_door"]):
            raise PermissionDenied
        form = BadgesForm(request.POST) if request.method == "POST" else BadgesForm(initial={"q": _asked(request)})
        event = Event.objects.current()
        if form.is_bound and form.is_valid() and (printed := _print(event, by=request.user, **form.cleaned_data)):
            return TemplateResponse(request, "admin/registration/pass/sheets.html", printed)
        guests = guests_of(event, form["q"].value() if not form["q"].errors else "")
        context = admin_site.each_context(request) | {
            "title": "Badges",
            "form": form,
            "event": event,
            "parts": list(portions(list(guests.values_list("full_name", flat=True)))),
        }
        return TemplateResponse(request, "admin/registration/pass/badges.html", context)

    return badges


def _asked(request):
    """What to look for, by the address; of what cannot be looked for, nothing."""
    asked = BadgesForm(request.GET)
    asked.is_valid()
    return asked.cleaned_data.get("q", "")


def guests_of(event, words=""):
    """Whom the door lets in, by their names; of these, whom the words fit."""
    guests = AccessRequest.objects.admitting().filter(event=event, event__archived=False)
    if words:
        said = ("full_name", "organisation", "person__email")
        guests = guests.filter(Q(*((f"{name}__icontains", words) for name in said), _connector=Q.OR))
    return guests.order_by(Lower("full_name"), "pk")


def portions(names):
    """How many badges each print holds, and from whom to whom."""
    for number, start in zip(count(1), range(0, len(names), AT_ONCE)):
        those = names[start : start + AT_ONCE]
        yield {"number": number, "count": len(those), "first": those[0], "last": those[-1]}


def _print(event, *, by, q, paper, part):
    """What the sheets show, or None if nobody is in this part; who has no pass yet gets one."""
    with transaction.atomic():
        guests = list(guests_of(event, q)[(part - 1) * AT_ONCE : part * AT_ONCE])
        if not guests:
            return None
        Pass.objects.make_for(guests)
        found = {one.request_id: one for one in Pass.objects.filter(request__in=guests)}
        for guest in guests:
            found[guest.pk].request = guest
        figures = {"badges": len(guests), "paper": paper}
        about = "1 badge" if len(guests) == 1 else f"{len(guests)} badges"
        Record.objects.write(
            Deed.PRINTED, by=by, about=about, figures=figures, request=guests[0] if len(guests) == 1 else None
        )
        Alarm.objects.sound(Cause.BADGES, badges=len(guests))
    badges = [badge(found[one.pk]) for one in guests]
    sheets = [badges[start : start + ON_A_SHEET] for start in range(0, len(badges), ON_A_SHEET)]
    return {"paper": paper, "event": event, "count": len(badges), "sheets": sheets}


def badge(entry_pass):
    length = len(entry_pass.request.full_name)
    return {"pass": entry_pass, "qr": qr.svg(entry_pass.address), "size": sum(length > one for one in LONG)}

"""People who come to the door without a request: a steward enters one, an organiser decides on the spot."""

from datetime import timedelta

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from .. import by_hand, domains, places
from ..addresses import for_the_desk, normalise
from ..desk.background import Since
from ..desk.twins import turned_away_twins
from ..desk.words import BUTTONS, DONE, take_step
from ..fields import LineField
from ..forms import AgreementField
from ..models import AccessRequest, Full, StepRefused
from ..sign_in.limits import Limit
from ..steps import State
from .guests import Guest, current_event
from .who import at_the_door, door_of

OF_ONE_STEWARD = Limit("walk-ups entered by one", 60, timedelta(minutes=10))
SHOWN = 100  # walk-ups on one page, those that wait first
FOR_AN_ORGANISER = "This address needs an organiser: ask one. Nothing was entered."
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


class WalkUpForm(forms.Form):
    full_name = LineField(label="Full name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    organisation = LineField(
        label="Organisation", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = forms.CharField(
        label="E-mail address",
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="At work; the answer goes there too.",
    )
    kind = forms.ChoiceField(label="Kind of organisation", choices=[("", "Choose one"), *AccessRequest.Kind.choices])
    rules = AgreementField("Hand them the phone: who has not agreed to the rules is not let in.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def clean_email(self):
        return normalise(self.cleaned_data["email"])

    def answers(self):
        return {name: value for name, value in self.cleaned_data.items() if name != "rules"}


@get_or_post
@sensitive_post_parameters()
@at_the_door
def walk_up(request):
    """Enter somebody who stands here. Entered twice by the same steward, they are entered once."""
    event = current_event()
    form = WalkUpForm(request.POST if request.method == "POST" else None)
    status = 200
    if event and form.is_valid():
        wait = OF_ONE_STEWARD.spend(str(request.user.pk))
        if wait:
            form.add_error(None, f"Too many at once. Wait {wait.seconds // 60 + 1} min, or ask an organiser.")
            status = 429
        elif _enter(request, event, form):
            return redirect("door:walk_ups")
    context = {"event": event, "door": door_of(request), "form": form}
    response = render(request, "registration/door/walk_up.html", context, status=status)
    if status == 429:
        response.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
    return response


def _enter(request, event, form):
    """True when they are entered. Of a request that is there already the steward is not told what became of it."""
    try:
        one, made = by_hand.walk_up(event, by=request.user, **form.answers())
    except by_hand.ShutOut:
        form.add_error("email", FOR_AN_ORGANISER)
        return False
    if made:
        messages.success(request, "Entered. An organiser decides; look here again in a moment.")
    elif one.origin == one.Origin.AT_DOOR and one.is_live and one.entered_by_id == request.user.pk:
        messages.info(request, "They are entered already.")
    elif AccessRequest.objects.admitting().filter(pk=one.pk).exists():
        form.add_error("email", "There is a guest with this address already. Find them by name. Nothing was entered.")
        return False
    else:
        form.add_error("email", FOR_AN_ORGANISER)
        return False
    return True


# What became of them


class DecideForm(forms.Form):
    """A decision on one of them, as it was when the page was opened."""

    walk_up = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    step = forms.ChoiceField(choices=[(verb, verb) for verb in ("approve", "wait", "decline")])


@get_or_post
@sensitive_post_parameters()
@at_the_door
def walk_ups(request):
    """Stewards see what became of those whom they entered; organisers who may decide see all, and decide."""
    event = current_event()
    decides = request.user.may_decide()
    refused = {}
    if request.method == "POST":
        if not decides:
            raise PermissionDenied
        refused = _decide(request, event)
        if not refused:
            return redirect("door:walk_ups")
    return render(
        request,
        "registration/door/walk_ups.html",
        {
            "event": event,
            "door": door_of(request),
            "decides": decides,
            "shown": _shown(event, None if decides else request.user, refused) if event else [],
            "places": places.left(event) if event and decides else None,
        },
    )


def _decide(request, event):
    """Take the step whose button was pressed, or ``{pk: why not}``."""
    form = DecideForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was decided: the page was not complete.")
        return {}
    asked = form.cleaned_data
    one = AccessRequest.objects.walk_ups(event).filter(pk=asked["walk_up"]).first() if event else None
    if one is None:
        raise Http404("No walk-up of this event.")
    try:
        take_step(one, asked["step"], request.user, {"reason": "", "words": ""}, asked["version"])
    except StepRefused as refusal:
        one.refresh_from_db()
        return {one.pk: _why_not(one, refusal, asked["version"])}
    messages.success(request, f"{one.full_name}: {DONE[asked['step']]}.")
    return {}


def _why_not(one, refusal, seen):
    return {"said": str(refusal), "since": Since(one, seen), "full": isinstance(refusal, Full)}


def _shown(event, steward, refused):
    """``[Guest, …]``, those that wait for a decision first, then the newest; of one steward, or of all."""
    rows = AccessRequest.objects.walk_ups(event).select_related("person", "entered_by").order_by("-pk")
    if steward:
        rows = rows.filter(entered_by=steward)
    pending = list(rows.filter(state=State.PENDING)[:SHOWN])
    others = list(rows.exclude(state=State.PENDING)[: SHOWN - len(pending)])
    found = Guest.of([*reversed(pending), *others])
    if not steward:
        _mark(found.values())
    for guest in found.values():
        guest.refused = refused.get(guest.request.pk)
        guest.steps = [] if steward else _steps_for(guest)
    return list(found.values())


def _steps_for(guest):
    """The buttons to decide with: the waiting list where there is no place, else the two that the door is about."""
    full = bool(guest.refused and guest.refused["full"])
    offered = ("wait", "decline") if full else ("approve", "decline")
    return [button for button in BUTTONS if button.verb in offered and button.verb in guest.request.next_steps()]


def _mark(guests):
    """What an organiser judges by: the address, what is known of its domain, who was turned away under it before."""
    twins = turned_away_twins([guest.request for guest in guests])
    known = domains.standings({guest.request.person.email_domain for guest in guests})
    for guest in guests:
        guest.request.twins = twins[guest.request.pk]
        guest.standing = known[guest.request.person.email_domain]
        guest.address = for_the_desk(guest.request.person.email)

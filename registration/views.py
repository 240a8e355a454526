"""Asking for access, and one's own request."""

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from cacc_techtrack.public import public_page
from sessions.models import Announcement, Event

from . import agreeing, rules
from .forms import EditForm, RequestForm
from .invited import own_invitation
from .mail.shown import shown_to
from .mending import merged_into
from .models import AccessRequest, DeletionRequest, Mail, StepRefused
from .sign_in.forms import AskForCodeForm

ACCESSIBILITY_REVIEWED = dt.date(2026, 11, 23)  # when the statement was last held against the site
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@get_or_post
@sensitive_post_parameters()
def register(request):
    """Ask for access: first the address is proven, then this form is filled in."""
    event = Event.objects.current()
    person = request.user
    if person.is_authenticated and request.method != "POST" and own_invitation(person):
        return redirect("registration:invitation")
    if person.is_authenticated and event and not AccessRequest.may_ask(person, event):
        return redirect("registration:status")
    closed = why_closed(event)
    if closed:
        return render(request, "registration/closed.html", {"event": event, "closed": closed})
    if not person.is_authenticated and request.method != "POST":
        return render(request, "registration/register.html", {"event": event, "form": AskForCodeForm()})
    form = RequestForm(request.POST or None)
    if request.method == "POST" and person.is_authenticated and form.is_valid():
        AccessRequest.ask(person, event, rules_version=rules.VERSION, **form.answers())
        return redirect("registration:status")
    return render(request, "registration/ask.html", {"event": event, "form": form})


def why_closed(event):
    """In plain words why nobody can ask now, or None when they can."""
    now = timezone.now()
    if event is None:
        return _("The next Tech Track has not been announced yet.")
    if event.archived:
        return _("This Tech Track is over.")
    if event.registration_opens and now < event.registration_opens:
        return _("You can ask for access from {time} ({zone}).").format(**_in_zone(event.registration_opens, event))
    if event.registration_closes and now >= event.registration_closes:
        return _("Requests closed on {time} ({zone}).").format(**_in_zone(event.registration_closes, event))
    return None


def _in_zone(moment, event):
    return {"time": date_format(moment.astimezone(event.zone), _("j F Y, H:i")), "zone": event.time_zone}


def own_request(request):
    """The person's newest request for the current event, or None."""
    event = Event.objects.current()
    return AccessRequest.objects.of(request.user, event).select_related("event").first() if event else None


@require_safe
@login_required
def status(request):
    """The person's own request: where it stands, what was sent, what they may do."""
    event, own = Event.objects.current(), own_request(request)
    mails_of_it = Mail.objects.filter(decision=OuterRef("pk"))
    return render(
        request,
        "registration/status.html",
        {
            "event": event,
            "announcements": Announcement.objects.on_now(event, request.audience_for(event)) if event else [],
            "own": own,
            "history": own.decisions.annotate(was_mailed=Exists(mails_of_it)) if own else [],
            "is_merged": bool(own and merged_into(own)),
            "asked_for_deletion": DeletionRequest.objects.open().filter(person=request.user).first(),
            "circulars": shown_to(own) if own else [],
            "may_ask": event is None or AccessRequest.may_ask(request.user, event),
            "closed": why_closed(event),
            "invitation": own_invitation(request.user),
            "is_to_agree": agreeing.is_asked_of(request.user),
        },
    )


@get_or_post
@sensitive_post_parameters()
@login_required
def edit(request):
    own = own_request(request)
    if own is None or not own.is_live:
        return redirect("registration:status")
    form = EditForm(request.POST or None, request=own)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            own.edit(form.answers(), version=form.cleaned_data["version"])
        except StepRefused as error:
            refusal = error
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("registration:status")
    return render(request, "registration/edit.html", {"own": own, "form": form, "refusal": refusal})


@get_or_post
@login_required
def withdraw(request):
    own = own_request(request)
    if own is None or not own.is_live:
        return redirect("registration:status")
    if request.method == "POST":
        try:
            own.withdraw(by=request.user)
        except StepRefused as refusal:
            messages.warning(request, str(refusal))
        return redirect("registration:status")
    return render(request, "registration/withdraw.html", {"own": own})


@get_or_post
@login_required
def changes(request):
    """Whether a guest wishes to be mailed of changes. Mails lead here, where nothing happens by itself."""
    event = Event.objects.current()
    own = AccessRequest.objects.opening(request.user, event).first() if event else None
    if own is None:
        return redirect(agreeing.first(request.user, reverse("registration:status")))
    if request.method == "POST":
        own.hear_of_changes("hears" in request.POST)
        messages.success(
            request,
            _("You get a mail when something changes.") if own.hears_of_changes else _("No mails about changes."),
        )
        return redirect("registration:status")
    return render(request, "registration/changes.html", {"own": own})


@require_safe
@public_page
def privacy(request):
    return render(request, "registration/privacy.html", {"forget_after_days": settings.FORGET_AFTER_DAYS})


@require_safe
@public_page
def accessibility(request):
    return render(request, "registration/accessibility.html", {"reviewed": ACCESSIBILITY_REVIEWED})


@require_safe
@public_page
def handling_rules(request):
    return render(request, "registration/handling_rules.html", {"version": rules.VERSION})

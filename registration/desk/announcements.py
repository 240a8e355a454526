"""Announcements at the desk: written and looked at, ended early or kept longer by a button, and mailed if wished."""

import datetime as dt

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from cacc_techtrack.guarded_form import GuardedForm
from cacc_techtrack.model_admin import ModelAdmin
from sessions.models import Announcement, Event
from sessions.models.event import check_year

from ..fields import TextField
from ..models import Circular
from ..steps import State

STANDS = dt.timedelta(minutes=30)  # as proposed for a new one
PREVIEW = "_preview"  # the button that saves nothing
DEEDS = {"end": Announcement.end_now, "longer": Announcement.show_longer, "undo": Announcement.undo}
DONE = {"end": "It is off all pages.", "longer": "It stands longer.", "undo": "Taken back."}


class MinuteField(forms.fields.BaseTemporalField):
    """A date and a time as a clock on the wall shows them: in which zone that is meant, the form knows."""

    default_error_messages = {"invalid": "Enter a date and a time like 2022-08-09 10:15."}
    input_formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.validators = [check_year, *self.validators]

    def to_python(self, value):
        return value if value in self.empty_values or isinstance(value, dt.datetime) else super().to_python(value)

    def strptime(self, value, format):
        return dt.datetime.strptime(value, format)  # noqa: DTZ007  # the form puts it into the event's zone


def moment(clock, zone):
    """When a clock of this zone shows it; of two such moments, in the night when clocks go back, the first."""
    found = clock.replace(tzinfo=zone)
    if found.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != clock:
        raise ValidationError("Clocks go forward then, and never show that time.", code="no such time")
    return found.astimezone(dt.UTC)


class AnnouncementForm(GuardedForm):
    guarded = ("event_id", "audience", "text", "text_es", "begins_at", "ends_at")
    text = TextField(
        max_length=Announcement.AT_MOST,
        help_text="As people are to read it, without formatting. What is for everyone names nothing of the private "
        "sessions.",
    )
    text_es = TextField(
        label="Text in Spanish",
        max_length=Announcement.AT_MOST,
        required=False,
        help_text="Without it, Spanish pages show the English one, marked as English.",
    )
    begins_at = MinuteField(label="From")
    ends_at = MinuteField(label="Until", help_text="It is gone from all pages at this minute.")

    class Meta:
        model = Announcement
        fields = ["event", "audience", "text", "text_es", "begins_at", "ends_at"]
        help_texts = {"audience": "On whose pages it stands; organisers read all of them."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("text", "text_es"):
            self.fields[name].widget.attrs = {"rows": 3, "class": "vLargeTextField"}
        event = self.instance.event if self.instance.pk else Event.objects.current()
        self.initial |= self._times_shown(event)
        if event:
            self.initial.setdefault("event", event.pk)
            self.fields["begins_at"].help_text = f"In the event’s time zone: {event.time_zone}."

    def _times_shown(self, event):
        zone = event.zone if event else dt.UTC
        begins, ends = self.instance.begins_at, self.instance.ends_at
        if not self.instance.pk:
            begins = timezone.now()
            ends = begins + STANDS
        return {
            name: when.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
            for name, when in (("begins_at", begins), ("ends_at", ends))
        }

    def is_valid(self):
        """A form that is only looked at is never saved: admin saves what is valid."""
        return super().is_valid() and PREVIEW not in self.data

    def clean(self):
        cleaned, event = self.cleaned_data, self.cleaned_data.get("event")
        zone = event.zone if event else dt.UTC  # without one it is not saved anyway
        for name in ("begins_at", "ends_at"):
            clock = cleaned.pop(name, None)  # never left without a zone
            if clock:
                try:
                    cleaned[name] = moment(clock, zone)
                except ValidationError as error:
                    self.add_error(name, error)
        begins, ends = cleaned.get("begins_at"), cleaned.get("ends_at")
        if begins and ends and ends <= begins:
            self.add_error("ends_at", "It must end after it begins.")
        elif event and ends and ends <= timezone.now() and not self.instance.pk:
            self.add_error("ends_at", "That time is over: nobody would see it.")
        return super().clean()


class AnnouncementAdmin(ModelAdmin):
    form = AnnouncementForm
    radio_fields = {"audience": admin.VERTICAL}
    list_display = ["__str__", "event", "audience", "from_when", "until_when", "state"]
    list_filter = ["event", "audience"]
    list_select_related = ["event"]
    view_on_site = False

    @admin.display(description="from", ordering="begins_at")
    def from_when(self, one):
        return shown(one.begins_at, one.event)

    @admin.display(description="until", ordering="ends_at")
    def until_when(self, one):
        return shown(one.ends_at, one.event)

    def get_urls(self):
        pages = [("time", self.move), ("mail", self.mail)]
        return [
            *(
                path(
                    f"<int:pk>/{name}/",
                    self.admin_site.admin_view(require_POST(view)),
                    name=f"agenda_announcement_{name}",
                )
                for name, view in pages
            ),
            *super().get_urls(),
        ]

    @method_decorator(sensitive_post_parameters())
    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        obj.ended_before = None
        if not change:
            obj.made_by_name = str(request.user)[:150]
        super().save_model(request, obj, form, change)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        form = context["adminform"].form
        context |= {"may_write_to_people": may_write_to_people(request)}
        if PREVIEW in request.POST and not form.errors:
            context |= {"preview": form.instance, "title": "As it would look; nothing is saved yet"}
        if request.method == "POST" and obj is not None:
            obj = context["original"] = self._found(obj.pk)  # which the form has filled with what was typed
        if obj is not None:
            context |= {"ends": shown(obj.ends_at, obj.event), "ended_before": shown(obj.ended_before, obj.event)}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def move(self, request, pk):
        """End it now, keep it longer, or take that back; ``seen`` is its end as the page showed it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        one = self._found(pk)
        deed, seen = request.POST.get("deed", ""), read(request.POST.get("seen", ""))
        with transaction.atomic():
            done = deed in DEEDS and seen is not None and DEEDS[deed](one, seen=seen)
            if done:
                said = f"{DONE[deed]} It ends, or ended, {shown(one.ends_at, one.event)}."
                self.log_change(request, one, said)
        if done:
            messages.success(request, said)
        else:
            messages.warning(request, "Nothing was done: it is not on now, or somebody moved its end meanwhile.")
        return redirect("admin:agenda_announcement_change", pk)

    def mail(self, request, pk):
        """The draft of a mail to those let in, with the same words: there is one, however often this is pressed."""
        if not (self.has_view_permission(request) and may_write_to_people(request)):
            raise PermissionDenied
        one = self._found(pk)
        if one.is_for_organisers:
            messages.warning(request, "What is for organisers alone is mailed to nobody.")
            return redirect("admin:agenda_announcement_change", pk)
        return redirect("admin:registration_circular_write", draft_of(one, by=request.user).pk)

    def _found(self, pk):
        one = Announcement.objects.select_related("event").filter(pk=pk).first()
        if one is None:
            raise Http404
        return one


def may_write_to_people(request):
    return request.user.has_perm("registration.write_to_people_accessrequest")


def draft_of(one, *, by):
    """The mail that was begun of this announcement, or a new one; its page shows who gets it before anything leaves."""
    words = {"subject": "News of {event}", "text": without_braces(one.text)}
    if one.text_es:
        words |= {"subject_es": "Novedades de {event}", "text_es": without_braces(one.text_es)}
    try:
        with transaction.atomic():
            made, _ = Circular.objects.get_or_create(
                announcement=one, defaults={"event": one.event, "state": State.APPROVED, "made_by": by, **words}
            )
    except IntegrityError:  # a double click
        made = Circular.objects.get(announcement=one)
    return made


def without_braces(text):
    """In a mail they would stand for something."""
    return text.replace("{", "(").replace("}", ")")


def shown(when, event):
    """A moment as clocks show it where the event is; nothing for none."""
    return when and f"{date_format(when.astimezone(event.zone), 'j F Y, H:i')} ({event.time_zone})"


def read(text):
    """What ``isoformat`` made, or None."""
    try:
        found = dt.datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    return found if found.tzinfo == dt.UTC else None

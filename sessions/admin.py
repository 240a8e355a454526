"""The programme in admin. New sessions are hidden until they are published."""

from django.contrib import admin
from django.db import models, transaction

from cacc_techtrack.model_admin import ModelAdmin

from .copying import CopyPage
from .domains import DomainsField
from .forms import EventForm, SessionForm, TrackForm
from .material_admin import MaterialsOfASession
from .models import Event, Organisation, Session, Speaker, Track
from .participation_rows import ParticipationInline
from .programme_page import ProgrammePage
from .publishing import ChangesPage
from .track_page import TrackPage, counted

HTTPS_ASSUMED = {models.URLField: {"assume_scheme": "https"}}


@admin.register(Event)
class EventAdmin(CopyPage, ProgrammePage, ModelAdmin):
    form = EventForm
    formfield_overrides = HTTPS_ASSUMED
    list_display = ["name", "date", "city", "announced", "is_current", "archived"]
    actions = ["make_current", "archive"]
    view_on_site = False

    @admin.action(description="Show this event on the front page", permissions=["change"])
    def make_current(self, request, queryset):
        if queryset.count() != 1:
            self.message_user(request, "Choose one event.", "warning")
            return
        event = queryset.get()
        event.make_current()
        self.log_change(request, event, "Put on the front page.")
        self.message_user(request, f"{event} is now on the front page.")

    def log_deletions(self, request, queryset):
        """With what goes with them: which sessions there were stays on record."""
        super().log_deletions(request, Session.objects.filter(track__event__in=queryset))
        super().log_deletions(request, Track.objects.filter(event__in=queryset))
        return super().log_deletions(request, queryset)

    @admin.action(description="Archive: the day is over", permissions=["change"])
    def archive(self, request, queryset):
        for event in queryset:
            event.archive()
            self.log_change(request, event, "Archived.")
            self.message_user(request, f"{event} is over, says its page.")

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not Event.objects.filter(is_current=True).exists():
            obj.make_current()


@admin.register(Track)
class TrackAdmin(TrackPage, ChangesPage, ProgrammePage, ModelAdmin):
    form = TrackForm
    list_display = ["title", "event", "position", "audience", "teaser"]
    list_filter = ["event", "audience"]
    list_select_related = ["event"]

    def log_deletions(self, request, queryset):
        """With what goes with them: which sessions there were stays on record."""
        super().log_deletions(request, Session.objects.filter(track__in=queryset))
        return super().log_deletions(request, queryset)

    def save_model(self, request, obj, form, change):
        """A track that turns private gives its sessions new addresses, whatever else was changed with it."""
        wanted = obj.audience
        if change and "audience" in form.changed_data:
            obj.audience = form.initial["audience"]
        super().save_model(request, obj, form, change)
        obj.change_audience(wanted)


@admin.register(Session)
class SessionAdmin(MaterialsOfASession, ChangesPage, ProgrammePage, ModelAdmin):
    form = SessionForm
    list_display = ["title", "track", "number", "start", "room", "published", "cancelled"]
    list_filter = ["track__event", "track", "published", "kind"]
    list_select_related = ["track"]
    search_fields = ["title", "abstract"]
    readonly_fields = ["slug"]
    exclude = ["key"]
    inlines = [ParticipationInline]
    actions = ["publish", "hide"]
    view_on_site = False

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request, queryset):
        self.show(request, queryset, published=True)

    @admin.action(description="Hide", permissions=["change"])
    def hide(self, request, queryset):
        self.show(request, queryset, published=False)

    def show(self, request, queryset, *, published):
        """Publish or hide those that are not so already, and say how many these were."""
        word = "published" if published else "hidden"
        with transaction.atomic():
            done = queryset.publish() if published else queryset.hide()
            for session in done:
                self.log_change(request, session, f"{word.capitalize()}.")
        already = queryset.count() - len(done)
        said = f"{counted(len(done))} {word}."
        self.message_user(request, f"{said} {counted(already)} {word} already." if already else said)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Two buttons save the form with its tick for "published" set, or taken away."""
        if request.method == "POST" and {"_publish", "_hide"} & set(request.POST):
            request.POST = request.POST.copy()
            request.POST["_continue"] = "on"
            if "_publish" in request.POST:
                request.POST["published"] = "on"
            else:
                request.POST.pop("published", None)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def response_change(self, request, obj):
        return self.changes_asked_about(obj.pk, super().response_change(request, obj))

    def save_model(self, request, obj, form, change):
        moved_into_private = change and "track" in form.changed_data and obj.track.is_private
        if not change or moved_into_private:
            obj.give_address()
        super().save_model(request, obj, form, change)


@admin.register(Organisation)
class OrganisationAdmin(ModelAdmin):
    formfield_overrides = HTTPS_ASSUMED | {models.JSONField: {"form_class": DomainsField}}
    list_display = ["name", "full_name", "member"]
    list_filter = ["member"]
    search_fields = ["name", "full_name"]
    view_on_site = False

    def changeform_view(self, request, *args, **kwargs):
        with transaction.atomic():
            if request.method == "POST":
                Organisation.objects.locked()  # what the form looks for is so until it is saved
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        obj.give_address()
        super().save_model(request, obj, form, change)


@admin.register(Speaker)
class SpeakerAdmin(ModelAdmin):
    list_display = ["name", "affiliation", "event"]
    list_filter = ["event"]
    search_fields = ["name", "affiliation"]
    view_on_site = False

    def save_model(self, request, obj, form, change):
        obj.give_address()
        super().save_model(request, obj, form, change)

"""People in admin: who may enter it, and who is shut out."""

from django.contrib import admin

from cacc_techtrack.guarded_form import GuardedForm
from cacc_techtrack.model_admin import ModelAdmin

from ..addresses import for_the_desk, normalise
from ..models import Alarm, CalendarFeed, Cause, User
from .enrolment import EnrolmentPages
from .signed_in import LoginSessionPages


class PersonForm(GuardedForm):
    """A page that has grown old must not open a closed account again, nor give back a role that was taken."""

    guarded = ("email", "is_active", "is_staff", "is_superuser", "groups", "user_permissions")

    class Meta:
        model = User
        fields = [
            "email",
            "name",
            "hears_of_requests",
            "is_active",
            "is_staff",
            "is_superuser",
            "groups",
            "user_permissions",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if permissions := self.fields.get("user_permissions"):  # readonly to some
            permissions.queryset = permissions.queryset.select_related("content_type")  # each names its own

    def clean_email(self):
        return normalise(self.cleaned_data["email"])


class UserAdmin(EnrolmentPages, LoginSessionPages, ModelAdmin):
    """Nobody is made or deleted here: people come by signing in, organisers by ``make organiser``."""

    form = PersonForm
    list_display = ["address", "name", "is_staff", "is_active", "joined_at"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "name"]
    filter_horizontal = ["groups", "user_permissions"]
    readonly_fields = ["joined_at", "own_calendar"]
    actions = ["sign_out"]

    @admin.display(description="own calendar address", empty_value="none")
    def own_calendar(self, user):
        feed = CalendarFeed.objects.filter(person=user).first()
        return feed and f"has one since {feed.made_at:%d %B %Y, %H:%M} UTC"

    @admin.display(description="e-mail address", ordering="email")
    def address(self, user):
        return for_the_desk(user.email)

    @admin.action(description="Sign out everywhere", permissions=["sign_out"])
    def sign_out(self, request, queryset):
        """Every login session and live code of those who were ticked, of oneself too; they may sign in anew."""
        chosen = list(queryset.order_by("pk"))
        for person in chosen:
            person.shut_out()
            self.log_change(request, person, "Signed out everywhere.")
        who = "1 person" if len(chosen) == 1 else f"{len(chosen)} people"
        self.message_user(request, f"Signed out everywhere: {who}.")

    def has_sign_out_permission(self, request):
        return request.user.is_superuser

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        """Only an administrator may change an organiser: another address would be another organiser."""
        if obj is not None and obj.is_staff and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request, obj=None):
        if request.user.is_superuser:
            return self.readonly_fields
        return [*self.readonly_fields, "is_staff", "is_superuser", "groups", "user_permissions"]

    def save_model(self, request, obj, form, change):
        """A new address is to be proven anew; who is no longer active is out at the next click."""
        super().save_model(request, obj, form, change)
        if obj.is_staff and "is_staff" in form.changed_data:
            obj.authenticator_set.all().delete()  # whatever was set up before counts for nothing
        if "email" in form.changed_data:
            obj.change_email(obj.email)
        elif "is_active" in form.changed_data or "is_staff" in form.changed_data:
            obj.shut_out()
        if obj.is_staff:
            self._tell_administrators(form.changed_data, obj)

    def _tell_administrators(self, changed, obj):
        """Each of these may make somebody else of an organiser, or more of one than the others know."""
        if "is_staff" in changed:
            Alarm.objects.sound(Cause.ORGANISER)
        elif "is_superuser" in changed and obj.is_superuser:
            Alarm.objects.sound(Cause.ADMINISTRATOR)
        if "email" in changed:
            Alarm.objects.sound(Cause.ADDRESS)

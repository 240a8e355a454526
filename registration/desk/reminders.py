"""The page of an event in admin, with what its guests are reminded of, and when."""

from sessions.admin import EventAdmin

from ..reminding import outlook
from .announcements import shown


class EventDesk(EventAdmin):
    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if change and obj is not None and request.user.has_perm("registration.view_accessrequest"):
            found = outlook(type(obj).objects.get(pk=obj.pk))  # not what was typed
            context |= {"reminders": found, "begins": shown(found.begins, found.event)}
        return super().render_change_form(request, context, add, change, form_url, obj)

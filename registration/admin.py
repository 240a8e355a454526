"""Registers what admin shows of people; each page has its own module in ``desk``."""

from django.contrib import admin
from django.contrib.auth.models import Group

from sessions.models import Announcement, Event, Organisation

from .desk.announcements import AnnouncementAdmin
from .desk.circulars import CircularAdmin
from .desk.groups import GroupAdmin
from .desk.invitations import InvitationAdmin
from .desk.leaving import DeletionRequestAdmin
from .desk.mail_texts import MailTextAdmin
from .desk.mails import MailAdmin
from .desk.on_record import RecordAdmin
from .desk.organisations import OrganisationDirectory
from .desk.people import UserAdmin
from .desk.reminders import EventDesk
from .desk.requests import AccessRequestAdmin
from .models import AccessRequest, Circular, DeletionRequest, Invitation, Mail, MailText, Record, User

admin.site.register(AccessRequest, AccessRequestAdmin)
admin.site.register(Announcement, AnnouncementAdmin)
admin.site.register(Circular, CircularAdmin)
admin.site.register(DeletionRequest, DeletionRequestAdmin)
admin.site.register(Invitation, InvitationAdmin)
admin.site.register(Mail, MailAdmin)
admin.site.register(MailText, MailTextAdmin)
admin.site.register(Record, RecordAdmin)
admin.site.register(User, UserAdmin)
admin.site.unregister(Group)
admin.site.register(Group, GroupAdmin)
admin.site.unregister(Event)  # the programme's own page, which knows nothing of people
admin.site.register(Event, EventDesk)
admin.site.unregister(Organisation)  # the programme's own page, which knows nothing of records
admin.site.register(Organisation, OrganisationDirectory)

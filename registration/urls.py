from django.urls import path

from . import agreeing, calendar, invited, kept, own_data, views
from .passes import own

app_name = "registration"
urlpatterns = [
    path("register/", views.register, name="register"),
    path("register/status/", views.status, name="status"),
    path("register/edit/", views.edit, name="edit"),
    path("register/withdraw/", views.withdraw, name="withdraw"),
    path("register/invitation/", invited.invitation, name="invitation"),
    path("register/agree/", agreeing.agree, name="agree"),
    path("register/changes/", views.changes, name="changes"),
    path("register/my-data/", own_data.my_data, name="my_data"),
    path("register/delete/", own_data.delete, name="delete"),
    path("register/pass/", own.own_pass, name="pass"),
    path("register/pass/picture.png", own.own_picture, name="pass_picture"),
    path("my-agenda/kept/", kept.kept, name="kept"),
    path("register/calendar/", calendar.own_calendar, name="calendar"),
    path("handling-rules/", views.handling_rules, name="handling_rules"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
]

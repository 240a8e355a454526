"""Files for machines: one address each, without a language."""

from django.urls import path

from ..views import changes, machines, my_agenda
from . import views

app_name = "feeds"
urlpatterns = [
    path("agenda.ics", views.agenda, name="agenda"),
    path("my-agenda.ics", my_agenda.my_calendar, name="my_agenda"),
    path("sessions/<slug:slug>.ics", views.session, name="session"),
    path("schedule.xml", views.schedule_xml, name="schedule_xml"),
    path("schedule.json", views.schedule_json, name="schedule_json"),
    path("changes.atom", changes.changes_feed, name="changes"),
    path("sitemap.xml", machines.sitemap, name="sitemap"),
    path("robots.txt", machines.robots, name="robots"),
]

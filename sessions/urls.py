from django.urls import path

from .feeds.views import how_to_subscribe
from .views import agenda, changes, my_agenda, offline, people

app_name = "sessions"
urlpatterns = [
    path("", agenda.agenda, name="agenda"),
    path("<int:year>/", agenda.edition, name="edition"),
    path("sessions/<slug:slug>/", agenda.session, name="session"),
    path("organisations/<slug:slug>/", people.organisation, name="organisation"),
    path("speakers/<slug:slug>/", people.speaker, name="speaker"),
    path("my-agenda/", my_agenda.my_agenda, name="my_agenda"),
    path("changes/", changes.changes, name="changes"),
    path("calendar/", how_to_subscribe, name="calendar"),
    path("offline/", offline.offline, name="offline"),
    path("sw.js", offline.service_worker, name="service_worker"),
]

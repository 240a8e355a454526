from django.urls import path

from . import views

app_name = "sessions"
urlpatterns = [
    path("", views.agenda, name="agenda"),
    path("sessions/<slug:slug>/", views.session, name="session"),
]

"""All addresses. README.md lists each with who may open it; tests/access.py holds the same as a table."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from registration.calendar import feed
from registration.sign_in.urls import second_factor
from sessions.views.materials import material

from . import views

# What people read: English as it stands, Spanish the same below /es/. Everything else has one address.
urlpatterns = [
    *i18n_patterns(
        path("", include("sessions.urls")),
        path("", include("registration.urls")),
        path("account/", include("registration.sign_in.urls")),
        prefix_default_language=False,
    ),
    path("account/", include(second_factor)),
    path("", include("sessions.feeds.urls")),
    path("", include("registration.door.urls")),
    path("materials/<slug:key>/<str:name>", material, name="material"),
    path("cal/<str:token>/agenda.ics", feed, name="calendar_feed"),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
]

handler400 = "cacc_techtrack.views.bad_request"
handler403 = "cacc_techtrack.views.permission_denied"
handler404 = "cacc_techtrack.views.not_found"
handler500 = "cacc_techtrack.views.server_error"
handler429 = "registration.sign_in.views.too_many"

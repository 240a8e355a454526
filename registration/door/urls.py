from django.urls import path

from . import conflicts, deeds, offline, search, views, walk_up

app_name = "door"
urlpatterns = [
    path("pass/<str:token>/", views.entry_pass, name="pass"),
    path("door/", views.door, name="door"),
    path("door/look-up/", views.look_up, name="look_up"),
    path("door/check-in/", deeds.check_in, name="check_in"),
    path("door/check-out/", deeds.check_out, name="check_out"),
    path("door/undo/", deeds.undo, name="undo"),
    path("door/search/", search.search, name="search"),
    path("door/walk-up/", walk_up.walk_up, name="walk_up"),
    path("door/walk-ups/", walk_up.walk_ups, name="walk_ups"),
    path("door/counts/", views.counts, name="counts"),
    path("door/offline/", offline.offline, name="offline"),
    path("door/list/", offline.passes, name="list"),
    path("door/state/", offline.state, name="state"),
    path("door/sync/", offline.sync, name="sync"),
    path("door/conflicts/", conflicts.conflicts, name="conflicts"),
]

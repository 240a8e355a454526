"""Who works at the door, asked at every request; and the name of the door at which they stand."""

from functools import wraps

from django.http import Http404

from ..second_factor import may_enter_admin

RIGHT = "registration.work_at_door"
UNNAMED = "Door"
_NAME = "door"  # in the login session


def works_at_door(request):
    """True for who has the right now, an address proven, and, where they are organisers, may enter admin now."""
    person = request.user
    if not (person.is_authenticated and person.is_active and person.has_perm(RIGHT)):
        return False
    if person.is_staff or person.is_superuser:
        return may_enter_admin(request)
    return person.has_proven_address()


def at_the_door(view):
    """To anyone else the page does not exist. Stands below what says which methods there are."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        if not works_at_door(request):
            raise Http404("Not at the door.")
        return view(request, *args, **kwargs)

    return wrapped


def door_of(request):
    return request.session.get(_NAME, UNNAMED)


def stand_at(request, name):
    """From now on, in this login session."""
    request.session[_NAME] = name

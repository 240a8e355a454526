"""Sites with many requests, and an organiser signed in to them."""

from .servers import Data
from .signed_in import SignedIn

MANY, FEW = 100_000, 100

MAKE = """
from registration import demo
from registration.steps import State
from sessions.models import Event
if {pending}:
    demo.WAYS = {{(State.PENDING,): 1}}
demo.make(Event.objects.current(), {count})
"""

_made = {}


class Desk(SignedIn):
    """A site with so many invented requests, and an administrator's browser."""

    def __init__(self, settings, count, pending=False):
        data = Data(settings.folder)
        data.run(MAKE.format(count=count, pending=pending))
        super().__init__(data, "people.organiser()")
        self.count = count


def many(settings):
    """The largest, made once a run, since that takes minutes."""
    if settings.folder not in _made:
        _made[settings.folder] = Desk(settings, int(MANY * settings.share))
    return _made[settings.folder]

"""What the site writes mails about: one table, by which the desk names them.

The name is the one in the outbox and of the template files. A mail of a purpose that is not here cannot be made.
"""

from dataclasses import dataclass

from ..models import Cause


@dataclass(frozen=True)
class Purpose:
    name: str
    title: str  # as organisers call it
    to_organisers: bool = False  # in English, like admin; else to anybody, in each language

    def __str__(self):
        return self.title


ALARM = Purpose("alarm", "Alarm", to_organisers=True)

PURPOSES = {
    one.name: one
    for one in [
        Purpose("sign-in-code", "Sign-in code"),
        Purpose("received", "Request received"),
        Purpose("approved", "Approved"),
        Purpose("waiting", "On the waiting list"),
        Purpose("declined", "Declined"),
        Purpose("revoked", "Access revoked"),
        Purpose("reopened", "Request reopened"),
        Purpose("withdrawn", "Request withdrawn"),
        Purpose("changes", "The programme changed"),
        Purpose("address-changed", "Address changed"),
        Purpose("second-factor", "News of a second factor", to_organisers=True),
        Purpose("codes-used-up", "Many codes asked for", to_organisers=True),
        ALARM,
    ]
}


def purpose_of(mail) -> Purpose:
    """What a row of the outbox is about; all causes of alarm are one purpose."""
    return ALARM if mail.purpose in Cause else PURPOSES[mail.purpose]

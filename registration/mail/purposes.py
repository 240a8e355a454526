"""What the site writes mails about: one table, walked by the desk, by the editor of texts and by a test.

The name is the one in the outbox and of the template files, which hold the original texts. A mail of a purpose that is
not here cannot be made.
"""

from dataclasses import dataclass

from ..models import Cause

# What stands in a text as ``{event}``, and what it stands for. The values are made by ``letters.facts_of``.
PLACEHOLDERS = {
    "event": "the event’s name and year",
    "code": "the sign-in code; on a line of its own",
    "words": "the organisers’ words to the person, where there are any; on a line of its own",
    "status_url": "address of the person’s own request",
    "register_url": "address at which one signs in, for the form or an invitation",
    "expires_at": "until when an invitation holds, in UTC",
    "agenda_url": "address of the programme",
    "pass_url": "address of one’s own pass for the door",  # nosec B105  # an address that holds no token
    "calendar_url": "address at which guests get the day into their calendar",
    "date": "the day of the event",
    "place": "where it is, as far as that is known",
    "times": "when each part begins, as far as that is known",
    "changes_url": "address of what changed in the programme",
    "hearing_url": "address at which one ends mails about changes",
    "sessions_url": "address of where one is signed in",
    "second_factor_url": "address of one’s second factors",
    "health_url": "address of the health page in admin",
    "requests_waiting": "how many requests wait for a decision",
    "requests_url": "address of the requests at the desk",
    "hearing_of_requests_url": "address at which an organiser ends mails about requests that wait",
    "site_url": "address of this site",
    "created_at": "when it happened, in UTC",
    "news": "what happened to the second factor, as a sentence",
    "alarm": "what gave the alarm, as half a sentence",
    "mails_an_hour": "how many codes an address gets from strangers within an hour",
}
ALONE = ("code", "words")  # each makes a block of its own
IN_SUBJECTS = ("event", "alarm")  # short, one line, and nothing that opens anything


@dataclass(frozen=True)
class Purpose:
    name: str
    title: str  # as organisers call it
    placeholders: tuple = ()
    needed: tuple = ()  # of the placeholders: without these the text does not say what it is for
    own_text: bool = False  # each has a text of its own, so that there is none to edit here
    to_organisers: bool = False  # in English, like admin; else to anybody, in each language

    def __str__(self):
        return self.title

    @property
    def in_subject(self):
        return [name for name in self.placeholders if name in IN_SUBJECTS]

    def languages(self, languages):
        """Of the site's ``(code, name)`` those in which it is written."""
        return languages[:1] if self.to_organisers else languages


def _news_of_a_request(name, title, *placeholders):
    return Purpose(name, title, ("event", "status_url", *placeholders, "site_url", "words"), needed=("words",))


ALARM = Purpose("alarm", "Alarm", ("alarm", "health_url", "site_url"), needed=("alarm",), to_organisers=True)

PURPOSES = {
    one.name: one
    for one in [
        Purpose("sign-in-code", "Sign-in code", ("code", "site_url"), needed=("code",)),
        _news_of_a_request("received", "Request received"),
        _news_of_a_request("entered", "Entered by hand"),
        Purpose(
            "invitation",
            "Invitation",
            ("event", "register_url", "expires_at", "site_url"),
            needed=("register_url",),
        ),
        _news_of_a_request("approved", "Approved", "agenda_url", "pass_url"),
        _news_of_a_request("waiting", "On the waiting list"),
        _news_of_a_request("declined", "Declined"),
        _news_of_a_request("revoked", "Access revoked"),
        _news_of_a_request("reopened", "Request reopened"),
        _news_of_a_request("withdrawn", "Request withdrawn"),
        _news_of_a_request("merged", "Two requests made one"),
        Purpose("read-out", "A code was read out", ("sessions_url", "site_url")),
        Purpose(
            "changes",
            "The programme changed",
            ("event", "changes_url", "hearing_url", "status_url", "agenda_url", "site_url"),
            needed=("hearing_url",),
        ),
        Purpose(
            "reminder",
            "Reminder on the day before",
            ("event", "date", "place", "times", "pass_url", "agenda_url", "calendar_url", "status_url", "site_url"),
            needed=("pass_url",),
        ),
        Purpose(
            "circular",
            "Mail from the organisers",
            ("event", "agenda_url", "status_url", "changes_url", "site_url"),
            own_text=True,
        ),
        Purpose("address-changed", "Address changed", ("created_at", "site_url")),
        Purpose("forgotten", "Data deleted", ("site_url",)),
        Purpose(
            "second-factor",
            "News of a second factor",
            ("news", "created_at", "second_factor_url", "site_url"),
            needed=("news",),
            to_organisers=True,
        ),
        Purpose(
            "codes-used-up",
            "Many codes asked for",
            ("mails_an_hour", "sessions_url", "site_url"),
            to_organisers=True,
        ),
        Purpose(
            "requests-wait",
            "Requests wait",
            ("requests_waiting", "requests_url", "hearing_of_requests_url", "site_url"),
            needed=("requests_url",),
            to_organisers=True,
        ),
        ALARM,
    ]
}


def purpose_of(mail) -> Purpose:
    """What a row of the outbox is about; all causes of alarm are one purpose."""
    return ALARM if mail.purpose in Cause else PURPOSES[mail.purpose]

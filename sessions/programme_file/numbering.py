"""The numbers of a track's sessions, where the file leaves some of them out."""

from ..models import Session

UNNUMBERED = {Session.Kind.BREAK, Session.Kind.MEAL, Session.Kind.NETWORKING}


def numbering(sessions, kept=None):
    """The number of each session of one track, or None.

    ``sessions``: the file's, in its order. ``kept``: the numbers (or None) of those that the database has already.

    What the file says stands. What is kept stays, unless the file needs the number. Each other session gets the
    number after the one before it; whoever has that moves up by one, and so does the next.
    """
    numbers = {session: session.get("number") for session in sessions if "number" in session.given}
    fixed = {number for number in numbers.values() if number}
    holders = {}
    for session, number in (kept or {}).items():
        if session not in numbers and number not in fixed:
            numbers[session] = number
            holders[number] = session

    def settle(session, number):
        while session:
            while number in fixed:
                number += 1
            numbers[session] = number
            session, holders[number] = holders.get(number), session
            number += 1

    before = 0
    for session in sessions:
        if session not in numbers:
            if session.get("kind") in UNNUMBERED:
                numbers[session] = None
            else:
                settle(session, before + 1)
        before = numbers[session] or before
    return numbers

"""Which rows of the database the entries of a file are, and what the two together must not say."""

from dataclasses import dataclass, field

from django.db.models import F

from ..models import Event, Organisation, Session, Track
from .faults import Fault
from .numbering import numbering
from .reading import same_name


@dataclass
class Rows:
    """The rows that entries are known by; an entry without one is new. Rows without an entry are gone."""

    event: Event | None
    organisations: dict = field(default_factory=dict)
    tracks: dict = field(default_factory=dict)
    sessions: dict = field(default_factory=dict)
    gone_tracks: list = field(default_factory=list)
    gone_sessions: list = field(default_factory=list)


def find_rows(programme) -> Rows:
    """To be called within the transaction that loads: the event's row is locked."""
    event = Event.objects.select_for_update().filter(slug=programme.event.get("slug")).first()
    rows = Rows(event)
    by_name = {same_name(row.name): row for row in Organisation.objects.locked().order_by("pk")}
    for entry in programme.organisations:
        row = by_name.get(same_name(entry.get("name", "")))
        if row:
            rows.organisations[entry] = row
    if event:
        by_slug = {row.slug: row for row in event.tracks.order_by("position", "pk")}
        rows.tracks = {
            entry: by_slug.pop(entry.get("slug")) for entry in programme.tracks if entry.get("slug") in by_slug
        }
        rows.gone_tracks = list(by_slug.values())
        rows.sessions, rows.gone_sessions = _pair_sessions(programme, event)
    return rows


def _pair_sessions(programme, event):
    left = list(
        Session.objects.filter(track__event=event)
        .select_related("track__event")  # as they were before the load
        .order_by("track__position", "track", F("number").asc(nulls_last=True), "pk")
    )
    places = {}
    for track in programme.tracks:
        places |= numbering(track.get("sessions", []))

    def by_slug(track, entry, row):
        return entry.get("slug") and entry.get("slug") == row.key

    def by_number(track, entry, row):
        return entry.get("number") and entry.get("number") == row.number and may_be(track, entry, row)

    def by_title(track, entry, row):
        return entry.get("title") == row.title and track.get("slug") == row.track.slug

    def by_place(track, entry, row):
        return (
            "number" not in entry.given and places[entry] and places[entry] == row.number and may_be(track, entry, row)
        )

    def may_be(track, entry, row):
        """Of one track, and not known by different slugs."""
        return track.get("slug") == row.track.slug and not (entry.get("slug") and row.key)

    pairs = {}
    for same in (by_slug, by_number, by_title, by_place):
        for track, entry in programme.sessions():
            row = entry not in pairs and next((row for row in left if same(track, entry, row)), None)
            if row:
                pairs[entry] = row
                left.remove(row)
    return pairs, left


def conflicts(programme, rows, *, open_tracks):
    """The faults of the file that only show beside what the database holds."""
    yield from _editions(programme.event, rows.event)
    yield from _domains_of_two(programme.organisations, rows.organisations)
    if not open_tracks:
        yield from _openings(programme, rows)
    for _, entry in programme.sessions():
        yield from _wrong_order(entry, rows.sessions.get(entry), "start", "end", needs_first=True)
    yield from _wrong_order(programme.event, rows.event, "registration_opens", "registration_closes")


def _editions(entry, row):
    will_be_current = entry.get("current") or (row.is_current if row else Event.objects.current() is None)
    if entry.get("announced") is False and will_be_current:
        yield Fault(f"{entry.place}.announced", "would hide the event that is on the front page")
    if "date" not in entry.wrong and (date := entry.get("date")):
        others = Event.objects.filter(date__year=date.year).exclude(slug=entry.get("slug"))
        if others.exists():
            yield Fault(f"{entry.place}.date", f"is of the same year as {others[0].slug}; its address is the year")


def _domains_of_two(entries, rows):
    """A domain is one organisation's, whichever of the two the file leaves as it is."""
    told_anew = {rows[entry].pk for entry in entries if entry in rows and "email_domains" in entry.given}
    others = Organisation.objects.with_domains().exclude(pk__in=told_anew)
    held = {domain: row.name for row in others for domain in row.email_domains}
    for entry in entries:
        for number, domain in enumerate(entry.get("email_domains", []) if "email_domains" in entry.given else []):
            if domain in held:
                yield Fault(
                    f"{entry.place}.email_domains", f"number {number + 1} is a domain of {held[domain]} already"
                )
            held.setdefault(domain, entry.get("name"))


def _openings(programme, rows):
    for track, row in rows.tracks.items():
        if row.is_private and track.get("audience") == Track.Reader.PUBLIC:
            yield Fault(f"{track.place}.audience", "would make a private track public; --open-tracks allows it")
    for track, entry in programme.sessions():
        row = rows.sessions.get(entry)
        if row and row.track.is_private and row.track != rows.tracks.get(track) and _will_be_public(track, rows):
            yield Fault(entry.place, "would move from a private track to a public one; --open-tracks allows it")
    private_titles = {same_name(row.title) for row in rows.gone_sessions if row.track.is_private}
    for track, entry in programme.sessions():
        is_new = rows.sessions.get(entry) is None
        if is_new and same_name(entry.get("title", "")) in private_titles and _will_be_public(track, rows):
            yield Fault(
                entry.place, "is the title of a session that stands in a private track; --open-tracks allows it"
            )


def _will_be_public(track, rows):
    row = rows.tracks.get(track)
    return track.get("audience", row.audience if row else Track.Reader.INDUSTRY) == Track.Reader.PUBLIC


def _wrong_order(entry, row, first, last, *, needs_first=False):
    """``last`` must come after ``first``, whichever of them the file leaves to the database."""
    if entry.wrong & {first, last}:
        return
    begins, ends = (entry.get(key, getattr(row, key, None)) for key in (first, last))
    # ``get`` falls back to the row only where the key is absent: a key given empty clears.
    place = f"{entry.place}.{last if last in entry.given else first}"
    if ends is None:
        return
    if begins is None and needs_first:
        yield Fault(place, f"there is an {last} without a {first}")
    elif begins is not None and ends <= begins:
        yield Fault(place, f"{last} ({ends}) is not after {first} ({begins})")

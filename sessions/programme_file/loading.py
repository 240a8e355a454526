"""Brings the database in line with a programme file, in one transaction."""

from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from ..models import Change, Event, Organisation, Session, Speaker, Track
from ..models.stamps import watched
from . import participations
from .faults import FaultyFile
from .hanging import in_words, what_hangs_on
from .matching import Rows, conflicts, find_rows
from .numbering import numbering
from .reading import Programme, read, same_name, who_is
from .report import Changed, Report

PARTS_OF_A_SESSION = ("participations", "changes")  # these go with it; whatever else refers to it is people's data


def load(path, *, dry_run=False, prune=False, open_tracks=False, publish_changes=False) -> Report:
    """Raises ``FaultyFile`` with every fault, and changes nothing then."""
    programme, faults = read(Path(path))
    with transaction.atomic():
        rows = find_rows(programme)
        faults += conflicts(programme, rows, open_tracks=open_tracks)
        if faults:
            raise FaultyFile(path, faults)
        loading = Loading(programme, rows, prune, publish_changes)
        report = loading.run()
        if dry_run:
            transaction.set_rollback(True)
        elif any(report.figures().values()):
            import_string(settings.PROGRAMME_LOADED)(loading.event, report.figures())
    return report


@dataclass
class Loading:
    """One run: what the file says, the rows that it is about, and what was done so far."""

    programme: Programme
    rows: Rows
    prune: bool
    publish_changes: bool = False
    report: Report = field(default_factory=Report)
    event: Event | None = None
    organisations: dict = field(default_factory=dict)  # by name without case
    tracks: dict = field(default_factory=dict)  # by entry
    speakers: dict = field(default_factory=dict)  # by name and affiliation

    def run(self):
        with watched(Session.objects.filter(track__event=self.rows.event)):  # however many writes: one change
            self.load_event()
            self.load_organisations()
            self.load_tracks()
            self.let_sessions_go()
            self.load_speakers()
            self.load_sessions()
            self.let_the_rest_go()
        self.tell_people()
        return self.report

    # Event, organisations, tracks, speakers

    def load_event(self):
        entry, row = self.programme.event, self.rows.event
        thing = f"event {entry.get('slug')}"
        values = _values(entry, besides={"slug", "current"})
        self.event = row or Event.objects.create(slug=entry.get("slug"), **({"announced": True} | values))
        changes = bring_in_line(self.event, values)
        # `current = false` takes it from no event: the site always shows one.
        if not self.event.is_current and (entry.get("current") or Event.objects.current() is None):
            self.event.make_current()
            changes.append(Changed("current", False, True))
        if row:
            self.report.brought_in_line(thing, changes)
        else:
            self.report.added.append(thing + (", the current one" if self.event.is_current else ""))

    def load_organisations(self):
        for entry in self.programme.organisations:
            row = self.rows.organisations.get(entry)
            thing = f"organisation {entry.get('name')}"
            if row:
                self.report.brought_in_line(thing, bring_in_line(row, _values(entry)))
            else:
                row = Organisation(**_values(entry))
                row.give_address()
                row.save()
                self.report.added.append(thing)
            self.organisations[same_name(row.name)] = row

    def load_tracks(self):
        """Their order is the file's; a place that agrees with it stays as it is."""
        position = 0
        for entry in self.programme.tracks:
            row = self.rows.tracks.get(entry)
            position = max(row.position if row else 0, position + 1)
            values = _values(entry, besides={"slug", "audience", "sessions"}) | {"position": position}
            audience = entry.get("audience", row.audience if row else Track.Reader.INDUSTRY)
            thing = f"track {entry.get('slug')}"
            if row:
                changes = bring_in_line(row, values) + change_audience(row, audience)
                self.report.brought_in_line(thing, changes)
            else:
                row = Track.objects.create(event=self.event, slug=entry.get("slug"), audience=audience, **values)
                self.report.added.append(thing)
            self.tracks[entry] = row

    def load_speakers(self):
        known = {(row.name, row.affiliation): row for row in self.event.speakers.all()}
        for name, affiliation in self.programme.speakers():
            row = known.get((name, affiliation))
            if row:
                self.report.left.append(f"speaker {row}")
            else:
                row = Speaker(event=self.event, name=name, affiliation=affiliation)
                row.give_address()
                row.save()
                self.report.added.append(f"speaker {row}")
            self.speakers[name, affiliation] = row

    # Sessions

    def load_sessions(self):
        numbers = self.numbers()
        self.free_numbers(numbers)
        for track, entry in self.programme.sessions():
            values = _values(entry, besides={"slug", "number", "organisations", "speakers"})
            values |= {"track": self.tracks[track], "number": numbers[entry]}
            if "slug" in entry.given:
                values["key"] = entry.get("slug")
            row = self.rows.sessions.get(entry)
            if row:
                changes = bring_session_in_line(row, values) + self.bring_people_in_line(row, entry)
                self.report.brought_in_line(_session(row), changes)
            else:
                row = Session(**({"published": True} | values))
                row.give_address(wanted=row.key)
                row.save()
                self.bring_people_in_line(row, entry)
                self.report.added.append(_session(row))

    def numbers(self):
        numbers = {}
        for track, row in self.tracks.items():
            entries = track.get("sessions", [])
            known = {entry: self.rows.sessions[entry] for entry in entries if entry in self.rows.sessions}
            kept = {entry: session.number for entry, session in known.items() if session.track_id == row.pk}
            numbers |= numbering(entries, kept)
        return numbers

    def free_numbers(self, numbers):
        """Two sessions may swap their numbers, which are unique at every moment: take away first what will change."""
        taken = {(self.tracks[track].pk, numbers[entry]) for track, entry in self.programme.sessions()}
        for row in self.rows.gone_sessions:
            if row.number and (row.track_id, row.number) in taken:
                self.report.changed.append((_session(row), bring_in_line(row, {"number": None})))
        moving = [
            row.pk
            for track, entry in self.programme.sessions()
            if (row := self.rows.sessions.get(entry))
            and (row.track_id, row.number) != (self.tracks[track].pk, numbers[entry])
        ]
        Session.objects.filter(pk__in=moving).update(number=None)

    def bring_people_in_line(self, row, entry):
        changes = []
        if "organisations" in entry.given:
            wanted = [
                (self.organisations[same_name(who.get("name"))], who.get("role")) for who in entry.get("organisations")
            ]
            changes.append(participations.bring_in_line(row, "organisation", wanted))
        if "speakers" in entry.given:
            wanted = [(self.speakers[who_is(who)], None) for who in entry.get("speakers")]
            changes.append(participations.bring_in_line(row, "speaker", wanted))
        return [change for change in changes if change]

    def tell_people(self):
        """Of what this load and those before it changed for people to read: only when asked."""
        for draft in Change.objects.drafts().filter(session__track__event=self.event).select_related("session__track"):
            if self.publish_changes and draft.publish(by_name="the programme file"):
                self.report.told.append((_session(draft.session), str(draft)))
            else:
                self.report.untold += 1

    # What the file no longer has

    def let_sessions_go(self):
        gone = self.rows.gone_sessions
        self.rows.gone_sessions = [row for row in gone if not self.let_go(_session(row), row, PARTS_OF_A_SESSION)]

    def let_the_rest_go(self):
        for row in self.rows.gone_tracks:
            self.let_go(f"track {row.slug}", row)
        for row in self.event.speakers.filter(participations=None):
            if (row.name, row.affiliation) not in self.speakers:
                self.let_go(f"speaker {row}", row)
        # Organisations serve every edition, and their domains and membership the judging of requests.
        for row in Organisation.objects.filter(participations=None, member=False):
            if same_name(row.name) not in self.organisations and not row.email_domains:
                self.let_go(f"organisation {row}", row)

    def let_go(self, thing, row, besides=()):
        """Whether the row was removed."""
        hanging = what_hangs_on(row, besides)
        removes = self.prune and not hanging
        if removes:
            row.delete()
            self.report.removed += 1
            outcome = "removed"
        elif self.prune:
            outcome = f"stays, because of {in_words(hanging)}"
        else:
            outcome = "stays; --prune removes it"
        self.report.gone.append((thing, outcome))
        return removes


def bring_in_line(row, values, *, secret=()):
    """Give the row these values, and tell which of them are new to it."""
    changes = [
        Changed(name, getattr(row, name), value, secret=name in secret)
        for name, value in values.items()
        if getattr(row, name) != value
    ]
    for change in changes:
        setattr(row, change.name, change.new)
    if changes:
        row.save(update_fields=[change.name for change in changes])
    return changes


def bring_session_in_line(row, values):
    was_private, is_private = row.track.is_private, values["track"].is_private
    moves = row.track != values["track"]
    changes = bring_in_line(row, values, secret={"abstract"} if was_private or is_private else ())
    if moves:
        row.save(update_fields=["number"])  # taken away before, in case that the old track needs it
    if moves and is_private and not was_private:
        row.give_address()
        row.save(update_fields=["slug"])
    return changes


def change_audience(track, audience):
    if track.audience == audience:
        return []
    changes = [Changed("audience", track.audience, audience)]
    if audience != Track.Reader.PUBLIC and track.sessions.exists():
        changes.append(Changed("addresses of its sessions", "those given out", "new ones, opaque"))
    track.change_audience(audience)
    return changes


def _values(entry, besides=()):
    return {key: value for key, value in entry.given.items() if key not in besides}


def _session(row):
    return f"session {row.track.slug} / {row.title}"

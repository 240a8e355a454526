"""From a file to a programme of checked values, and every fault that the file has in itself."""

import difflib
import json
import re
import tomllib
import zoneinfo
from dataclasses import dataclass, field
from datetime import UTC

from .faults import Fault, FaultyFile, Wrong
from .keys import FILE, Table, Tables
from .values import expect


@dataclass(eq=False)
class Entry:
    """One table of the file: where it stands, and the sound values of the keys it gives."""

    place: str
    given: dict = field(default_factory=dict)
    wrong: set = field(default_factory=set)  # the keys whose values are at fault

    def get(self, key, default=None):
        return self.given.get(key, default)


@dataclass
class Programme:
    event: Entry
    organisations: list[Entry]
    tracks: list[Entry]

    def sessions(self):
        """Each session with its track, in the file's order."""
        return [(track, session) for track in self.tracks for session in track.get("sessions", [])]

    def speakers(self):
        """Each speaker once, as (name, affiliation), in the file's order."""
        named = (speaker for _, session in self.sessions() for speaker in session.get("speakers", []))
        return list(dict.fromkeys(who_is(speaker) for speaker in named))


def who_is(speaker):
    return speaker.get("name"), speaker.get("affiliation", "")


def same_name(name):
    """An organisation is known by its name without regard to case."""
    return name.lower()


def read(path) -> tuple[Programme, list[Fault]]:
    """The programme as far as it is sound, and its faults. Raises ``FaultyFile`` for what is no TOML at all."""
    faults = []
    whole = _table(_parse(path), FILE, "", faults)
    programme = Programme(whole.get("event", Entry("event")), whole.get("organisations", []), whole.get("tracks", []))
    _place_in_time(programme.event)
    return programme, faults + list(_repeated(programme)) + list(_strangers(programme))


# The file as TOML


def _parse(path):
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FaultyFile(path, [Fault(f"line {line}", "is not UTF-8; save the file in that encoding")]) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        reason = getattr(error, "strerror", None) or str(error)
        raise FaultyFile(path, [Fault("file", f"cannot be read: {reason}")]) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FaultyFile(path, [_syntax_fault(str(error), text.splitlines())]) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; arrays in arrays without end
        raise FaultyFile(path, [Fault("file", f"cannot be read as TOML: {error}")]) from None


def _syntax_fault(message, lines):
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL)
    if not found:
        return Fault("file", message)
    text, line, column = found.groups()
    if line is None:
        return Fault(f"line {max(len(lines), 1)}", f"{text} (at the end of the file)")
    if int(line) <= len(lines) and re.search(r"=\s*\d\d?:\d\d\s*(#.*)?$", lines[int(line) - 1]):
        text += "; a time has seconds, like 09:00:00"
    return Fault(f"line {line}, column {column}", text)


# Its tables and their keys


def _table(raw, keys, place, faults):
    """The table's sound values as an ``Entry``; adds what is wrong to ``faults``."""
    entry = Entry(place)
    for name, value in raw.items():
        at = ".".join(filter(None, [place, _shown(name)]))
        try:
            if name not in keys:
                raise Wrong(f"is no key here; {_nearest(name, keys)}")
            entry.given[name] = _value(value, keys[name], at, faults)
        except Wrong as wrong:
            entry.wrong.add(name)
            faults.append(Fault(at, str(wrong)))
    for name, key in keys.items():
        if key.required and name not in raw:
            entry.wrong.add(name)
            faults.append(Fault(f"{place}.{name}" if place else name, "is missing"))
    return entry


def _value(value, key, place, faults):
    if isinstance(key, Table):
        expect(value, dict)
        return _table(value, key.keys, place, faults)
    if isinstance(key, Tables):
        expect(value, list)
        entries = []
        for number, item in enumerate(value):
            try:
                expect(item, dict)
                entries.append(_table(item, key.keys, f"{place}[{number}]", faults))
            except Wrong as wrong:
                faults.append(Fault(f"{place}[{number}]", str(wrong)))
        return entries
    return key.check(value)


def _shown(name):
    """A key as TOML writes it: quoted where it is more than letters, digits and dashes."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name[:40])


def _nearest(name, known):
    """Which of the known names was meant, or all of them when none is near."""
    near = difflib.get_close_matches(name.lower().replace("-", "_"), known, 1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


def _place_in_time(event):
    """Local date-times are of the event's time zone; without a sound one they cannot be placed."""
    for key in ("registration_opens", "registration_closes"):
        moment = event.get(key)
        if moment is None:
            continue
        if moment.tzinfo is None and "time_zone" not in event.given:
            del event.given[key]
            event.wrong.add(key)
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zoneinfo.ZoneInfo(event.get("time_zone")))
        event.given[key] = moment.astimezone(UTC)


# What its parts say of one another


def _repeated(programme):
    """What stands twice where it may stand once."""
    yield from _twice(programme.organisations, "name", same_name)
    yield from _twice(programme.tracks, "slug")
    yield from _twice([session for _, session in programme.sessions()], "slug")
    for track in programme.tracks:
        sessions = track.get("sessions", [])
        yield from _twice(sessions, "number")
        # Two breaks may have one title, if each has a slug to be known by.
        unclear = {session.get("title") for session in sessions if not session.get("slug")}
        yield from _twice([session for session in sessions if session.get("title") in unclear], "title")
    for _, session in programme.sessions():
        yield from _twice(session.get("organisations", []), "name", same_name)
        speakers = [speaker for speaker in session.get("speakers", []) if speaker.get("name")]
        for place, first in _seen_before((speaker.place, who_is(speaker)) for speaker in speakers):
            yield Fault(place, f"is the same person as {first}")


def _twice(entries, key, same=lambda value: value):
    sound = [entry for entry in entries if entry.get(key) not in (None, "")]
    for place, first in _seen_before((entry.place, same(entry.get(key))) for entry in sound):
        yield Fault(f"{place}.{key}", f"stands already at {first}")


def _seen_before(places):
    """Of pairs (place, value): the place of each value that an earlier place has, and that place."""
    first = {}
    for place, value in places:
        if first.setdefault(value, place) != place:
            yield place, first[value]


def _strangers(programme):
    """Participants that are no organisation of the file."""
    names = [entry.get("name") for entry in programme.organisations if entry.get("name")]
    known = {same_name(name): name for name in names}
    for _, session in programme.sessions():
        for entry in session.get("organisations", []):
            name = entry.get("name")
            if name and same_name(name) not in known:
                near = difflib.get_close_matches(same_name(name), known, 1)
                hint = f"; did you mean {known[near[0]]}?" if near else ""
                yield Fault(f"{entry.place}.name", f"{name[:60]!r} is no organisation of this file{hint}")

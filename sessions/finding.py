"""Finding sessions of a day: by track, kind, organisation and words, all of it among what the visitor may see."""

import unicodedata
from dataclasses import dataclass, field, replace

from .addresses import STROKED
from .models import Session
from .programme import Part

LONGEST = 100  # signs of a search; nobody types more


def plain(text):
    """Without accents and capitals, so that ``muller`` finds Müller on every database."""
    apart = unicodedata.normalize("NFKD", text.translate(STROKED).casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


@dataclass(frozen=True)
class Choice:
    value: str
    name: str


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for. Falsy when that is nothing in particular."""

    track: str = ""
    kind: str = ""
    organisation: str = ""
    q: str = ""
    tracks: list[Choice] = field(default_factory=list)
    kinds: list[Choice] = field(default_factory=list)
    organisations: list[Choice] = field(default_factory=list)

    @classmethod
    def of(cls, query, parts):
        """From the parameters of an address. Choices come from the whole day that the visitor sees, and no more."""
        sessions = [session for part in parts for session in part.sessions]
        kinds = {session.kind for session in sessions}
        there = {who.address_part: who.organisation.name for who in _organisations(sessions)}
        return cls(
            track=_typed(query, "track"),
            kind=_typed(query, "kind"),
            organisation=_typed(query, "organisation"),
            q=_typed(query, "q"),
            tracks=[Choice(part.track.slug, part.track.title) for part in parts],
            kinds=[Choice(kind.value, kind.label) for kind in Session.Kind if kind in kinds],
            organisations=[Choice(*one) for one in sorted(there.items(), key=lambda one: plain(one[1]))],
        )

    def __bool__(self):
        return bool(self.track or self.kind or self.organisation or self.q)

    @property
    def is_for_sessions(self):
        """Looks for single sessions, and not only for a part of the day."""
        return bool(self.kind or self.organisation or self.q)

    def narrow(self, parts) -> list[Part]:
        """Of these parts what is wanted, in the day's order. A panel stays where nothing but its track is asked for."""
        if not self:
            return parts
        found = [
            replace(part, sessions=[session for session in part.sessions if self.matches(session)])
            for part in parts
            if self.track in ("", part.track.slug)
        ]
        return [part for part in found if part.sessions or not self.is_for_sessions]

    def matches(self, session):
        organisations = {who.address_part for who in _organisations([session])}
        return (
            self.kind in ("", session.kind)
            and (not self.organisation or self.organisation in organisations)
            and self._says(session)
        )

    def _says(self, session):
        """Each of the words stands somewhere in what the visitor reads of the session."""
        if not self.q:
            return True
        names = [str(who.who) for who in session.participations.all()]
        text = plain("\n".join([session.title, session.abstract, *names]))
        return all(word in text for word in plain(self.q).split())


def _organisations(sessions):
    return [who for session in sessions for who in session.participations.all() if who.organisation]


def _typed(query, name):
    value = query.get(name, "")[:LONGEST]
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())

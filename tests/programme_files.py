"""Programme files for the stories: written from plain data, loaded by the command."""

import datetime as dt
import io
from pathlib import Path

from django.core.management import CommandError, call_command

from sessions.models import Event, Organisation, Participation, Session, Speaker, Track

from .toml import text_of

BASE_DIR = Path(__file__).resolve().parent.parent
ANNOUNCED = BASE_DIR / "content" / "cacc-2022.toml"
MODELS = [Event, Organisation, Track, Session, Speaker, Participation]


def programme(*tracks, organisations=(), event=None, **more):
    """The data of a file. An event's key given as None is left out; a slug like cacc-2023 gives the year."""
    named = str((event or {}).get("slug", ""))[-4:]
    about = {
        "slug": "cacc-2022",
        "name": "Tech Track",
        "host": "The Tech Coalition",
        "conference": "Crimes Against Children Conference (CACC)",
        "city": "Dallas",
        "date": dt.date(int(named) if named.isdecimal() else 2022, 8, 9),
        "time_zone": "America/Chicago",
    } | (event or {})
    about = {key: value for key, value in about.items() if value is not None}
    return {"event": about, "organisations": [{"name": name} for name in organisations], "tracks": list(tracks)} | more


def track(slug, *sessions, audience="public", **more):
    made = {"slug": slug, "title": f"{slug.title()} sessions", "audience": audience, "sessions": list(sessions)}
    return {key: value for key, value in (made | more).items() if value is not None}


def session(title, **more):
    return {"title": title} | more


def full_programme():
    """Every key of the format, each with a value."""
    full = programme(
        track(
            "morning",
            session(
                "Signals",
                number=3,
                slug="signals",
                abstract="One.\n\nTwo.",
                kind="panel",
                start=dt.time(9),
                end=dt.time(9, 45),
                room="A1",
                tlp="AMBER+STRICT",
                published=False,
                cancelled=True,
                organisations=[{"name": "ncmec", "role": "presenter"}, {"name": "Thorn"}],
                speakers=[{"name": "Sam", "affiliation": "Thorn"}, {"name": "Kim"}],
            ),
            session("Lunch", kind="meal"),
            audience="industry",
            teaser="titles",
        ),
        event={
            "intro": "Welcome.",
            "venue": "Hall",
            "venue_address": "1 Main Street",
            "conference_url": "https://conference.test/",
            "contact_email": "hello@techtrack.test",
            "registration_opens": dt.datetime(2022, 6, 1, 9),  # noqa: DTZ001 -- a local time of the event's zone
            "registration_closes": dt.datetime(2022, 8, 1, tzinfo=dt.timezone(dt.timedelta(hours=2))),
            "capacity": 120,
            "current": True,
            "announced": True,
        },
    )
    full["organisations"] = [
        {"name": "NCMEC", "full_name": "National Center", "website": "https://ncmec.test/", "member": False},
        {"name": "Thorn", "email_domains": ["Thorn.test", "bücher.test"], "member": True},
    ]
    return full


def the(title):
    return Session.objects.get(title=title)


class Desk:
    """An organiser at a terminal, with one file that they edit and load again and again."""

    def __init__(self, folder):
        self.path = folder / "programme.toml"

    def load(self, content, *options):
        """What the command prints. ``content``: data, text, bytes, or the path of a file that stands somewhere."""
        if isinstance(content, Path):
            path = content
        else:
            path = self.path
            content = text_of(content) if isinstance(content, dict) else content
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        out = io.StringIO()
        call_command("load_programme", str(path), *options, stdout=out)
        return out.getvalue()

    def faults(self, content, *options):
        """The lines of a refusal, each "place: what is wrong", after checking that it changed nothing."""
        before = everything()
        try:
            self.load(content, *options)
        except CommandError as error:
            assert everything() == before
            first, *faults = str(error).split("\n  ")
            count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
            assert first == f"{count} in {self.path}; nothing was changed."
            return faults
        raise AssertionError("the file was loaded")


def everything():
    """All rows of the programme, to be compared with themselves later."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in MODELS}


def agenda(event="cacc-2022"):
    """The day as (track, number, title), in its order."""
    return list(
        Session.objects.filter(track__event__slug=event).in_order().values_list("track__slug", "number", "title")
    )

"""Programme files: an event, its tracks and their sessions in TOML, as ``content/cacc-2022.toml`` shows.

``values``, ``keys`` and ``reading`` check a file without a look at the database, ``matching`` finds what of it the
database has, ``loading`` brings the database in line, and ``report`` tells of it.

- A key that the file gives wins, even empty: ``room = ""`` clears the room, ``start = ""`` the start. A key that it
  leaves out leaves what organisers entered.
- A session is known by the slug that the file gives it, else by its track and number, else by its track and title,
  and last, where the file gives no number, by its place in the track: so a corrected title is no new session.
- Numbers that the file leaves out are given in its order when sessions are added; whoever stands there moves up.
- Nothing is made public that was private, unless that is asked for; nothing is removed, unless that is.
"""

from .faults import FaultyFile
from .loading import load

__all__ = ["FaultyFile", "load"]

"""The Atom feed of what changed in public (RFC 4287)."""

import datetime as dt

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from ..audience import Audience
from ..models import Change

LONGEST = 100  # entries: a reader that asks once a day misses none
NEVER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # "updated" must stand in a feed that nothing was ever put into


class Feed(Atom1Feed):
    """Django's, with bytes that stay the same until something changes."""

    content_type = "application/atom+xml; charset=utf-8"

    def latest_post_date(self):
        return max((item["updateddate"] for item in self.items), default=NEVER)


def atom(event):
    """The feed's bytes: what visitors may read of this event's changes, the newest first."""
    feed = Feed(
        title=f"{event}: what changed",
        link=settings.SITE_URL + reverse("sessions:changes"),
        feed_url=settings.SITE_URL + reverse("feeds:changes"),
        description="",
        language="en",
        author_name=event.host,
    )
    changes = Change.objects.filter(session__track__event=event).visible_to(Audience.PUBLIC).newest_first()
    for change in changes[:LONGEST]:
        feed.add_item(
            title=f"{change.session.title}: {change.label}",
            link=settings.SITE_URL + change.session.get_absolute_url(),
            description=change.sentence(),
            unique_id=change.uid.urn,
            pubdate=change.published_at,
            updateddate=change.published_at,
        )
    return feed.writeString("utf-8").encode()

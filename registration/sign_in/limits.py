"""How many codes may be asked for: by one network, and by all together.

The rows of the database are the counters. Each try is one conditional UPDATE, committed on its own before anything
else is done: of many at once exactly the limit get through, a request that fails stays counted, and no flood of
others makes a row go away.
"""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from cacc_techtrack.sealing import digest

from ..addresses import mailbox_of
from ..models import Tally


@dataclass(frozen=True)
class Limit:
    """At most ``at_most`` in ``span``, counted from the first one on."""

    name: str
    at_most: int
    span: timedelta

    def spend(self, whose=""):
        """Count one more. None when it was within the limit, else how long to wait (a ``timedelta``)."""
        rows = Tally.objects.filter(key=digest("tally", f"{self.name}:{whose}"))
        while True:
            now = timezone.now()
            over = Q(until__lte=now) | Q(until__gt=now + 2 * self.span)  # or from the future: a clock was set back
            if rows.exclude(over).filter(count__lt=self.at_most).update(count=F("count") + 1):
                return None
            if rows.filter(over).update(count=1, until=now + self.span):
                return None
            row = rows.first()
            if row is None:
                if self._begin(whose, now):
                    return None
            elif row.until > now and row.count >= self.at_most:
                return row.until - now

    def make_room(self, whose):
        """A row that counts nothing yet, where there is none: then ``spend`` takes as long for whoever is new."""
        row = Tally(key=digest("tally", f"{self.name}:{whose}"), count=0, until=timezone.now() + self.span)
        Tally.objects.bulk_create([row], ignore_conflicts=True)

    def reached(self, whose=""):
        """How long to wait where it is spent already, else None. Counts nothing, and writes nothing."""
        now = timezone.now()
        row = Tally.objects.filter(key=digest("tally", f"{self.name}:{whose}"), count__gte=self.at_most).first()
        return row.until - now if row and now < row.until <= now + 2 * self.span else None

    def _begin(self, whose, now):
        """Make the row; False when another was quicker."""
        try:
            with transaction.atomic():
                Tally.objects.create(key=digest("tally", f"{self.name}:{whose}"), until=now + self.span)
        except IntegrityError:
            return False
        return True


# A conference puts everyone behind one address: 250 people sign in within ten minutes, some of them twice.
OF_ONE_NETWORK = Limit("codes asked for by a network", 600, timedelta(minutes=10))
# So that we cannot be used to flood others. Known browsers are counted each on its own: they get mail for addresses
# that were proven in them alone, and what some of them do must lock none of the others out.
OF_STRANGERS = Limit("codes for strangers", 400, timedelta(minutes=1))
# What a network asks for beyond its first few comes out of a smaller share, so that one client alone, or a handful,
# leaves room for newcomers from everywhere else.
FIRST_FEW = Limit("first codes of a network", 20, timedelta(minutes=10))
OF_BUSY_NETWORKS = Limit("codes for busy networks", 280, timedelta(minutes=1))
OF_ONE_KNOWN_BROWSER = Limit("codes asked for by a known browser", 30, timedelta(minutes=10))
# Many mail servers deliver ada+one@, ada+two@ and a.d.a@ to one mailbox: each spelling has its ten, all together these.
OF_ONE_MAILBOX = Limit("codes for all spellings of an address", 20, timedelta(hours=1))


def wait_for_code(request, known_browser):
    """Count one that asks for a code. None when they may, else how long to wait (a ``timedelta``).

    ``known_browser`` is what ``known_browsers.known_by`` says; "" for a stranger's.
    """
    if known_browser:
        return OF_ONE_KNOWN_BROWSER.spend(known_browser)
    wait = OF_ONE_NETWORK.spend(network_of(request))
    if wait is None and FIRST_FEW.spend(wide_network_of(request)):
        wait = OF_BUSY_NETWORKS.spend()
    return wait or OF_STRANGERS.spend()


def wait_for_mailbox(address):
    """Count one more code that a stranger has mailed there, however the address (a normal one) is spelt."""
    mailbox = mailbox_of(address)
    OF_ONE_MAILBOX.make_room(mailbox)
    return OF_ONE_MAILBOX.spend(mailbox)


def address_of(request):
    """The client's address, as the outermost of our proxies saw it; "" when nobody said."""
    proxies = settings.TRUSTED_PROXY_COUNT or 0
    named = request.headers.get("X-Forwarded-For", "").split(",")
    address = named[-proxies] if 0 < proxies <= len(named) else ""
    try:
        return str(ipaddress.ip_address(address.strip() or request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return ""


def network_of(request):
    """What counts as one client: an IPv4 address, or the /64 that an IPv6 network hands to one customer at least."""
    return _network(address_of(request), 64)


def wide_network_of(request):
    """The same, but of IPv6 the /48 that one customer may have as well: 65,536 networks of the other kind."""
    return _network(address_of(request), 48)


def _network(address, ipv6_prefix):
    if not address:
        return "nobody said"  # all of these together
    address = ipaddress.ip_address(address)
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((int(address), ipv6_prefix), strict=False))


def forget_old():
    """Delete counters whose time is over; returns how many."""
    return Tally.objects.filter(until__lte=timezone.now()).delete()[0]

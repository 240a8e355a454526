"""What organisers mend: a mistyped address, and two requests of one person. Each on record, in one transaction."""

from django.db import IntegrityError, transaction
from django.db.models import F

from . import steps
from .addresses import mailbox_of, normalise
from .models import AccessRequest, AlreadyDecided, Deed, Mail, Pass, Record, Stale, StepRefused, User
from .steps import State


class AddressTaken(StepRefused):
    """Somebody else has the address already; ``other`` is who."""

    def __init__(self, other):
        self.other = other
        super().__init__("Another person has this address. Nothing was changed.")


def correct_address(request, address, *, by, version, over_to=None):
    """Give the request's person another address, to be proven anew; the one before is told if it was proven.

    With ``over_to``, who has that address already and has no request for the event, the request becomes theirs. Either
    way an approval is to be confirmed, since another mailbox was approved; live codes and login sessions of the person
    die, and forms opened before are refused. Raises ``AddressTaken``, ``Stale`` or ``StepRefused``.
    """
    address = normalise(address)
    with transaction.atomic():
        people = _locked_people(request.person_id, *([over_to.pk] if over_to else []))
        now = _as_it_was_seen(request, version)
        person = _to_be_mended(people[now.person_id])
        if address == person.email:
            raise StepRefused("That is the address already. Nothing was changed.")
        before = person.email
        if over_to:
            _hand_over(now, person, people[over_to.pk], address)
        else:
            _change(person, address)
        about = f"{before} → {address}"  # as they are stored, so that they are found when people are forgotten
        Record.objects.write(Deed.CORRECTED, by=by, about=about, request=now)
    request.refresh_from_db()


def _change(person, address):
    try:
        with transaction.atomic():
            other = User.objects.filter(email=address).first()
            if other is None:
                person.change_email(address)
    except IntegrityError:  # somebody came by that address at this very moment
        other = User.objects.filter(email=address).first()
    if other is not None:
        raise AddressTaken(other)


def _hand_over(request, person, other, address):
    if other.email != address or not may_take_over(other, request):
        raise AddressTaken(other)
    request.person = other
    approved = request.state == State.APPROVED
    AccessRequest.objects.filter(pk=request.pk).update(
        person=other, version=F("version") + 1, to_confirm=approved or request.to_confirm
    )
    Pass.objects.end_for([request])
    if person.has_proven_address():
        Mail.objects.queue(Mail.ADDRESS_CHANGED, other, to=person.email, language=person.language)
    person.shut_out()


def may_take_over(other, request):
    """Whether a request may become this person's: nobody gets past a decline, nor into an organiser's account."""
    has_one = AccessRequest.objects.of(other, request.event_id).exists()
    return other.is_active and not (other.is_staff or other.is_superuser or has_one)


def may_be_the_same(request):
    """Other people's live requests for the same event, by the mailbox or the name: a hint for whoever looks."""
    others = AccessRequest.objects.live().filter(event=request.event_id).exclude(person=request.person_id)
    mailbox, name = mailbox_of(request.person.email), request.full_name.casefold().split()
    return [
        other
        for other in others.select_related("person", "event")
        if mailbox_of(other.person.email) == mailbox or other.full_name.casefold().split() == name
    ]


def merge(closing, staying, *, by, version, staying_version, reason=""):
    """Close one request of a person who has two, for the one that stays. Returns the decision.

    What was decided of the closing one is not carried over: the one that stays is as it was. Access by the closing one
    ends at once. Raises ``AlreadyDecided``, ``Stale`` or ``StepRefused``: then nothing changed.
    """
    with transaction.atomic():
        people = _locked_people(closing.person_id, staying.person_id)
        for one in sorted([closing, staying], key=lambda one: one.pk):
            AccessRequest.objects.locked().get(pk=one.pk)
        stays = _as_it_was_seen(staying, staying_version, live=True)
        closes = _as_it_was_seen(closing, version, live=True)
        if closes.event_id != stays.event_id or closes.person_id == stays.person_id:
            raise StepRefused("These are not two requests of two addresses for one event. Nothing was changed.")
        _to_be_mended(people[closes.person_id])
        decision = closes._record(closes.state, State.WITHDRAWN, by=by, reason=reason, merged_into=stays)
        AccessRequest.objects.filter(pk=stays.pk).update(version=F("version") + 1)
        addresses = [people[one.person_id].email for one in (closes, stays)]
        Record.objects.write(Deed.MERGED, by=by, about=" into ".join(addresses), request=stays)
    closing.refresh_from_db()
    staying.refresh_from_db()
    return decision


def merged_into(request):
    """The request of the same person, under another address, that stays in place of this one; else None."""
    if request.state != State.WITHDRAWN:
        return None
    last = request.decisions.select_related("merged_into__person").order_by("-pk").first()
    return last.merged_into if last else None


def _locked_people(*keys):
    """By key, each row locked in one order, whoever asks."""
    return {
        person.pk: person for person in User.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    }


def _as_it_was_seen(request, version, *, live=False):
    now = AccessRequest.objects.locked().select_related("person", "event").get(pk=request.pk)
    if live and now.state not in steps.LIVE:
        raise AlreadyDecided(now.what_happened())
    if version != now.version or now.person_id != request.person_id:
        raise Stale("This was changed after you opened the page. Nothing was done; look at it as it is now.")
    return now


def _to_be_mended(person):
    if person.is_staff or person.is_superuser:
        raise StepRefused(
            "This is an organiser, whose address an administrator changes in People. Nothing was changed."
        )
    return person

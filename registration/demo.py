"""Invented people with requests in every state, for trying and measuring on one's own machine.

The rows are those that the verbs of ``AccessRequest`` write, a thousand requests at a time: each step has its decision,
each decision its mail, each version its cause. All is marked: names begin with "Demo", addresses end in domains that
RFC 2606 sets aside, and nothing of it is ever delivered.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from sessions.models import Organisation

from . import steps
from .models import AccessRequest, Decision, Edit, Mail, RulesAcceptance, User
from .rules import VERSION
from .steps import State

BATCH = 1000
DAYS = 45  # over which the requests came in, more of them lately
ORGANISER = "demo-organiser@example.com"  # whom decisions name; may not enter admin, nor sign in

# The states that a request went through, and how many of a hundred did.
WAYS = {
    (State.PENDING,): 30,
    (State.PENDING, State.APPROVED): 36,
    (State.PENDING, State.WAITING): 6,
    (State.PENDING, State.WAITING, State.APPROVED): 4,
    (State.PENDING, State.DECLINED): 9,
    (State.PENDING, State.DECLINED, State.PENDING): 2,
    (State.PENDING, State.APPROVED, State.REVOKED): 3,
    (State.PENDING, State.APPROVED, State.WITHDRAWN): 4,
    (State.PENDING, State.WITHDRAWN): 6,
}
WHEN_FULL = (State.PENDING, State.WAITING)

FIRST = (
    "Ada Bela Chidi Dara Emre Farah Gita Hugo Ines Jun Kofi Lena Mina Noor Olek Pia Quyen Rosa Sami Tuva Uma Vera Wen"
)
LAST = "Abara Brandt Castillo Dahl Eriksen Farkas Gomez Haddad Ito Jansen Kaya Lindqvist Mensah Novak Okafor Pham Quist"
JOBS = [
    "Trust and safety lead",
    "Policy manager",
    "Engineer, detection",
    "Investigator",
    "Head of operations",
    "Analyst",
]
WHYS = [
    "To learn how others report, and to bring that home to our team.",
    "We are building a review queue and wish to hear what works.",
    "I lead the team that answers to hotlines.",
    "Our signal-sharing begins this year.",
]
NEEDS = ["Vegetarian.", "A seat near the door.", "No nuts, please.", "Step-free access."]
KINDS = AccessRequest.Kind

# Who writes from where: name of the organisation, its domain, its kind, whether the directory has it, and as a member.
MEMBERS = [(f"Demo Platform {n}", f"demo-platform-{n}.test", KINDS.PLATFORM, True) for n in range(1, 13)]
KNOWN = [(f"Demo Hotline {n}", f"demo-hotline-{n}.test", KINDS.NGO, False) for n in range(1, 9)]
FREE_MAIL = ["demo-freemail.test", "example.com", "example.net"]


@dataclass
class Batch:
    """The rows of some requests, to be written together; those of one request stand in the order of its life."""

    people: list = field(default_factory=list)
    requests: list = field(default_factory=list)
    edits: list = field(default_factory=list)
    decisions: list = field(default_factory=list)
    no_password: str = field(default_factory=lambda: make_password(None))  # one for all: it is nobody's

    def save(self, dice):
        with transaction.atomic():
            User.objects.bulk_create(self.people)
            EmailAddress.objects.bulk_create(
                EmailAddress(user=person, email=person.email, primary=True, verified=True) for person in self.people
            )
            RulesAcceptance.objects.bulk_create(
                RulesAcceptance(person=one.person, version=VERSION, accepted_at=one.asked_at) for one in self.requests
            )
            AccessRequest.objects.bulk_create(self.requests)
            Edit.objects.bulk_create(self.edits)
            Decision.objects.bulk_create(self.decisions)
            Mail.objects.bulk_create(_mail_of(decision, dice) for decision in self.decisions if decision.step.mail)


def make(event, count, *, seed=1, said=lambda done: None):
    """Add ``count`` requests for this event; calls ``said(how many are made)`` after each batch.

    The same seed gives the same people, answers and states to an empty site; a second run adds further ones.
    """
    dice = Random(seed)  # noqa: S311  # nosec B311  # nobody is to be kept from guessing these
    organiser = _organiser()
    _directory()
    before = User.objects.filter(email__startswith="demo.").count()
    places = None if event.capacity is None else max(0, event.capacity - _taken(event))
    now = timezone.now()
    moments = sorted(now - timedelta(days=DAYS) * dice.random() ** 1.6 for _ in range(count))
    for begin in range(0, count, BATCH):
        batch = Batch()
        for number, asked_at in enumerate(moments[begin : begin + BATCH], start=before + begin + 1):
            way = dice.choices(list(WAYS), list(WAYS.values()))[0]
            if places is not None and State.APPROVED in way:
                way, places = (way, places - (way[-1] == State.APPROVED)) if places else (WHEN_FULL, 0)
            _add(batch, dice, event, number, asked_at, way, organiser, now)
        batch.save(dice)
        said(begin + len(batch.requests))


def _add(batch, dice, event, number, asked_at, way, organiser, now):
    organisation, domain, kind = _employer(dice, number)
    first, last = dice.choice(FIRST.split()), dice.choice(LAST.split())
    person = User(
        # The number first: each address comes after those before it, in every index of addresses.
        email=f"demo.{number:07}.{first}.{last}@{domain}".lower(),
        password=batch.no_password,
        login_key=f"{dice.getrandbits(128):032x}",
        joined_at=asked_at,
        last_login=asked_at,
        language=dice.choice(("en", "en", "en", "es")),
    )
    edited = dice.random() < 0.05
    request = AccessRequest(
        event=event,
        person=person,
        state=way[-1],
        version=len(way) + edited,
        asked_at=asked_at,
        full_name=f"Demo {first} {last}",
        organisation=f"{organisation} (invented)",
        job_title=dice.choice(JOBS),
        kind=kind,
        why=f"{dice.choice(WHYS)} (Demo data, invented.)",
        registered=dice.choice(AccessRequest.Registered.values),
        reception=dice.choice(AccessRequest.Reception.values),
        needs=dice.choice(NEEDS) if dice.random() < 0.15 else "",
    )
    batch.people.append(person)
    batch.requests.append(request)
    moment = asked_at
    if request.state == State.WAITING:
        request.waiting_since = asked_at  # the line is in the order in which they asked
    if edited:
        moment += (now - moment) * 0.05
        changes = {"job_title": ["Demo job before", request.job_title]}
        batch.edits.append(Edit(request=request, version=2, at=moment, changes=changes))
    for begin, to in zip((None, *way), way, strict=False):
        step = steps.STEPS[begin, to]
        by = organiser if step.by_organiser else person
        if begin:
            moment += min(timedelta(hours=dice.uniform(1, 60)), (now - moment) * 0.9)
        batch.decisions.append(
            Decision(
                request=request,
                actor=by,
                actor_name=str(by)[:150],
                at=moment,
                begin=begin or "",
                to=to,
                reason="Demo reason, kept inside." if step.by_organiser and dice.random() < 0.3 else "",
                words="Demo words to the person." if step.by_organiser and dice.random() < 0.2 else "",
            )
        )


def _employer(dice, number):
    """``(organisation, domain, kind)``: a member's, another one's that is known, an unknown one's, or free mail."""
    chance = dice.random()
    if chance < 0.65:
        name, domain, kind, _ = dice.choice(MEMBERS if chance < 0.45 else KNOWN)
        return name, domain, kind
    some = dice.randint(1, 40)
    kind = dice.choice(KINDS.values)
    if chance < 0.85:
        return f"Demo Company {some}", f"demo-company-{some}.test", kind
    return f"Demo Company {some}", dice.choice(FREE_MAIL), kind


def _mail_of(decision, dice):
    """As the worker leaves it: most accepted, some refused. Nothing is queued, so that nothing goes out."""
    person = decision.request.person
    refused = dice.random() < 0.01
    return Mail(
        purpose=decision.step.mail,
        recipient=person.email,
        language=person.language,
        person=person,
        decision=decision,
        state=Mail.State.REFUSED if refused else Mail.State.SENT,
        created_at=decision.at,
        due_at=decision.at,
        tries=1,
        ended_at=decision.at + timedelta(seconds=2),
        answer="550 5.1.1 Demo answer: user unknown" if refused else "250 2.0.0 Demo answer: accepted",
    )


def _organiser():
    organiser = User.objects.get_or_create_for(ORGANISER)
    if organiser.is_active or not organiser.name:
        organiser.name, organiser.is_active = "Demo Organiser", False
        organiser.save()
    return organiser


def _directory():
    there = set(Organisation.objects.filter(name__startswith="Demo ").values_list("name", flat=True))
    for name, domain, _, member in [*MEMBERS, *KNOWN]:
        if name not in there:
            made = Organisation(name=name, full_name=f"{name} (invented)", email_domains=[domain], member=member)
            made.give_address()
            made.save()


def _taken(event):
    return AccessRequest.objects.filter(event=event, state=State.APPROVED).count()

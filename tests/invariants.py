"""What must be true of the database whatever broke: ``broken()`` lists what is not, in words."""

from collections import Counter

from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import connection
from django.db.models import Exists, OuterRef

from registration import steps
from registration.models import AccessRequest, Decision, Deed, Edit, Mail, Record, RulesAcceptance, SignInCode, User

PURPOSES = {step.mail for step in [*steps.STEPS.values(), *steps.BEGINNINGS.values(), steps.MERGE] if step.mail}
MENDS = (Deed.CORRECTED, Deed.MERGED)  # which raise the version of a request besides steps and edits


def broken():
    """Everything that no crash and no refused statement may leave behind."""
    return [*_decisions_and_mails(), *_requests(), *_people(), *_the_file_itself()]


def _decisions_and_mails():
    mails = Counter(Mail.objects.exclude(decision=None).values_list("decision", "purpose"))
    told = set()
    for decision in Decision.objects.select_related("request"):
        purpose = decision.step.mail
        told.add((decision.pk, purpose))
        if purpose and mails[decision.pk, purpose] != 1:
            yield f"decision {decision.pk} ({decision}) has {mails[decision.pk, purpose]} mails"
    for decision, purpose in set(mails) - told:
        yield f"a mail {purpose!r} tells of decision {decision}, which names no such mail"
    for mail in Mail.objects.filter(decision=None, purpose__in=PURPOSES):
        yield f"mail {mail.pk} ({mail.purpose}) has no decision"


def _requests():
    live = Counter()
    accepted = set(RulesAcceptance.objects.values_list("person", flat=True))
    edits = Counter(Edit.objects.values_list("request", flat=True))
    mended = Counter(Record.objects.filter(deed__in=MENDS).values_list("request", flat=True))
    for request in AccessRequest.objects.prefetch_related("decisions"):
        states = [(decision.begin, decision.to) for decision in request.decisions.all()]
        chain = ["", *(to for _, to in states)]
        if [begin for begin, _ in states] != chain[:-1] or chain[-1] != request.state:
            yield f"request {request.pk} is {request.state}, but its decisions say {states}"
        if request.version != len(states) + edits[request.pk] + mended[request.pk]:
            yield f"request {request.pk} has version {request.version} after {len(states)} steps"
        if request.origin != request.Origin.BY_HAND and request.person_id not in accepted:
            yield f"request {request.pk} was made without a word on the rules"
        live[request.person_id, request.event_id] += request.is_live
    for (person, event), count in live.items():
        if count > 1:
            yield f"person {person} has {count} live requests for event {event}"


def _people():
    addresses = Counter(EmailAddress.objects.filter(primary=True).values_list("user", flat=True))
    for person in User.objects.all():
        if addresses[person.pk] != 1:
            yield f"person {person.pk} has {addresses[person.pk]} addresses"
    mailed = Counter(Mail.objects.filter(purpose=Mail.SIGN_IN_CODE).values_list("person", flat=True))
    codes = SignInCode.objects.filter(read_out_by=None)
    for person, count in Counter(codes.values_list("user", flat=True)).items():
        if count > mailed[person]:
            yield f"person {person} has {count} sign-in codes and {mailed[person]} mails with one"


def _the_file_itself():
    """SQLite looks at every page; of PostgreSQL every reference is followed, since a scan reads every row."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for pragma in ("integrity_check", "foreign_key_check"):
                for row in cursor.execute(f"PRAGMA {pragma}").fetchall():
                    if row != ("ok",):
                        yield f"{pragma}: {row}"
            return
        cursor.execute("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated")
        yield from (f"constraint {name} of {table} does not hold" for table, name in cursor.fetchall())
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.is_relation and field.many_to_one:
                target = field.related_model.objects.filter(pk=OuterRef(field.attname))
                if model.objects.exclude(**{field.name: None}).filter(~Exists(target)).exists():
                    yield f"{model.__name__}.{field.name} points to rows that are not there"

"""Every field that can hold words holds a canary in ``world.py``, or stands below with the reason why not."""

import pytest
from django.apps import apps
from django.db import models

from .world import World

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

OURS = ("agenda", "registration", "account", "mfa")
# Numbers, dates, choices and references hold no word: that they do not show is what the two worlds are for.
WORDS = (models.CharField, models.TextField, models.JSONField, models.BinaryField)

EVENT = "no words; that an event which is not announced has no page is what its other fields are for"
TRACK = "that there is a morning, and what it is called, is public"
SEALED = "sealed, or a digest, or random: shown to nobody; the dump of ``make leaks`` is searched for what it seals"
WIRE = "a word of the machinery, from a short list"
NOTHING_PRIVATE = {
    **{f"agenda.event.{name}": EVENT for name in ("slug", "conference_url", "time_zone")},
    "agenda.track.slug": TRACK,
    "agenda.generation.value": "random; shown to nobody",
    "registration.user.password": "nobody has one",
    "registration.user.name": "organisers alone have one; it stands under their decisions in admin",
    "registration.user.login_key": SEALED,
    "registration.user.language": WIRE,
    "registration.loginsession.session_key": SEALED,
    "registration.loginsession.session_data": SEALED,
    "registration.loginsession.device": "one of few plain words; shown to its owner alone (test_login_sessions.py)",
    "registration.signincode.digest": SEALED,
    "registration.enrolmentcode.digest": SEALED,
    "registration.calendarfeed.digest": SEALED,
    "registration.pass.public_id": SEALED,
    "registration.pass.door_id": SEALED,
    "registration.rulesacceptance.version": "the version of a public page",
    "registration.decision.actor_name": "the organiser's, or the address that its own canary covers",
    "registration.confirmation.actor_name": "as a decision's",
    "registration.record.actor_name": "as a decision's",
    "registration.record.figures": "counts and times; shown to administrators alone",
    "registration.alarm.figures": "counts and times; shown to administrators alone (test_health.py)",
    "registration.invitation.language": WIRE,
    "registration.invitation.invited_by_name": "as a decision's",
    "registration.mail.purpose": WIRE,
    "registration.mail.request_id": "random, or the proxy's; shown to nobody",
    "registration.mail.language": WIRE,
    "registration.circular.chosen": "keys of requests; shown to nobody",
    "registration.mailtext.purpose": WIRE,
    "registration.mailtext.language": WIRE,
    "registration.mail.known_browser": SEALED,
    "registration.tally.key": SEALED,
    "registration.mail.sealed": SEALED,
    "registration.mail.answer": "the mail server's; shown to organisers who may see the request",
    "account.emailconfirmation.key": "never made: we send codes",
    "mfa.authenticator.data": SEALED,
}


def fields():
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, WORDS) and not field.choices and not field.is_relation:
                    yield f"{model._meta.label_lower}.{field.name}", model, field


def holds_a_canary(made, model, field):
    values = model._default_manager.values_list(field.attname, flat=True)
    return any(word in str(value) for value in values for word in made.canaries.words)


def test_every_field_that_can_hold_words_has_a_canary_or_a_reason():
    made = World()
    bare = {name for name, model, field in fields() if not holds_a_canary(made, model, field)}
    assert bare - set(NOTHING_PRIVATE) == set(), "fill them in world.py, or say here why they hold nothing private"


def test_no_reason_is_given_for_a_field_that_is_gone():
    assert set(NOTHING_PRIVATE) - {name for name, _, _ in fields()} == set()


def test_a_field_that_nobody_filled_is_noticed(monkeypatch):
    """The control."""
    made = World()
    made.canaries.words = {word: what for word, what in made.canaries.words.items() if what[1] != "room"}
    assert "agenda.session.room" in {name for name, model, field in fields() if not holds_a_canary(made, model, field)}

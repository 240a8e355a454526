"""The pass of a guest, for the door: what its code holds is worked out anew each time, and stands nowhere."""

import re
import secrets

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from cacc_techtrack.sealing import digest

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of Crockford's base 32, in which no two look alike; five bits each
PUBLIC, PROOF = 6, 10  # letters of a token: by which its row is found, and by which it is known to be ours
SHAPE = re.compile(rf"[{LETTERS}]{{{PUBLIC + PROOF}}}")
DOOR_ID = re.compile(r"[0-9a-f]{32}")
_BETWEEN = str.maketrans(dict.fromkeys(" \u00a0-\u2010\u2011\u2013\u2014"))
_AS_MEANT = str.maketrans("ILO", "110")


def letters_of(typed):
    """The token that somebody typed or a camera read, however they wrote it; None if it cannot be one."""
    letters = typed[:100].translate(_BETWEEN)
    letters = letters.upper().translate(_AS_MEANT) if letters.isascii() else ""
    return letters if SHAPE.fullmatch(letters) else None


def new_public_id():
    return "".join(secrets.choice(LETTERS) for _ in range(PUBLIC))


def new_door_id():
    return secrets.token_hex(16)


class PassQuerySet(models.QuerySet):
    def valid(self):
        """Those that let somebody in at the door of the current event now."""
        from .requests import AccessRequest

        return self.filter(
            models.Exists(AccessRequest.objects.admitting().filter(pk=models.OuterRef("request"))),
            request__event__is_current=True,
            request__event__archived=False,
        ).select_related("request__person", "request__event")

    def behind(self, token):
        """The valid pass that this token opens, or None."""
        letters = letters_of(token)
        found = letters and self.valid().filter(public_id=letters[:PUBLIC]).first()
        return found if found and constant_time_compare(found.token, letters) else None

    def at_door(self, door_id):
        """The valid pass that the pages of the door call so, or None."""
        return self.valid().filter(door_id=door_id).first() if DOOR_ID.fullmatch(door_id) else None

    def make_for(self, requests):
        """One for each of these that has none. Whether it lets anybody in is asked when it is shown."""
        return self.bulk_create([self.model(request=one) for one in requests], ignore_conflicts=True)

    def end_for(self, requests):
        """Their codes open nothing any more, nor ever again: a pass made later has other letters."""
        return self.filter(request__in=requests).delete()


class Pass(models.Model):
    """One for each approved request. Its token proves nothing but itself: at the door organisers see whose it is."""

    request = models.OneToOneField(
        "registration.AccessRequest", on_delete=models.CASCADE, related_name="entry_pass", editable=False
    )
    public_id = models.CharField(
        max_length=PUBLIC, unique=True, default=new_public_id, validators=[RegexValidator(rf"^[{LETTERS}]+\Z")]
    )
    generation = models.PositiveIntegerField(default=1)
    # How pages of the door and lists for a door without a network call it; it opens nothing.
    door_id = models.CharField(max_length=32, unique=True, default=new_door_id)
    made_at = models.DateTimeField(default=timezone.now)

    objects = PassQuerySet.as_manager()

    class Meta:
        verbose_name = "pass"
        verbose_name_plural = "passes"
        constraints = [
            models.CheckConstraint(
                condition=Q(generation__gte=1), name="a_pass_was_made_once", violation_error_message="From 1 on."
            ),
        ]

    def __str__(self):
        return f"pass of {self.made_at:%Y-%m-%d}"

    @property
    def token(self):
        """Sixteen letters: six that name the row, and the first fifty bits of an HMAC over them and the generation."""
        proof = int(digest("pass", f"{self.public_id} {self.generation}")[:16], 16) >> 14  # 64 bits, fifty stay
        return self.public_id + "".join(LETTERS[proof >> 5 * place & 31] for place in reversed(range(PROOF)))

    @property
    def code(self):
        """The token as people read and type it: ``ABCD-EFGH-JKMN-PQRS``."""
        return "-".join(re.findall("....", self.token))

    @property
    def address(self):
        """What the picture holds. It is on paper and in people's phones, so it stays as it is."""
        return f"{settings.SITE_URL}/pass/{self.token}/"

    def renew(self):
        """Another code; the one before opens nothing any more. False if the pass itself is gone meanwhile."""
        renewed = Pass.objects.filter(pk=self.pk).update(
            generation=F("generation") + 1, door_id=new_door_id(), made_at=timezone.now()
        )
        if renewed:
            self.refresh_from_db(fields=["generation", "door_id", "made_at"])
        return bool(renewed)

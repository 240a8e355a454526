"""Addresses of the pages of organisations and speakers, which tell nobody of whom they may not read."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from ..addresses import opaque_slug, slug_of_name
from ..audience import Audience
from .stamps import Told, ToldQuerySet


class WithPageQuerySet(ToldQuerySet):
    """Rows of whom somebody reads in ``sessions``, those that this somebody may see."""

    def taking_part_in(self, sessions):
        """With ``is_public``: whether a public session names them, so that their address may be readable."""
        from .session import Session

        return self.annotate(is_public=Exists(self._part_in(Session.objects.visible_to(Audience.PUBLIC)))).filter(
            Exists(self._part_in(sessions))
        )

    def at(self, slug):
        """Those of ``taking_part_in`` whose address this is; several may be called alike, and share a page."""
        return self.filter(Q(key=slug) | Q(slug=slug, is_public=True))

    def _part_in(self, sessions):
        kind = self.model._meta.model_name
        return self.model.participations.rel.related_model.objects.filter(
            **{kind: OuterRef("pk")}, session__in=sessions.order_by().values("pk")
        )


class WithPage(Told):
    """Somebody with a page of their own.

    There are two addresses. The readable one is made of the name alone and need not be unique: were it made to
    differ from others, the difference would tell that there is another of that name, whom a visitor may not see. It
    holds where a public session names them. The opaque one is for those whom private sessions alone name.
    """

    slug = models.SlugField(max_length=160, blank=True, db_default="", editable=False)
    key = models.SlugField(max_length=40, unique=True, null=True, default=opaque_slug, editable=False)

    page = ""  # the name of the page's URL pattern

    objects = WithPageQuerySet.as_manager()

    class Meta:
        abstract = True

    def get_absolute_url(self):
        """Of a row that came by ``taking_part_in``."""
        return self.page_address(is_public=self.is_public)

    def name_for_address(self):
        return self.name

    def give_address(self):
        """Set the readable address that fits the name; to be called again when the name changes.

        A name that Latin letters cannot write has only the opaque one.
        """
        self.key = self.key or opaque_slug()
        self.slug = slug_of_name(self.name_for_address())

    def address_part(self, *, is_public):
        """The last part of the page's address, for somebody who may see it; empty where there is none yet."""
        return (is_public and self.slug) or self.key or ""

    def page_address(self, *, is_public):
        slug = self.address_part(is_public=is_public)
        return reverse(self.page, args=[slug]) if slug else ""

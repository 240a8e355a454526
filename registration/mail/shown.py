"""What was mailed to many, as each person reads it on their status page, so that a lost mail costs nothing."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import translation

from ..models import Copy, Mail
from . import texts
from .letters import facts_of


@dataclass(frozen=True)
class Shown:
    at: datetime
    language: str
    subject: str
    blocks: list


def shown_to(request) -> list[Shown]:
    """For the person of this request, the newest first, in the language of the page as far as it is written in it."""
    return [_shown(copy.circular) for copy in Copy.objects.to_read(request)]


def _shown(circular):
    language = translation.get_language() if circular.text_es else "en"
    with translation.override(language):
        facts = facts_of(Mail(purpose=Mail.CIRCULAR, language=language), circular.event)
        subject, text = circular.in_language(language)
        return Shown(circular.queued_at, language, texts.subject_line(subject, facts), texts.blocks(text, facts))

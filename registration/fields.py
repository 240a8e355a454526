"""Text that people type: kept as typed, but for what would deceive the eye or break a line."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Controls; bidirectional overrides and isolates; what has no width; line and paragraph separators. The joiners
# U+200C and U+200D stay, since whole scripts and emoji need them, and so do the marks U+200E and U+200F.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
_MARKS_IN_A_ROW = 8


def check_visible(text):
    """Raise ``ValidationError`` for characters that cannot be seen or that turn the line around."""
    found = _UNSEEN.search(text)
    if found:
        raise ValidationError(
            _("This text holds a character that cannot be seen (U+%(code)s). Type it anew instead of pasting it."),
            code="unseen",
            params={"code": f"{ord(found[0]):04X}"},
        )
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > _MARKS_IN_A_ROW:
            raise ValidationError(_("This text stacks too many marks on one letter."), code="marks")


def without_unseen(text):
    """The same without characters that cannot be seen, for text that is proposed and looked at before it is kept."""
    return _UNSEEN.sub("", text).replace("\u00a0", " ")


def _check_says_something(text):
    if not any(unicodedata.category(character)[0] in "LNPS" for character in text):
        raise ValidationError(_("Write at least one letter."), code="blank")


class LineField(forms.CharField):
    """One line of text."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.validators = [_check_one_line, check_visible, _check_says_something, *self.validators]


class TextField(forms.CharField):
    """Some lines of text; line breaks count as one character, as people count them."""

    widget = forms.Textarea

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.validators = [check_visible, _check_says_something, *self.validators]

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")


def _check_one_line(text):
    if "\n" in text or "\r" in text or "\t" in text:
        raise ValidationError(_("Write this on one line."), code="line_break")

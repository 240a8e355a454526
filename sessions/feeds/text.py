"""Words of organisers as plain text, for files in which some characters would be more than that."""

import re
import unicodedata

# Marks that turn the direction of what follows, and that would reach beyond the text they stand in (UAX #9).
_TURNS = re.compile(
    "[\N{LEFT-TO-RIGHT EMBEDDING}-\N{RIGHT-TO-LEFT OVERRIDE}\N{LEFT-TO-RIGHT ISOLATE}-\N{POP DIRECTIONAL ISOLATE}]"
)
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}]")


def plain(text):
    """Lines of text: no control character but the line's end, nothing that turns directions, no half of a character."""
    text = _TURNS.sub("", _LINE_ENDS.sub("\n", text))
    return "".join(one for one in text if one == "\n" or unicodedata.category(one) not in {"Cc", "Cs"}).strip()


def one_line(text):
    return " ".join(plain(text).split())

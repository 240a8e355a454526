"""Texts of mails that organisers write: plain text with a little structure, and placeholders from a fixed list.

No template engine reads what people typed: ``{name}`` is looked for once, its value is put in as it is, and nothing
else means anything. An empty line ends a paragraph; lines that begin with ``- `` are a list.
"""

import re
from dataclasses import dataclass

from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from .purposes import ALONE

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:", re.IGNORECASE)


@dataclass(frozen=True)
class Block:
    """``kind`` is "paragraph", "list", "code" or "words"; ``lines`` are ready for HTML."""

    kind: str
    lines: list


def faults(purpose, subject, text):
    """``[(field, what is wrong)]`` of a text for this purpose, for the organiser who wrote it."""
    found = [("subject", fault) for fault in _unknown(subject, purpose.in_subject)]
    found += [("text", fault) for fault in _unknown(text, purpose.placeholders)]
    for field, value in (("subject", subject), ("text", text)):
        if not purpose.own_text and _ELSEWHERE.search(value):
            found.append(
                (field, "Links lead to this site alone, by a placeholder. Name another site without https:// or www.")
            )
    for name in purpose.needed:
        if not re.search(rf"\{{{name}\}}", text):
            found.append(("text", f"{{{name}}} must stand in this text."))
    for name in ALONE:
        if name in purpose.placeholders and text.count(f"{{{name}}}") > _blocks_of(name, text):
            found.append(("text", f"{{{name}}} stands on a line of its own, with an empty line before and after."))
        elif text.count(f"{{{name}}}") > 1:
            found.append(("text", f"{{{name}}} stands there more than once."))
    return found


def _unknown(text, known):
    """What is wrong with the braces of a text."""
    names = PLACEHOLDER.findall(text)
    for name in sorted({name for name in names if name not in known}):
        offered = ", ".join(f"{{{one}}}" for one in known)
        yield f"{{{name}}} stands for nothing here." + (f" There are: {offered}." if offered else "")
    if re.search("[{}]", PLACEHOLDER.sub("", text)):
        yield "A brace begins or ends no placeholder. Write them like {site_url}, in lower case."


def _blocks_of(name, text):
    return sum(block == f"{{{name}}}" for block in _split(text))


def _split(text):
    return [block.strip() for block in re.split(r"\n[ \t]*\n", text.strip()) if block.strip()]


def subject_line(text, facts):
    """One line, whatever the values hold."""
    return " ".join(_filled(text, facts).split())


def plain(text, facts):
    """The text part's body."""
    parts = []
    for block in _split(text):
        if block == "{code}":
            parts.append("    " + str(facts["code"]))
        elif block != "{words}":
            parts.append(_filled(block, facts))
        elif facts["words"]:
            parts += [_("The organisers add:"), str(facts["words"])]
    return "\n\n".join(parts)


def blocks(text, facts):
    """The HTML part's body, as blocks for a template."""
    found = []
    for block in _split(text):
        lines = block.split("\n")
        if block in {"{code}", "{words}"}:
            name = block.strip("{}")
            if facts[name]:
                found.append(Block(name, str(facts[name]).split("\n")))
        elif all(line.startswith("- ") for line in lines):
            found.append(Block("list", [_filled_html(line[2:], facts) for line in lines]))
        else:
            found.append(Block("paragraph", [_filled_html(line, facts) for line in lines]))
    return found


def _filled(text, facts):
    return PLACEHOLDER.sub(lambda found: str(facts[found[1]]), text)


def _filled_html(text, facts):
    """Every character of the text and of the values as itself; addresses of ours as links."""
    pieces = PLACEHOLDER.split(text)  # literal, name, literal, …
    made = [escape(piece) if place % 2 == 0 else _value(piece, facts) for place, piece in enumerate(pieces)]
    return mark_safe("".join(made))  # noqa: S308  # nosec B308 B703  # each piece was escaped above


def _value(name, facts):
    value = str(facts[name])
    return format_html('<a href="{0}">{0}</a>', value) if name.endswith("_url") else escape(value)

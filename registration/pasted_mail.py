"""Reading an e-mail that an organiser pasted: what it may tell of who wrote it. Proposals, which people correct."""

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from django.core.exceptions import ValidationError

from .addresses import normalise
from .fields import without_unseen

LONGEST = 20_000  # characters of a mail
LONGEST_LINE = 1_000  # what may be looked into of one
_ADDRESS = re.compile(r"[^\s<>\[\]()\"',;:@]{1,64}@[^\s<>\[\]()\"',;:@]{1,250}\.[^\s<>\[\]()\"',;:@.]{2,63}")
_FROM = re.compile(r"^[>\s*]*(?:from|de|von)\**\s*:\**\s*(.+)$", re.IGNORECASE)
_HEADER = re.compile(
    r"^[>\s*]*(?:from|de|von|to|para|an|cc|subject|asunto|betreff|date|fecha|sent|enviado)\**\s*:", re.IGNORECASE
)
_END = re.compile(
    r"^(?:--|_{3,}|(?:(?:kind|best|warm|many)\s+)?(?:regards|thanks|thank you|best|sincerely|cheers|yours|"
    r"saludos|atentamente|gracias|un saludo)\b[^.?!]{0,25}[,.!]?)\s*$",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"@|https?:|www\.|\d{3}|^[-_=*]+$")
_NAME = re.compile(r"[^\W\d_][^\d@<>:/|]{1,80}")


@dataclass
class Proposal:
    """What was found; empty where nothing was."""

    email: str = ""
    full_name: str = ""
    job_title: str = ""
    organisation: str = ""
    why: str = ""

    def found(self):
        return {name: value for name, value in vars(self).items() if value}


def read(text, *, not_from=()):
    """A ``Proposal`` from a pasted mail; ``not_from`` are addresses of our own, which wrote no request."""
    lines = [without_unseen(line[:LONGEST_LINE]).strip() for line in re.split(r"\r\n|\r|\n", text)]
    email, name = _sender(lines, {address.lower() for address in not_from if address})
    said, signature = _parts([line for line in lines if not line.startswith(">")])
    signed, *below = [*signature, ""]
    if not name and len(signed.split()) < 6 and _NAME.fullmatch(signed):
        name = signed
    job, organisation = _post(below)
    return Proposal(
        email=email, full_name=name[:150], job_title=job[:150], organisation=organisation[:200], why=said[:1000].strip()
    )


def _sender(lines, not_from):
    headers = [found[1] for line in lines if (found := _FROM.match(line))]
    for line in [*headers, *lines]:
        for found in _ADDRESS.finditer(line):
            address = _as_stored(found[0].removeprefix("mailto:").strip(".*"))
            if address and address not in not_from:
                before = line[: found.start()] if line in headers or "<" in line else ""
                return address, _name(before)
    return "", ""


def _as_stored(address):
    try:
        return normalise(address)
    except ValidationError:
        return ""


def _name(text):
    """``"Doe, Jane" <`` as Jane Doe; what is encoded for headers (RFC 2047) in plain letters."""
    if "=?" in text:
        try:
            text = str(make_header(decode_header(text)))
        except (HeaderParseError, LookupError, ValueError):
            return ""
    text = re.sub(r"\b(?:from|de|mailto)\s*:", "", text, flags=re.IGNORECASE).strip(" \t<>[]()\"'*:,")
    family, comma, given = (part.strip() for part in text.partition(","))
    if comma and given and "," not in given:
        text = f"{given} {family}"
    return text if _NAME.fullmatch(text) else ""


def _parts(lines):
    """What was written, without the head of the mail; and the lines of the signature."""
    head = (not line or _HEADER.match(line) or re.search(r"<\S+@\S+>", line) for line in lines)
    begin = next((place for place, is_head in enumerate(head) if not is_head), len(lines))
    lines = lines[begin:]
    end = next((place for place, line in enumerate(lines) if place and _END.match(line)), len(lines))
    signature = [line for line in lines[end + 1 :] if line and not _END.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines[:end])).strip(), signature


def _post(below):
    """Job title and organisation, as far as the lines under the name are no addresses or telephone numbers."""
    words = []
    for line in below:
        if not line or _CONTACT.search(line) or len(words) == 2:
            break
        parts = re.split(r"\s*[|·•]\s*|,\s+|\s+(?:at|en)\s+", line, maxsplit=1) if not words else [line]
        words += [part for part in parts if part]
    job, organisation, *_ = [*words, "", ""]
    return job, organisation

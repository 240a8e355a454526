"""The pass as a picture, for the photos of a phone and for mails: drawn here, so that it needs no browser."""

import unicodedata
from functools import lru_cache
from io import BytesIO

from . import qr

WIDTH, EDGE = 1080, 72  # pixels
INNER = WIDTH - 2 * EDGE
BLACK, GREY, WHITE = 0, 70, 255


def png(entry_pass) -> bytes:
    """A PNG, 1080 pixels wide. A name in letters that cannot be set here is left out: the door shows it anyway."""
    from PIL import Image  # only now: few requests draw one

    request = entry_pass.request
    parts = [
        _words(str(request.event), sizes=(44, 36), ink=GREY, lines=2),
        _words(request.full_name, sizes=(88, 72, 60, 48, 40), ink=BLACK, lines=2),
        _words(request.organisation, sizes=(54, 44, 36), ink=BLACK, lines=2),
        _code(entry_pass.address),
        _words(entry_pass.code, sizes=(76, 64), ink=BLACK, lines=1),
    ]
    parts = [part for part in parts if part]
    gap = 36
    picture = Image.new("L", (WIDTH, 2 * EDGE + sum(part.height + gap for part in parts) - gap), WHITE)
    top = EDGE
    for part in parts:
        picture.paste(part, ((WIDTH - part.width) // 2, top))
        top += part.height + gap
    file = BytesIO()
    picture.quantize(16).save(file, "PNG", optimize=True)
    return file.getvalue()


def _code(address):
    """As large as it goes with whole pixels for each module, its quiet zone with it."""
    from PIL import Image

    rows = [bytes(WHITE * (not dark) for dark in row) for row in qr.made(address).matrix_iter(border=qr.QUIET)]
    drawn = Image.frombytes("L", (len(rows[0]), len(rows)), b"".join(rows))
    scale = INNER // drawn.width
    return drawn.resize((drawn.width * scale, drawn.height * scale), Image.Resampling.NEAREST)


def _words(text, *, sizes, ink, lines):
    """Set in the largest of these sizes in which it fits; None where there is nothing that could be set."""
    from PIL import Image, ImageDraw

    text = unicodedata.normalize("NFC", text)
    name = font_for(text)
    if not text or name is None:
        return None
    for size in sizes:
        font = _font(name, size)
        broken = _broken(text, font)
        if len(broken) <= lines:
            break
    height = round(size * 1.25)
    drawn = Image.new("L", (INNER, height * len(broken[:lines])), WHITE)
    draw = ImageDraw.Draw(drawn)
    for number, line in enumerate(broken[:lines]):
        draw.text((INNER / 2, height * (number + 0.5)), line, font=font, fill=ink, anchor="mm")
    return drawn


def _broken(text, font):
    """In lines that fit, between words; a word that is longer than a line is broken where the line ends."""
    lines = [""]
    for word in text.split():
        if font.getlength(f"{lines[-1]} {word}".strip()) <= INNER:
            lines[-1] = f"{lines[-1]} {word}".strip()
            continue
        lines += [""] if lines[-1] else []
        for letter in word:
            if font.getlength(lines[-1] + letter) > INNER:
                lines.append("")
            lines[-1] += letter
    return lines


def font_for(text):
    """One that has all its letters, set from left to right beside each other; None if there is none."""
    from sessions.materials import stamp_fonts

    if stamp_fonts.is_to_be_shaped(text):
        return None
    found = (stamp_fonts.BOLD, *stamp_fonts.OTHERS)
    return next((one for one in found if stamp_fonts.letters(one).issuperset(map(ord, text))), None)


@lru_cache(maxsize=16)
def _font(name, size):
    from PIL import ImageFont

    from sessions.materials import stamp_fonts

    return ImageFont.truetype(stamp_fonts.path(name), size, layout_engine=ImageFont.Layout.BASIC)

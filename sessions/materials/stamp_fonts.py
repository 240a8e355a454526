"""The fonts of a stamp: which of those that the package ``weblate-fonts`` installs a text needs.

Source Sans has the letters of Europe and is quick to load. The Kurinto fonts have most others and are large, so they
are opened for who has such a name alone; fpdf2 embeds no more of each than the letters that are written.
"""

import unicodedata
from functools import lru_cache
from importlib.resources import files

from fontTools.ttLib import TTFont

FOLDER = files("weblate_fonts") / "static" / "weblate_fonts"
REGULAR = "source-sans/ttf/SourceSans3-Regular.ttf"
BOLD = "source-sans/ttf/SourceSans3-Bold.ttf"
OTHERS = (  # asked in this order for what the letters of Europe lack
    "kurinto/ttf/KurintoSans-Rg.ttf",
    "kurinto/ttf/KurintoSansSC-Rg.ttf",
    "kurinto/ttf/KurintoSansTC-Rg.ttf",
    "kurinto/ttf/KurintoSansJP-Rg.ttf",
    "kurinto/ttf/KurintoSansKR-Rg.ttf",
)


def path(font):
    return str(FOLDER / font)


@lru_cache(maxsize=8)
def letters(font) -> frozenset:
    """The characters that it can draw, as numbers."""
    with TTFont(path(font), lazy=True) as opened:
        return frozenset(opened.getBestCmap())


def fonts_for(text):
    """``(text, fonts)``: what of ``OTHERS`` it needs besides ``REGULAR``; what none can draw is named by its number."""
    written, needed = [], []
    for character in unicodedata.normalize("NFC", text):
        font = next((font for font in (REGULAR, *needed, *OTHERS) if ord(character) in letters(font)), None)
        written.append(character if font else f"[U+{ord(character):04X}]")
        if font not in (None, REGULAR, *needed):
            needed.append(font)
    return "".join(written), needed


def is_to_be_shaped(text):
    """Whether letters join, stand on each other, or run from right to left."""
    return any(unicodedata.bidirectional(one) in {"R", "AL", "AN"} or unicodedata.combining(one) for one in text)

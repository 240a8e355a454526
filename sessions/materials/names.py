"""What a file is called when people save it: readable, and nothing that deceives the eye, a path or a header."""

import re
import unicodedata

LONGEST = 100  # letters
NAMELESS = "material"

_FORBIDDEN = re.compile(r'[\\/:*?"<>|%;]')  # a path's, a header's, or what Windows takes in no name
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|(com|lpt)\d)(\..*)?")  # what Windows takes for something else


def is_seen(character):
    """Not for controls, what has no width, what turns the line around, and ends of lines."""
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def cleaned(name, ending):
    """``name`` as it came, with the ``ending`` that what it holds has, like ``.pdf``, whatever it had before."""
    name = unicodedata.normalize("NFC", re.split(r"[\\/]", name)[-1])
    name = "".join(letter if is_seen(letter) else " " if letter in "\r\n\t" else "" for letter in name)
    name = " ".join(_FORBIDDEN.sub("-", _ENDING.sub("", name)).split()).lstrip(".")
    name = name.removesuffix(ending)[: LONGEST - len(ending)].strip(" .-") or NAMELESS
    return f"{'_' if _DEVICE.fullmatch(name) else ''}{name}{ending}"


def one_line(text, longest=80):
    """Words out of a file, for an organiser to read."""
    text = " ".join("".join(letter if is_seen(letter) else " " for letter in str(text)).split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"

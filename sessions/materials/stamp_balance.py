"""How a page's drawing leaves the state that later drawing begins with (ISO 32000-2, 8.4.2: ``q`` saves it, ``Q``
restores it)."""

import re

SPACE = rb"\0\t\n\f\r "
OPERATOR = re.compile(
    rb"%[^\r\n]*|\(|(?<![^" + SPACE + rb")>\]}])(?:q|Q|BI)(?![^" + SPACE + rb"()<>\[\]{}/%])",
)
PARENTHESIS = re.compile(rb"\\.|[()]", re.DOTALL)
END_OF_IMAGE = re.compile(rb"[" + SPACE + rb"]EI(?![^" + SPACE + rb"])")


def balance(drawing: bytes) -> tuple[int, int]:
    """``(how many states it restores that it never saved, how many it saves and never restores)``."""
    depth = lowest = place = 0
    while found := OPERATOR.search(drawing, place):
        place = found.end()
        match found[0]:
            case b"q":
                depth += 1
            case b"Q":
                depth -= 1
                lowest = min(lowest, depth)
            case b"(":
                place = _after_string(drawing, place)
            case b"BI":  # an image in the middle of it, whose bytes may look like anything
                end = END_OF_IMAGE.search(drawing, place)
                place = end.end() if end else len(drawing)
    return -lowest, depth - lowest


def _after_string(drawing, place):
    depth = 1
    while depth and (found := PARENTHESIS.search(drawing, place)):
        place = found.end()
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
    return place if not depth else len(drawing)

"""What a load did, or would do, in lines for whoever runs it."""

from dataclasses import dataclass, field
from typing import Any

LONG = 60  # characters of a value that a line shows


@dataclass(frozen=True)
class Changed:
    name: str
    old: Any
    new: Any
    secret: bool = False  # a private abstract: its length says enough on a terminal

    def __str__(self):
        if self.secret:
            return f"{self.name}: {len(self.old)} characters -> {len(self.new)} characters"
        if isinstance(self.old, str) and isinstance(self.new, str):
            return f"{self.name}: {_excerpt(self.old, self.new)} -> {_excerpt(self.new, self.old)}"
        return f"{self.name}: {_shown(self.old)} -> {_shown(self.new)}"


@dataclass
class Report:
    """Each thing is written like "session morning / NGO Collaboration"."""

    added: list[str] = field(default_factory=list)
    changed: list[tuple[str, list[Changed]]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)  # what was published to people
    untold: int = 0
    gone: list[tuple[str, str]] = field(default_factory=list)  # no longer in the file, and what became of it
    removed: int = 0

    def brought_in_line(self, thing, changes):
        if changes:
            self.changed.append((thing, changes))
        else:
            self.left.append(thing)

    def figures(self):
        return {"added": len(self.added), "changed": len(self.changed), "removed": self.removed, "told": len(self.told)}

    def lines(self):
        for thing in self.added:
            yield f"added    {thing}"
        for thing, changes in self.changed:
            yield f"changed  {thing}"
            for change in changes:
                yield f"           {change}"
        for thing in self.left:
            yield f"left     {thing}"
        for thing, outcome in self.gone:
            yield f"gone     {thing}: {outcome}"
        for thing, change in self.told:
            yield f"told     {thing}: {change}"
        if self.untold:
            yield f"{self.untold} changed of what people go by, told to nobody; --publish-changes tells it."
        counts = [len(self.added), len(self.changed), len(self.left), len(self.gone), self.removed]
        yield "{} added, {} changed, {} left as they were; {} not in the file, {} of them removed.".format(*counts)
        if not (self.added or self.changed or self.removed):
            yield "Nothing changed."


def _shown(value):
    if value in (None, "", []):
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return repr(value) if isinstance(value, str) else str(value)


def _excerpt(text, other):
    """The text, or of a long one the part where it begins to differ from the other."""
    if len(text) <= LONG:
        return _shown(text)
    same = next((at for at, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    begin = max(0, min(same - LONG // 3, len(text) - LONG))
    end = begin + LONG
    return repr("…" * (begin > 0) + text[begin:end] + "…" * (end < len(text)))

"""What is wrong with a file, and where."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    place: str  # like "tracks[0].sessions[2].end", or "line 7, column 3"
    text: str

    def __str__(self):
        return f"{self.place}: {self.text}"


class FaultyFile(Exception):
    """The file was not loaded; its text lists every fault."""

    def __init__(self, path, faults):
        self.faults = faults
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__("\n  ".join([f"{count} in {path}; nothing was changed.", *map(str, faults)]))


class Wrong(ValueError):
    """What is wrong with one value; its text follows the value's place."""

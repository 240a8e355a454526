"""Every rule of the security and style checks that is switched off, with its reason: ``python -m tests.switched_off``.

Read from pyproject.toml (ruff's and bandit's lists, one line for each or for a few of one reason), from the remarks
in the code, and from the checks of Django's that settings silence. One without a reason is an error.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
# Put together from parts, so that this file holds no remark of its own.
REMARK = re.compile("#" + r" ?(noqa|nosec|type: ignore)\b:?\s*((?:[A-Z]+[0-9]+[, ]*)*)(.*)")
NOT_OURS = {".venv", "var", ".git"}


@dataclass(frozen=True)
class Off:
    tool: str
    rules: str
    where: str
    reason: str

    def __str__(self):
        return f"  {self.tool:<7} {self.rules:<20} {self.where:<42} {self.reason or 'NO REASON GIVEN'}"


def reason_in(rest):
    return rest.strip().lstrip("#-").strip()


def in_pyproject(text):
    """What the lists of ``[tool.ruff.lint…]`` and ``[tool.bandit]`` name, with the remark on the same line."""
    table, key, found = "", "", []
    for line in text.splitlines():
        if header := re.match(r"\[(.+)\]$", line):
            table, key = header[1], ""
            continue
        if opened := re.match(r'"?([\w*/.-]+)"? *= *\[', line):
            key = opened[1]
            line = line[opened.end() :]
        where = {"tool.ruff.lint.per-file-ignores": key, "tool.ruff.lint": "everywhere", "tool.bandit": "everywhere"}
        wanted = table == "tool.ruff.lint.per-file-ignores" or key in {"ignore", "skips", "exclude_dirs"}
        if table not in where or not wanted:
            continue
        names, _, remark = line.partition("#")
        if quoted := re.findall(r'"([^"]+)"', names):
            tool = "bandit" if table == "tool.bandit" else "ruff"
            rules = ("all in " if key == "exclude_dirs" else "") + ", ".join(quoted)
            found.append(Off(tool, rules, where[table], remark.strip()))
    return found


def in_code(path, text):
    """The remarks beside single lines; where two tools are told, the last remark gives the reason of both."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        remarks = list(REMARK.finditer(line))
        pieces = re.split("#" + r" ?(?=noqa|nosec|type: ignore)", line)[1:]
        reason = next((reason for piece in reversed(pieces) if (reason := reason_of(piece))), "")
        if remarks:
            for piece in pieces:
                match = REMARK.match("# " + piece)
                tool = {"noqa": "ruff", "nosec": "bandit"}.get(match[1], "types")
                found.append(Off(tool, match[2].strip(" ,") or "every rule", f"{path}:{number}", reason))
    return found


def reason_of(piece):
    return reason_in(REMARK.match("# " + piece)[3])


def in_settings(text):
    """``SILENCED_SYSTEM_CHECKS``, whose reason is the remark above it."""
    match = re.search(r"((?:^#.*\n)*)^SILENCED_SYSTEM_CHECKS = \[([^]]*)\]", text, re.M)
    if not match:
        return []
    reason = " ".join(line.lstrip("# ") for line in match[1].splitlines())
    return [Off("django", ", ".join(re.findall(r'"([^"]+)"', match[2])), "cacc_techtrack/settings.py", reason)]


def everything():
    found = in_pyproject((BASE_DIR / "pyproject.toml").read_text())
    found += in_settings((BASE_DIR / "cacc_techtrack" / "settings.py").read_text())
    for path in sorted(BASE_DIR.rglob("*.py")):
        below = path.relative_to(BASE_DIR)
        if not NOT_OURS & set(below.parts):
            found += in_code(below, path.read_text())
    return found


def main():
    found = everything()
    print(f"Rules switched off: {len(found)}, each with its reason")
    for one in found:
        print(one)
    without = [one for one in found if not one.reason]
    if without:
        print(f"{len(without)} without a reason.", file=sys.stderr)
    return 1 if without else 0


if __name__ == "__main__":
    sys.exit(main())

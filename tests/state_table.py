"""The README's table of steps, printed from the code: ``python -m tests.state_table`` writes it between its marks."""

import re
from pathlib import Path

from registration.steps import BEGINNINGS, LIVE, MERGE, STEPS, State

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- state table -->", "<!-- end of the state table -->"


def rendered():
    """A row for each state that a request can be in, a column for each that it can come to."""
    lines = [f"| from ↓ to → | {' | '.join(State.values)} |", "| --- |" + " --- |" * len(State)]
    lines += [
        f"| {begin or '–'} | {' | '.join(' or '.join(map(_told, _steps(begin, to))) or 'no' for to in State.values)} |"
        for begin in (None, *State.values)
    ]
    return "\n".join([BEGIN, *lines, END])


def _steps(begin, to):
    """None or one; a request may begin in several ways, and a live one also be closed for another one."""
    step = STEPS.get((begin, to))
    if begin in LIVE and to == State.WITHDRAWN:
        return [step, MERGE]
    return [] if step is None else [step] if begin else list(BEGINNINGS.values())


def _told(step):
    what = f"**{step.verb}**" if step.by_organiser else f"*{step.verb}* (the person)"
    mail = f"mail {step.mail}" if step.mail else "no mail"
    return "; ".join([what, mail] if step.access == "stays" else [what, mail, step.access])


def main():
    README.write_text(re.sub(f"{BEGIN}.*?{END}", lambda _: rendered(), README.read_text(), flags=re.S))


if __name__ == "__main__":
    main()

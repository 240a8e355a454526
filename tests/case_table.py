"""docs/cases.md from ``cases.py`` and ../shared/CASES.md: ``python -m tests.case_table`` (``make cases``) writes it.

``SHARED_DIR`` names the folder of CASES.md where it does not lie beside the repository.
"""

import ast
import os
import re
from pathlib import Path

from .cases import CASES, WITHIN

BASE_DIR = Path(__file__).resolve().parent.parent
TABLE = BASE_DIR / "docs" / "cases.md"


def shared_file():
    return Path(os.environ.get("SHARED_DIR") or BASE_DIR.parent / "shared") / "CASES.md"


def listed(text):
    """``{id: what is done}`` of every row in CASES.md."""
    return dict(re.findall(r"^\| ([A-Z]+-\d+) \| (.*?) \|", text, re.M))


def functions():
    """``{"races.name": source}`` of every test there is."""
    found = {}
    for path in sorted((BASE_DIR / "tests").glob("test_*.py")):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                name = f"{path.stem.removeprefix('test_')}.{node.name.removeprefix('test_')}"
                found[name] = ast.get_source_segment(text, node)
    return found


def faults(cases, rows, tests):
    """What is wrong with the registry, one line each."""
    wrong = [f"{one}: no row" for one in rows if one not in cases]
    wrong += [f"{one}: stands in no list of cases" for one in cases if one not in rows]
    for one, case in cases.items():
        named = {*case.tests, case.control} - {"", WITHIN}
        wrong += [f"{one}: there is no test {name}" for name in sorted(named - set(tests))]
        if case.kind in {"met", "in part"} and not case.tests:
            wrong.append(f"{one}: {case.kind} by no test")
        if case.kind != "met" and not case.reason:
            wrong.append(f"{one}: no reason")
        if case.kind == "met" and not (case.control or case.reason):
            wrong.append(f"{one}: no control, and not a word why it can do without")
        if case.control == WITHIN and not any("the control" in tests.get(name, "") for name in case.tests):
            wrong.append(f"{one}: no test of it holds its control")
        if case.control not in {"", WITHIN} and (case.control in case.tests or not is_control(tests, case.control)):
            wrong.append(f"{one}: {case.control} does not call itself a control, or asserts nothing")
    return wrong


def is_control(tests, name):
    """It says so, and something in it can fail."""
    source = tests.get(name, "")
    can_fail = r"\b(assert|fails|raises|pytest\.fail|expect|wait_until)\b"
    return '"""the control' in source.lower() and re.search(can_fail, source)


def render(cases, rows):
    counts = {kind: sum(case.kind == kind for case in cases.values()) for kind in ("met", "in part", "open", "n/a")}
    lines = [
        "# Cases",
        "",
        "Attacks and faults that the site must stand, each with the tests that show it. Made by `make cases` from",
        "`tests/cases.py`; a test fails when this file is old, when a case has no row or a name here is no test.",
        "",
        "*Control*: a test of its own that takes the guard away and shows that the failure is then found, or why the",
        "test can do without one.",
        "*In part* and *open* say what is still to be shown; *n/a* is about what the site does not have yet.",
        "",
        ", ".join(f"{kind}: {count}" for kind, count in counts.items()) + f"; {len(cases)} in all.",
        "",
        "| id | what is done | state | tests | control |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one, what in rows.items():
        case = cases[one]
        state = f"{case.kind}: {case.reason}" if case.reason and case.kind != "met" else case.kind
        tests = "<br>".join(shown(name) for name in case.tests)
        lines.append(f"| {one} | {what} | {state} | {tests} | {shown(case.control) or case.control_or_why} |")
    return "\n".join(lines) + "\n"


def shown(name):
    """Where it stands, and what it shows, as words that wrap in a narrow column."""
    module, _, test = name.partition(".")
    return f"`test_{module}.py`: {test.replace('_', ' ')}" if test else ""


def main():
    rows = listed(shared_file().read_text())
    wrong = faults(CASES, rows, functions())
    if wrong:
        raise SystemExit("\n".join(wrong))
    TABLE.write_text(render(CASES, rows))


if __name__ == "__main__":
    main()

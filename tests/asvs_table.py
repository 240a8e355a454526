"""docs/asvs.md from the registry in ``asvs.py``: ``python -m tests.asvs_table`` (``make cases``) writes it."""

from collections import Counter

from .asvs import IN_PART, ITEMS, MET, NOT_APPLICABLE, NOT_MET
from .asvs_authentication import AUTHENTICATION
from .asvs_authorization import AUTHORIZATION, SELF_CONTAINED_TOKENS
from .asvs_login_sessions import LOGIN_SESSIONS
from .case_table import BASE_DIR, functions, shown
from .documents import anchors

TABLE = BASE_DIR / "docs" / "asvs.md"
CHAPTERS = {
    "V6 Authentication": AUTHENTICATION,
    "V7 Session management": LOGIN_SESSIONS,
    "V8 Authorization": AUTHORIZATION,
    "V9 Self-contained tokens": SELF_CONTAINED_TOKENS,
}
ROWS = {number: item for chapter in CHAPTERS.values() for number, item in chapter.items()}
STATES = (MET, IN_PART, NOT_MET, NOT_APPLICABLE)


def faults(rows, items, tests):
    """What is wrong with the registry, one line each."""
    wrong = [f"{number}: no row" for number in items if number not in rows]
    wrong += [f"{number}: no item of levels 1 and 2" for number in rows if number not in items]
    for number, item in rows.items():
        wrong += [f"{number}: there is no test {name}" for name in item.tests if name not in tests]
        path, _, anchor = item.where.partition("#")
        if item.where and anchor not in anchors(BASE_DIR / path):
            wrong.append(f"{number}: there is no {item.where}")
        if item.state in {MET, IN_PART} and not item.tests:
            wrong.append(f"{number}: {item.state} by no test")
        if item.state != MET and not item.reason:
            wrong.append(f"{number}: no reason")
    return wrong


def render(chapters):
    counts = Counter((item.state, ITEMS[number]) for rows in chapters.values() for number, item in rows.items())
    lines = [
        "# OWASP ASVS 5.0.0",
        "",
        "Chapters 6 to 9 of the Application Security Verification Standard, levels 1 and 2: each item with the tests",
        "that show it, or why there are none. The numbers are the standard's, the words are ours and short: what",
        "exactly is asked stands in the standard. Made by `make cases` from `tests/asvs.py` and its chapters; a test",
        "fails when this file is old, an item has no row, or a test or a heading named here does not exist. We judged",
        "ourselves: nobody else has verified it.",
        "",
        "| state | level 1 | level 2 |",
        "| --- | --- | --- |",
        *[f"| {state} | {counts[state, 1]} | {counts[state, 2]} |" for state in STATES],
    ]
    for chapter, rows in chapters.items():
        lines += [
            "",
            f"## {chapter}",
            "",
            "| item | level | what it asks | state | tests | written down |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for number, item in rows.items():
            state = f"{item.state}: {item.reason}" if item.reason else item.state
            tests = "<br>".join(shown(name) for name in item.tests)
            lines.append(f"| {number} | {ITEMS[number]} | {item.asks} | {state} | {tests} | {link(item.where)} |")
    return "\n".join(lines) + "\n"


def link(where):
    path, _, anchor = where.partition("#")
    return f"[{path.rpartition('/')[2]}: {anchor.strip('-').replace('-', ' ')}](../{where})" if where else ""


def main():
    wrong = faults(ROWS, ITEMS, functions())
    if wrong:
        raise SystemExit("\n".join(wrong))
    TABLE.write_text(render(CHAPTERS))


if __name__ == "__main__":
    main()

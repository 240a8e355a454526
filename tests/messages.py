"""What people read of the site in other languages: the words marked in code and templates, and their catalogues.

``python -m tests.messages`` brings each ``locale/*/LC_MESSAGES/django.po`` in line with the marks and compiles it: new
words come in without a translation, which ``test_messages.py`` then asks for, and words that are gone leave. Needs no
gettext programs: the marks are read with Python's and Django's own parsers.
"""

import ast
from pathlib import Path

import polib
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.utils.text import smart_split
from django.utils.translation import trim_whitespace
from django.utils.translation.template import constant_re

ROOT = Path(settings.BASE_DIR)
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
CODE = ("cacc_techtrack", "registration", "sessions")
BEGIN, PLURAL, END = "blocktranslate", "plural", "endblocktranslate"


def catalogues():
    """The paths of those that are to be kept, one for each language but that of the marks."""
    codes = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    return [ROOT / "locale" / code / "LC_MESSAGES" / "django.po" for code in codes]


def marked():
    """``{(words, their plural or ""): file that has them first}``."""
    found = {}
    for path in sorted(path for folder in CODE for path in (ROOT / folder).rglob("*.py")):
        for one in in_python(path.read_text()):
            found.setdefault(one, str(path.relative_to(ROOT)))
    for path in sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file()):
        for one in in_template(path.read_text()):
            found.setdefault(one, str(path.relative_to(ROOT)))
    return found


def in_python(source):
    for node in ast.walk(ast.parse(source)):
        is_mark = isinstance(node, ast.Call) and getattr(node.func, "id", None) in MARKS
        if is_mark and isinstance(node.args[0], ast.Constant):  # else words that are marked where they stand
            yield node.args[0].value, ""


def in_template(source):
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        bits = list(smart_split(token.contents)) if token.token_type in {TokenType.BLOCK, TokenType.VAR} else []
        for constant in constant_re.findall(token.contents) if bits else []:
            yield constant[1:-1].replace("%", "%%"), ""
        if bits[:1] == ["translate"]:
            yield bits[1].strip("\"'").replace("%", "%%"), ""
        elif bits[:1] == [BEGIN]:
            yield _block(tokens, trimmed="trimmed" in bits)


def _block(tokens, *, trimmed):
    forms = [""]
    for token in tokens:
        if token.token_type == TokenType.BLOCK and token.contents == END:
            break
        if token.token_type == TokenType.BLOCK:
            assert token.contents == PLURAL, token.contents
            forms.append("")
        elif token.token_type == TokenType.VAR:
            forms[-1] += f"%({token.contents})s"
        else:
            forms[-1] += token.contents.replace("%", "%%")
    forms = [trim_whitespace(form) if trimmed else form for form in forms]
    return forms[0], forms[1] if len(forms) > 1 else ""


def bring_in_line(path):
    """Of the catalogue at this path; returns it."""
    words = marked()
    known = {(entry.msgid, entry.msgid_plural): entry for entry in polib.pofile(str(path))}
    made = polib.pofile(str(path))
    made.clear()
    for (one, many), where in sorted(words.items(), key=lambda item: (item[1], item[0])):
        entry = known.get((one, many)) or polib.POEntry(msgid=one, msgid_plural=many)
        if many and not entry.msgstr_plural:
            entry.msgstr_plural = {0: "", 1: ""}
        entry.occurrences = [(where, "")]
        made.append(entry)
    made.save(str(path))
    made.save_as_mofile(str(path.with_suffix(".mo")))
    return made


def main():
    for path in catalogues():
        made = bring_in_line(path)
        missing = len(made.untranslated_entries())
        print(f"{path.relative_to(ROOT)}: {len(made)} messages, {missing} without a translation")


if __name__ == "__main__":
    import django

    django.setup()
    main()

"""The forms of a page as a browser has them: controls with their values, choices and buttons, and the page's links."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

BUTTONS = {"submit", "image"}
SILENT = {"button", "reset"}


@dataclass
class Control:
    name: str
    kind: str  # "text", "checkbox", "select" …
    values: list = field(default_factory=list)  # what a browser would send if nobody touched it
    choices: list = field(default_factory=list)
    required: bool = False
    several: bool = False


@dataclass
class HtmlForm:
    action: str
    method: str
    controls: dict = field(default_factory=dict)  # name -> Control
    buttons: list = field(default_factory=list)  # (name, value)


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms, self.links = [], []
        self._form = self._text = self._select = None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "form":
            self._form = HtmlForm(given.get("action") or "", (given.get("method") or "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and tag == "option" and self._select:
            value = given.get("value") or ""
            self._select.choices.append(value)
            if "selected" in given:
                self._select.values.append(value)
        elif self._form is not None and given.get("name"):
            self._control(tag, given)

    def _control(self, tag, given):
        name, kind = given["name"], {"input": given.get("type") or "text"}.get(tag, tag)
        value = given.get("value") or ""
        if tag == "button":
            kind = given.get("type") or "submit"
        if kind in BUTTONS:
            self._form.buttons.append((name, value))
        if kind in BUTTONS | SILENT or kind == "meta":
            return
        control = self._form.controls.setdefault(name, Control(name, kind, required="required" in given))
        if kind in {"checkbox", "radio"}:
            control.several = kind == "checkbox" and bool(control.choices)
            control.choices.append(value or "on")
            if "checked" in given:
                control.values.append(value or "on")
        elif kind == "select":
            self._select = control
            control.several = "multiple" in given
        elif kind == "textarea":
            self._text = control
            control.values.append("")
        elif kind != "file":
            control.values.append(value)

    def handle_data(self, data):
        if self._text:
            self._text.values[-1] += data if self._text.values[-1] else data.removeprefix("\n")  # as HTML has it

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._text = None
        elif tag == "select" and self._select:
            if not self._select.several and not self._select.values and self._select.choices:
                self._select.values.append(self._select.choices[0])
            self._select = None
        elif tag == "form":
            self._form = None


def read(html):
    """``(forms, links)`` of a page."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms, reader.links

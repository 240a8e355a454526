"""The XML parts of a document: read element by element, so that a large one takes no more memory than a small one."""

import re

from lxml import etree

from .checking import Refused
from .names import one_line

DEEP_ENOUGH = 250  # elements within each other
WEB = ("http://", "https://", "mailto:", "tel:")

# OOXML: what a part may not be to another (ECMA-376, part 1; the last step of the relationship's type).
NEVER = {
    **{
        "vbaProject": "macros",
        "wordVbaData": "macros",
        "attachedToolbars": "macros",
        "extensibility": "buttons of its own",
    },
    **{"oleObject": "an object of another program", "control": "a control", "activeXControlBinary": "a control"},
    **{"aFChunk": "a page within it", "frame": "a page within it", "subDocument": "another document"},
    **{
        "externalLink": "values of another file",
        "externalLinkPath": "values of another file",
        "mailMergeSource": "a list",
    },
    **{"webextension": "an add-in", "webextensiontaskpanes": "an add-in", "attachedTemplate": "a template elsewhere"},
}
CLICKS = ("hlinksldjump", "hlinkshowjump", "media", "customshow", "noaction")  # what a click in slides may do
FIELD = re.compile(
    r"\s*(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|MACROBUTTON|QUOTE|DATABASE)\b", re.IGNORECASE
)
PEOPLE = {
    **{"creator": "author", "lastModifiedBy": "last changed by", "Company": "company", "Manager": "manager"},
    **{"initial-creator": "author", "printed-by": "printed by"},
}
TRACKED = {"ins", "del", "moveFrom", "moveTo", "changed-region"}

# OpenDocument (OASIS, 1.3): elements that run something or load it from elsewhere.
ELEMENTS = {
    **{
        "event-listener": "macros",
        "script": "macros",
        "execute-macro": "macros",
        "plugin": "an object of another program",
    },
    **{"applet": "a program", "floating-frame": "a page within it", "object-ole": "an object of another program"},
    **{"dde-source": "values of another file", "dde-connection": "values of another file"},
    **{"dde-connection-decl": "values of another file", "database-display": "a database"},
}


def does_more(what):
    return Refused(f"This file holds {what}, and may not be handed out so. Save it without, or as a PDF.")


class Found:
    """What a document tells of people, each thing once."""

    def __init__(self):
        self._lines = {}

    def add(self, line):
        self._lines[line] = True

    def lines(self):
        return list(self._lines)


def _elements(part):
    """``(element, local name, whether it ends)``, in order; nothing is loaded or filled in from elsewhere."""
    safe = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    depth, events = 0, etree.iterparse(part, events=("start", "end"), **safe)
    for event, element in events:
        if depth == 0 and element.getroottree().docinfo.doctype:
            raise does_more("a definition of what it is made of")
        if not isinstance(element.tag, str):
            continue
        depth += 1 if event == "start" else -1
        if depth > DEEP_ENOUGH:
            raise Refused("This file cannot be read: it is damaged. Save it anew, and try again.")
        yield element, etree.QName(element).localname, event == "end"
        if event == "end":
            element.clear(keep_tail=True)
            while element.getprevious() is not None and element.getparent() is not None:
                del element.getparent()[0]


def _attributes(element):
    return {etree.QName(name).localname: value for name, value in element.attrib.items()}


def content_types(part):
    for element, name, ends in _elements(part):
        if not ends and name in {"Default", "Override"}:
            yield element.get("ContentType", "")


# OOXML


def ooxml(part, path, found):
    if path.endswith(".rels"):
        return _relationships(part)
    if "comment" in path.lower():
        found.add("comments")
    elif path == "docProps/custom.xml":
        found.add("properties of its own")
    elif path.startswith("ppt/changesInfos/"):
        found.add("who changed what")
    return _office(part, path, found)


def _relationships(part):
    for element, name, ends in _elements(part):
        if ends or name != "Relationship":
            continue
        kind, target = element.get("Type", "").rpartition("/")[2], element.get("Target", "")
        if kind in NEVER:
            raise does_more(NEVER[kind])
        if kind == "package" and not target.lower().endswith(".xlsx"):
            raise does_more("an object of another program")
        if element.get("TargetMode") == "External" and not (kind == "hyperlink" and target.lower().startswith(WEB)):
            raise does_more("something that is loaded from elsewhere")


def _office(part, path, found):
    field, is_notes = "", path.startswith("ppt/notesSlides/")
    for element, name, ends in _elements(part):
        if not ends:
            attributes = _attributes(element)
            _click(name, attributes)
            if name in TRACKED and "author" in attributes:
                found.add("tracked changes")
            elif name == "sld" and attributes.get("show") in {"0", "false"}:
                found.add("hidden slides")
            elif name == "fldSimple":
                _field(attributes.get("instr", ""))
            elif name == "fldChar":
                _field(field)
                field = ""
            elif name == "script":
                raise does_more("a script")
            continue
        text = (element.text or "").strip()
        if name == "instrText":
            field += element.text or ""
        elif text and is_notes and name == "t" and etree.QName(element.getparent()).localname == "r":
            found.add("notes for the speaker")
        elif text and path.startswith("docProps/") and name in PEOPLE:
            found.add(f"{PEOPLE[name]}: {one_line(text)}")
    _field(field)


def _click(name, attributes):
    action = attributes.get("action", "") if name.startswith("hlink") else ""
    if action and not action.removeprefix("ppaction://").startswith(CLICKS):
        raise does_more("a click that starts something")


def _field(instruction):
    if FIELD.match(instruction):
        raise does_more("a field that loads something")


# OpenDocument


def opendocument(part, path, found):
    in_notes = 0
    for element, name, ends in _elements(part):
        if name == "notes":
            in_notes += -1 if ends else 1
        if not ends:
            if name in ELEMENTS:
                raise does_more(ELEMENTS[name])
            if name == "encryption-data":
                raise Refused("This file is protected by a password. Save it without, and try again.")
            if name == "annotation":
                found.add("comments")
            elif name in TRACKED:
                found.add("tracked changes")
            elif name == "template":  # which is only named, not loaded
                found.add("where its template lay")
                continue
            _leads_nowhere(name, element)
            continue
        text = (element.text or "").strip()
        if text and in_notes and path == "content.xml" and name in {"p", "span"}:
            found.add("notes for the speaker")
        elif text and path == "meta.xml" and name in PEOPLE:
            found.add(f"{PEOPLE[name]}: {one_line(text)}")


def _leads_nowhere(name, element):
    """A link of the reader's may lead to the web; all that is loaded lies within the file."""
    target = _attributes(element).get("href", "").strip().lower()
    if not target or target.startswith("#"):
        return
    if name == "a":
        if ":" in target.split("/")[0] and not target.startswith(WEB):
            raise does_more("a link to something that is no page of the web")
    elif ":" in target or target.startswith(("/", "../", "\\")):
        raise does_more("something that is loaded from elsewhere")

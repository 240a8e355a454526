"""What browser somebody used, in plain words: enough to tell one's own devices apart, and no more."""

import re

from django.utils.translation import gettext, gettext_noop

# The first that fits is taken: most browsers claim to be some of those below them too.
BROWSERS = [
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\bOPR/|\bOpera\b"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Chrome", r"\bChrome/|\bCriOS/|\bChromium/"),
    ("Safari", r"\bSafari/"),
]
SYSTEMS = [
    (gettext_noop("an iPhone"), r"\biPhone\b"),
    (gettext_noop("an iPad"), r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    (gettext_noop("a Chromebook"), r"\bCrOS\b"),
    (gettext_noop("a Mac"), r"\bMacintosh\b"),
    ("Linux", r"\bLinux\b"),
]


def in_plain_words(user_agent: str) -> str:
    """``Firefox on Windows``; of what is not known, less."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    if browser or system:
        return browser or f"A browser on {system}"
    return "A browser"


def in_own_words(kept):
    """What ``in_plain_words`` made, in the language at hand; the names of browsers and systems stay."""
    browser, on, system = (kept or "A browser").partition(" on ")
    browser = gettext("A browser") if browser == "A browser" else browser
    known = system in {name for name, _ in SYSTEMS}
    system = gettext(system) if known else system
    return (
        gettext("{browser} on {system}").format(browser=browser, system=system)
        if on
        else (gettext(browser) if browser in {name for name, _ in SYSTEMS} else browser)
    )


def _first(names, user_agent):
    return next((name for name, pattern in names if re.search(pattern, user_agent)), "")

"""Every word that is marked for translation has one, in every language, and no catalogue is old."""

import re

import polib
import pytest

from . import messages

pytestmark = [pytest.mark.fast]

PLACES = re.compile(r"%\(\w+\)s|%%?s|\{\w*\}")
TAGS = re.compile(r"</?\w+")


@pytest.fixture(params=messages.catalogues(), ids=lambda path: path.parent.parent.name)
def path(request):
    return request.param


@pytest.fixture
def catalogue(path):
    return polib.pofile(str(path))


def test_the_catalogue_has_the_words_that_are_marked_and_no_others(catalogue):
    """Else: make messages."""
    assert {(entry.msgid, entry.msgid_plural) for entry in catalogue} == set(messages.marked())
    assert catalogue.obsolete_entries() == []


def test_every_word_has_a_translation_that_somebody_stands_for(catalogue):
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


def test_translations_keep_places_and_tags(catalogue):
    for entry in catalogue:
        translations = list(entry.msgstr_plural.values()) or [entry.msgstr]
        originals = [entry.msgid, entry.msgid_plural or entry.msgid]
        for original, translation in zip(originals, translations, strict=False):
            for pattern in (PLACES, TAGS):
                assert sorted(pattern.findall(translation)) == sorted(pattern.findall(original)), entry.msgid
            assert (original[:1].isspace(), original[-1:].isspace()) == (
                translation[:1].isspace(),
                translation[-1:].isspace(),
            ), entry.msgid


def test_what_is_compiled_is_the_catalogue(path, catalogue):
    """Else: make messages."""
    assert path.with_suffix(".mo").read_bytes() == catalogue.to_binary()


def test_marks_are_found_in_each_form_in_which_they_stand():
    """The control: of marks that were overlooked nobody would ask for a translation."""
    assert list(messages.in_python('a = _("One")\nb = gettext(\n "Two " "and" )\nc = gettext(name)')) == [
        ("One", ""),
        ("Two and", ""),
    ]
    template = (
        '{% translate "One" %}{{ x|date:_("j F") }}{% blocktranslate trimmed with b=a|date:_("Y") %}\n Of {{ b }},\n'
        " 100% {% endblocktranslate %}{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days"
        "{% endblocktranslate %}"
    )
    assert list(messages.in_template(template)) == [
        ("One", ""),
        ("j F", ""),
        ("Y", ""),
        ("Of %(b)s, 100%%", ""),
        ("%(n)s day", "%(n)s days"),
    ]


def test_a_word_without_a_translation_is_found():
    """The control."""
    made = polib.POFile()
    made.append(polib.POEntry(msgid="New words"))
    with pytest.raises(AssertionError):
        test_every_word_has_a_translation_that_somebody_stands_for(made)
    with pytest.raises(AssertionError):
        test_the_catalogue_has_the_words_that_are_marked_and_no_others(made)

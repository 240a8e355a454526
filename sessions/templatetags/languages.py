"""What pages say of languages: where the same stands in another one, and which words are not in the page's own."""

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from cacc_techtrack import languages

register = template.Library()


@register.simple_tag
def in_english():
    """An attribute for elements that hold the programme's words, which are never translated."""
    return "" if get_language() == settings.LANGUAGE_CODE else SafeString(' lang="en"')


@register.filter
def words_of_the_programme(text):
    """The same for words within a sentence."""
    lang = in_english()
    return format_html("<span{}>{}</span>", lang, text) if lang else text


@register.filter
def in_each_language(address):
    """``(code, address)`` for each language, and for whoever has none of them, of one of our addresses."""
    path = address.removeprefix(settings.SITE_URL)
    codes = [code for code, _ in settings.LANGUAGES]
    found = [(code, settings.SITE_URL + languages.address_in(code, path)) for code in codes]
    return [*found, ("x-default", settings.SITE_URL + languages.address_in(settings.LANGUAGE_CODE, path))]


@register.simple_tag(takes_context=True)
def other_languages(context):
    """Where this page stands in other languages; nothing where it has one only.

    ``here`` in the context is its address, where that is not to hold all that was asked for.
    """
    request = context.get("request")
    return languages.others(request, context.get("here", "")) if request else []

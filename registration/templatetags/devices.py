"""Filters that show browsers to people."""

from django import template

from ..sign_in import devices

register = template.Library()


@register.filter
def in_own_words(device):
    """What ``devices`` kept of a browser, in the language of the page."""
    return devices.in_own_words(device)

"""Filters that show addresses to people."""

from django import template

from .. import addresses

register = template.Library()


@register.filter
def for_people(address):
    """An e-mail address with its domain in its own alphabet."""
    return addresses.for_people(address or "")

"""Filters that show addresses to people."""

from django import template

from .. import addresses

register = template.Library()


@register.filter
def for_people(address):
    """An e-mail address with its domain in its own alphabet."""
    return addresses.for_people(address or "")


@register.filter
def for_the_desk(address):
    """The same for organisers, who tell twins in two alphabets apart."""
    return addresses.for_the_desk(address or "")

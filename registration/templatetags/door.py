"""Filters for the pages of the door."""

from django import template
from django.utils import timezone
from django.utils.dateformat import format as date_format

register = template.Library()


@register.filter
def at_the_door(moment, event):
    """When it was, by the event's clock: ``08:52``, and with the day if that is another than today."""
    there = moment.astimezone(event.zone)
    today = timezone.now().astimezone(event.zone).date()
    return date_format(there, "H:i" if there.date() == today else "j F, H:i")

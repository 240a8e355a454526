"""The keys of rows as admin's forms get them: Django looks some up as they came, and breaks on what is no key."""

import re

from django.core.exceptions import BadRequest
from django.forms import ModelChoiceField

LONGEST = 18  # digits; a database keeps no more in a key
_TOO_LONG = re.compile(rf"\d{{{LONGEST + 1}}}")
NO_ROW = "0"  # what stands for anything else: the form then says that there is no such choice
TEXTS = {"q", "term", "next"}  # in the query string: what people type, or an address


def is_key(text):
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST


def look_at_keys(request):
    """Ticked lines that are no row's number are as good as not ticked; a filter by one that none has is refused."""
    if request.method == "POST" and (ticked := request.POST.getlist("_selected_action")):
        request.POST = request.POST.copy()
        request.POST.setlist("_selected_action", [key for key in ticked if is_key(key)])
    filters = [value for name in request.GET if name not in TEXTS for value in request.GET.getlist(name)]
    if any(_TOO_LONG.search(value) for value in filters):
        raise BadRequest("No row has such a number.")


class CarefulKeys:
    """Mixed into every admin of a model, and every inline: fields that choose rows get keys or "no such choice"."""

    def get_object(self, request, object_id, from_field=None):
        """Django looks for a field without a name when ``_to_field`` is empty."""
        return super().get_object(request, object_id, from_field or None)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, ModelChoiceField):
            _be_careful(field.widget)
        return field


def _be_careful(widget):
    as_it_came = widget.value_from_datadict

    def keys(data, files, name):
        value = as_it_came(data, files, name)
        if isinstance(value, list):
            return [one if is_key(one) else NO_ROW for one in value]
        return value if not value or is_key(value) else NO_ROW

    widget.value_from_datadict = keys

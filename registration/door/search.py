"""Looking for a guest by name or organisation at the door, for those who come without a pass.

It finds those alone whom the door would let in, and few at a time; each search is on record, without its words.
"""

import logging
import re
import unicodedata
from datetime import timedelta

from django import forms
from django.db import transaction
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ..fields import LineField
from ..models import AccessRequest, Deed, Record
from ..sign_in.limits import Limit
from .guests import Guest, current_event
from .who import at_the_door, door_of

log = logging.getLogger("techtrack.door")

LEAST_LETTERS = 3
AT_MOST = 20
OF_ONE_STEWARD = Limit("names searched at the door", 60, timedelta(minutes=10))

# Letters that Unicode takes apart into nothing plainer, as people type them who have no such key.
_PLAINER = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ŀ": "l"}
)
_WITHIN_A_WORD = re.compile("['\u2019\u02bc`\u00b4.]")  # apostrophes as people type them: O'Brien is OBrien


def words_of(text):
    """Its words without case, accents and signs: "Łukasz O’Brien" and "lukasz obrien" are the same."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(one for one in apart if unicodedata.category(one) not in {"Mn", "Cf"})
    plain = unicodedata.normalize("NFC", plain).translate(_PLAINER)
    return re.findall(r"[^\W_]+", _WITHIN_A_WORD.sub("", plain))


class SearchForm(forms.Form):
    name = LineField(
        label="Name or organisation",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "form-control"}),
        help_text=f"At least {LEAST_LETTERS} letters; accents and capitals do not matter.",
    )

    def clean_name(self):
        words = words_of(self.cleaned_data["name"])
        if sum(map(len, words)) < LEAST_LETTERS:
            raise forms.ValidationError(f"Type at least {LEAST_LETTERS} letters.", code="few")
        return words


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@at_the_door
def search(request):
    event = current_event()
    form = SearchForm(request.POST if request.method == "POST" else None)
    found, more, status = None, False, 200
    if event and form.is_valid():
        wait = OF_ONE_STEWARD.spend(str(request.user.pk))
        if wait:
            form.add_error("name", f"Too many searches. Wait {wait.seconds // 60 + 1} min, or ask an organiser.")
            status = 429
        else:
            found, more = guests_called(form.cleaned_data["name"], event, by=request.user)
    context = {"event": event, "door": door_of(request), "form": form, "found": found, "more": more}
    response = render(request, "registration/door/search.html", context, status=status)
    if status == 429:
        response.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
    return response


def guests_called(words, event, *, by):
    """``([Guest, …], whether there are more)``; written down before anything is shown.

    All guests of the one event are looked at, some hundreds: both databases then find the same, accents or not.
    """
    rows = AccessRequest.objects.admitting().filter(event=event).order_by()
    fits = [row for row in rows.values_list("pk", "full_name", "organisation") if _fits(words, row)]
    fits.sort(key=lambda row: (not _begins(words, row), words_of(row[1]), row[0]))
    with transaction.atomic():
        Record.objects.write(Deed.SEARCHED, by=by, about=str(event), figures={"found": len(fits)})
    log.info("guests were searched at the door", extra={"found": len(fits)})
    chosen = [pk for pk, _, _ in fits[:AT_MOST]]
    by_pk = Guest.of(AccessRequest.objects.filter(pk__in=chosen))
    return [by_pk[pk] for pk in chosen if pk in by_pk], len(fits) > AT_MOST


def _fits(words, row):
    """Each word is part of some word of the name or the organisation."""
    there = words_of(f"{row[1]} {row[2]}")
    return all(any(word in one for one in there) for word in words)


def _begins(words, row):
    there = words_of(f"{row[1]} {row[2]}")
    return all(any(one.startswith(word) for one in there) for word in words)

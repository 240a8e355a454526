"""What else in the database refers to a row."""

from collections import Counter


def what_hangs_on(row, besides=()):
    """How many rows of which models refer to this one; relations of every app count, now and later.

    ``besides``: the accessors of relations that may go with the row, like "participations".
    """
    found = Counter()
    for relation in row._meta.get_fields(include_hidden=True):
        points_here = relation.is_relation and relation.auto_created and not relation.concrete
        if points_here and relation.get_accessor_name() not in besides:
            model = relation.related_model
            found[model] += model._base_manager.filter(**{relation.field.name: row}).count()
    return +found


def in_words(found):
    """Like "1 access request, 2 tickets"."""
    return ", ".join(
        f"{count} {model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural}"
        for model, count in found.items()
    )

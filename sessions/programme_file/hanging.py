"""What else in the database refers to a row."""


def what_hangs_on(row, besides=()):
    """How many rows of other kinds refer to this one, like {"access requests": 3}; relations of every app count.

    ``besides``: the accessors of relations that may go with the row, like "participations".
    """
    found = {}
    for relation in row._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and relation.is_relation) or relation.concrete:
            continue
        if relation.get_accessor_name() in besides:
            continue
        count = relation.related_model._base_manager.filter(**{relation.field.name: row}).count()
        if count:
            kind = str(relation.related_model._meta.verbose_name_plural)
            found[kind] = found.get(kind, 0) + count
    return found

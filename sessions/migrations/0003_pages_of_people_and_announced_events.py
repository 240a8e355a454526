"""Organisations and speakers get a page each, events are known once they are announced.

Columns that an older version of the site leaves out when it adds a row are null or have a default in the database.
"""

from django.db import migrations, models

import sessions.addresses


def give_addresses(apps, schema_editor):
    for name in ("Organisation", "Speaker"):
        model = apps.get_model("agenda", name)
        for row in model.objects.all().iterator():
            whole = ", ".join(filter(None, [row.name, getattr(row, "affiliation", "")]))
            row.slug = sessions.addresses.slug_of_name(whole)
            row.key = sessions.addresses.opaque_slug()
            row.save(update_fields=["slug", "key"])


def announce_what_is_there(apps, schema_editor):
    """Until now every event with sessions was readable."""
    apps.get_model("agenda", "Event").objects.update(announced=True)


class Migration(migrations.Migration):
    dependencies = [("agenda", "0002_plausible_years_and_places")]

    operations = [
        *[
            migrations.AddField(model, field, column)
            for model in ("organisation", "speaker")
            for field, column in (
                ("slug", models.SlugField(blank=True, db_default="", editable=False, max_length=160)),
                ("key", models.SlugField(editable=False, max_length=40, null=True)),
            )
        ],
        migrations.AddField(
            "event",
            "announced",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="Hidden from everyone but organisers until ticked, sessions and all.",
            ),
        ),
        migrations.RunPython(give_addresses, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(announce_what_is_there, migrations.RunPython.noop, elidable=True),
    ]

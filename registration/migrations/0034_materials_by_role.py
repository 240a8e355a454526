from django.db import migrations

from registration import roles


def give_materials(apps, schema_editor):
    """To those who edit the programme."""
    roles.give(apps, just=[f"agenda.{verb}_material" for verb in ("view", "add", "change", "delete")])


class Migration(migrations.Migration):
    dependencies = [
        ("agenda", "0012_materials"),
        ("registration", "0033_walk_ups"),
    ]

    operations = [
        migrations.RunPython(give_materials, migrations.RunPython.noop),
    ]

import django.db.models.manager
from django.db import migrations


class Migration(migrations.Migration):
    """Of the database nothing changes."""

    dependencies = [("agenda", "0008_generation")]

    operations = [
        migrations.AlterModelOptions(
            name="participation",
            options={"base_manager_name": "with_names", "ordering": ["position", "pk"]},
        ),
        migrations.AlterModelManagers(
            name="participation",
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("with_names", django.db.models.manager.Manager()),
            ],
        ),
    ]

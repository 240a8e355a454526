"""What the database holds of the programme bears a value that every write changes (``models/generation.py``)."""

from django.db import migrations, models

from sessions import triggers


class Migration(migrations.Migration):
    dependencies = [("agenda", "0007_places_passed_on")]

    operations = [
        migrations.CreateModel(
            name="Generation",
            fields=[("value", models.CharField(max_length=32, primary_key=True, serialize=False))],
            options={"default_permissions": ()},
        ),
        migrations.RunPython(triggers.make, triggers.take_away),
    ]

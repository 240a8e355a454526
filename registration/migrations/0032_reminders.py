from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agenda", "0011_reminders"),
        ("registration", "0031_door"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(
                condition=models.Q(("purpose", "reminder"), models.Q(("state", "expired"), _negated=True)),
                fields=("person", "event"),
                name="one_reminder_a_person",
            ),
        ),
    ]

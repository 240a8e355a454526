from django.db import migrations, models

import sessions.addresses


class Migration(migrations.Migration):
    """Apart from the rows that 0003 wrote: PostgreSQL alters no table with constraints waiting to be checked."""

    dependencies = [("agenda", "0003_pages_of_people_and_announced_events")]

    operations = [
        *[
            migrations.AlterField(
                model,
                "key",
                models.SlugField(
                    default=sessions.addresses.opaque_slug, editable=False, max_length=40, null=True, unique=True
                ),
            )
            for model in ("organisation", "speaker")
        ],
        migrations.AddConstraint(
            "event",
            models.CheckConstraint(
                condition=models.Q(("is_current", False), ("announced", True), _connector="OR"),
                name="the_current_event_is_announced",
                violation_error_message="The event on the front page is announced; put another one there first.",
            ),
        ),
    ]

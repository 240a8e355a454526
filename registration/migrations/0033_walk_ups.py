from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0032_reminders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="accessrequest", name="ones_own_is_entered_by_nobody"),
        migrations.AlterField(
            model_name="accessrequest",
            name="origin",
            field=models.CharField(
                choices=[
                    ("own", "asked here"),
                    ("by-hand", "entered by hand"),
                    ("invitation", "invited"),
                    ("at-door", "entered at the door"),
                ],
                db_default="own",
                default="own",
                editable=False,
                max_length=10,
                verbose_name="how it came",
            ),
        ),
        migrations.AddIndex(
            model_name="accessrequest",
            index=models.Index(
                condition=models.Q(("origin", "at-door")), fields=["event", "-id"], name="requests_at_the_door"
            ),
        ),
        migrations.AddConstraint(
            model_name="accessrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("entered_by", None), ("origin", "own")),
                    ("origin__in", ["by-hand", "invitation", "at-door"]),
                    _connector="OR",
                ),
                name="ones_own_is_entered_by_nobody",
                violation_error_message="A request was asked for here, entered by hand or at the door, or came by an invitation.",
            ),
        ),
    ]

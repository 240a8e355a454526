"""Login sessions from before stood under their plain key and open nothing any more: everybody signs in anew."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0006_backups_and_confirmations"),
    ]

    operations = [
        migrations.RunSQL("DELETE FROM registration_loginsession", migrations.RunSQL.noop),
    ]

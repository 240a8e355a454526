from django.db import migrations, models

from sessions import triggers


class Migration(migrations.Migration):
    dependencies = [("agenda", "0010_announcements")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="reminds",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="By a mail, from nine o’clock where the event is; once each, and until the day begins also those who are let in later. Off: nobody is. What it says stands under Texts of mails.",
                verbose_name="guests are reminded on the day before",
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="reminder_with_picture",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whoever has the picture can show it at the door. Off: the mail leads to the pass, for which one signs in.",
                verbose_name="with the picture of their pass",
            ),
        ),
        migrations.RunPython(triggers.make, migrations.RunPython.noop),
    ]

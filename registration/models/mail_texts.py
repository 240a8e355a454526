"""What organisers wrote in place of the original text of a mail."""

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone


class MailText(models.Model):
    """The text of one kind of mail in one language; without a row, the original in the template files holds."""

    purpose = models.CharField(max_length=20)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=150)
    text = models.TextField(max_length=5000, validators=[MaxLengthValidator(5000)])
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = "text of a mail"
        verbose_name_plural = "texts of mails"
        default_permissions = ("view", "change")
        ordering = ["purpose", "language"]
        constraints = [models.UniqueConstraint(fields=["purpose", "language"], name="one_text_a_purpose_and_language")]

    def __str__(self):
        return f"{self.purpose}, {self.language}"

"""The mails of a request on its page: what went out, how that ended, and sending the newest news again."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from ..addresses import for_the_desk
from ..mail.again import newest_news, send_again, why_not
from ..mail.purposes import PURPOSES
from ..models import AccessRequest, Mail, StepRefused

AT_MOST = 50  # anybody may have codes sent to an address
TO_PEOPLE = [purpose.name for purpose in PURPOSES.values() if not purpose.to_organisers]


class MailsOfARequest:
    """For ``AccessRequestAdmin``; its template is ``_mails.html``."""

    def get_urls(self):
        again = path(
            "<int:pk>/mail-again/",
            self.admin_site.admin_view(require_POST(self.mail_again)),
            name="registration_accessrequest_mail_again",
        )
        return [again, *super().get_urls()]

    def mails_context(self, request, one):
        """What the template needs, by the same queries however many mails there are."""
        news = newest_news(one)
        of_steps = list(Mail.objects.filter(decision__request=one)[:AT_MOST])
        of_the_person = Mail.objects.filter(person=one.person, decision=None, purpose__in=TO_PEOPLE)
        shown = [*of_steps, *of_the_person[:AT_MOST]]
        shown.sort(key=lambda mail: (mail.created_at, mail.pk), reverse=True)
        for mail in shown:
            mail.title = PURPOSES[mail.purpose].title if mail.purpose in PURPOSES else mail.purpose
            mail.address = for_the_desk(mail.recipient) if mail.recipient else ""
            mail.is_under_way = mail.leased_until is not None and mail.leased_until > timezone.now()
        return {
            "mails": shown[:AT_MOST],
            "news": news,
            "news_title": news and PURPOSES[news.purpose].title,
            "why_not_again": news and why_not(one, [mail for mail in of_steps if mail.decision_id == news.decision_id]),
            "may_send_again": self.has_decide_permission(request),
        }

    def mail_again(self, request, pk):
        self.check_may_decide(request)
        one = AccessRequest.objects.filter(pk=pk).first()
        if one is None:
            raise Http404
        shown = request.POST.get("news", "")
        try:
            mail = send_again(one, int(shown) if shown.isdecimal() and len(shown) < 20 else None, by=request.user)
        except StepRefused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, f"Queued again: “{PURPOSES[mail.purpose]}” to {for_the_desk(mail.recipient)}.")
        return redirect("admin:registration_accessrequest_change", pk)

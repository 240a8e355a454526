from .alarms import Alarm, Cause, RefusedCodes
from .backups import Backup
from .calendar_feeds import CalendarFeed
from .circulars import Circular, Copy
from .decisions import FORGOTTEN, AlreadyDecided, Confirmation, Decision, Edit, Full, Stale, StepRefused
from .door import Scan, Visit
from .invitations import Invitation, InvitationOver
from .kept import KeptSession
from .leaving import DeletionRequest
from .login_sessions import LoginSession
from .mail_texts import MailText
from .outbox import Mail, SecondFactorNews
from .passes import Pass
from .people import EnrolmentCode, RulesAcceptance, SignInCode, User
from .records import Deed, Record
from .requests import AccessRequest
from .tallies import Tally

__all__ = [
    "FORGOTTEN",
    "AccessRequest",
    "Alarm",
    "AlreadyDecided",
    "Backup",
    "CalendarFeed",
    "Cause",
    "Circular",
    "Confirmation",
    "Copy",
    "Decision",
    "Deed",
    "DeletionRequest",
    "Edit",
    "EnrolmentCode",
    "Full",
    "Invitation",
    "InvitationOver",
    "KeptSession",
    "LoginSession",
    "Mail",
    "MailText",
    "Pass",
    "Record",
    "RefusedCodes",
    "RulesAcceptance",
    "Scan",
    "SecondFactorNews",
    "SignInCode",
    "Stale",
    "StepRefused",
    "Tally",
    "User",
    "Visit",
]

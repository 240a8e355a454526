from .alarms import Alarm, Cause, RefusedCodes
from .decisions import AlreadyDecided, Decision, Edit, Stale, StepRefused
from .login_sessions import LoginSession
from .outbox import Mail, SecondFactorNews
from .people import EnrolmentCode, RulesAcceptance, SignInCode, User
from .requests import AccessRequest
from .tallies import Tally

__all__ = [
    "AccessRequest",
    "Alarm",
    "AlreadyDecided",
    "Cause",
    "Decision",
    "Edit",
    "EnrolmentCode",
    "LoginSession",
    "Mail",
    "RefusedCodes",
    "RulesAcceptance",
    "SecondFactorNews",
    "SignInCode",
    "Stale",
    "StepRefused",
    "Tally",
    "User",
]

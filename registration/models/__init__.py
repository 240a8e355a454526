from .decisions import AlreadyDecided, Decision, Edit, Stale, StepRefused
from .outbox import Mail
from .people import EnrolmentCode, LoginSession, RulesAcceptance, SignInCode, User
from .requests import AccessRequest

__all__ = [
    "AccessRequest",
    "AlreadyDecided",
    "Decision",
    "Edit",
    "EnrolmentCode",
    "LoginSession",
    "Mail",
    "RulesAcceptance",
    "SignInCode",
    "Stale",
    "StepRefused",
    "User",
]

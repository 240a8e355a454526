from .outbox import Mail
from .people import EnrolmentCode, LoginSession, RulesAcceptance, SignInCode, User
from .requests import AccessRequest, AlreadyDecided, Decision, Stale, StepRefused

__all__ = [
    "AccessRequest",
    "AlreadyDecided",
    "Decision",
    "EnrolmentCode",
    "LoginSession",
    "Mail",
    "RulesAcceptance",
    "SignInCode",
    "Stale",
    "StepRefused",
    "User",
]

"""What is cut from a backup, and what is marked when one is restored.

Nothing that opens the site is in the file: no login session, no code, no address of a calendar, no pass. What was taken
from somebody after the backup was made must not come back with it: restored approvals open nothing until an organiser
confirms them, invitations are recalled, organisers and their second factors are made anew, and no mail that waited
is sent. Of what was made of the programme before, nothing is taken for good: its generation is a new one.
"""

NOT_KEPT = (
    "registration_loginsession",
    "registration_signincode",
    "registration_enrolmentcode",
    "registration_calendarfeed",
    "registration_pass",
    "cache",
    "agenda_generation",
)
MAIL = "registration_mail"  # kept but for one column, which may hold a sealed sign-in code
NOT_KEPT_COLUMN = (MAIL, "sealed")
INVITATIONS = "registration_invitation"
RECALL = f"UPDATE {INVITATIONS}"

ON_BACKUP = (
    *(f"DELETE FROM {table}" for table in NOT_KEPT),  # noqa: S608  # nosec B608  # names from the lines above
    "UPDATE registration_mail SET sealed = NULL",
)
ON_RESTORE = (
    *ON_BACKUP,
    "UPDATE registration_accessrequest SET to_confirm = TRUE WHERE state = 'approved'",
    f"{RECALL} SET state = 'recalled', ended_at = CURRENT_TIMESTAMP WHERE state = 'sent'",
    "UPDATE registration_mail SET state = 'expired', ended_at = CURRENT_TIMESTAMP, leased_until = NULL, "
    "answer = 'Not sent: the site was restored from a backup.' WHERE state = 'queued'",
    "UPDATE agenda_event SET slug = slug",  # gives the generation
)
NO_ORGANISERS = (
    "DELETE FROM mfa_authenticator",
    "UPDATE registration_user SET is_staff = FALSE, is_superuser = FALSE",
    "DELETE FROM registration_user_groups",  # a door steward is no organiser, and works by the group alone
    "DELETE FROM registration_user_user_permissions",
)


def for_tables(statements, there):
    """Without what is about a table that is not there: an older version had fewer, and not each site has a cache."""
    beginnings = {table: f"DELETE FROM {table}" for table in NOT_KEPT} | {INVITATIONS: RECALL}  # noqa: S608  # nosec B608  # ours
    missing = tuple(beginning for table, beginning in beginnings.items() if table not in there)
    return [statement for statement in statements if not statement.startswith(missing)]


def all_cuts(*, keep_organisers):
    return ON_RESTORE if keep_organisers else (*ON_RESTORE, *NO_ORGANISERS)

"""Chapters 8 and 9 of ASVS 5.0.0: who may do what, and tokens that speak for themselves."""

from .asvs import met, na

FIELDS = "SECURITY.md#fields"
ONE_TOKEN = "the one such token we have, the cookie of a known browser, which opens nothing"
FOR_US_ALONE = "what we seal is read by this site alone, and each purpose has a key of its own"

AUTHORIZATION = {
    "8.1.1": met(
        "written down: which page and which rows are for whom",
        "readme.each_address_is_listed_with_who_may_open_it",
        "gate.every_address_has_a_line_and_every_line_an_address",
        where="README.md#addresses-and-who-may-open-them",
    ),
    "8.1.2": met(
        "written down: which field is for whom, to read and to change",
        "canaries.every_field_that_can_hold_words_has_a_canary_or_a_reason",
        where=FIELDS,
    ),
    "8.2.1": met(
        "what one may do is given explicitly",
        "gate.get_answers_as_the_table_says",
        "gate.an_empty_form_answers_as_the_table_says",
        "gate.a_forged_decision_without_the_right_changes_nothing",
    ),
    "8.2.2": met(
        "and so is each row, whatever address is guessed",
        "leaks.no_canary_where_it_may_not_be",
        "leaks.what_is_private_answers_like_what_never_existed",
        "leaks_live.over_the_wire_nobody_gets_what_is_not_theirs",
        "asking.each_persons_status_is_their_own",
        "login_sessions.nobody_ends_what_is_not_theirs_and_reading_ends_nothing",
    ),
    "8.2.3": met(
        "and each field",
        "leaks.no_canary_where_it_may_not_be",
        "sign_in.a_strangers_form_stores_nothing_but_the_address",
        "asking.reception_and_needs_change_after_a_decision_and_leave_the_version_alone",
        "asking.a_form_opened_before_the_decision_is_refused_and_keeps_what_was_typed",
        "deciding.admin_lets_nobody_edit_a_request_or_a_decision",
        "deciding.only_an_administrator_changes_an_organiser",
        "deciding.nobody_learns_of_requests_through_the_pages_of_other_rows",
    ),
    "8.3.1": met(
        "the server enforces it, not the browser",
        "gate.get_answers_as_the_table_says",
        "gate.a_forged_decision_without_the_right_changes_nothing",
        "leaks.no_canary_where_it_may_not_be",
        how="these tests send what they like, without a browser",
    ),
    "8.4.1": na(
        "tenants are kept apart",
        "gate.get_answers_as_the_table_says",
        why="one host, one site. Editions are kept apart: a guest of another one is a visitor here",
    ),
}

SELF_CONTAINED_TOKENS = {
    "9.1.1": met(
        "they are sealed, and the seal is checked first",
        "allowance.a_forged_cookie_is_a_strangers",
        how=ONE_TOKEN,
    ),
    "9.1.2": met(
        "the algorithm is ours to choose, never the token's",
        "allowance.a_forged_cookie_is_a_strangers",
        how="HMAC with SHA-256, always; nothing in the cookie names an algorithm",
    ),
    "9.1.3": met(
        "the key is ours to choose too",
        "allowance.a_forged_cookie_is_a_strangers",
        how="derived from `SECRET_KEY`; nothing in the cookie names a key",
    ),
    "9.2.1": na(
        "times in a token are checked",
        "allowance.it_is_forgotten_when_the_person_is_shut_out",
        why="it holds no time: it ends with the person's key, which changes whenever they are shut out",
    ),
    "9.2.2": met(
        "a token serves one purpose",
        "allowance.it_is_known_for_one_person_only",
        "allowance.the_cookie_tells_nothing_and_opens_nothing",
        how=FOR_US_ALONE,
    ),
    "9.2.3": na("a token meant for another site is refused", why=FOR_US_ALONE),
    "9.2.4": na("one key for several sites: tokens name theirs", why=FOR_US_ALONE),
}

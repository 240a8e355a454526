"""Chapter 7 of ASVS 5.0.0: login sessions."""

from .asvs import in_part, met, na

WRITTEN = "SECURITY.md#login-sessions"
NO_FEDERATION = "no login session of ours hangs on another site's"

LOGIN_SESSIONS = {
    "7.1.1": met(
        "written down: how long one lasts, idle and in all, and why",
        "security_document.each_figure_is_that_of_the_code",
        where=WRITTEN,
    ),
    "7.1.2": met(
        "written down: how many one person may have",
        "login_sessions.people_see_where_they_are_signed_in",
        where=WRITTEN,
    ),
    "7.1.3": na("written down: login sessions shared with other systems", why=NO_FEDERATION),
    "7.2.1": met(
        "the server checks the token",
        "login_session_tokens.a_made_up_token_opens_nothing_and_is_not_taken_up",
        "login_session_keys.what_stands_in_the_database_opens_nothing",
        "deciding.revoking_shuts_the_person_out_of_every_browser_at_the_next_click",
    ),
    "7.2.2": met(
        "tokens are made for each login session, none is fixed",
        "login_session_tokens.each_sign_in_gets_a_token_of_its_own",
        "sign_in.signing_in_changes_the_session_key_and_signing_out_ends_it",
    ),
    "7.2.3": met(
        "tokens are random, with 128 bits or more",
        "login_session_tokens.each_sign_in_gets_a_token_of_its_own",
        "secret_sources.what_opens_something_comes_from_the_systems_secret_source",
        "secret_sources.what_opens_something_is_long_enough",
    ),
    "7.2.4": met(
        "a new token at each sign-in, also when a factor is given again; the old one is dead",
        "sign_in.signing_in_changes_the_session_key_and_signing_out_ends_it",
        "login_session_tokens.giving_the_factor_again_changes_the_token_and_not_its_age",
    ),
    "7.3.1": met(
        "idle ones end, as decided",
        "login_sessions.an_organiser_who_does_nothing_for_thirty_minutes_is_signed_out",
        where=WRITTEN,
        how="organisers'; a guest's has no idle limit, which is decided and explained",
    ),
    "7.3.2": met(
        "all end after a time, as decided",
        "login_sessions.a_guest_is_signed_out_fourteen_days_after_signing_in",
        "login_sessions.using_a_login_session_does_not_make_it_live_longer",
        "login_sessions.an_organiser_is_signed_out_after_twelve_hours_however_busy",
        where=WRITTEN,
    ),
    "7.4.1": met(
        "one that has ended opens nothing any more",
        "sign_in.signing_in_changes_the_session_key_and_signing_out_ends_it",
        "login_sessions.a_guest_is_signed_out_fourteen_days_after_signing_in",
        "back_button.back_after_signing_out_shows_nothing_private",
        "back_button.back_shows_nothing_private_to_the_next_person",
    ),
    "7.4.2": met(
        "closing or deleting an account ends its login sessions",
        "deciding.other_ways_to_lose_access_work_at_the_next_click_too",
        "deciding.somebody_who_is_deleted_is_a_visitor_at_the_next_click",
    ),
    "7.4.3": met(
        "after a factor changed one may end one's other login sessions",
        "login_session_tokens.the_page_about_factors_leads_to_where_one_is_signed_in",
        "login_sessions.people_end_one_of_their_own_or_all_others",
        "lost_device.the_way_back_of_one_who_lost_their_device",
    ),
    "7.4.4": met(
        "every page shows how to sign out",
        "login_session_tokens.every_page_for_who_is_signed_in_shows_how_to_sign_out",
    ),
    "7.4.5": met(
        "administrators can end the login sessions of one person or of all",
        "signing_out_others.an_administrator_signs_one_person_out_everywhere_or_all",
        "signing_out_others.nobody_else_may",
        where="README.md#organisers",
    ),
    "7.5.1": in_part(
        "one signs in in full again before changing what signing in hangs on",
        "login_session_tokens.a_factor_is_added_or_removed_only_after_giving_one_again",
        "second_factor.a_mailbox_alone_does_not_enrol",
        "deciding.other_ways_to_lose_access_work_at_the_next_click_too",
        missing="the second factor is asked for again, the code by mail is not. The first factor needs the enrolment "
        "code. Nobody changes their own address. To meet it: ask for both again",
        where="SECURITY.md#ways-in",
    ),
    "7.5.2": in_part(
        "people see their login sessions and, giving a factor again, end them",
        "login_sessions.people_see_where_they_are_signed_in",
        "login_sessions.people_end_one_of_their_own_or_all_others",
        "login_sessions.nobody_ends_what_is_not_theirs_and_reading_ends_nothing",
        missing="no factor is asked for before ending one. Decided so: what it stops is somebody with a stolen cookie "
        "signing the owner out, who signs in again within a minute and can do the same; what it would cost is the "
        "time of the one who must hurry. To meet it: a code by mail before the button",
        where=WRITTEN,
    ),
    "7.6.1": na("login sessions end together with another site's", why=NO_FEDERATION),
    "7.6.2": met(
        "none begins without somebody doing something",
        "sign_in.a_link_scanner_changes_nothing",
        "mail_scanners.a_scanner_that_runs_scripts_and_presses_the_first_button_changes_nothing",
        how="a code is typed",
    ),
}

"""Which test meets which case of ../shared/CASES.md, and what shows that the test can fail.

Add a test here when it meets a case: ``"SI-06": met("races.eight_posts_of_a_right_code_make_one_login_session",
control="races.without_the_counter_eight_posts_make_several")`` names ``tests/test_races.py`` and its functions
without ``test_``. A control is a test of its own whose docstring calls it that. ``make cases`` then writes
docs/cases.md; ``test_cases.py`` fails while the table is old or a name is wrong.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    tests: tuple = ()
    control: str = ""
    reason: str = (
        ""  # why there is no test ("n/a") or no control ("met"), what is still to be shown ("in part", "open")
    )
    kind: str = "met"

    @property
    def control_or_why(self):
        return self.control or (self.kind == "met" and self.reason) or ""


WITHIN = "within the test"  # which then says "the control" where it shows it


def met(*tests, control="", sure=""):
    """``sure`` says why the tests can do without a control."""
    return Case(tests, control, sure)


def in_part(missing, *tests, control=""):
    return Case(tests, control, missing, "in part")


def na(reason):
    return Case(reason=reason, kind="n/a")


def open_(missing):
    return Case(reason=missing, kind="open")


GATE_OFF = "leaks.with_the_gate_off_the_visitors_crawl_finds_them"
TABLE_OFF = "gate.with_the_gate_off_the_table_fails"
LIVE = "leaks_live.over_the_wire_nobody_gets_what_is_not_theirs"
DRESS = "leaks_live.a_secret_is_found_in_every_dress"
MIXED_UNGATED = "mixed_load.under_a_mixed_load_with_the_gate_off_others_words_are_found"
SCORE = "headers.the_score_falls_with_what_is_missing"
COUNTED_LATE = "allowance.counted_by_looking_first_more_get_through"
BROKEN_LIFE = "life_of_a_request.a_broken_verb_mail_or_gate_is_found"
LOCKS_OFF = "races.without_the_locks_two_decisions_stand"

CASES = {
    "G-01": met(
        "gate.every_address_has_a_line_and_every_line_an_address",
        "sign_in.pages_of_allauth_that_we_do_not_use_do_not_exist",
        control="guards_off.an_address_without_a_line_is_found",
    ),
    "G-02": met(
        "gate.get_answers_as_the_table_says",
        "gate.an_empty_form_answers_as_the_table_says",
        "gate.head_is_get_without_the_body",
        "gate.other_methods_are_refused_for_everyone",
        "gate.a_post_without_a_token_is_refused_for_everyone_alike",
        "seeing.nobody_else_sees_anything_else_by_it",
        control=TABLE_OFF,
    ),
    "G-03": met(
        "leaks.no_canary_where_it_may_not_be",
        "leaks_live.over_the_wire_nobody_gets_what_is_not_theirs",
        control=GATE_OFF,
    ),
    "G-04": met(
        "leaks.two_worlds_that_differ_in_private_sessions_look_the_same",
        "finding.nothing_private_shapes_what_a_visitor_finds",
        "taking_part.an_address_tells_of_no_other_of_that_name",
        control=GATE_OFF,
    ),
    "G-05": met(
        "deciding.revoking_shuts_the_person_out_of_every_browser_at_the_next_click",
        "my_agenda.after_a_revocation_the_private_ones_are_gone_at_the_next_click",
        "private_agenda.whoever_is_shut_out_is_out_at_the_next_request",
        "telling.never_once_access_ended_not_even_when_it_was_queued_before",
        "passes.a_pass_dies_with_what_it_stands_for",
        "own_calendar.an_address_that_opens_nothing_answers_like_a_random_one",
        "materials.a_link_dies_with_the_approval_the_session_and_the_audience",
        control="guards_off.a_revocation_that_shuts_nobody_out_is_found",
    ),
    "G-06": met(
        "deciding.other_ways_to_lose_access_work_at_the_next_click_too",
        "passes.a_pass_dies_with_what_it_stands_for",
        "own_calendar.an_address_that_opens_nothing_answers_like_a_random_one",
        control="guards_off.other_ways_out_that_leave_the_door_open_are_found",
    ),
    "G-07": met(
        "leaks.what_is_private_answers_like_what_never_existed",
        "taking_part.whoever_is_looked_for_the_statements_are_the_same",
        "editions.an_edition_that_nobody_knows_of_answers_with_the_statements_of_one_that_never_was",
        "my_agenda.what_is_not_public_is_left_out_in_the_same_bytes_as_what_never_was",
        "my_agenda.what_one_may_not_read_is_left_out_like_what_never_was",
        "materials.for_whoever_may_not_have_it_its_address_never_existed",
        control=TABLE_OFF,
    ),
    "G-09": met(
        "gate.get_answers_as_the_table_says",
        "gate.an_empty_form_answers_as_the_table_says",
        "rights.each_action_is_for_the_roles_of_the_table",
        "door.a_pass_page_shows_name_and_organisation_and_no_more",
        "door_search.nobody_but_the_guests_of_this_event_is_found",
        "door_search.fewer_than_three_letters_find_nobody_and_are_not_a_search",
        "door_search.a_search_is_on_record_and_in_the_log_without_its_words",
        "door_search.what_is_found_leads_to_the_check_in_of_that_pass",
        control=TABLE_OFF,
    ),
    "G-10": met(
        "gate.get_answers_as_the_table_says",
        "rights.each_action_is_for_the_roles_of_the_table",
        "roles.nobody_makes_themselves_more_than_they_are",
        control=TABLE_OFF,
    ),
    "G-13": met(
        "programme_in_admin.a_track_that_turns_private_gives_new_addresses_for_good",
        "track_page.a_track_that_turns_private_keeps_its_new_addresses_whatever_else_is_saved",
        "track_page.what_a_private_track_was_called_is_not_told_as_it_opens",
        "changes.of_a_session_that_turns_private_nothing_is_left",
        "my_agenda.a_session_that_turns_private_is_gone_from_it",
        "freshness.no_request_that_begins_after_a_save_sees_what_it_closed",
        "private_agenda.a_change_of_the_programme_shows_at_the_next_request",
        "announcing.each_role_reads_what_is_for_it_on_each_page_of_the_event_and_nowhere_else",
        "kept_pages.a_private_announcement_changes_no_byte_of_what_visitors_get",
        control="guards_off.a_track_that_turns_private_and_keeps_its_addresses_is_found",
    ),
    "G-14": met(
        "pages.the_panel_is_the_same_with_sessions_behind_it_or_none",
        "now.private_times_shape_nothing_public",
        control="guards_off.a_panel_that_tells_of_what_is_behind_it_is_found",
    ),
    "G-15": met("mixed_load.under_a_mixed_load_everybody_gets_their_own", control=MIXED_UNGATED),
    "L-01": met("leaks.no_canary_where_it_may_not_be", control=GATE_OFF),
    "L-02": met(
        "leaks.what_machines_ask_for_names_nothing_private",
        "for_machines.the_sitemap_lists_every_public_page_and_no_other",
        "for_machines.sitemap_and_robots_tell_nothing_of_private_edits",
        "for_machines.robots_names_no_place_that_is_closed",
        "changes.of_a_session_that_turns_private_nothing_is_left",
        control="guards_off.a_sitemap_that_lists_what_is_there_is_found",
    ),
    "L-04": met(
        "leaks.what_unfurls_links_gets_the_page_of_what_never_existed",
        "for_machines.a_guests_page_tells_machines_what_it_tells_them_on_everyones",
        control=GATE_OFF,
    ),
    "L-05": met(
        "error_pages.an_error_inside_a_page_tells_nobody_anything",
        "error_pages.a_request_that_is_refused_tells_nobody_anything",
        "error_pages.too_many_tries_to_sign_in_are_told_in_the_same_words",
        "pages.error_pages_come_in_the_sites_look",
        "pages.when_a_view_breaks_the_page_needs_no_database",
        control="error_pages.pages_with_djangos_own_error_pages_are_found",
    ),
    "L-06": met(
        "leaks.editing_a_private_session_leaves_the_public_answer_as_it_was",
        "changes.private_changes_leave_the_public_answers_as_they_were",
        "my_agenda.a_private_session_that_changes_changes_nothing_of_it",
        control="changes.with_the_door_open_private_changes_are_found",
    ),
    "L-08": met(
        "leaks.public_pages_hold_no_number_of_a_row", control="guards_off.a_number_of_a_row_in_an_address_is_found"
    ),
    "L-09": met("leaks.what_is_private_answers_like_what_never_existed", control=TABLE_OFF),
    "L-10": met(
        "materials.for_whoever_may_not_have_it_its_address_never_existed",
        "materials.an_editor_adds_material_and_a_guest_gets_it_as_it_was",
        "materials.of_a_public_session_everybody_gets_it_and_nobody_keeps_it",
        control=TABLE_OFF,
    ),
    "L-11": met(
        "uploads.what_a_file_tells_of_people_is_told_to_the_organiser",
        "uploads.of_a_picture_only_the_picture_is_kept",
        "materials.what_tells_of_people_is_for_organisers_until_one_has_looked",
        sure="each file holds what is looked for",
    ),
    "L-12": met(LIVE, "static_files.nothing_is_served_but_what_pages_name", control=DRESS),
    "L-13": met(
        "mail.each_mail_goes_to_one_person_and_tells_nothing_of_this_machine",
        "leaks.mails_hold_no_private_word_and_no_word_of_the_person",
        "telling.it_says_that_something_changed_and_nothing_else",
        "telling.no_other_mail_offers_to_end_what_one_cannot_end",
        "reminding.it_goes_to_one_person_and_tells_nothing_private",
        control="guards_off.a_letter_that_calls_the_person_by_name_is_found",
    ),
    "L-14": met(LIVE, "nginx.the_logs_hold_no_address_token_or_person", control=DRESS),
    "L-15": met(
        "csp_in_browser.admin_is_shown_in_no_frame_of_another_page",
        "csp_in_browser.every_page_for_every_role_without_an_offence",
        control="csp_in_browser.an_offence_is_noticed",
    ),
    "L-16": met(
        "deciding.nobody_learns_of_requests_through_the_pages_of_other_rows",
        control="guards_off.an_editor_who_may_read_requests_is_found",
    ),
    "L-17": met("leaks.two_worlds_that_differ_in_private_sessions_look_the_same", control=GATE_OFF),
    "L-18": met("headers.the_health_check_tells_no_more_than_it_must", sure="the whole body is compared"),
    "L-19": met("headers.cookies_hold_no_word_of_anybody", control="guards_off.a_cookie_that_says_something_is_found"),
    "CAL-01": met(
        "own_calendar.it_is_shown_once_and_kept_as_a_digest",
        sure="the whole row and both pages are searched for a token that was just shown",
    ),
    "CAL-02": met(
        "own_calendar.an_address_that_opens_nothing_answers_like_a_random_one",
        "own_calendar.after_revoking_and_letting_in_again_the_old_address_stays_dead",
        control="own_calendar.an_address_that_outlives_access_is_found",
    ),
    "CAL-03": met(
        "own_calendar.the_address_opens_nothing_else",
        "passes.a_pass_is_no_calendar_address_nor_the_other_way",
        sure="the same addresses open to a guest in the table of roles",
    ),
    "CAL-04": met("calendars.odd_words_stay_words", control="calendars.unescaped_words_are_found"),
    "CAL-05": met(
        "own_calendar.random_addresses_hit_nothing_and_write_no_more_than_the_counter",
        "own_calendar.what_has_not_the_shape_of_a_token_asks_no_database_for_it",
        control="own_calendar.a_limit_that_counts_nothing_is_found",
    ),
    "CAL-06": met(
        "own_calendar.the_address_shows_the_holder_the_whole_day",
        "own_calendar.a_login_session_is_neither_looked_at_nor_touched",
        "calendars.cancelled_stays_and_private_goes",
        "calendars.bytes_stay_until_something_changes",
        control="calendars.with_the_gate_off_the_feeds_hold_the_morning",
    ),
    "CAL-07": met(
        "calendars.on_the_night_of_the_change_the_hours_are_right",
        "calendars.each_change_is_stamped_by_whatever_way_it_is_made",
        "calendars.cancelled_stays_and_private_goes",
        control="calendars.unwatched_an_update_leaves_the_old_stamp",
    ),
    "CAL-08": met(
        "own_calendar.the_page_says_what_a_fetched_copy_does",
        "calendars.the_page_says_how_and_how_soon",
        sure="the sentence itself is looked for",
    ),
    "QR-01": met(
        "passes.the_code_is_worked_out_and_stands_nowhere",
        "passes.it_comes_of_the_secret_the_id_and_the_generation",
        "passes.looking_makes_and_renews_nothing",
        sure="each table is searched for the letters, and for the id, which is found",
    ),
    "QR-02": met(
        "door.whoever_does_not_work_at_the_door_gets_the_same_bytes_whatever_the_pass",
        "door.for_them_nothing_is_looked_up",
        "gate.an_empty_form_answers_as_the_table_says",
        control=WITHIN,
    ),
    "QR-03": met(
        "races_door.twenty_at_two_doors_are_one_who_came_in",
        "door.a_page_sent_twice_or_late_does_nothing_twice",
        "door_in_browser.one_guest_at_two_doors",
        control="races_door.without_the_locks_the_constraint_still_holds_and_without_both_several_came_in",
    ),
    "QR-04": met(
        "door.a_dead_pass_is_refused_in_one_text_and_the_log_says_so",
        "door.a_forged_pass_is_refused_like_a_dead_one",
        "door_checking.a_pass_that_died_after_the_page_was_opened_lets_nobody_in",
        "passes.a_pass_dies_with_what_it_stands_for",
        "passes.one_bit_altered_opens_nothing",
        "passes.whoever_is_let_in_again_gets_another",
        control="passes.a_code_that_is_not_compared_is_found",
    ),
    "QR-05": met(
        "door_sync.two_hundred_steps_sent_twice_are_done_once",
        "door_sync.one_pass_at_two_doors_is_told_to_both",
        "door_sync.a_pass_that_died_after_the_list_was_loaded_is_told",
        "door_sync.the_list_tells_a_pass_by_a_digest_and_names_nobody",
        "door_offline_in_browser.a_door_goes_on_without_a_network_and_holds_no_name",
        "door_offline_in_browser.two_doors_without_a_network_tell_of_whom_both_let_in",
        "door_offline_in_browser.nobody_signs_out_of_what_is_unsent_by_mistake",
        "door_offline_in_browser.the_worker_ends_a_list_that_nobody_looks_at",
        control="door_sync.sent_twice_under_new_ids_nobody_is_counted_twice",
    ),
    "QR-06": met(
        "lost_phone.the_login_session_of_a_lost_phone_is_ended_and_its_next_scan_refused",
        "door.who_may_no_longer_work_at_the_door_is_out_at_the_next_click",
        control=WITHIN,
    ),
    "SI-01": met(
        "sign_in.known_or_unknown_the_answer_is_the_same",
        control="guards_off.an_answer_that_differs_for_newcomers_is_found",
    ),
    "SI-02": met(
        "timing.how_long_it_takes_tells_nobody_whether_an_address_is_known",
        "sign_in.a_known_and_an_unknown_address_cost_the_same_statements",
        "read_out.a_wrong_code_costs_the_same_statements_whoever_it_is_for",
        control="timing.a_sleep_in_one_branch_is_found",
    ),
    "SI-03": met("code_letters.a_hundred_thousand_codes_have_no_bias", control="code_letters.a_biased_source_is_found"),
    "SI-04": met(
        "sign_in.the_code_works_for_ten_minutes",
        "sign_in.the_code_is_dead_after_ten_minutes",
        "sign_in.a_clock_that_is_set_back_does_not_make_codes_live_longer",
        control="guards_off.a_code_that_lives_an_hour_is_found",
    ),
    "SI-06": met(
        "races.eight_posts_of_a_right_code_make_one_login_session",
        "sign_in.a_code_works_once",
        "sign_in.a_code_works_only_in_the_browser_that_asked",
        control="races.without_the_counter_eight_posts_make_several",
    ),
    "SI-07": met(
        "sign_in.only_the_newest_code_of_a_browser_works", control="guards_off.an_older_code_that_still_works_is_found"
    ),
    "SI-08": met(
        "sign_in.the_code_stands_readable_nowhere",
        "leaks_live.over_the_wire_nobody_gets_what_is_not_theirs",
        control="leaks_live.a_secret_is_found_in_every_dress",
    ),
    "SI-10": met(
        "sign_in.signing_in_changes_the_session_key_and_signing_out_ends_it",
        "tossed_cookies.a_neighbour_signs_nobody_in",
        control="guards_off.a_login_session_that_keeps_its_key_is_found",
    ),
    "SI-11": met(
        "sign_in.signing_in_changes_the_session_key_and_signing_out_ends_it",
        "sign_in.signing_out_from_another_site_is_refused",
        control="guards_off.a_login_session_that_outlives_signing_out_is_found",
    ),
    "SI-12": met(
        "second_factor.the_factor_given_by_one_person_does_not_serve_another",
        control="guards_off.a_factor_that_serves_whoever_is_in_the_browser_is_found",
    ),
    "SI-13": met(
        "races_factor.of_twenty_posts_of_one_code_of_the_app_one_succeeds",
        "races_factor.twenty_posts_in_one_browser_make_one_success_too",
        "races_factor.within_the_same_thirty_seconds_a_used_code_is_refused_however_it_is_spelt",
        "second_factor.one_code_of_the_app_serves_once",
        "second_factor.a_used_code_of_the_app_stays_used_for_as_long_as_it_would_be_taken",
        control="races_factor.unguarded_one_code_of_the_app_serves_several",
    ),
    "SI-14": met(
        "allowance.its_owner_signs_in_although_a_stranger_used_up_the_ten_mails",
        control="allowance.without_the_cookie_the_owner_is_locked_out",
    ),
    "SI-15": met(
        "allowance.one_mailbox_gets_ten_mails_from_however_many_addresses",
        "allowance.one_mailbox_gets_no_more_by_other_spellings_of_its_address",
        "races.an_address_gets_exactly_its_ten_mails_however_many_ask_at_once",
        control=COUNTED_LATE,
    ),
    "SI-16": met(
        "settings.cookies_are_host_bound_and_secure_exactly_when_the_address_is_https",
        "login_sessions.a_guest_is_signed_out_fourteen_days_after_signing_in",
        "login_sessions.an_organiser_is_signed_out_after_twelve_hours_however_busy",
        "login_sessions.an_organiser_who_does_nothing_for_thirty_minutes_is_signed_out",
        "login_sessions.signing_in_that_nobody_completes_is_kept_for_an_hour",
        control="guards_off.a_login_session_that_lives_on_is_found",
    ),
    "SI-17": met(
        "deciding.other_ways_to_lose_access_work_at_the_next_click_too",
        "changing_people.an_approval_does_not_go_along_to_another_address",
        "changing_people.the_address_before_is_told_and_learns_no_other",
        "mending.an_approval_opens_nothing_to_another_mailbox_until_it_is_confirmed",
        "mending.a_request_becomes_anothers_who_has_the_right_address_and_none",
        control="guards_off.other_ways_out_that_leave_the_door_open_are_found",
    ),
    "SI-18": met(
        "passkey_answers.an_answer_for_elsewhere_or_without_its_user_is_refused",
        "passkey_answers.a_replayed_answer_is_refused",
        "passkey_answers.anothers_credential_is_refused",
        "passkey_answers.a_count_that_does_not_grow_is_refused",
        "passkey_answers.a_passkey_made_for_elsewhere_or_without_its_user_is_not_added",
        "passkeys.a_passkey_that_does_not_verify_its_user_or_was_copied_is_refused",
        "passkeys.a_replayed_answer_is_refused_and_so_is_anothers",
        control="passkey_answers.an_answer_that_is_right_in_all_is_taken",
    ),
    "SI-19": met(
        "lost_device.the_way_back_of_one_who_lost_their_device",
        "lost_device.never_for_oneself_nor_for_who_is_no_organiser",
        "second_factor.a_mailbox_alone_does_not_enrol",
        control="guards_off.enrolling_without_a_code_is_found",
    ),
    "LINK-01": met(
        "mail_scanners.a_scanner_that_runs_scripts_and_presses_the_first_button_changes_nothing",
        "sign_in.a_link_scanner_changes_nothing",
        control=WITHIN,
    ),
    "LINK-02": met(
        "mail_scanners.a_scanner_that_runs_scripts_and_presses_the_first_button_changes_nothing", control=WITHIN
    ),
    "LINK-03": na("mailed links carry no token yet: each leads to a page and does nothing"),
    "LINK-04": met("headers.every_address_gets_a_plus_for_every_role", control=SCORE),
    "LINK-05": met(
        "sign_in.a_code_works_only_in_the_browser_that_asked",
        control="guards_off.a_code_that_works_in_another_browser_is_found",
    ),
    "REQ-02": met(
        "sign_in.a_strangers_form_stores_nothing_but_the_address",
        "sign_in.addresses_that_nobody_proved_are_forgotten_after_seven_days",
        control="guards_off.addresses_that_are_never_forgotten_are_found",
    ),
    "REQ-03": met(
        "races.twenty_submissions_at_once_make_one_request",
        control="races.without_the_locks_twenty_submissions_meet_the_constraint_and_without_both_make_several",
    ),
    "REQ-04": met(
        "asking.who_has_a_request_is_shown_it_instead_of_the_form",
        "asking.after_withdrawing_one_may_ask_again",
        "twins.another_spelling_of_who_was_turned_away_is_said_where_one_decides",
        control="guards_off.asking_twice_is_found",
    ),
    "REQ-05": met(
        "faults_strangers.a_flood_of_strangers_is_limited_and_stands_in_nobodys_way",
        "allowance.all_strangers_together_have_a_cap_that_locks_no_known_browser_out",
        "allowance.one_network_gets_no_more_than_its_share_and_is_told",
        "allowance.of_a_hundred_at_once_exactly_ten_get_through",
        control=COUNTED_LATE,
    ),
    "REQ-06": met(
        "places.past_the_capacity_nothing_is_approved_and_it_says_so",
        "places.at_the_desk_a_full_event_offers_the_waiting_list_and_keeps_what_was_typed",
        "deciding_in_bulk.past_the_places_the_rest_is_offered_the_waiting_list_in_one_step",
        "races_places.of_forty_approvals_at_once_exactly_as_many_stand_as_there_are_places",
        control="places.without_looking_at_the_capacity_it_is_passed",
    ),
    "REQ-07": met(
        "leaks.mails_hold_no_private_word_and_no_word_of_the_person",
        control="guards_off.a_letter_that_calls_the_person_by_name_is_found",
    ),
    "F-01": met(
        "bad_input.odd_lines_are_refused_beside_their_field",
        "bad_input.long_texts_are_refused_up_to_a_megabyte_and_kept",
        "bad_input.more_than_a_megabyte_is_answered_413",
        "faults_bodies.bodies_that_are_too_much_are_refused_at_once",
        control="faults_bodies.a_form_of_a_fair_size_is_taken",
    ),
    "F-02": met(
        "bad_input.odd_lines_are_refused_beside_their_field",
        "bad_input.a_nul_byte_outside_a_forms_values_is_refused",
        "bad_input.a_nul_byte_in_a_cookie_a_key_or_a_header_is_refused",
        "door_search.odd_words_are_refused_beside_the_field_and_kept",
        "walk_ups.what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept",
        control="guards_off.a_line_that_nobody_looked_at_is_found",
    ),
    "F-03": met(
        "bad_input.bytes_that_are_no_text_do_not_break_a_page",
        "bad_input.odd_bodies_do_not_break_a_page",
        control="fuzz.a_page_that_breaks_on_odd_input_is_found",
    ),
    "F-04": met(
        "bad_input.odd_lines_are_refused_beside_their_field",
        "bad_input.names_of_the_world_are_kept_as_typed",
        "walk_ups.names_of_the_world_are_kept_and_shown_as_text",
        control="guards_off.a_line_that_nobody_looked_at_is_found",
    ),
    "F-05": met(
        "xss.payloads_are_text_on_every_page",
        "xss_in_browser.payloads_run_nowhere_and_offend_no_policy",
        control="xss_in_browser.a_page_that_does_not_escape_is_found",
    ),
    "F-07": met("bad_input.a_form_from_elsewhere_is_refused_and_changes_nothing", control=WITHIN),
    "F-09": met("fuzz.no_request_breaks_the_site", control="fuzz.a_page_that_breaks_on_odd_input_is_found"),
    "XSS-07": met(
        "headers.every_address_gets_a_plus_for_every_role",
        "headers.files_errors_and_redirects_carry_them_too",
        "csp_in_browser.every_page_for_every_role_without_an_offence",
        "door_in_browser.the_camera_follows_our_own_passes_alone",
        control=SCORE,
    ),
    "MAIL-01": met(
        "bad_input.odd_lines_are_refused_beside_their_field",
        "bad_input.what_is_no_address_is_said_beside_the_field",
        "mail_texts.no_line_break_gets_into_the_headers",
        control="guards_off.a_line_that_nobody_looked_at_is_found",
    ),
    "MAIL-02": met(
        "mail.words_of_an_organiser_are_text_and_not_markup",
        "mail_texts.values_are_put_in_once_and_mean_nothing",
        sure="what is looked for, as markup and as text, stands in the same mail",
    ),
    "MAIL-03": met(
        "faults_mail.with_a_bad_mail_server_pages_answer_as_ever_and_nothing_is_lost",
        "faults_mail.a_final_refusal_is_shown_to_organisers_with_the_servers_words",
        "mails_at_the_desk.the_mail_servers_own_words_stand_with_the_request",
        control="faults_unguarded.a_site_that_mails_from_within_the_page_is_as_slow_as_the_mail_server",
    ),
    "MAIL-04": met(
        "faults_mail.a_worker_killed_between_sent_and_written_down_sends_at_most_one_double",
        "mail.a_code_past_its_life_is_not_sent",
        "reminding_live.two_workers_one_of_them_killed_remind_each_guest_once",
        control="faults_unguarded.a_worker_that_writes_down_before_it_sends_loses_mail_when_killed",
    ),
    "MAIL-05": met(
        "faults_mail.two_workers_on_one_outbox_send_each_mail_once",
        "reminding.by_three_workers_at_once",
        control="faults_mail.without_the_lease_two_workers_send_doubles",
    ),
    "MAIL-06": met(
        "mail.no_body_no_code_and_no_subject_stands_in_the_outbox",
        "reminding.without_the_tick_no_picture_and_with_it_the_pass_as_it_is_now",
        "mail.seven_days_after_its_end_a_mail_loses_its_recipient_and_keeps_the_rest",
        "tidy.a_mail_with_a_code_goes_a_day_after_its_end_and_one_about_a_decision_stays",
        control="guards_off.a_mail_that_keeps_its_recipient_is_found",
    ),
    "RACE-01": met("races.two_organisers_decide_at_once_and_one_decision_stands", control=LOCKS_OFF),
    "RACE-02": met(
        "deciding.a_page_that_the_applicant_made_stale_is_refused_and_shows_what_changed",
        "deciding.a_page_that_another_organiser_made_stale_is_refused",
        "walk_ups.a_page_that_has_grown_old_is_refused_and_shows_what_changed",
        "judging.it_shows_that_an_organiser_corrected_the_address",
        "judging.a_stale_one_is_refused",
        "changing_people.a_page_from_before_something_was_taken_gives_nothing_back",
        "changing_people.a_decision_is_not_taken_for_an_address_that_its_page_did_not_show",
        "mending.a_form_from_before_decides_nothing",
        "mending.what_changed_meanwhile_is_not_merged",
        "organisations_file.what_was_looked_at_is_refused_once_the_directory_is_another",
        "races.an_approval_and_another_address_at_once_open_nothing_to_a_stranger",
        "life_of_a_request.whoever_does_what_in_any_order_the_table_holds",
        control=BROKEN_LIFE,
    ),
    "RACE-03": met(
        "races_places.of_forty_approvals_at_once_exactly_as_many_stand_as_there_are_places",
        "races_places.a_capacity_lowered_in_the_middle_is_passed_by_nobody_after_that",
        control="races_places.without_the_locks_more_are_let_in_than_there_are_places",
    ),
    "RACE-04": met(
        "faults_races.revoked_in_the_middle_of_signing_in_nobody_sees_the_private_part",
        control="faults_races.where_grants_are_remembered_the_revoked_still_see_it",
    ),
    "RACE-05": met(
        "materials.who_is_revoked_while_it_comes_gets_no_second_one",
        sure="the first one comes to its end, and the same link gave it",
    ),
    "RACE-06": met(
        "races_places.three_places_freed_twice_at_once_go_to_the_first_three_in_line",
        "waiting_list.what_is_changed_in_the_last_moment_holds",
        control="races_places.without_the_locks_somebody_is_promoted_twice",
    ),
    "RACE-07": met(
        "faults_kill.a_bulk_approval_killed_in_the_middle_is_whole_for_each_person",
        control="faults_kill.without_transactions_a_killed_bulk_approval_leaves_somebody_untold",
    ),
    "RACE-08": met(
        "races.first_sign_ins_of_one_address_at_once_make_one_person",
        control="races.without_the_guard_first_sign_ins_at_once_break",
    ),
    "ADM-01": met(
        "gate.get_answers_as_the_table_says",
        "second_factor.the_record_of_a_factor_does_not_outlive_the_factor",
        control=TABLE_OFF,
    ),
    "ADM-02": met(
        "second_factor.admins_login_page_has_no_password_form_and_leads_to_no_other_site",
        sure="the whole answer is compared",
    ),
    "ADM-03": met(
        "faults_flood.a_thousand_tries_on_organisers_are_limited_and_told_and_lock_nobody_out",
        "faults_flood.an_organiser_is_told_once_a_day_and_nobody_else_is",
        "guessed_factors.no_more_than_a_hundred_guesses_in_a_row_are_compared",
        "guessed_factors.ten_wrong_factors_within_a_day_are_told_once_to_the_organiser_and_to_administrators",
        control="faults_flood.where_known_browsers_have_no_codes_of_their_own_the_flood_locks_the_organiser_out",
    ),
    "ADM-04": met(
        "refused_factors.anothers_factor_is_not_removed_and_administrators_are_told",
        "refused_factors.no_form_adds_a_factor_to_anothers_account",
        "refused_factors.without_giving_a_factor_none_is_added_or_removed_and_the_log_says_so",
        "refused_factors.who_tries_enrolment_codes_is_told_to_administrators",
        "second_factor.on_a_real_site_the_factor_is_not_removed_from_the_browser_that_holds_it",
        control="refused_factors.where_no_factor_is_asked_for_again_one_is_added",
    ),
    "ADM-05": met("gate.get_answers_as_the_table_says", control=TABLE_OFF),
    "ADM-08": met(
        "gate.a_forged_decision_without_the_right_changes_nothing",
        "deciding.admin_lets_nobody_edit_a_request_or_a_decision",
        "track_page.who_may_change_tracks_and_not_sessions_sees_the_rows_alone",
        control=WITHIN,
    ),
    "ADM-09": met(
        "deciding.a_get_decides_nothing",
        "bad_input.a_form_from_elsewhere_is_refused_and_changes_nothing",
        control=WITHIN,
    ),
    "ADM-10": met(
        "state_table.a_decision_is_never_changed_or_deleted",
        "life_of_a_request.whoever_does_what_in_any_order_the_table_holds",
        "exporting.an_export_is_on_record_logged_on_the_health_page_and_told_to_administrators",
        "on_record.every_kind_is_there_the_newest_first",
        "on_record.nobody_changes_or_deletes_it_in_admin",
        control=BROKEN_LIFE,
    ),
    "ADM-11": met(
        "headers.every_address_gets_a_plus_for_every_role",
        "csp_in_browser.admin_is_shown_in_no_frame_of_another_page",
        control=SCORE,
    ),
    "ADM-12": met(
        "deciding.only_an_administrator_changes_an_organiser",
        "second_factor.a_password_opens_nothing",
        control="guards_off.a_helper_who_may_change_an_organiser_is_found",
    ),
    "EXP-01": met(
        "exporting.in_csv_an_apostrophe_stands_before_what_is_dangerous_and_nowhere_else",
        "exporting.taking_the_apostrophe_away_gives_back_what_was_written",
        "exporting.in_xlsx_every_cell_is_the_text_that_was_written",
        "exporting.libreoffice_takes_no_cell_for_a_formula",
        control="exporting.a_formula_in_xlsx_is_found",
    ),
    "EXP-03": met(
        "exporting.a_file_has_the_columns_listed_and_none_of_what_stays_inside",
        "exporting.needs_are_for_those_who_may_see_them",
        sure="the same words are found in it as were put into the columns that it lists",
    ),
    "CACHE-01": met(LIVE, control="leaks_live.a_cache_that_ignores_what_we_say_hands_a_guests_page_to_strangers"),
    "CACHE-04": met(
        "pages.a_request_without_a_login_cookie_gets_the_same_keepable_bytes",
        "pages.a_request_with_a_login_cookie_gets_nothing_to_keep",
        control="guards_off.a_signed_in_page_that_may_be_kept_is_found",
    ),
    "CACHE-05": met(
        "back_button.back_after_signing_out_shows_nothing_private",
        "back_button.back_shows_nothing_private_to_the_next_person",
        control="back_button.what_a_browser_may_keep_back_shows_again",
    ),
    "CACHE-06": met(
        "offline_in_browser.the_device_keeps_nothing_of_a_guests_visit",
        "offline_in_browser.what_is_no_longer_public_is_kept_no_longer",
        "door_offline_in_browser.a_door_goes_on_without_a_network_and_holds_no_name",
        "door_offline_in_browser.a_visitors_phone_keeps_nothing_of_the_door",
        control="offline_in_browser.a_worker_that_copies_what_a_person_gets_is_found",
    ),
    "CACHE-07": met(
        "my_agenda_in_browser.after_a_guests_visit_nothing_of_it_is_on_the_device",
        "my_agenda_in_browser.the_device_remembers_what_was_ticked_and_nothing_else",
        "door_offline_in_browser.a_door_goes_on_without_a_network_and_holds_no_name",
        control="my_agenda_in_browser.what_a_script_keeps_of_a_guest_would_be_found",
    ),
    "RL-01": met("allowance.of_a_hundred_at_once_exactly_ten_get_through", control=COUNTED_LATE),
    "RL-02": met(
        "allowance.a_flood_of_others_makes_no_counter_go_away",
        control="guards_off.a_counter_that_a_flood_pushes_out_is_found",
    ),
    "RL-03": met(
        "allowance.a_request_that_fails_stays_counted", control="guards_off.a_counter_that_is_rolled_back_is_found"
    ),
    "RL-04": met(
        "faults_cache.with_the_cache_server_down_sign_in_is_closed_and_all_else_is_up",
        "faults_cache.a_factor_given_again_is_refused_while_it_cannot_be_counted",
        "faults_cache.with_the_caches_table_gone_sign_in_is_closed_and_opens_again_by_itself",
        "replicas.the_cache_killed_closes_sign_in_alone_and_started_again_opens_it",
        control="faults_cache.unguarded_sign_in_goes_on_without_its_counters",
    ),
    "RL-06": met(
        "nginx.gunicorn_is_reached_from_this_machine_alone",
        sure="the addresses that the processes listen on are compared, and there is one at least",
    ),
    "RL-08": met(
        "allowance.two_hundred_and_fifty_people_behind_one_address_sign_in",
        control="guards_off.a_limit_of_twenty_keeps_most_of_a_crowd_out",
    ),
    "RL-09": met(
        "allowance.a_thousand_addresses_of_one_ipv6_network_count_as_one",
        control="guards_off.an_ipv6_network_that_counts_as_many_is_found",
    ),
    "RL-10": met(
        "allowance.one_network_gets_no_more_than_its_share_and_is_told",
        "sign_in.an_address_gets_ten_mails_an_hour_and_then_a_plain_answer",
        control="guards_off.a_limit_that_counts_nothing_is_found",
    ),
    "NET-01": met(
        "faults_malformed.malformed_requests_are_refused_and_none_is_taken_for_two",
        control="faults_malformed.a_server_that_takes_one_for_two_is_found",
    ),
    "NET-04": met(
        "faults_slow_clients.slow_headers_bodies_and_readers_slow_nobody_else",
        "nginx.a_slow_form_occupies_nginx_alone",
        control="faults_slow_clients.straight_at_gunicorn_they_do_slow_others",
    ),
    "NET-05": met(
        "faults_slow_clients.idle_connections_slow_nobody_else",
        control="faults_slow_clients.straight_at_gunicorn_they_do_slow_others",
    ),
    "NET-06": met(
        "nginx.pages_pass_unchanged_and_errors_speak_for_themselves",
        sure="the statuses are compared, each with that of a request within the limit",
    ),
    "NET-07": met(
        "faults_cpu.the_longest_input_takes_no_time_that_counts",
        control="faults_cpu.a_pattern_that_goes_astray_is_found",
    ),
    "P-01": met(
        "faults_kill.workers_killed_one_by_one_under_load_lose_nothing",
        control="faults_unguarded.a_site_that_says_received_before_it_saves_loses_what_it_acknowledged",
    ),
    "P-02": met(
        "faults_kill.the_whole_group_killed_in_mid_write_loses_nothing_that_was_acknowledged",
        control="faults_kill.without_transactions_a_kill_leaves_a_decision_without_its_mail",
    ),
    "P-03": met(
        "faults_deploy.a_deploy_under_load_fails_no_request",
        control="faults_deploy.without_the_kept_socket_a_restart_fails_requests",
    ),
    "P-04": met(
        "faults_database.a_database_locked_for_three_seconds_makes_people_wait",
        "faults_database.a_database_locked_for_thirty_seconds_is_told_and_nothing_is_half_done",
        "faults_database.after_postgresql_was_stopped_and_started_the_site_recovers_alone",
        control="faults_unguarded.without_patience_a_lock_of_three_seconds_is_an_error",
    ),
    "P-06": met(
        "faults_database.with_an_unfit_database_file_the_site_refuses_to_start",
        control="faults_unguarded.unchecked_a_mail_worker_starts_on_a_file_that_others_may_write",
    ),
    "P-07": met(
        "faults_nth.whatever_fails_in_the_middle_all_stays_whole",
        "faults_nth_mending.whatever_fails_in_the_middle_of_mending_all_stays_whole",
        control="faults_nth.without_transactions_a_decision_without_its_mail_is_found",
    ),
    "P-08": met(
        "faults_memory.a_worker_that_grows_is_replaced_and_nobody_notices",
        control="faults_memory.without_the_limit_a_worker_grows_on",
    ),
    "P-09": met(
        "settings.a_real_site_refuses_to_start_without",
        "settings.a_local_site_is_not_shown_to_other_machines",
        "unsafe_start.each_unsafe_setting_is_named",
        "unsafe_start.a_database_that_does_not_keep_its_promises_is_named",
        "unsafe_start.sqlite_that_does_not_begin_immediately_is_named",
        "unsafe_start.gunicorn_names_it_and_serves_nothing",
        "unsafe_start.what_the_environment_gets_wrong_is_said_in_one_line",
        control="unsafe_start.as_it_is_it_starts",
    ),
    "P-10": na("there is one version so far: nothing to migrate from"),
    "P-11": met(
        "backup.a_backup_during_writes_comes_back_whole_and_opens_nothing",
        "confirming.a_restored_approval_opens_nothing_until_it_is_confirmed",
        "faults_restore.whichever_step_fails_the_old_data_are_as_they_were",
        "faults_restore.on_a_full_disk_the_old_data_are_as_they_were",
        "faults_restore.what_cannot_be_read_whole_is_refused_and_nothing_is_touched",
        "forged_backup.a_backup_without_our_seal_is_refused_whatever_is_in_it",
        "forged_backup.with_a_trigger_in_the_database_no_backup_is_made_and_none_restored",
        "forged_backup.where_nobody_looks_no_definition_of_a_backup_is_run",
        "forged_backup.where_a_cut_does_not_hold_nothing_is_restored",
        "restored_programme.a_restore_says_what_it_keeps_closed",
        "restored_people.a_restore_keeps_out_who_was_shut_out_and_says_so",
        control="faults_restore.control_where_the_old_goes_first_it_is_found_out",
    ),
    "P-12": met(
        "backup.without_the_key_nothing_can_be_read_and_no_code_is_in_it",
        control="backup.the_control_with_the_key_it_is_all_there_and_still_no_code",
    ),
    "P-13": met(
        "clocks.no_page_hangs_on_it",
        "clocks.signing_in_works_across_zones",
        "clocks.a_time_is_the_events_own_on_every_day",
        "clocks.requests_close_at_the_moment_and_not_at_the_hour_that_comes_twice",
        "clocks.the_whole_way_goes_on_a_leap_day_and_in_such_a_night",
        "clocks.a_code_from_before_is_dead_and_a_new_one_works_at_once",
        "clocks.mail_that_waits_goes_out_at_once",
        "clocks.a_limit_that_was_reached_holds_nobody_up_for_more_than_an_hour_longer",
        "clocks.signing_in_goes_on",
        "clocks.an_apps_code_needs_a_clock_that_is_right",
        "secret_sources.an_apps_code_is_taken_one_step_early_or_late_and_no_more",
        "now.the_day_is_that_of_the_events_zone",
        "now.on_the_night_of_the_change_the_day_has_another_length",
        "now.between_two_boundaries_nothing_changes_and_at_each_something_does",
        "sign_in.a_clock_that_is_set_back_does_not_make_codes_live_longer",
        control="clocks.a_site_that_shows_the_servers_zone_is_found",
    ),
    "P-14": met(
        "faults_steady.at_a_steady_load_memory_and_open_files_stay_where_they_are",
        control="faults_steady.a_site_that_leaks_at_each_request_is_found",
    ),
    "LOG-01": met(
        "logs.a_500_says_where_it_happened_and_nothing_that_was_typed",
        "logs.an_error_report_holds_no_body_no_cookie_and_no_variable",
        "logs_of_commands.a_500_names_the_route_and_not_the_address",
        "logs_of_commands.on_a_real_site_a_crash_is_one_line_that_tells_where_and_no_word_of_the_error",
        control="logs.the_control_a_plain_formatter_would_have_told",
    ),
    "LOG-02": met(
        "logs.many_refused_codes_within_a_minute_are_told_once",
        "logs.a_new_organiser_and_a_factor_taken_away_are_told",
        "logs.mail_that_waits_for_long_is_told_by_the_timer_too",
        "backup.a_backup_that_is_a_day_old_is_told",
        "exporting.an_export_is_on_record_logged_on_the_health_page_and_told_to_administrators",
        "health.what_is_amiss_stands_out",
        control="logs.fewer_refused_codes_are_told_to_nobody",
    ),
    "HDR-01": met("headers.every_address_gets_a_plus_for_every_role", control=SCORE),
    "UP-01": met(
        "uploads.what_is_taken_is_named_for_what_it_is",
        "uploads.what_does_more_than_show_something_is_refused_in_plain_words",
        "uploads.names_are_cleaned",
        "materials.what_is_refused_is_said_beside_the_field_and_nothing_is_kept",
        "materials.a_file_beyond_the_limit_is_told_beside_the_field_or_on_a_page",
        "materials_in_browser.an_organiser_adds_slides_and_a_guest_takes_them_home",
        control="uploads.without_the_search_a_script_is_taken",
    ),
    "UP-02": met("materials.who_may_not_add_sends_in_vain_and_unread", control=TABLE_OFF),
    "UP-03": met(
        "materials.a_file_that_gives_way_to_another_is_gone_and_its_link_dead",
        "materials.with_whatever_it_goes_its_file_goes",
        "materials.a_file_that_no_row_names_is_swept_once_it_is_old",
        sure="each looks for the files before as well",
    ),
}

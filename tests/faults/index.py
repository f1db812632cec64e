"""The faults that the product must survive: which test injects each, and what a person reads where meanwhile.

"Held" means: at most one paid request for each intent, unless a person approves another.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """``test`` is a file below tests/ and a function in it; ``sentence`` stands on ``page``, as that file asserts."""

    number: int
    what: str
    test: str
    page: str
    sentence: str


CLIP, CREATE, CONNECTIONS, RECONCILIATION = "the clip's page", "Create", "Connections", "Reconciliation"
LINKED = "Its answer was lost. The studio's history shows it as"
UNSENT = "Nothing was sent. It will be tried again automatically."
ASKED = "the studio's history shows no clip that is certainly this one"
STOPPED = "The worker stopped before the studio's answer arrived."
ONCE = "Accepted by the studio"

FAULTS = (
    Fault(
        1,
        "refused, DNS, TLS failure",
        "faults/test_sending.py::test_fault_01_what_never_left_stays_in_the_queue",
        CLIP,
        UNSENT,
    ),
    Fault(
        2,
        "connect time-out",
        "faults/test_sending.py::test_fault_02_a_connection_that_is_not_made_in_time_stays_in_the_queue",
        CLIP,
        "The Video Studio did not answer: the connection could not be made in time.",
    ),
    Fault(
        3,
        "reset before the request is read",
        "faults/test_sending.py::test_fault_03_a_reset_before_the_request_was_read_asks_a_person",
        CLIP,
        ASKED,
    ),
    Fault(
        4,
        "accept, then reset",
        "faults/test_sending.py::test_fault_04_accept_then_reset_is_linked_by_the_history",
        CLIP,
        LINKED,
    ),
    Fault(
        5,
        "accept, then hang",
        "faults/test_sending.py::test_fault_05_accept_then_hang_is_linked_by_the_history",
        CLIP,
        "The Video Studio did not answer: the answer took too long.",
    ),
    Fault(
        6,
        "any 5xx, accepted or not",
        "faults/test_sending.py::test_fault_06_a_server_error_is_held_and_never_sent_again",
        CLIP,
        "the clip may have been accepted.",
    ),
    Fault(
        7,
        "200 with HTML or half a body",
        "faults/test_sending.py::test_fault_07_an_answer_that_is_a_web_page_or_cut_short_is_linked",
        CLIP,
        "The Video Studio's answer could not be read: the clip may have been accepted.",
    ),
    Fault(
        8,
        "200 with no ids, doubled ids",
        "faults/test_sending.py::test_fault_08_an_answer_that_names_no_job_or_one_twice_is_not_believed",
        CLIP,
        "The studio's answer names no job that could be followed. The clip may have been started.",
    ),
    Fault(
        9,
        "dripped body",
        "faults/test_sending.py::test_fault_09_a_dripped_answer_ends_at_the_deadline",
        CLIP,
        "The Video Studio did not answer: the answer took too long.",
    ),
    Fault(
        10,
        "307 on a POST, the page of a proxy",
        "faults/test_sending.py::test_fault_10_a_redirected_request_is_not_followed",
        CLIP,
        "The request was not accepted. It is sent again in 5 min.",
    ),
    Fault(
        11,
        "429 with Retry-After",
        "faults/test_sending.py::test_fault_11_meanwhile_nothing_else_is_sent_either",
        CREATE,
        "The studio accepts no more requests until",
    ),
    Fault(
        12,
        "429, absurd",
        "faults/test_sending.py::test_fault_12_an_absurd_wait_is_capped",
        CLIP,
        "It is sent again in 15 min.",
    ),
    Fault(
        13,
        "402",
        "faults/test_sending.py::test_fault_13_too_few_credits_hold_it_until_the_balance_has_risen",
        CLIP,
        "Insufficient credits: 100 required, 94 available.",
    ),
    Fault(
        14,
        "401, 403",
        "faults/test_sending.py::test_fault_14_a_refused_key_pauses_the_connection_with_one_alert",
        CONNECTIONS,
        "Clips wait. The key is retried every few minutes; an admin can enter a new one.",
    ),
    Fault(
        15,
        "400",
        "faults/test_sending.py::test_fault_15_a_bad_request_is_shown_at_its_field_and_holds_nothing",
        CLIP,
        "Charged nothing",
    ),
    Fault(
        16,
        "killed before the claim",
        "faults/test_killing.py::test_fault_16_killed_before_the_claim_it_waits_as_before",
        CLIP,
        "Queued",
    ),
    Fault(
        17,
        "killed after the claim",
        "faults/test_killing.py::test_fault_17_killed_after_the_claim_nothing_is_sent_and_a_person_is_asked",
        CLIP,
        STOPPED,
    ),
    Fault(
        18,
        "killed after the bytes",
        "faults/test_killing.py::test_fault_18_killed_after_the_bytes_it_is_found_in_the_history",
        CLIP,
        LINKED,
    ),
    Fault(
        19,
        "killed during linking",
        "faults/test_killing.py::test_fault_19_killed_during_linking_it_is_linked_once",
        CLIP,
        LINKED,
    ),
    Fault(
        20,
        "a late answer, after the reaper",
        "faults/test_killing.py::test_fault_20_an_answer_that_comes_after_the_reaper_is_still_proof",
        CLIP,
        ONCE,
    ),
    Fault(
        21,
        "two workers, one row",
        "faults/test_racing.py::test_fault_21_two_workers_and_one_row_are_one_request",
        CLIP,
        ONCE,
    ),
    Fault(
        22,
        "double click, replayed form",
        "faults/test_racing.py::test_fault_22_a_double_click_and_a_replayed_form_are_one_clip",
        CREATE,
        "Queued: 1 clip",
    ),
    Fault(
        23,
        "identical prompts, one unknown",
        "faults/test_matching.py::test_fault_23_identical_prompts_are_never_linked_crosswise",
        CLIP,
        "Queued",
    ),
    Fault(
        24,
        "the same prompt run on the vendor's site",
        "faults/test_matching.py::test_fault_24_the_same_prompt_run_on_the_vendors_site_asks_a_person",
        CLIP,
        "The answer was lost, and 2 clips in the studio's history could be this one.",
    ),
    Fault(
        25,
        "clock skew of ten minutes",
        "faults/test_matching.py::test_fault_25_a_clock_ten_minutes_off_is_corrected",
        CLIP,
        LINKED,
    ),
    Fault(
        26,
        "history truncated, stale, 500",
        "faults/test_matching.py::test_fault_26_a_history_that_cannot_be_read_proves_nothing",
        CLIP,
        "The answer was lost, and the studio's history could not be read since then.",
    ),
    Fault(
        27,
        "status 404, going backwards, an unknown word",
        "faults/test_reading.py::test_fault_27_a_word_that_nobody_knows_ends_nothing_and_is_shown",
        CLIP,
        "In progress · the studio says “upscaling”",
    ),
    Fault(
        28,
        "a refund seen twice",
        "faults/test_reading.py::test_fault_28_a_refund_that_is_told_again_and_again_is_one_entry",
        CLIP,
        "Failed · refunded",
    ),
    Fault(
        29,
        "an unexplained change of the balance",
        "faults/test_reading.py::test_fault_29_a_change_of_the_balance_that_no_clip_explains_is_said",
        RECONCILIATION,
        "Unexplained −70 between",
    ),
    Fault(
        30,
        "the result's address is gone",
        "faults/test_keeping.py::test_fault_30_a_file_that_stays_gone_is_lost_visibly",
        CLIP,
        "The file is no longer there (answer ",
    ),
    Fault(
        31,
        "killed, or the disk full, in the middle of a download",
        "faults/test_keeping.py::test_fault_31_killed_in_the_middle_of_a_download_nothing_partial_is_served",
        CLIP,
        "Ready · saving",
    ),
    Fault(
        32,
        "media redirecting to 169.254.169.254",
        "faults/test_keeping.py::test_fault_32_a_redirect_to_the_metadata_service_is_not_followed",
        CLIP,
        "169.254.169.254 is not on the public internet",
    ),
    Fault(
        33,
        "the wrong encryption key",
        "faults/test_storage.py::test_fault_33_with_the_wrong_encryption_key_nothing_is_sent",
        CONNECTIONS,
        "The key cannot be read with this installation's encryption key",
    ),
    Fault(
        34,
        "the database locked; its server restarted: see jobs/test_database_away.py, too",
        "faults/test_storage.py::test_fault_34_while_the_database_is_locked_pages_are_served_and_nothing_is_sent",
        CLIP,
        "Queued",
    ),
    Fault(
        35,
        "an old backup restored",
        "faults/test_storage.py::test_fault_35_after_an_old_backup_was_restored_the_queue_is_held_until_it_is_proven",
        CONNECTIONS,
        "A backup was restored",
    ),
    Fault(
        36,
        "wake-ups dropped and doubled: see worker/test_wakeups.py for the worker itself",
        "faults/test_racing.py::test_fault_36_steps_left_out_and_taken_twice_all_finish",
        CLIP,
        "Ready",
    ),
    Fault(
        37,
        "thirty submissions in a minute, four workers",
        "faults/test_racing.py::test_fault_37_thirty_clips_and_four_workers_keep_to_the_hours_limit",
        CLIP,
        "All 24 requests allowed per hour are used.",
    ),
    Fault(
        38,
        "HTML or SVG as video",
        "faults/test_keeping.py::test_fault_38_a_page_or_a_drawing_as_video_never_runs",
        CLIP,
        "The clip was made, but its file was not saved here:",
    ),
)

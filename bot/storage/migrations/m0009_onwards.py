"""Reviews, sign-offs, drafts, and what came later."""

from bot.storage.migrations.twins import TWINS
from bot.storage.migrations.words import FOUND_BY_WORDS
from bot.storage.steps import NewColumn, Step, Table

STEPS: dict[str, tuple[Step, ...]] = {
    # Which replies are notes. Until then all were, and those stay notes.
    "0009_note_kinds": (NewColumn("notes", "kind", str),),
    "0010_holds": (NewColumn("takes", "hold_reason", str),),
    # Of a take's script as it is now: an edit deletes them. The events have all that there were.
    "0011_sign_offs": (
        Table(
            "sign_offs",
            {"take_id": str, "user_id": str, "at": str, "sha256": str},
            key=("take_id", "user_id"),
            references={"take_id": "takes"},
        ),
    ),
    "0012_taken_down": (NewColumn("takes", "taken_down_by", str),),
    "0013_drafts": (NewColumn("takes", "final_resolution", str),),
    "0014_due_dates": (
        NewColumn("takes", "due_at", str),
        "CREATE INDEX takes_due ON takes (due_at) WHERE due_at <> '' AND decision = ''",
        # When a person last got the one message that lists all reviews that wait for them.
        Table("reminders", {"user_id": str, "reminded_at": str}, key=("user_id",)),
    ),
    # 0 is the first round, so what was there before has one.
    "0015_review_rounds": (NewColumn("reviewers", "round", int), NewColumn("takes", "round", int)),
    # What Home and the form ask for of all that there ever was, while people wait.
    "0016_found_quickly": (
        "CREATE INDEX reviewers_user ON reviewers (user_id)",
        "CREATE INDEX takes_undecided ON takes (request_id)"
        " WHERE state = 'delivered' AND decision = '' AND taken_down_by = ''",
        "CREATE INDEX takes_script ON takes (length(trim(prompt)))"
        " WHERE state = 'delivered' AND video_file_id <> ''",
    ),
    "0017_looks": (
        # `owner` is a person, or "" for the team; `made_by` is who saved it.
        Table(
            "looks",
            {
                "id": str, "owner": str, "name": str, "made_by": str, "made_at": str,
                "avatar": str, "avatar_id": str, "voice": str, "voice_id": str, "resolution": str,
                "aspect_ratio": str, "fit": str, "output_format": str, "remove_background": int,
                "background": str, "caption": int,
            },
        ),
        "CREATE INDEX looks_owner ON looks (owner)",
        # `user_id` "" is the team. A person's default may be gone: then they are told once.
        Table("look_defaults", {"user_id": str, "look_id": str}, key=("user_id",)),
        "CREATE INDEX takes_refused ON takes (requested_at) WHERE error_kind = 'Refused'",
    ),
    # Forms that were not sent, for a day. `about`: the take that the form makes a new one of.
    "0018_unfinished_forms": (
        Table(
            "unfinished_forms",
            {"view_id": str, "user_id": str, "about": str, "saved_at": str, "form": str},
            key=("view_id",),
        ),
        "CREATE INDEX unfinished_forms_user ON unfinished_forms (user_id)",
    ),
    "0019_found_by_words": (
        *FOUND_BY_WORDS,
        "CREATE INDEX takes_delivered ON takes (delivered_at) WHERE state = 'delivered'",
    ),
    # Faces and voices of avatars, by name: see bot/domain/casting/clips.py.
    "0020_casting": (
        Table(
            "casting",
            {"avatar": str, "voice": str, "take_id": str, "face_file_id": str, "sheet": str,
             "channel_id": str, "planned_by": str, "planned_at": str, "busy_since": str},
            key=("avatar",),
        ),
        "CREATE INDEX takes_avatar ON takes (avatar, avatar_id, delivered_at)"
        " WHERE delivered_at <> ''",
        "CREATE INDEX takes_voice ON takes (voice, voice_id, audio_url, delivered_at)"
        " WHERE delivered_at <> ''",
    ),
    "0021_own_audio": (
        NewColumn("takes", "audio_name", str),
        NewColumn("takes", "audio_seconds", float | None),
        NewColumn("takes", "audio_sha256", str),
        NewColumn("takes", "audio_sent_at", str),
        NewColumn("takes", "audio_address", str),
        "CREATE INDEX takes_audio ON takes (audio_sha256) WHERE audio_sha256 <> ''",
    ),
    "0022_twins": TWINS,
    # What the bot asks for of all takes in a state: the newest, those of some days, those overdue.
    "0024_states_found_quickly": (
        "CREATE INDEX takes_requested ON takes (state, requested_at)",
        "CREATE INDEX takes_newest ON takes (state, delivered_at)",
        "CREATE INDEX takes_overdue ON takes (state, due_at) WHERE due_at <> '' AND decision = ''",
    ),
    "0025_owed_of_a_request": (
        "CREATE INDEX owed_messages_request ON owed_messages (request_id)",
    ),
    "0027_tries_of_twins": (NewColumn("twins", "tries", int),),
    "0028_people_shown": (NewColumn("twins", "shown_as", str), NewColumn("twins", "away", str)),
    # By what is behind the last dot of the key: of a direct message, the person.
    "0029_owed_to_a_person": (
        "CREATE INDEX owed_messages_person ON owed_messages (replace("
        "message_key, rtrim(message_key, replace(message_key, '.', '')), ''), changed_at)",
    ),
    # Who may have the Home tab open, so that it goes on after a restart.
    "0032_open_homes": (
        Table("open_homes", {"user_id": str, "opened_at": str}, key=("user_id",)),
    ),
    # The last event for which an open form was updated, by whichever process: see form_updates.py.
    "0033_form_updates": (
        Table(
            "form_updates",
            {"view_id": str, "user_id": str, "newest": str, "begun_at": str, "busy_until": str},
            key=("view_id", "user_id"),
        ),
    ),
    # Keeping what was typed got turns of its own. Nobody misses those of the minutes before.
    "0034_form_updates_by_kind": (
        "DROP TABLE form_updates",
        Table(
            "form_updates",
            {
                "view_id": str, "user_id": str, "kind": str, "newest": str, "begun_at": str,
                "busy_until": str,
            },
            key=("user_id", "view_id", "kind"),
        ),
    ),
}  # fmt: skip

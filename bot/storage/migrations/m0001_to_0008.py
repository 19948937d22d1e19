"""From the first release to limits, retention and erasure."""

from bot.storage.event_changes import EVENT_CHANGES
from bot.storage.steps import NewColumn, PerStore, Step, Table

STEPS: dict[str, tuple[Step, ...]] = {
    "0001_requests_takes_events": (
        # With "C", text is sorted by its bytes, as in SQLite, whatever locale the server has.
        PerStore(sqlite="", postgres='CREATE DOMAIN words AS text COLLATE "C" NOT NULL'),
        Table(
            "requests",
            {
                "id": str, "user_id": str, "channel_id": str, "created_at": str, "card_ts": str,
                "team_id": str,
            },
        ),
        Table(
            "takes",
            {
                "id": str, "request_id": str, "number": int,
                "prompt": str, "audio_url": str, "avatar": str, "avatar_id": str, "voice": str,
                "voice_id": str, "resolution": str, "aspect_ratio": str, "fit": str,
                "output_format": str, "remove_background": int, "background": str, "caption": int,
                "footage_url": str,
                "state": str, "requested_at": str, "marked_at": str, "submitted_at": str,
                "rendered_at": str, "delivered_at": str, "settled_at": str, "turn": int,
                "runs": int,
                "segmind_request_id": str,
                "estimated_usd": float | None, "cost_usd": float | None,
                "video_seconds": float | None,
                "video_url": str, "caption_url": str, "video_file_id": str,
                "captions_file_id": str, "completing_at": str, "message_ts": str,
                "review_ts": str, "captions": str, "decision": str, "sha256": str,
                "video_bytes": int | None,
                "error": str, "error_kind": str, "next_step": str,
            },
            references={"request_id": "requests"},
        ),
        # Why the queue is paused, for every process that uses this log.
        Table("rests", {"reason": str, "since": str, "ends_at": str}, key=("reason",)),
        # No references: an event outlives the request that it is about.
        Table(
            "events",
            {
                "seq": int, "at": str, "request_id": str, "take_id": str, "kind": str, "by": str,
                "detail": str,
            },
            key=("seq",),
        ),
        "CREATE UNIQUE INDEX takes_number ON takes (request_id, number)",
        # Two takes must never own the same paid render.
        """CREATE UNIQUE INDEX takes_segmind ON takes (segmind_request_id)
            WHERE segmind_request_id <> ''""",
        "CREATE INDEX takes_state ON takes (state, turn, requested_at)",
        "CREATE INDEX requests_user ON requests (user_id)",
        "CREATE INDEX events_request ON events (request_id)",
        PerStore(
            sqlite="""
                CREATE TRIGGER events_stay BEFORE DELETE ON events
                    BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
                CREATE TRIGGER events_hold BEFORE UPDATE ON events
                    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
            """,
            postgres="""
                CREATE FUNCTION events_stay() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN RAISE EXCEPTION 'events are never changed or deleted'; END $$;
                CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events
                    FOR EACH STATEMENT EXECUTE FUNCTION events_stay();
            """,
        ),
    ),
    "0002_reviews_notes_reviewers": (
        Table(
            "reviews",
            {
                "take_id": str, "user_id": str, "decision": str, "note": str, "at": str,
                "sha256": str,
            },
            key=("take_id", "user_id"),
            references={"take_id": "takes"},
        ),
        Table(
            "notes",
            {
                "id": str, "request_id": str, "take_id": str, "user_id": str, "at": str,
                "text": str, "start_seconds": float | None, "end_seconds": float | None,
                "spoken": str, "answered_by": str,
            },
            references={"request_id": "requests", "take_id": "takes"},
        ),
        Table(
            "reviewers",
            {"request_id": str, "user_id": str, "take_id": str, "told_at": str, "away_at": str},
            key=("request_id", "user_id"),
            references={"request_id": "requests"},
        ),
        "CREATE INDEX notes_request ON notes (request_id)",
        # Every reply in any thread asks which request, if any, the thread belongs to.
        "CREATE INDEX requests_card ON requests (card_ts)",
    ),
    # Recent events, and those of one take, are found without reading all that there ever were.
    "0003_events_found": (
        "CREATE INDEX events_kind ON events (kind, at)",
        "CREATE INDEX events_take ON events (take_id)",
        "CREATE INDEX notes_at ON notes (at)",
    ),
    # Who asked for a take. Until then all takes of a request belonged to the person of the first.
    "0004_requester_of_take": (
        NewColumn("takes", "requester_id", str),
        """UPDATE takes SET requester_id =
            (SELECT user_id FROM requests WHERE requests.id = takes.request_id)""",
        "CREATE INDEX takes_requester ON takes (requester_id, requested_at)",
        "CREATE INDEX takes_requester_state ON takes (requester_id, state)",
    ),
    "0005_owed_messages": (
        # No references, here and below: an answer is deleted after the note that it answers.
        Table(
            "owed_messages",
            {
                "message_key": str, "request_id": str, "take_id": str, "wanted": int,
                "shown": int, "tried": int, "changed_at": str, "busy_since": str, "ts": str,
                "detail": str,
            },
            key=("message_key",),
        ),
        """CREATE INDEX owed_messages_owed ON owed_messages (changed_at)
            WHERE shown <> wanted""",
        # When the thread of a request was last read for replies whose events were missed.
        Table(
            "thread_reads",
            {"request_id": str, "read_at": str, "busy_since": str},
            key=("request_id",),
        ),
    ),
    # `counted_usd` is what a take counts toward budgets, and `channel_id` is its request's: a
    # month's sum for the workspace, a person or a channel is a range of one index.
    "0006_limits": (
        Table(
            "limits",
            {"kind": str, "subject": str, "usd": float | None, "set_at": str, "set_by": str},
            key=("kind", "subject"),
        ),
        NewColumn("takes", "counted_usd", float | None),
        NewColumn("takes", "channel_id", str),
        """UPDATE takes SET
            channel_id = (SELECT channel_id FROM requests WHERE requests.id = takes.request_id),
            counted_usd = CASE
                WHEN cost_usd IS NOT NULL THEN cost_usd
                WHEN submitted_at <> '' OR state NOT IN ('delivered', 'failed', 'cancelled')
                    OR (state = 'cancelled' AND marked_at <> '') THEN coalesce(estimated_usd, 0.0)
                ELSE 0.0 END""",
        "CREATE INDEX takes_month ON takes (requested_at, counted_usd)",
        "DROP INDEX takes_requester",
        "CREATE INDEX takes_requester_month ON takes (requester_id, requested_at, counted_usd)",
        "CREATE INDEX takes_channel_month ON takes (channel_id, requested_at, counted_usd)",
    ),
    # Slack's signed requests of the last minutes, so that none is carried out twice.
    "0007_received_requests": (
        Table("received_requests", {"signature": str, "received_at": int}, key=("signature",)),
        "CREATE INDEX received_requests_at ON received_requests (received_at)",
    ),
    "0008_words_and_people_forgotten": (
        # Whose words were deleted, after RETENTION_DAYS. A process of an earlier release, during a
        # deploy, could not read `requests` with another column.
        Table(
            "blanked_requests", {"request_id": str, "blanked_at": str}, key=("request_id",)
        ),
        # Erasures under way: who it is about, until nothing knows them anymore.
        Table("erasures", {"user_id": str, "pseudonym": str, "begun_at": str}, key=("user_id",)),
        *EVENT_CHANGES,
    ),
}  # fmt: skip

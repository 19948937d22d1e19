"""Digital Twins, and who has allowed them.

A consent is never changed or deleted, like an event. Only the person's ID gives way to a pseudonym,
within a change of events (bot/storage/event_changes.py), which leaves an event.
"""

from bot.storage.steps import PerStore, Step, Table

TWINS: tuple[Step, ...] = (
    Table(
        "twins",
        {
            "id": str, "name": str, "purpose": str, "footage": str, "shows_user_id": str,
            "requested_by": str, "requested_at": str, "state": str, "channels": str,
            "shown_file_id": str, "sha256": str, "seconds": float | None, "footage_address": str,
            "avatar_id": str, "avatar_key": str, "avatar_group_id": str,
            "marked_at": str, "segmind_request_id": str,
            "charged_usd": float | None, "counted_usd": float | None, "error": str,
            "reminded_at": str, "looked_at": str, "busy_since": str,
        },
    ),
    "CREATE INDEX twins_avatar ON twins (avatar_key)",
    "CREATE INDEX twins_id ON twins (avatar_id)",
    "CREATE INDEX twins_state ON twins (state)",
    "CREATE INDEX twins_shows ON twins (shows_user_id)",
    "CREATE INDEX twins_asked ON twins (requested_by, requested_at)",
    "CREATE INDEX takes_avatar_id ON takes (avatar_id) WHERE avatar_id <> ''",
    Table(
        "consents",
        {"seq": int, "twin_id": str, "user_id": str, "answer": str, "channels": str, "at": str},
        key=("seq",),
    ),
    PerStore(
        sqlite="""
            CREATE TRIGGER consents_stay BEFORE DELETE ON consents
                BEGIN SELECT RAISE(ABORT, 'consents are never deleted'); END;
            CREATE TRIGGER consents_hold
                BEFORE UPDATE OF seq, twin_id, answer, channels, at ON consents
                BEGIN SELECT RAISE(ABORT, 'consents are never changed'); END;
            CREATE TRIGGER consents_person BEFORE UPDATE OF user_id ON consents
                WHEN NOT EXISTS (SELECT 1 FROM event_changes)
                BEGIN SELECT RAISE(ABORT, 'consents are never changed'); END;
        """,
        postgres="""
            CREATE FUNCTION consents_stay() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'consents are never changed or deleted'; END $$;
            CREATE TRIGGER consents_stay
                BEFORE DELETE OR TRUNCATE OR UPDATE OF seq, twin_id, answer, channels, at
                ON consents FOR EACH STATEMENT EXECUTE FUNCTION consents_stay();
            CREATE FUNCTION consents_person() RETURNS trigger LANGUAGE plpgsql
                SET search_path FROM CURRENT AS $$ BEGIN
                    IF NOT EXISTS (SELECT 1 FROM event_changes) THEN
                        RAISE EXCEPTION 'consents are never changed or deleted';
                    END IF;
                    RETURN NULL;
                END $$;
            CREATE TRIGGER consents_person BEFORE UPDATE OF user_id ON consents
                FOR EACH STATEMENT EXECUTE FUNCTION consents_person();
        """,
    ),
)  # fmt: skip

"""The one way to change events, which otherwise stay as they were written.

Within a transaction, a row in `event_changes` lets the person and the details of events be changed,
but nothing else of them, and lets none be deleted. The row itself writes an event, of the kind
"events changed". It can't be committed, because it refers to a row that can't exist: it has to be
deleted in the same transaction, and other transactions never see it.
"""

from bot.storage.steps import PerStore, Step

EVENT_CHANGES: tuple[Step, ...] = (
    """CREATE TABLE event_changes (
        name text PRIMARY KEY CHECK (name <> ''),
        request_id text NOT NULL,
        detail text NOT NULL,
        never text NOT NULL DEFAULT '' CHECK (never = '')
            REFERENCES event_changes (name) DEFERRABLE INITIALLY DEFERRED
    )""",
    PerStore(
        sqlite="""
            DROP TRIGGER events_hold;
            CREATE TRIGGER events_hold
                BEFORE UPDATE OF seq, at, request_id, take_id, kind ON events
                BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
            CREATE TRIGGER events_words BEFORE UPDATE OF "by", detail ON events
                WHEN NOT EXISTS (SELECT 1 FROM event_changes)
                BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
            CREATE TRIGGER event_changes_told AFTER INSERT ON event_changes
                BEGIN
                    INSERT INTO events (at, request_id, take_id, kind, "by", detail) VALUES (
                        strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'),
                        NEW.request_id, '', 'events changed', 'bot', NEW.detail
                    );
                END;
        """,
        postgres="""
            DROP TRIGGER events_stay ON events;
            CREATE TRIGGER events_stay
                BEFORE DELETE OR TRUNCATE OR UPDATE OF seq, at, request_id, take_id, kind ON events
                FOR EACH STATEMENT EXECUTE FUNCTION events_stay();
            CREATE FUNCTION events_words() RETURNS trigger LANGUAGE plpgsql
                SET search_path FROM CURRENT AS $$ BEGIN
                    IF NOT EXISTS (SELECT 1 FROM event_changes) THEN
                        RAISE EXCEPTION 'events are never changed or deleted';
                    END IF;
                    RETURN NULL;
                END $$;
            CREATE TRIGGER events_words BEFORE UPDATE OF "by", detail ON events
                FOR EACH STATEMENT EXECUTE FUNCTION events_words();
            CREATE FUNCTION event_changes_told() RETURNS trigger LANGUAGE plpgsql
                SET search_path FROM CURRENT AS $$ BEGIN
                    INSERT INTO events (at, request_id, take_id, kind, "by", detail) VALUES (
                        to_char(clock_timestamp() AT TIME ZONE 'UTC',
                            'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"'),
                        NEW.request_id, '', 'events changed', 'bot', NEW.detail
                    );
                    RETURN NULL;
                END $$;
            CREATE TRIGGER event_changes_told AFTER INSERT ON event_changes
                FOR EACH ROW EXECUTE FUNCTION event_changes_told();
        """,
    ),
)

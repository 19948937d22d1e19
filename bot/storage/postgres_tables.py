"""The request log's tables in Postgres, as named migrations, and the view `avatar.request_log`.

The same names, columns and indexes as in `migrations.py`; a test holds the two against each other.
A migration that has been released is never edited: a change is a new one here and there.
"""

import hashlib

from bot.storage.postgres_connections import SCHEMA, Connection
from bot.storage.sqlite_tables import EVENTS_FOUND, REQUEST_LOG, refuse_newer

LOCK = 0x617661746172  # "avatar": two processes may start at once

# "C": text sorts by its bytes, as in SQLite, whatever the locale of the server.
MIGRATIONS = {
    "0001_requests_takes_events": """
        CREATE DOMAIN words AS text COLLATE "C" NOT NULL;
        CREATE TABLE requests (
            id words PRIMARY KEY, user_id words, channel_id words, created_at words,
            card_ts words, team_id words
        );
        CREATE TABLE takes (
            id words PRIMARY KEY, request_id words REFERENCES requests (id),
            number bigint NOT NULL,
            prompt words, audio_url words, avatar words, avatar_id words, voice words,
            voice_id words, resolution words, aspect_ratio words, fit words, output_format words,
            remove_background bigint NOT NULL, background words, caption bigint NOT NULL,
            footage_url words,
            state words, requested_at words, marked_at words, submitted_at words,
            rendered_at words, delivered_at words, settled_at words, turn bigint NOT NULL,
            runs bigint NOT NULL,
            segmind_request_id words,
            estimated_usd double precision, cost_usd double precision,
            video_seconds double precision,
            video_url words, caption_url words, video_file_id words, captions_file_id words,
            completing_at words, message_ts words, review_ts words, captions words,
            decision words, sha256 words, video_bytes bigint,
            error words, error_kind words, next_step words
        );
        CREATE TABLE rests (reason words PRIMARY KEY, since words, ends_at words);
        CREATE TABLE events (
            seq bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
            at words, request_id words, take_id words, kind words, "by" words, detail words
        );
        CREATE UNIQUE INDEX takes_number ON takes (request_id, number);
        CREATE UNIQUE INDEX takes_segmind ON takes (segmind_request_id)
            WHERE segmind_request_id <> '';
        CREATE INDEX takes_state ON takes (state, turn, requested_at);
        CREATE INDEX requests_user ON requests (user_id);
        CREATE INDEX events_request ON events (request_id);
        CREATE FUNCTION events_stay() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'events are never changed or deleted'; END $$;
        CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events
            FOR EACH STATEMENT EXECUTE FUNCTION events_stay();
    """,
    "0002_reviews_notes_reviewers": """
        CREATE TABLE reviews (
            take_id words REFERENCES takes (id), user_id words, decision words, note words,
            at words, sha256 words,
            PRIMARY KEY (take_id, user_id)
        );
        CREATE TABLE notes (
            id words PRIMARY KEY, request_id words REFERENCES requests (id),
            take_id words REFERENCES takes (id), user_id words, at words, text words,
            start_seconds double precision, end_seconds double precision, spoken words,
            answered_by words
        );
        CREATE TABLE reviewers (
            request_id words REFERENCES requests (id), user_id words, take_id words,
            told_at words, away_at words,
            PRIMARY KEY (request_id, user_id)
        );
        CREATE INDEX notes_request ON notes (request_id);
        CREATE INDEX requests_card ON requests (card_ts);
    """,
    "0003_events_found": EVENTS_FOUND,
}


async def bring_up_to_date(connection: Connection) -> None:
    """Raises what `refuse_newer` raises, and the driver's own errors."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations"
            " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        rows = await (await connection.execute("SELECT name FROM migrations")).fetchall()
        done = {row["name"] for row in rows}
        refuse_newer("DATABASE_URL", done, MIGRATIONS)
        for name, sql in MIGRATIONS.items():
            if name not in done:
                await connection.execute(sql)
                await connection.execute("INSERT INTO migrations (name) VALUES (%s)", [name])
        await _view(connection)


async def _view(connection: Connection) -> None:
    """Made anew only when it changes: whoever was granted the right to read it keeps that."""
    columns = ", ".join(f"{source} AS {name}" for name, source in REQUEST_LOG.items())
    sql = f"SELECT {columns} FROM takes AS t JOIN requests AS r ON r.id = t.request_id"
    mark = hashlib.sha256(sql.encode()).hexdigest()
    found = await connection.execute(
        "SELECT obj_description(to_regclass('request_log'), 'pg_class') AS mark"
    )
    row = await found.fetchone()
    if row and row["mark"] == mark:
        return
    await connection.execute("DROP VIEW IF EXISTS request_log")
    await connection.execute(f"CREATE VIEW request_log AS {sql}")
    await connection.execute(f"COMMENT ON VIEW request_log IS '{mark}'")

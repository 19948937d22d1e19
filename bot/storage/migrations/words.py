r"""The index of scripts. It follows every change of them, so what is blanked can't be found.

SQLite: every three characters of a script, without their places, so that nobody can put a script
that was deleted together again. The numbers are a table of their own, because those of `takes`
(rowid) may change when somebody compacts the file (VACUUM).

Postgres: its words, as they are. Where words are written without spaces, its parser would take a
whole sentence for one. So there each character is a word: Thai, Lao, Burmese, Khmer, Chinese,
Japanese and Korean.
"""

from bot.storage.steps import PerStore, Step

FOUND_BY_WORDS: tuple[Step, ...] = (
    PerStore(
        sqlite="""
            CREATE TABLE script_numbers (number INTEGER PRIMARY KEY, take_id TEXT NOT NULL UNIQUE);
            CREATE VIRTUAL TABLE script_index
                USING fts5(script, content='', detail=none, tokenize='trigram');
            INSERT INTO script_index (script_index, rank)
                SELECT 'secure-delete', 1 WHERE sqlite_version() >= '3.42';
            INSERT INTO script_numbers (take_id) SELECT id FROM takes ORDER BY requested_at, id;
            INSERT INTO script_index (rowid, script)
                SELECT script_numbers.number, prompt
                    FROM script_numbers JOIN takes ON takes.id = take_id;
            CREATE TRIGGER scripts_added AFTER INSERT ON takes BEGIN
                INSERT INTO script_numbers (take_id) VALUES (NEW.id);
                INSERT INTO script_index (rowid, script)
                    SELECT number, NEW.prompt FROM script_numbers WHERE take_id = NEW.id;
            END;
            CREATE TRIGGER scripts_changed AFTER UPDATE OF prompt ON takes
                WHEN OLD.prompt <> NEW.prompt BEGIN
                INSERT INTO script_index (script_index, rowid, script)
                    SELECT 'delete', number, OLD.prompt FROM script_numbers WHERE take_id = OLD.id;
                INSERT INTO script_index (rowid, script)
                    SELECT number, NEW.prompt FROM script_numbers WHERE take_id = NEW.id;
            END;
            CREATE TRIGGER scripts_deleted AFTER DELETE ON takes BEGIN
                INSERT INTO script_index (script_index, rowid, script)
                    SELECT 'delete', number, OLD.prompt FROM script_numbers WHERE take_id = OLD.id;
                DELETE FROM script_numbers WHERE take_id = OLD.id;
            END;
        """,
        postgres=r"""
            CREATE FUNCTION script_words(script text) RETURNS tsvector
                LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000
                SET search_path TO pg_catalog
                AS $$ SELECT to_tsvector('pg_catalog.simple', regexp_replace(script,
                    '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])',
                    ' \1 ', 'g')) $$;
            CREATE INDEX takes_words ON takes USING gin (script_words(prompt));
        """,
    ),
)

"""The database's history: append only, never edit a step that has been released."""

MIGRATIONS: tuple[str, ...] = (
    # 1: prints, marks, journal, jobs, the press's own row
    """
    CREATE TABLE recipes (
        digest TEXT PRIMARY KEY,
        json TEXT NOT NULL
    ) STRICT;
    CREATE TABLE prints (
        id INTEGER PRIMARY KEY,
        slug TEXT NOT NULL,
        digest TEXT NOT NULL,
        seed INTEGER NOT NULL,
        file TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        made REAL NOT NULL,
        seconds REAL NOT NULL DEFAULT 0,
        phash INTEGER NOT NULL,
        dhash INTEGER NOT NULL,
        colour BLOB NOT NULL,
        prompt TEXT NOT NULL DEFAULT '',
        parent TEXT NOT NULL DEFAULT '',
        note TEXT NOT NULL DEFAULT '',
        star INTEGER NOT NULL DEFAULT 0,
        reject INTEGER NOT NULL DEFAULT 0,
        rating INTEGER NOT NULL DEFAULT 0,
        label TEXT NOT NULL DEFAULT '',
        stack INTEGER NOT NULL DEFAULT 0,
        upscaled TEXT NOT NULL DEFAULT '',
        UNIQUE (slug, digest, seed),
        CHECK (NOT (star AND reject)),
        CHECK (rating BETWEEN 0 AND 5)
    ) STRICT;
    CREATE INDEX prints_by_stack ON prints (slug, stack) WHERE stack != 0;
    CREATE INDEX prints_starred ON prints (slug, star) WHERE star != 0;
    CREATE TABLE thumbs (
        print_id INTEGER PRIMARY KEY REFERENCES prints (id) ON DELETE CASCADE,
        jpeg BLOB NOT NULL,
        rgb BLOB NOT NULL
    ) STRICT;
    CREATE TABLE upscales (
        id INTEGER PRIMARY KEY,
        print_id INTEGER NOT NULL REFERENCES prints (id) ON DELETE CASCADE,
        file TEXT NOT NULL UNIQUE,
        method TEXT NOT NULL,
        licence TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        made REAL NOT NULL
    ) STRICT;
    CREATE INDEX upscales_by_print ON upscales (print_id);
    CREATE TABLE journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        time REAL NOT NULL,
        action TEXT NOT NULL,
        changes TEXT NOT NULL,
        undone INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        slug TEXT NOT NULL,
        payload TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'queued',
        position REAL NOT NULL,
        done INTEGER NOT NULL DEFAULT 0,
        total INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        message TEXT NOT NULL DEFAULT '',
        error TEXT NOT NULL DEFAULT '',
        hint TEXT NOT NULL DEFAULT '',
        seconds_each REAL NOT NULL DEFAULT 0,
        created REAL NOT NULL,
        started REAL NOT NULL DEFAULT 0,
        finished REAL NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX jobs_by_state ON jobs (state, position);
    CREATE TABLE press (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        pid INTEGER,
        state TEXT NOT NULL DEFAULT 'off',
        wanted TEXT NOT NULL DEFAULT 'run',
        device TEXT NOT NULL DEFAULT '',
        job_id INTEGER NOT NULL DEFAULT 0,
        heartbeat REAL NOT NULL DEFAULT 0,
        step INTEGER NOT NULL DEFAULT 0,
        steps INTEGER NOT NULL DEFAULT 0,
        preview BLOB NOT NULL DEFAULT x'',
        seeds TEXT NOT NULL DEFAULT '[]'
    ) STRICT;
    INSERT INTO press (id) VALUES (1);
    CREATE TABLE settings (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT;
    """,
    # 2: studies: which print is in which cell
    """
    CREATE TABLE studies (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        slug TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        json TEXT NOT NULL,
        created REAL NOT NULL,
        UNIQUE (slug, name)
    ) STRICT;
    CREATE TABLE cells (
        study INTEGER NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        digest TEXT NOT NULL,
        seed INTEGER NOT NULL,
        error TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (study, place)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX cells_by_print ON cells (digest, seed);
    """,
    # 3: trainings and their curves
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        slug TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        settings TEXT NOT NULL,
        steps INTEGER NOT NULL,
        made TEXT NOT NULL DEFAULT '',
        started REAL NOT NULL,
        UNIQUE (slug, name)
    ) STRICT;
    CREATE TABLE curve (
        run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        step INTEGER NOT NULL,
        loss REAL NOT NULL,
        grad_norm REAL NOT NULL,
        rate REAL NOT NULL,
        seconds REAL NOT NULL,
        PRIMARY KEY (run_id, step)
    ) STRICT, WITHOUT ROWID;
    """,
    # 4: what files were when they came in; the register of numbered prints, append-only
    """
    ALTER TABLE prints ADD COLUMN sha256 TEXT NOT NULL DEFAULT '';
    ALTER TABLE upscales ADD COLUMN sha256 TEXT NOT NULL DEFAULT '';
    CREATE TABLE register (
        place INTEGER PRIMARY KEY,
        json TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER register_is_not_changed BEFORE UPDATE ON register
    BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END;
    CREATE TRIGGER register_is_not_shortened BEFORE DELETE ON register
    BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END;
    """,
    # 5: finding: what prints came from, tags, full text over both, an index of all that is small
    """
    CREATE TABLE sources (
        id INTEGER PRIMARY KEY,
        slug TEXT NOT NULL,
        digest TEXT NOT NULL,
        prompt TEXT NOT NULL,
        model TEXT NOT NULL DEFAULT '',
        title TEXT NOT NULL DEFAULT '',
        UNIQUE (slug, digest)
    ) STRICT;
    CREATE INDEX sources_by_digest ON sources (digest);
    ALTER TABLE prints ADD COLUMN source INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE prints ADD COLUMN tags TEXT NOT NULL DEFAULT '';
    INSERT INTO sources (slug, digest, prompt)
        SELECT slug, digest, prompt FROM prints GROUP BY slug, digest;
    UPDATE sources SET
        model = coalesce(json_extract(r.json, '$.model.base'), ''),
        title = coalesce(json_extract(r.json, '$.title'), '')
        FROM recipes AS r WHERE r.digest = sources.digest AND json_valid(r.json);
    UPDATE prints SET source = s.id
        FROM sources AS s WHERE s.slug = prints.slug AND s.digest = prints.digest;
    CREATE INDEX prints_sifted ON prints
        (slug, id, source, seed, star, reject, rating, label, stack, width, height, made);
    CREATE INDEX prints_noted ON prints (id) WHERE note != '';
    CREATE INDEX prints_tagged ON prints (id, tags) WHERE tags != '';
    CREATE INDEX prints_upscaled ON prints (id) WHERE upscaled != '';

    CREATE VIRTUAL TABLE source_words USING fts5 (
        prompt, model, slug, title, content = 'sources', content_rowid = 'id',
        tokenize = "unicode61 remove_diacritics 2"
    );
    INSERT INTO source_words (source_words) VALUES ('rebuild');
    CREATE TRIGGER source_comes AFTER INSERT ON sources
    BEGIN
        INSERT INTO source_words (rowid, prompt, model, slug, title)
            VALUES (new.id, new.prompt, new.model, new.slug, new.title);
    END;
    CREATE TRIGGER source_changes AFTER UPDATE ON sources
    BEGIN
        INSERT INTO source_words (source_words, rowid, prompt, model, slug, title)
            VALUES ('delete', old.id, old.prompt, old.model, old.slug, old.title);
        INSERT INTO source_words (rowid, prompt, model, slug, title)
            VALUES (new.id, new.prompt, new.model, new.slug, new.title);
    END;
    CREATE TRIGGER source_goes AFTER DELETE ON sources
    BEGIN
        INSERT INTO source_words (source_words, rowid, prompt, model, slug, title)
            VALUES ('delete', old.id, old.prompt, old.model, old.slug, old.title);
    END;

    CREATE VIRTUAL TABLE print_words USING fts5 (
        tags, note, content = 'prints', content_rowid = 'id',
        tokenize = "unicode61 remove_diacritics 2"
    );
    INSERT INTO print_words (rowid, tags, note) SELECT id, tags, note FROM prints WHERE note != '';
    CREATE TRIGGER print_comes AFTER INSERT ON prints
    BEGIN
        INSERT OR IGNORE INTO sources (slug, digest, prompt, model, title)
            SELECT new.slug, new.digest, new.prompt,
                coalesce(json_extract(max(r.json), '$.model.base'), ''),
                coalesce(json_extract(max(r.json), '$.title'), '')
            FROM recipes AS r WHERE r.digest = new.digest AND json_valid(r.json);
        UPDATE prints SET source =
            (SELECT s.id FROM sources AS s WHERE s.slug = new.slug AND s.digest = new.digest)
            WHERE id = new.id;
    END;
    CREATE TRIGGER print_words_change AFTER UPDATE OF tags, note ON prints
        WHEN old.tags != new.tags OR old.note != new.note
    BEGIN
        INSERT INTO print_words (print_words, rowid, tags, note)
            SELECT 'delete', old.id, old.tags, old.note WHERE old.tags != '' OR old.note != '';
        INSERT INTO print_words (rowid, tags, note)
            SELECT new.id, new.tags, new.note WHERE new.tags != '' OR new.note != '';
    END;
    CREATE TRIGGER print_goes AFTER DELETE ON prints WHEN old.tags != '' OR old.note != ''
    BEGIN
        INSERT INTO print_words (print_words, rowid, tags, note)
            VALUES ('delete', old.id, old.tags, old.note);
    END;
    """,
    # 6: trash, stacks by hand, look-alikes; a print's id is never given twice
    """
    ALTER TABLE prints ADD COLUMN trash REAL NOT NULL DEFAULT 0;
    ALTER TABLE prints ADD COLUMN apart INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE prints ADD COLUMN best INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE prints ADD COLUMN kin INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX prints_in_trash ON prints (slug) WHERE trash != 0;
    CREATE INDEX prints_by_kin ON prints (slug, kin) WHERE kin != 0;
    CREATE TABLE emptied (
        slug TEXT NOT NULL,
        digest TEXT NOT NULL,
        seed INTEGER NOT NULL,
        time REAL NOT NULL,
        PRIMARY KEY (slug, digest, seed)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER print_ids_are_given_once AFTER DELETE ON prints
    BEGIN
        INSERT INTO settings (key, value) VALUES ('last print', OLD.id)
        ON CONFLICT (key) DO UPDATE SET value = max(CAST(value AS INTEGER), OLD.id);
    END;
    """,
    # 7: exhibitions: prints of several editions, by name, in an order of their own
    """
    CREATE TABLE exhibitions (
        name TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        artist TEXT NOT NULL DEFAULT '',
        statement TEXT NOT NULL DEFAULT '',
        proof TEXT NOT NULL DEFAULT '{}',
        created REAL NOT NULL
    ) STRICT;
    CREATE TABLE hung (
        exhibition TEXT NOT NULL REFERENCES exhibitions (name) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        slug TEXT NOT NULL,
        digest TEXT NOT NULL,
        seed INTEGER NOT NULL,
        note TEXT NOT NULL DEFAULT '',
        print_mm REAL NOT NULL DEFAULT 0,
        PRIMARY KEY (exhibition, place)
    ) STRICT, WITHOUT ROWID;
    """,
    # 8: the id of the last act that changed a text mirror; at first one of the database's own
    """
    INSERT INTO settings (key, value) VALUES ('last act', lower(hex(randomblob(8))));
    """,
    # 9: folders adopted where they lie: the files found in them, and each content's number
    """
    CREATE TABLE IF NOT EXISTS found_files (
        slug TEXT NOT NULL,
        file TEXT NOT NULL,
        size INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        sidecar INTEGER NOT NULL DEFAULT 0,
        digest TEXT NOT NULL DEFAULT '',
        sha256 TEXT NOT NULL DEFAULT '',
        fault TEXT NOT NULL DEFAULT '',
        said TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (slug, file)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS found_by_digest ON found_files (slug, digest);
    CREATE TABLE IF NOT EXISTS picture_numbers (
        slug TEXT NOT NULL,
        digest TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (slug, digest),
        UNIQUE (slug, number)
    ) STRICT, WITHOUT ROWID;
    """,
)
"""Step i leads from version i to i + 1 (``PRAGMA user_version``)."""

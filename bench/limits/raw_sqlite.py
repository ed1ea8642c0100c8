#!/usr/bin/env python3
"""raw_sqlite.py build|measure DATA FILE [SECONDS]: what SQLite itself does with the same data, through Python.

"build" makes FILE from DATA/users.csv and prints how long that took, "measure" prints all figures as JSON.
"""
import csv
import json
import os
import sqlite3
import sys
import time
import uuid
from pathlib import Path

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations/sqlite"
SCHEMA = """
CREATE TABLE users (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, email TEXT NOT NULL, name TEXT NOT NULL,
                    role TEXT NOT NULL, organization_id TEXT, created_at TEXT NOT NULL, last_login_at TEXT) STRICT;
"""
INDEXES = """
CREATE INDEX users_by_name ON users (name, id);
CREATE INDEX users_by_org_name ON users (organization_id, name, id);
CREATE TABLE search_row (place INTEGER PRIMARY KEY, user INTEGER NOT NULL) STRICT;
INSERT INTO search_row (user) SELECT row FROM users ORDER BY name, id;
CREATE VIRTUAL TABLE search USING fts5(email, name, content='', detail=none, tokenize='trigram');
INSERT INTO search (rowid, email, name)
    SELECT place, email, name FROM search_row JOIN users ON users.row = user ORDER BY place;
ANALYZE;
"""
COLUMNS = "id, email, name, role, organization_id"
PAGE = f"SELECT {COLUMNS} FROM users WHERE (name, id) > (:name, :id) ORDER BY name, id LIMIT 25"
PAGE_OF_ORG = f"""SELECT {COLUMNS} FROM users WHERE organization_id = :org AND (name, id) > (:name, :id)
                  ORDER BY name, id LIMIT 25"""
OFFSET = f"SELECT {COLUMNS} FROM users ORDER BY name, id LIMIT 25 OFFSET :row"
# Search rows are in name order, so the first 25 hits are the first page. Without details the trigrams of a term
# are joined by AND, which lets false hits through; LIKE on the few rows read takes them out.
SEARCH = """SELECT id, users.email, users.name, role, organization_id
            FROM search JOIN search_row ON place = search.rowid JOIN users ON row = user
            WHERE search MATCH :match AND (users.email LIKE :like OR users.name LIKE :like)
            ORDER BY search.rowid LIMIT 25"""
SCAN = f"SELECT {COLUMNS} FROM users WHERE email LIKE :like OR name LIKE :like ORDER BY name, id LIMIT 25"
SCAN_OF_ORG = f"""SELECT {COLUMNS} FROM users WHERE organization_id = :org AND (email LIKE :like OR name LIKE :like)
                  ORDER BY name, id LIMIT 25"""
EXPORT = "SELECT id, email, name, role, organization_id, created_at, last_login_at FROM users ORDER BY name, id"


def build(data, path):
    Path(path).unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=WAL")
    db.executescript(SCHEMA)
    with (data / "users.csv").open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        started = time.perf_counter()
        with db:
            db.executemany("INSERT INTO users VALUES (NULL,?,?,?,?,nullif(?,''),?,nullif(?,''))", rows)
        inserted = time.perf_counter()
    db.executescript(INDEXES)
    indexed = time.perf_counter()
    return {"SQLite insert s": inserted - started, "SQLite indexes and search s": indexed - inserted}


def median_us(db, sql, parameters, seconds):
    db.execute(sql, parameters).fetchall()
    deadline, times = time.perf_counter() + seconds, []
    while (started := time.perf_counter()) < deadline or not times:
        db.execute(sql, parameters).fetchall()
        times.append(time.perf_counter() - started)
    return {"us": sorted(times)[len(times) // 2] * 1e6}


def scan(db):
    """Rows a second of the list that is exported, in its order, taken row by row."""
    started, rows = time.perf_counter(), sum(1 for _ in db.execute(EXPORT))
    return {"rows/s": rows / (time.perf_counter() - started)}


def inserts(path, seconds):
    """Transactions a second of what an invitation writes, each made durable: invitation, mail, audit event with details."""
    for end in ("", "-wal", "-shm"):
        Path(path + end).unlink(missing_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        db.execute(f"PRAGMA {pragma}")
    for migration in sorted(MIGRATIONS.glob("*.sql"))[:1]:
        db.executescript(migration.read_text(encoding="utf-8"))
    count, started = 0, time.perf_counter()
    while time.perf_counter() < started + seconds:
        count += 1
        invitation, mail, event = (uuid.uuid4().bytes for _ in range(3))
        now, email = int(time.time() * 1000), f"guest{count}@guest.example.com"
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO invitations (id, email, role, token_hash, lifetime_seconds, created_at, sent_at, expires_at,"
                   " status_key, mail_id, search_key) VALUES (?,?,3,?,604800,?,?,?,?,?,?)",
                   (invitation, email, os.urandom(32), now, now, now, now, mail, email))
        db.execute("INSERT INTO mails (id, template, recipient, context, sealed_token, state, next_try_at, created_at,"
                   " invitation_id) VALUES (?,'invitation',?,'{}',?,'queued',?,?,?)",
                   (mail, email, os.urandom(72), now, now, invitation))
        db.execute("INSERT INTO audit_events (id, created_at, action, object_kind, object_id, request_id, details_hash)"
                   " VALUES (?,?,'invitation_sent','invitation',?,'0123456789abcdef',?)",
                   (event, now, invitation, os.urandom(32)))
        db.execute("INSERT INTO audit_details (event_id, salt, content) VALUES (?,?,?)", (event, os.urandom(16), "x" * 300))
        db.execute("COMMIT")
    return {"writes/s": count / (time.perf_counter() - started)}


def trigrams(term):
    return " AND ".join(f'"{term[i:i + 3]}"' for i in range(len(term) - 2))


def measure(data, path, seconds):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db.execute("PRAGMA mmap_size=1073741824")
    words = json.loads(os.environ["BENCH_WORDS"])
    row = int(words["deep_offset"]) - 1
    name, user_id = db.execute("SELECT name, id FROM users ORDER BY name, id LIMIT 1 OFFSET ?", (row,)).fetchone()
    first = {"name": "", "id": "", "org": words["org"]}
    figures = {
        "SQLite page 1": median_us(db, PAGE, first, seconds),
        "SQLite page 1 of the biggest organization": median_us(db, PAGE_OF_ORG, first, seconds),
        "SQLite page at the deep row, keyset": median_us(db, PAGE, {"name": name, "id": user_id}, seconds),
        "SQLite page at the deep row, OFFSET": median_us(db, OFFSET, {"row": row + 1}, seconds),
        "SQLite COUNT(*)": median_us(db, "SELECT COUNT(*) FROM users", {}, seconds),
        "SQLite export": scan(db),
        "SQLite invitation inserts": inserts(path + ".writes", seconds),
    }
    for workload, term in (("W4a", "anderson"), ("W4b", "quackenbush"), ("W4c", "com")):
        parameters = {"match": trigrams(term), "like": f"%{term}%"}
        figures[f"SQLite {workload} trigrams"] = median_us(db, SEARCH, parameters, seconds)
        figures[f"SQLite {workload} LIKE scan"] = median_us(db, SCAN, parameters, seconds)
    parameters = {"org": words["small_org"], "like": f"%{words['small_term']}%"}
    figures["SQLite W4d LIKE scan"] = median_us(db, SCAN_OF_ORG, parameters, seconds)
    return figures


def main():
    verb, data, path = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    print(json.dumps(build(data, path) if verb == "build" else measure(data, path, float(sys.argv[4]))))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""raw_postgres.py build|measure DATA URL [SECONDS LOAD_CPU]: what Postgres itself does with the same data, through pgbench.

"build" makes the tables of the database from DATA/users.csv, "measure" prints all figures as JSON.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations/postgres"
NIL = "00000000-0000-0000-0000-000000000000"
BUILD = """
DROP TABLE IF EXISTS users;
CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL, name text NOT NULL, role text NOT NULL,
                    organization_id uuid, created_at timestamptz NOT NULL, last_login_at timestamptz);
\\copy users FROM '{data}/users.csv' (FORMAT csv, HEADER)
"""
INDEXES = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX users_by_name ON users (name, id);
CREATE INDEX users_by_org_name ON users (organization_id, name, id);
CREATE INDEX users_by_trigrams ON users USING gin ((lower(email || ' ' || name)) gin_trgm_ops);
VACUUM ANALYZE users;
"""
COLUMNS = "id, email, name, role, organization_id"
PAGE = f"SELECT {COLUMNS} FROM users WHERE (name, id) > (:name, :id) ORDER BY name, id LIMIT 25;"
PAGE_OF_ORG = f"SELECT {COLUMNS} FROM users WHERE organization_id = :org AND (name, id) > (:name, :id) ORDER BY name, id LIMIT 25;"
SEARCH = f"SELECT {COLUMNS} FROM users WHERE lower(email || ' ' || name) LIKE :like ORDER BY name, id LIMIT 25;"
EXPORT = "\\copy (SELECT id, email, name, role, organization_id, created_at, last_login_at FROM users ORDER BY name, id) TO '/dev/null' (FORMAT csv)"
# What an invitation writes: invitation, mail, audit event with details.
INSERTS = """BEGIN;
INSERT INTO invitations (id, email, role, token_hash, lifetime_seconds, created_at, sent_at, expires_at, status_key, mail_id, search_key)
 VALUES (gen_random_uuid(), :client_id || random()::text, 3, sha256(random()::text::bytea), 604800, 1, 1, 1, 1, gen_random_uuid(), 'guest@guest.example.com');
INSERT INTO mails (id, template, recipient, context, sealed_token, state, next_try_at, created_at)
 VALUES (gen_random_uuid(), 'invitation', 'guest@guest.example.com', '{}', sha256('x'), 'queued', 1, 1);
INSERT INTO audit_events (id, created_at, action, object_kind, object_id, request_id, details_hash)
 VALUES (gen_random_uuid(), 1, 'invitation_sent', 'invitation', gen_random_uuid(), '0123456789abcdef', sha256('x'));
INSERT INTO audit_details (event_id, salt, content) VALUES (gen_random_uuid(), 'x', repeat('x', 300));
COMMIT;"""


def psql(url, text, *options):
    subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", *options, url], input=text, text=True, check=True,
                   stdout=subprocess.DEVNULL)


def build(data, url):
    started = time.perf_counter()
    psql(url, BUILD.format(data=data.resolve()))
    loaded = time.perf_counter()
    psql(url, INDEXES)
    indexed = time.perf_counter()
    for migration in sorted(MIGRATIONS.glob("*.sql"))[:1]:
        psql(url, "CREATE SCHEMA IF NOT EXISTS writes; SET search_path TO writes;" + migration.read_text(encoding="utf-8"))
    return {"Postgres COPY s": loaded - started, "Postgres indexes and search s": indexed - loaded}


def pgbench(url, text, variables, seconds, cpu, clients=1, options=""):
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(text)
        file.flush()
        words = [word for name, value in variables.items() for word in ("-D", f"{name}={value}")]
        # Left to itself Postgres plans the page of one organization anew each time, which halves its rate.
        environment = os.environ | {"PGOPTIONS": f"-c plan_cache_mode=force_generic_plan {options}"}
        done = subprocess.run(["taskset", "-c", cpu, "pgbench", "-n", "-M", "prepared", "-T", str(max(int(seconds), 1)), "-c",
                               str(clients), "-f", file.name, *words, url], env=environment, capture_output=True, text=True)
    rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.M)
    if not rate:
        sys.exit(f"pgbench: {done.stderr}")
    return float(rate[1])


def measure(data, url, seconds, cpu):
    words = json.loads(os.environ["BENCH_WORDS"])
    row = int(words["deep_offset"]) - 1
    deep = subprocess.run(["psql", "-AtXc", f"SELECT name || '|' || id FROM users ORDER BY name, id LIMIT 1 OFFSET {row}", url],
                          capture_output=True, text=True, check=True).stdout.strip()
    first = {"name": " ", "id": NIL, "org": words["org"]}
    last = {"name": deep.split("|")[0], "id": deep.split("|")[1]}
    figures = {}
    for label, text, variables in (("page 1", PAGE, first), ("page 1 of the biggest organization", PAGE_OF_ORG, first),
                                   ("page at the deep row, keyset", PAGE, last)):
        alone, busy = (pgbench(url, text, variables, seconds, cpu, clients) for clients in (1, 8))
        figures[f"Postgres {label}"] = {"us": 1e6 / alone, "requests/s": busy}
    # Two ways to search: by trigrams, and along the list's order.
    for workload, term in (("W4a", "anderson"), ("W4b", "quackenbush"), ("W4c", "com")):
        like = {"like": f"%{term}%"}
        for way, options in (("trigrams", "-c enable_seqscan=off -c enable_indexscan=off"), ("LIKE scan", "-c enable_bitmapscan=off")):
            figures[f"Postgres {workload} {way}"] = {"us": 1e6 / pgbench(url, SEARCH, like, seconds, cpu, options=options)}
    started = time.perf_counter()
    psql(url, EXPORT)
    rows = int(subprocess.run(["psql", "-AtXc", "SELECT count(*) FROM users", url], capture_output=True, text=True).stdout)
    figures["Postgres export"] = {"rows/s": rows / (time.perf_counter() - started)}
    alone, busy = (pgbench(url, INSERTS, {}, seconds, cpu, clients, "-c search_path=writes") for clients in (1, 8))
    figures["Postgres invitation inserts"] = {"alone writes/s": alone, "writes/s": busy}
    psql(url, "TRUNCATE writes.invitations, writes.mails, writes.audit_events, writes.audit_details;")
    return figures


def main():
    verb, data, url = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    print(json.dumps(build(data, url) if verb == "build" else measure(data, url, float(sys.argv[4]), sys.argv[5])))


if __name__ == "__main__":
    main()

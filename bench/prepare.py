#!/usr/bin/env python3
"""Fill the folder WORK with everything that a measurement needs: data set, tools, peers and databases.

    prepare.py WORK [--users 1000000] [--organizations 2000] [--invitations 200000] --targets usher-sqlite,...

What is there already stays, and what an interruption left half-way is made anew. Usher's own databases are made anew
for another binary ($BENCH_USHER), so that what is measured is always an import of its own. WORK/prepared.json keeps how
long each step took. Postgres is left running on the server's core.
"""
import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from driver.ending import end_with_caller
from driver.facts import PASSWORD
from driver.machine import now

HERE = Path(__file__).resolve().parent
NOW = "2026-11-24T00:00:00Z"
PORT = "54329"
URL = f"postgres://postgres@127.0.0.1:{PORT}"


class Steps:
    """What was done, with how long it took, in WORK/prepared.json."""

    def __init__(self, work):
        self.path = work / "prepared.json"
        self.done = json.loads(self.path.read_text()) if self.path.exists() else {}

    def step(self, name, of, work):
        """Runs the work unless it was done for just this before; what it returns are more figures."""
        if self.done.get(name, {}).get("of") == of:
            return
        print(f"== {name}", file=sys.stderr, flush=True)
        started = time.perf_counter()
        told = work()
        figures = told if isinstance(told, dict) else {}
        self.done[name] = {"of": of, "seconds": time.perf_counter() - started, "when": now()} | figures
        self.path.write_text(json.dumps(self.done, indent=1))


def run(*command, **options):
    environment = os.environ | options.pop("env", {})
    return subprocess.run([str(word) for word in command], check=True, env=environment, **options)


def psql(text, database="postgres"):
    run("psql", "-qX", "-v", "ON_ERROR_STOP=1", f"{URL}/{database}", input=text, text=True, stdout=subprocess.DEVNULL)


def fresh_database(name):
    psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    psql(f"CREATE DATABASE {name}")


class Preparation:
    def __init__(self, options):
        self.options, self.work = options, options.work.resolve()
        self.tools = self.work.parent / "tools"
        self.data = self.work / "data"
        self.targets = options.targets.split(",")
        for folder in (self.work, self.tools):
            folder.mkdir(parents=True, exist_ok=True)
        if not (self.work / "tools").exists():
            (self.work / "tools").symlink_to(self.tools)
        self.steps = Steps(self.work)
        self.tool_steps = Steps(self.tools)
        self.size = f"{options.users} users, {options.organizations} organizations, {options.invitations} invitations"

    def all(self):
        options = self.options
        self.steps.step("data set", self.size, lambda: run(
            sys.executable, HERE / "dataset.py", self.data, "--users", options.users, "--organizations",
            options.organizations, "--invitations", options.invitations, "--now", NOW))
        self.build_tools()
        if any("postgres" in target for target in self.targets):
            run(HERE / "pg", "start", self.work / "pg")
            self.postgres()
        if "usher-sqlite" in self.targets:
            self.steps.step("usher-sqlite", self.binary(), self.usher_sqlite)
        self.steps.step("limits on SQLite", self.size, lambda: self.told("raw_sqlite.py", self.work / "limits.sqlite3"))
        self.django()
        if options.browser:
            self.tool_steps.step("browser", (HERE / "package.json").read_text(), self.browser)
        if any("postgres" in target for target in self.targets):
            run(HERE / "pg", "stop", self.work / "pg")
            run(HERE / "pg", "start", self.work / "pg", options.server_cpu)

    def build_tools(self):
        limits = HERE / "limits"
        sources = "".join(path.read_text() for path in sorted(limits.rglob("*.rs")))
        self.tool_steps.step("limits", str(hash_of(sources)), lambda: (
            run("rustc", "-O", "--edition", "2021", "-o", self.tools / "hello", limits / "hello.rs"),
            run("rustc", "-O", "--edition", "2021", "--crate-type", "cdylib", "-o", self.tools / "libsync_count.so",
                limits / "sync_count.rs"),
            run("cargo", "build", "--quiet", "--release", "--manifest-path", limits / "argon2/Cargo.toml", "--target-dir",
                self.tools / "argon2")))

    def told(self, program, *arguments):
        done = run(sys.executable, HERE / "limits" / program, "build", self.data, *arguments, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout)

    def binary(self):
        """What tells one binary from another, and one data set."""
        stat = Path(os.environ["BENCH_USHER"]).stat()
        return f"{self.size}, {stat.st_size} bytes of {stat.st_mtime_ns}"

    def usher(self, folder, **environment):
        """Imports the data set into an empty installation."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        environment = {"USHER_DATA_DIR": str(folder), "USHER_LOG": "warn"} | environment
        if "USHER_SECRET_KEY_FILE" in environment:
            with open(environment["USHER_SECRET_KEY_FILE"], "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write(run("basenc", "--base64url", input=os.urandom(32), stdout=subprocess.PIPE).stdout.strip().rstrip(b"="))
        started = time.perf_counter()
        run(os.environ["BENCH_USHER"], "import", self.data, "--password-stdin", input=PASSWORD, text=True, env=environment)
        return {"import s": time.perf_counter() - started}

    def usher_sqlite(self):
        return self.usher(self.work / "usher-sqlite")

    def usher_postgres(self):
        fresh_database("usher")
        folder = self.work / "usher-postgres"
        figures = self.usher(folder, USHER_DATABASE_URL=f"{URL}/usher", USHER_SECRET_KEY_FILE=str(folder / "secret.key"))
        return figures

    def postgres(self):
        if "usher-postgres" in self.targets:
            self.steps.step("usher-postgres", self.binary(), self.usher_postgres)
        self.steps.step("limits on Postgres", self.size, lambda: (
            fresh_database("limits"), self.told("raw_postgres.py", f"{URL}/limits"))[1])
        if "better-auth-postgres" in self.targets:
            self.steps.step("better-auth-postgres", self.size, self.better_auth)

    def better_auth(self):
        folder = self.work / "better-auth"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(HERE / "peers/better-auth", folder)
        run("npm", "install", "--prefix", folder, "--no-audit", "--no-fund", stdout=sys.stderr)
        fresh_database("betterauth")
        started = time.perf_counter()
        run("node", folder / "load.js", self.data, env={"DATABASE_URL": f"{URL}/betterauth"}, stdout=sys.stderr)
        return {"import s": time.perf_counter() - started}

    def django(self):
        wanted = [target for target in self.targets if target.startswith("django")]
        if not wanted:
            return
        peer, venv = HERE / "peers/django", self.tools / "venv"
        requirements = peer / "requirements.txt"
        self.tool_steps.step("Django", requirements.read_text(), lambda: (
            run(sys.executable, "-m", "venv", "--clear", venv),
            run(venv / "bin/pip", "install", "--quiet", "--requirement", requirements)))
        environment = {"STATIC_ROOT": str(self.work / "static"), "PYTHONDONTWRITEBYTECODE": "1"}

        def manage(profile, *words, **more):
            settings = {"DJANGO_SETTINGS_MODULE": f"config.{profile}"}
            run(venv / "bin/python", "manage.py", *words, cwd=peer, env=environment | settings | more, stdout=sys.stderr)

        for target in wanted:
            _, profile, engine = target.split("-")
            file = self.work / f"{profile}.sqlite3"
            url = f"sqlite:{file}" if engine == "sqlite" else f"host=127.0.0.1 port={PORT} user=postgres dbname=django"

            def load():
                if engine == "sqlite":
                    for end in ("", "-wal", "-shm"):
                        Path(f"{file}{end}").unlink(missing_ok=True)
                else:
                    fresh_database("django")
                started = time.perf_counter()
                manage(profile, "load_csv", self.data, DATABASE_URL=url)
                return {"import s": time.perf_counter() - started}

            self.steps.step(target, self.size, load)
        self.steps.step("Django's static files", requirements.read_text(),
                        lambda: manage("stock", "collectstatic", "--noinput", "--clear", "--verbosity", "0"))

    def browser(self):
        folder = self.tools / "browser"
        folder.mkdir(exist_ok=True)
        shutil.copy(HERE / "package.json", folder)
        run("npm", "install", "--prefix", folder, "--no-audit", "--no-fund", stdout=sys.stderr)


def hash_of(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--organizations", type=int, default=2_000)
    parser.add_argument("--invitations", type=int, default=200_000)
    parser.add_argument("--targets", required=True)
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--server-cpu", default="0")
    Preparation(parser.parse_args()).all()


if __name__ == "__main__":
    end_with_caller()
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"prepare: {error}")

"""What was measured on what: the machine, and the versions of everything that took part."""
import os
import platform
import re
import sqlite3
import subprocess
from datetime import datetime, timezone
from pathlib import Path


def now():
    return datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def told(*command):
    """The first line that a program says, or nothing where there is no such program."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except OSError:
        return ""
    return (done.stdout + done.stderr).strip().splitlines()[0] if (done.stdout + done.stderr).strip() else ""


def describe(work, targets):
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1])
    versions = {"kernel": platform.release(), "Python": platform.python_version(),
                "SQLite of the limits": sqlite3.sqlite_version, "Postgres": told("psql", "--version").split()[2:3],
                "wrk": told("wrk", "-v").split()[1:2], "rustc": told("rustc", "--version").split()[1:2]}
    versions = {name: value[0] if isinstance(value, list) and value else value for name, value in versions.items()}
    usher = os.environ.get("BENCH_USHER", "")
    binary = Path(usher).stat().st_size if usher else 0
    if any(name.startswith("django") for name in targets):
        installed = told(str(work / "tools/venv/bin/python"), "-c", "import django, gunicorn;"
                         "print(django.__version__, gunicorn.__version__)").split()
        versions |= dict(zip(("Django", "gunicorn"), installed))
    if any(name.startswith("better-auth") for name in targets):
        package = (work / "better-auth/package.json").read_text()
        versions |= {"Node": told("node", "--version"), "better-auth": re.search(r'"better-auth": "([^"]+)"', package)[1]}
    return {"cpu": cpu[1] if cpu else platform.machine(), "cores": os.cpu_count(), "memory GiB": round(memory / 2**20),
            "versions": versions, "usher": told(usher, "--version") if usher else "", "binary MB": binary / 1e6}

"""What the machine could do at best, measured in the same rounds: {limit: {figure: value}}."""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from .wrk import wrk

HERE = Path(__file__).resolve().parent.parent / "limits"
POSTGRES = "postgres://postgres@127.0.0.1:54329/limits"


def measure(work, data, options):
    seconds = min(options.seconds, 2)
    environment = os.environ | {"BENCH_WORDS": json.dumps(data.facts("name,-id")["words"])}

    def told(*command, cpu=options.server_cpu):
        done = subprocess.run(["taskset", "-c", cpu, *map(str, command)], env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{command[0]}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    figures = told(sys.executable, HERE / "raw_sqlite.py", "measure", work / "data", work / "limits.sqlite3", seconds / 2)
    if (work / "pg/data/postmaster.pid").exists():
        # psql and pgbench are the load: the server is already where it belongs.
        figures |= told(sys.executable, HERE / "raw_postgres.py", "measure", work / "data", POSTGRES, seconds, options.load_cpu,
                        cpu=options.load_cpu)
    figures["argon2id"] = told(work / "tools/argon2/release/argon2-rate", seconds)
    figures["fdatasync"] = syncs(work / "fsync.tmp", seconds)
    for size in (5_000, 15_000, 25_000):
        figures[f"HTTP, {size // 1000} kB"] = static_answer(work, size, options)
    for name, value in figures.items():
        print("limit", name, {key: round(number, 2) for key, number in value.items()}, file=sys.stderr, flush=True)
    return figures


def syncs(path, seconds):
    """How often a second the disk can make 4 KiB durable."""
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    block, times = os.urandom(4096), []
    os.pwrite(file, bytes(4096 * 256), 0)
    os.fsync(file)
    started = time.perf_counter()
    while (before := time.perf_counter()) < started + seconds:
        os.pwrite(file, block, len(times) % 256 * 4096)
        os.fdatasync(file)
        times.append(time.perf_counter() - before)
    os.close(file)
    os.unlink(path)
    times.sort()
    return {"syncs/s": len(times) / seconds, "p99 ms": times[len(times) * 99 // 100] * 1e3}


def static_answer(work, size, options):
    """The same bytes to every request: the ceiling of any server here."""
    server = subprocess.Popen(["taskset", "-c", options.server_cpu, work / "tools/hello", "8109", str(size)])
    try:
        time.sleep(0.3)
        plan = {"status": 200, "text": "", "requests": [{"method": "GET", "path": "/", "headers": {"Host": "127.0.0.1"}}]}
        seconds = min(options.seconds, 2)
        found = wrk({"name": "static", "base": "http://127.0.0.1:8109"}, plan, options.connections, seconds, options.load_cpu)
        return {"requests/s": found["rate"], "p50 ms": found["p50"]}
    finally:
        server.terminate()
        server.wait()

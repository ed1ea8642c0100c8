"""What the machine could do at best, measured in the same rounds: {limit: {figure: value}}."""
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from .wrk import half_load_pause, wrk

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
    for microseconds in (500, 1000, 2000):
        figures[f"HTTP after {microseconds / 1000} ms of work, at half load"] = at_half_load(work, microseconds, options)
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
    seconds = min(options.seconds, 2)
    with hello(work, size, 0, options) as ask:
        found = ask(options.connections, seconds)
    return {"requests/s": found["rate"], "p50 ms": found["p50"]}


def at_half_load(work, microseconds, options):
    """How long who asks waits at a server that does nothing but so much work, asked as Usher is at half load."""
    with hello(work, 15_000, microseconds, options) as ask:
        busy = ask(options.connections, min(options.seconds, 2))
        found = ask(32, options.seconds, half_load_pause(busy["rate"], microseconds / 1000))
    return {"p50 ms": found["p50"], "p99 ms": found["p99"]}


@contextmanager
def hello(work, size, microseconds, options):
    """Runs hello.rs, and gives what asks it."""
    command = ["taskset", "-c", options.server_cpu, work / "tools/hello", "8109", str(size), str(microseconds)]
    server = subprocess.Popen(command)
    try:
        until_open(server, 8109)
        plan = {"status": 200, "text": "", "requests": [{"method": "GET", "path": "/", "headers": {"Host": "127.0.0.1"}}]}
        target = {"name": "hello", "base": "http://127.0.0.1:8109"}
        yield lambda connections, seconds, pause=0: wrk(target, plan, connections, seconds, options.load_cpu, pause)
    finally:
        server.terminate()
        server.wait()


def until_open(server, port):
    while server.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
    sys.exit(f"the server on {port} ended")

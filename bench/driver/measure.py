"""One round of one target: {workload: {figure: value}}."""
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from .facts import Wrong
from .mail import MailSink
from .server import Server, cpu_seconds, memory_mb
from .workloads import Session
from .wrk import half_load_pause, wrk

READS = ("W2", "W2b", "W2c", "W3", "W4a", "W4b", "W4c", "W4d", "W4e", "W8")
# More acceptances a second than one core can hash.
MOST_HASHES = 150


def measure(target, names, data, options):
    results = {}
    server = Server(target, options.server_cpu)
    try:
        results["W14"] = {"start ms": server.start_ms, "idle MB": memory_mb(server.pids()),
                          "idle MB without mapped files": memory_mb(server.pids(), "Pss_Anon")}
        server.settle()
        session = Session(target, data)
        for name in names:
            workload = target["workloads"].get(name)
            if not session.offers(name) or isinstance(workload, str) or "apart" in (workload or {}):
                continue  # not offered, another workload under a second name, or one with a server of its own
            if (workload or {}).get("export"):
                results[name] = export(session, server, workload)
            else:
                results[name] = under_load(session, server, name, options)
            tell(target, name, results[name])
        results["W14"]["loaded MB"] = memory_mb(server.pids())
        results["W14"]["loaded MB without mapped files"] = memory_mb(server.pids(), "Pss_Anon")
    finally:
        server.stop()
    for name in names:
        workload = target["workloads"].get(name)
        if isinstance(workload, dict) and "apart" in workload:
            results[name] = apart(target, name, workload, data, options)
            tell(target, name, results[name])
    # What a target does under a second name.
    names = [name for name in names if isinstance(target["workloads"].get(name), str)]
    return results | {name: results[source] for name in names if (source := target["workloads"][name]) in results}


def tell(target, name, figures):
    print(target["name"], name, {key: round(value, 2) for key, value in figures.items()},
          f"loadavg {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)


def under_load(session, server, name, options):
    target, seconds, cpu = session.target, options.seconds, options.load_cpu
    workload = target["workloads"].get(name) or {}
    clients = workload.get("clients", options.connections)
    alone_seconds = max(seconds // 2, 1)

    def plan(seconds):
        return session.plan(name, seconds * MOST_HASHES)

    what, first = plan(1)
    took = first.get("seconds", 0)
    slow = took * clients * 2 > seconds  # then one client is enough
    alone = None
    if not slow:
        wrk(target, what, 1, 1, cpu)  # warm up
        alone = wrk(target, plan(alone_seconds)[0], 1, alone_seconds, cpu)
    busy_for = max(int(took * 4), seconds) if slow else seconds
    what, syncs = plan(busy_for)[0], sync_count(target, workload)
    spent = cpu_seconds(server.all_pids())
    busy = wrk(target, what, 1 if slow else clients, busy_for, cpu)
    spent = cpu_seconds(server.all_pids()) - spent
    rate = 1e3 / busy["p50"] if slow else busy["rate"]  # wrk leaves out the request it cuts off at the end
    figures = {"requests/s": rate, "p50 ms": busy["p50"], "p99 ms": busy["p99"], "alone p50 ms": (alone or busy)["p50"],
               "clients": 1 if slow else clients, "CPU ms/request": spent / (rate * busy["seconds"]) * 1e3}
    if "bytes" in first:
        figures["bytes"] = first["bytes"]
    if syncs is not None and "post" in workload:
        time.sleep(1)  # until Postgres has told its counters
        figures["syncs/request"] = (sync_count(target, workload) - syncs) / busy["requests"]
    if target.get("half_load") and name in READS and not slow:
        half = wrk(target, what, 32, seconds, cpu, half_load_pause(rate, figures["alone p50 ms"]))
        figures |= {"half load requests/s": half["rate"], "half load p50 ms": half["p50"], "half load p99 ms": half["p99"]}
    return figures


def sync_count(target, workload):
    """How often the database made something durable so far, where that can be told."""
    if "database" in target:
        told = subprocess.run(["psql", "-Atc", "select wal_sync from pg_stat_wal", target["database"]], capture_output=True,
                              text=True, check=True)
        return int(told.stdout)
    counted = workload.get("apart", {}).get("environment", {}).get("SYNC_COUNT_FILE")
    return int.from_bytes(Path(os.path.expandvars(counted)).read_bytes(), "little") if counted else None


def apart(target, name, workload, data, options):
    """A server of its own for one workload: with a mail server that takes the mails or hangs, or with a slower disk."""
    how = workload["apart"]
    environment, sink = how.get("environment", {}), None
    if "mail" in how:
        sink = MailSink(hangs=how["mail"] == "hangs")
        environment = environment | {key: value.format(port=sink.port) for key, value in target["mail_environment"].items()}
    try:
        server = Server(target, options.server_cpu, environment)
        try:
            server.settle()
            figures = under_load(Session(target, data), server, name, options)
            if sink:
                figures["mails taken"] = sink.taken
        finally:
            server.stop()
    finally:
        if sink:
            sink.stop()
    return figures


def export(session, server, workload):
    """Streams the whole list once, and looks how much memory that takes."""
    before, peak, done = memory_mb(server.pids(), "Pss_Anon"), 0, threading.Event()

    def watch():
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, memory_mb(server.pids(), "Pss_Anon"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    client, started = session.client(), time.perf_counter()
    lines = size = 0
    try:
        with client.open(workload["path"]) as answer:
            while chunk := answer.read(1 << 20):
                lines, size = lines + chunk.count(b"\n"), size + len(chunk)
        took = time.perf_counter() - started
    finally:
        done.set()
        watcher.join()
    if lines < len(session.data.users) + 1:
        raise Wrong(f"{session.target['name']}: an export of {lines} lines, of {len(session.data.users)} users")
    return {"rows/s": lines / took, "seconds": took, "MB": size / 1e6, "memory MB more": max(peak - before, 0)}

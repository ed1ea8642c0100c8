"""A server under measurement: started on its core, watched through /proc, and stopped."""
import os
import re
import subprocess
import time
import urllib.error
from pathlib import Path

from .client import Client
from .facts import Wrong

HERE = Path(__file__).resolve().parent.parent
CLOCK = os.sysconf("SC_CLK_TCK")


def read(path):
    """What /proc tells, or nothing of a process or thread that has ended meanwhile."""
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def threads(pid):
    """Its threads' folders in /proc; none of a process that has ended meanwhile."""
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return []


def tree(pid):
    pids = [pid]
    for parent in pids:
        for thread in threads(parent):
            pids += map(int, read(thread / "children").split())
    return pids


def cpu_seconds(pids):
    """CPU time of the processes and of their children that have ended."""
    stats = (read(f"/proc/{pid}/stat").rpartition(")")[2].split() for pid in pids)
    return sum(sum(map(int, stat[11:15])) for stat in stats) / CLOCK


def memory_mb(pids, kind="Pss"):
    """Proportional set size: pages that processes share are counted once. Pss_Anon leaves out mapped files."""
    found = (re.search(rf"^{kind}:\s+(\d+)", read(f"/proc/{pid}/smaps_rollup"), re.M) for pid in pids)
    return sum(int(match[1]) for match in found if match) / 1024


class Server:
    def __init__(self, target, cpu, environment=()):
        self.target, settings = target, target["server"]
        environment = os.environ | {name: os.path.expandvars(value) for name, value in
                                    (settings.get("env", {}) | dict(environment)).items()}
        # Python's peers run in an environment of their own.
        environment["PATH"] = f"{os.environ['BENCH_WORK']}/tools/venv/bin:{environment['PATH']}"
        command = [os.path.expandvars(word) for word in settings["command"]]
        started = time.perf_counter()
        self.log = open(Path(os.environ["BENCH_WORK"]) / f"{target['name']}.log", "ab")
        self.process = subprocess.Popen(["taskset", "-c", cpu, *command], cwd=HERE, env=environment,
                                        stdout=self.log, stderr=self.log, start_new_session=True)
        pid_file = settings.get("database_pid_file")
        self.database = int(Path(os.path.expandvars(pid_file)).read_text().split()[0]) if pid_file else None
        try:
            self.wait_until_ready(started)
        except BaseException:
            self.stop()
            raise
        self.start_ms = (time.perf_counter() - started) * 1e3

    def wait_until_ready(self, started):
        client = Client(self.target, {})
        while True:
            try:
                if client.send(self.target["server"]["ready"])[0] == 200:
                    return
            except urllib.error.URLError:
                pass
            if self.process.poll() is not None or time.perf_counter() - started > 60:
                raise Wrong(f"{self.target['name']}: the server did not start: see {self.log.name}")
            time.sleep(0.005)

    def settle(self):
        """Waits until it has nothing of its own to do, such as what an earlier workload has left behind: mails to send, rows to
        clear away."""
        deadline = time.perf_counter() + 300
        while time.perf_counter() < deadline:
            spent = cpu_seconds(self.all_pids())
            time.sleep(1)
            if cpu_seconds(self.all_pids()) - spent < 0.03:
                return
        raise Wrong(f"the server is busy with itself for five minutes: see {self.log.name}")

    def pids(self):
        return tree(self.process.pid)

    def all_pids(self):
        return self.pids() + (tree(self.database) if self.database else [])

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.log.close()

"""wrk on its core, with a plan of requests and what their answers must show."""
import itertools
import json
import subprocess
import tempfile
import time
from pathlib import Path

from .facts import Wrong

SCRIPT = Path(__file__).with_name("wrk.lua")
# What is made in one run is not made again in the next: numbers go on from the time.
numbers = itertools.count(int(time.time()) * 100_000, 10_000_000)


def lua(value):
    """A Lua literal; JSON's string escapes are Lua's too."""
    if isinstance(value, dict):
        return "{" + ",".join(f"[{lua(key)}]={lua(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ",".join(map(lua, value)) + "}"
    return json.dumps(value, ensure_ascii=False)


def half_load_pause(rate, alone_ms):
    """Milliseconds for which each of 32 who look at every page for a while pauses, so that together they ask half of `rate`."""
    return max(int(32 / (rate / 2) * 1e3 - alone_ms), 1)


def wrk(target, plan, connections, seconds, cpu, pause=0):
    """Closed loop, each connection with a pause of so many milliseconds on average between an answer and the next."""
    plan = {"pause": pause, "from": next(numbers)} | plan
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as file:
        file.write("return " + lua(plan))
        file.flush()
        done = subprocess.run(
            ["taskset", "-c", cpu, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "120s",
             "-s", SCRIPT, target["base"], "--", file.name], capture_output=True, text=True)
    line = next((line for line in done.stdout.splitlines() if line.startswith("{")), None)
    if done.returncode or not line:
        raise Wrong(f"wrk: {done.stdout}{done.stderr}")
    result = json.loads(line)
    if result["errors"] or not result["requests"]:
        told = [line for line in done.stdout.splitlines() if line.startswith("wrong answer")]
        raise Wrong(f"{target['name']}: {result['errors']} wrong answers of {result['requests']}: {told}")
    return result

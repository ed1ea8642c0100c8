"""Chromium on the load's core, with what browser.mjs prints."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from .facts import Wrong
from .server import Server

HERE = Path(__file__).resolve().parent.parent
VISITS = 3


def visit(target, work, options):
    """Samples of one round: {page: {figure: [value, ...]}}."""
    folder = work / "tools/browser"
    shutil.copy(HERE / "browser.mjs", folder)
    server = Server(target, options.server_cpu)
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(target, file)
            file.flush()
            command = ["taskset", "-c", options.load_cpu, "node", folder / "browser.mjs", file.name, str(VISITS)]
            done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    finally:
        server.stop()
    if done.returncode:
        raise Wrong(f"{target['name']}: {done.stderr}")
    told = json.loads(done.stdout)
    print(target["name"], "in Chromium", told["version"], json.dumps(told["samples"]), file=sys.stderr, flush=True)
    return told["samples"]


def add(samples, more):
    for page, figures in more.items():
        for figure, values in figures.items():
            samples.setdefault(page, {}).setdefault(figure, []).extend(values)


def summed_up(samples):
    """Medians; what is called p75 is one, and of what must not happen the worst."""
    def one(figure, values):
        if "p75" in figure:
            return sorted(values)[len(values) * 3 // 4]
        return max(values) if figure == "CLS" else statistics.median(values)

    return {page: {figure: one(figure, values) for figure, values in figures.items()} for page, figures in samples.items()}

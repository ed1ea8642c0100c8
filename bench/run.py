#!/usr/bin/env python3
"""Measure servers and limits with the same workloads, one at a time: the server on one core, the load on another.

    run.py WORK RESULT.json targets/NAME.json... [--only W2,W4a] [--rounds 3] [--seconds 5]

Rounds are interleaved; every round is kept in RESULT.json. README.md says what a target file holds. A wrong answer
anywhere stops the run.
"""
import argparse
import json
import os
import sys
from pathlib import Path

from driver import browser, limits, machine, targets
from driver.ending import end_with_caller
from driver.facts import DataSet, Wrong
from driver.measure import measure

WORKLOADS = "W1,W2,W2b,W2c,W3,W4a,W4b,W4c,W4d,W4e,W8,W5,W5b,W6,W6b,W7,W13,W15,W6c,W6d,W6e,W6f"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="the folder that ./prepare filled")
    parser.add_argument("result", type=Path)
    parser.add_argument("targets", nargs="+", type=Path)
    parser.add_argument("--only", default=WORKLOADS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--without-limits", action="store_true")
    parser.add_argument("--without-browser", action="store_true")
    parser.add_argument("--server-cpu", default="0")
    parser.add_argument("--load-cpu", default="1")
    options = parser.parse_args()
    work = options.work.resolve()
    os.environ |= {"BENCH_WORK": str(work), "BENCH_SYNC_COUNT": str(work / "tools/libsync_count.so")}
    measured = [targets.read(path) for path in options.targets]
    names, data = options.only.split(","), DataSet(work / "data")
    os.sched_setaffinity(0, {int(cpu) for cpu in options.load_cpu.split(",")})

    page = targets.read(Path(__file__).resolve().parent / "limits/static_page.json")
    with_browser, samples = [target for target in [*measured, page] if target.get("browser")], {}

    def one(target):
        if target is None:
            return limits.measure(work, data, options)
        return measure(target, names, data, options)

    result = {"machine": machine.describe(work, [target["name"] for target in measured]), "users": len(data.users),
              "organizations": len(data.organizations), "seconds": options.seconds, "rounds": [], "browser": {}}
    result |= {"started": machine.now(), "prepared": json.loads((work / "prepared.json").read_text(encoding="utf-8"))}

    def keep():
        options.result.write_text(json.dumps(result, indent=1), encoding="utf-8")

    for number in range(options.rounds):
        order = [*measured, *([] if options.without_limits else [None])]
        order = order if number % 2 == 0 else order[::-1]  # A B, B A, A B: drift hits all alike
        result["rounds"].append({target["name"] if target else "limits": one(target) for target in order})
        keep()  # whatever becomes of the browser
        for target in [] if options.without_browser else with_browser:
            browser.add(samples.setdefault(target["name"], {}), browser.visit(target, work, options))
        result["browser"] = {name: browser.summed_up(pages) for name, pages in samples.items()}
        keep()
        print(f"round {number + 1} of {options.rounds} is done", file=sys.stderr, flush=True)


if __name__ == "__main__":
    end_with_caller()
    try:
        main()
    except Wrong as wrong:
        sys.exit(f"wrong: {wrong}")

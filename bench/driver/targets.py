"""Target files, with what they take over from others filled in."""
import json


def read(path):
    """A target may be "like" another file, and a workload "like" another one of the target: what it says itself counts."""
    target = json.loads(path.read_text(encoding="utf-8"))
    if "like" in target:
        other = read(path.with_name(target.pop("like")))
        workloads = other["workloads"] | target.pop("workloads", {})
        target = other | target | {"workloads": workloads}
    workloads = target["workloads"]
    for name, workload in workloads.items():
        if isinstance(workload, dict) and "like" in workload:
            workloads[name] = workloads[workload["like"]] | {key: value for key, value in workload.items() if key != "like"}
    target["workloads"] = {name: workload for name, workload in workloads.items() if workload is not None}
    return target

# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What threads gain and what they cost others: two threads against one, two contexts at once in one process, two processes at once, and
the time that idle threads use.

`speedup` is the time with one thread on one core over that with two on two. `contexts` and `processes` are the median time of a run
while a second one works at the same time, over that alone, both with two threads: 2 is what two cores can do. `idle us` is the
processor's time that the process uses in half a second after its last run. Limits: processes <= 2.3; idle <= 200 us a thread and 1 ms."""
import argparse, json, os, subprocess, sys
import common
from memory import input_names, run_library, write_inputs
import numpy as np


def two_processes(runner, library, inputs, seconds):
    children = [subprocess.Popen([runner, library, inputs, "2", "1", str(seconds)], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    return [json.loads(child.communicate()[0])["median_us"] for child in children]


def measure(ingot, runner, model, inputs, options, scratch):
    import statistics
    library, packed = os.path.join(scratch, "model.so"), os.path.join(scratch, "in.bin")
    common.compile_model(ingot, model, library)
    write_inputs(packed, input_names(ingot, library), inputs)
    cores = sorted(os.sched_getaffinity(0))
    one, two, contexts, processes, idle = [], [], [], [], []
    for _ in range(options.rounds):
        os.sched_setaffinity(0, cores[:1])
        one.append(run_library(runner, library, packed, 1, 1, options.seconds)["median_us"])
        os.sched_setaffinity(0, cores[:2])
        result = run_library(runner, library, packed, 2, 2, options.seconds)
        two.append(result["median_us"])
        contexts.append(max(result["together_us"]) / result["median_us"])
        idle.append(result["idle_us"])
        processes.append(max(two_processes(runner, library, packed, 2 * options.seconds)) / result["median_us"])
        os.sched_setaffinity(0, cores)
    one_us, two_us = statistics.median(one), statistics.median(two)
    return {"one_us": one_us, "two_us": two_us, "speedup": one_us / two_us, "contexts": statistics.median(contexts),
            "processes": statistics.median(processes), "idle_us": min(idle)}


def main(arguments, root):
    parser = argparse.ArgumentParser(prog="utils/bench threads", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="default: examples/ and $INGOT_SHARED/models")
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3, help="of each measurement in a round")
    parser.add_argument("--csv", metavar="FILE")
    options = parser.parse_args(arguments)
    import models
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("bench: error: this needs two cores")
    ingot, runner = common.tool(root, "ingot"), common.tool(root, "ingot-bench-runner")
    print("# " + common.describe_machine(root))
    print(f"{'model':30s} {'1 thread us':>12s} {'2 threads':>12s} {'speedup':>8s} {'contexts':>9s} {'processes':>10s} {'idle us':>8s}")
    rows, bad = [], 0
    for name, path, inputs, scratch in models.each_model(options, root):
        try:
            row = measure(ingot, runner, path, inputs, options, scratch)
        except (common.Failure, KeyError) as failure:
            print(f"{name:30s} {failure}")
            bad += 1
            continue
        rows.append({"model": name} | row)
        over = [text for text, broken in (("processes", row["processes"] > 2.3), ("idle", row["idle_us"] > 1400)) if broken]
        bad += bool(over)
        print(f"{name:30s} {row['one_us']:12.1f} {row['two_us']:12.1f} {row['speedup']:8.2f} {row['contexts']:9.2f} {row['processes']:10.2f} "
              f"{row['idle_us']:8.0f}  {', '.join(over)}", flush=True)
    if options.csv:
        common.write_csv(options.csv, rows)
    return 1 if bad or not rows else 0

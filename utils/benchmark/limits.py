# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The most expensive groups of each network, against what the machine can do.

For each model: the groups that take most time, what share of it, and what share of its limit each reaches. The limit is the longer of
two: its arithmetic at the peak of multiply-adds, and its bytes at the bandwidth of the cache or memory that holds them; peak and bandwidths
are measured beside each model, with as many threads. Groups above --notable of a network's time that stay below --floor of their limit
are counted, with what the compiler says about them."""
import argparse, csv, json, os, sys
import numpy as np
import common
from models import each_model


def profile(ingot, path, inputs, options, scratch):
    """The object of `ingot bench --profile --json`."""
    given, library = os.path.join(scratch, "in.npz"), os.path.join(scratch, "model.so")
    np.savez(given, **inputs)
    shapes = [f"--explain-shape={key}={'x'.join(map(str, value.shape))}" for key, value in inputs.items() if value.ndim]
    common.run([ingot, "compile", path, "-o", library, "--explain=json", *shapes])
    return json.loads(common.run([ingot, "bench", library, "--inputs", given, "--threads", str(options.threads), "--seconds",
                                  str(options.seconds), "--profile", "--explain-json", os.path.join(scratch, "model.explain.json"), "--json"]))


def groups_of(result):
    """Rows of the slowest groups first: calls that do the same for different layers stay apart."""
    kernels = [k for k in result["kernels"] if k["us"] > 0]
    total = sum(k["us"] for k in kernels)
    rows = []
    for k in sorted(kernels, key=lambda k: -k["us"]):
        rows.append({"kernel": k["name"], "form": k.get("form", ""), "node": k["node"], "op": k["op"], "ops": k["description"], "us": k["us"],
                     "share": k["us"] / total, "limit_us": k.get("limit_us"), "of": k.get("limit_of", ""),
                     "limit_share": k.get("limit_share"), "why": k.get("why", [])})
    return rows, total


def percent(value):
    return "?" if value is None else f"{100 * value:.0f} %"


def short(text, length):
    return text if len(text) <= length else "..." + text[3 - length:]


def main(arguments, root):
    parser = argparse.ArgumentParser(prog="utils/bench limits", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="default: examples/ and $INGOT_SHARED/models")
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.3, help="of each model, once as a whole and once by kernels")
    parser.add_argument("--top", type=int, default=5, help="groups of each model")
    parser.add_argument("--floor", type=float, default=0.6, help="share of the limit that needs no explanation")
    parser.add_argument("--notable", type=float, default=0.05, help="share of the time from which a group counts")
    parser.add_argument("--csv", metavar="FILE", help="all groups, not only the first")
    options = parser.parse_args(arguments)
    ingot = common.tool(root, "ingot")
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:options.threads])

    print(f"{common.describe_machine(root)}; {options.threads} thread{'s' * (options.threads > 1)}\n")
    print("| Network | Group | Form | us | of the time | of its limit | Limit |")
    print("|---|---|---|---:|---:|---:|---|")
    rows, below, failed, machine = [], [], [], {}
    for name, path, inputs, scratch in each_model(options, root):
        try:
            result = profile(ingot, path, inputs, options, scratch)
        except (common.Failure, TypeError) as failure:
            failed.append(f"{name}: {failure}")
            continue
        machine = result.get("machine") or machine
        groups, total = groups_of(result)
        for i, row in enumerate(groups):
            row["model"] = name
            rows.append(row)
            known = row["limit_share"] is not None
            if known and row["share"] > options.notable and row["limit_share"] < options.floor:
                below.append(row)
            if i < options.top:
                label = f"{name}, {result['median_us'] / 1000:.3g} ms" if i == 0 else ""
                print(f"| {label} | {short(row['node'] or row['kernel'], 60)} ({row['ops'] or row['op']}) | {row['form']} | {row['us']:.4g} | "
                      f"{percent(row['share'])} | {percent(row['limit_share'])} | {row['of']} |", flush=True)
    if machine:
        print(f"\nA core: {machine['gflops']:.0f} GFLOP/s ({machine['instructions']}); {machine['l2_gbps']:.0f}, {machine['l3_gbps']:.0f} and "
              f"{machine['dram_gbps']:.0f} GB/s from L2, L3 and DRAM.")
    print(f"\n{len(below)} groups take more than {percent(options.notable)} of their network's time and stay below {percent(options.floor)} of "
          "their limit:" if below else f"\nNo group above {percent(options.notable)} of a network's time stays below {percent(options.floor)} of its limit.")
    if below:
        print("\n| Network | Group | Form | of the time | of its limit | What the compiler says |\n|---|---|---|---:|---:|---|")
    for row in below:
        print(f"| {row['model']} | {short(row['node'] or row['kernel'], 60)} ({row['op']}) | {row['form']} | {percent(row['share'])} | "
              f"{percent(row['limit_share'])} | {'; '.join(row['why'])} |")
    for line in failed:
        print(f"\nbench: error: {line}", file=sys.stderr)
    if options.csv:
        with open(options.csv, "w", newline="") as out:
            writer = csv.writer(out)
            fields = ["model", "kernel", "form", "node", "ops", "us", "share", "limit_us", "of", "limit_share", "why"]
            writer.writerow(fields)
            for row in rows:
                writer.writerow(["; ".join(row[f]) if f == "why" else row[f] for f in fields])
    os.sched_setaffinity(0, cores)
    return 1 if failed or not rows else 0

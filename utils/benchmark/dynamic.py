# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model with dynamic sizes beside the same model compiled for these sizes alone, and with code for them (--specialize), in turns.

The limit: a dynamic model takes at most 1.05 of the static one's time."""
import argparse, json, os, statistics, tempfile
import common

LIMIT = 1.05


def build(ingot, model, library, extra):
    common.run([ingot, "compile", model, "-o", library] + extra)


def time_once(ingot, library, sizes, threads, seconds):
    command = [ingot, "bench", library, "--threads", str(threads), "--seconds", str(seconds), "--json"]
    for size in sizes:
        command += ["--shape", size]
    return json.loads(common.run(command))["median_us"]


def main(arguments, root):
    parser = argparse.ArgumentParser(prog="utils/bench dynamic", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="MODEL.onnx")
    parser.add_argument("--sizes", action="append", required=True, metavar="NAME=SIZE[,NAME=SIZE]",
                        help="of the model's dynamic dimensions; several lists are measured one after another")
    parser.add_argument("--threads", default="1", help="a list: 1,2")
    parser.add_argument("--rounds", type=int, default=5, help="turns, whose median counts")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each turn")
    options = parser.parse_args(arguments)
    ingot = common.tool(root, "ingot")
    print("# " + common.describe_machine(root))
    print(f"{'model':24s} {'sizes':24s} {'threads':>7s} {'static ms':>10s} {'dynamic':>8s} {'specialized':>12s}")
    slow = 0
    with tempfile.TemporaryDirectory() as scratch:
        path = {kind: os.path.join(scratch, kind + ".so") for kind in ("static", "dynamic", "special")}
        for model in options.models:
            name = os.path.basename(model)[:-5]
            try:
                build(ingot, model, path["dynamic"], [])
                for text in options.sizes:
                    sizes = text.split(",")
                    build(ingot, model, path["static"], [word for size in sizes for word in ("--shape", size)])
                    build(ingot, model, path["special"], [word for size in sizes for word in ("--specialize", size)])
                    for threads in map(int, options.threads.split(",")):
                        times = {kind: [] for kind in path}
                        for _ in range(options.rounds):
                            for kind in path:
                                times[kind].append(time_once(ingot, path[kind], sizes, threads, options.seconds))
                        static, dynamic, special = (statistics.median(times[kind]) for kind in ("static", "dynamic", "special"))
                        slow += dynamic > LIMIT * static
                        print(f"{name:24s} {text:24s} {threads:7d} {static / 1e3:10.3f} {dynamic / static:8.3f} {special / static:12.3f}"
                              + ("  too slow" if dynamic > LIMIT * static else ""), flush=True)
            except common.Failure as failure:
                print(f"{name:24s} {failure}")
                slow += 1
    return 1 if slow else 0

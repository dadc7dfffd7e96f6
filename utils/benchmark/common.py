# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Driving `ingot`, and what every benchmark says about the machine."""
import csv, datetime, json, os, platform, subprocess, sys


class Failure(Exception):
    """A command of Ingot failed; the text is its last line."""


def tool(root, name):
    path = os.path.join(root, "build", "bin", name)
    if not os.path.exists(path):
        sys.exit(f"bench: error: {path} is missing; run utils/build")
    return path


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        lines = (done.stderr or "").strip().splitlines()
        raise Failure((lines[-1] if lines else f"exit code {done.returncode}")[:160])
    return done.stdout


def compile_model(ingot, model, library):
    return json.loads(run([ingot, "compile", model, "-o", library, "--json"]))


def time_library(ingot, library, inputs, threads, seconds):
    """The object that `ingot bench --json` prints: min_us, median_us, runs, arena_bytes."""
    command = [ingot, "bench", library, "--threads", str(threads), "--seconds", str(seconds), "--json"]
    return json.loads(run(command + (["--inputs", inputs] if inputs else [])))


def write_csv(path, rows):
    """All columns that some row has, in the order in which they first appear."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with open(path, "w", newline="") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows(rows)


def geometric_mean(values):
    import math
    return math.exp(sum(map(math.log, values)) / len(values))


def describe_machine(root):
    """Date, processor and revision: what a table of times needs beside it."""
    processor = platform.machine()
    try:
        with open("/proc/cpuinfo") as info:
            processor = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), processor)
    except OSError:
        pass
    revision = subprocess.run(["git", "-C", root, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    return (f"{datetime.date.today()}, {processor}, {len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}"
            + (f", revision {revision}" if revision else ""))

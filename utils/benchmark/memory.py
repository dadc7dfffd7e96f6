# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What models take of memory while they run: the arena against the buffers that are needed at once, and the resident size of a process
against one that runs the same model with ONNX Runtime.

Each engine runs in a process of its own, with nothing else in it; what that process held before the engine was loaded is taken off.
Of a model whose sizes are open, the buffers needed at once are those of the sizes of its first case. The limits: arena <= 1.1 times the
largest sum of live buffers, resident size below ONNX Runtime's."""
import argparse, json, os, struct, subprocess, sys, tempfile
import numpy as np
import common

MIB = 1 << 20
# ONNX's numbers of element types.
DTYPES = {"float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "bool": 9, "float16": 10, "float64": 11,
          "uint32": 12, "uint64": 13}

PEER = """
import sys, numpy as np
def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name))
with np.load(sys.argv[2]) as arrays:
    inputs = {key: arrays[key] for key in arrays.files}
before = status("VmRSS:")
import onnxruntime as ort
options = ort.SessionOptions()
options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = int(sys.argv[3]), 1, 4
session = ort.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
for _ in range(5):
    session.run(None, inputs)
print(before, status("VmRSS:"), status("VmHWM:"))
"""


def write_inputs(path, library_info, inputs):
    """The inputs in the model's order, as ingot-bench-runner reads them."""
    with open(path, "wb") as out:
        for name in library_info:
            array = np.asarray(inputs[name], order="C")  # of no dimensions stays of none
            out.write(struct.pack("<ii", DTYPES[array.dtype.name], array.ndim) + struct.pack(f"<{array.ndim}q", *array.shape) + array.tobytes())


def input_names(ingot, library):
    return [tensor["name"] for tensor in json.loads(common.run([ingot, "info", library, "--json"]))["functions"][0]["inputs"]]


def run_library(runner, library, inputs, threads, contexts=1, seconds=0.2):
    return json.loads(common.run([runner, library, inputs, str(threads), str(contexts), str(seconds)]))


def measure(ingot, runner, model, inputs, threads, scratch):
    library, given = os.path.join(scratch, "model.so"), os.path.join(scratch, "in.npz")
    np.savez(given, **inputs)
    report = common.compile_model(ingot, model, library)
    row = {"live": report["live_bytes"], "weights": report["weight_bytes"]}
    row["arena"] = common.time_library(ingot, library, given, threads, 0.01)["arena_bytes"]
    packed = os.path.join(scratch, "in.bin")
    write_inputs(packed, input_names(ingot, library), inputs)
    ours = run_library(runner, library, packed, threads)
    row["ingot"] = (ours["resident_kib"] - ours["start_kib"]) * 1024
    if row["live"] < 0:
        # With the sizes fixed, they are known.
        shapes = [f"--shape={name}=" + "x".join(map(str, array.shape)) for name, array in inputs.items() if array.ndim]
        try:
            fixed = json.loads(common.run([ingot, "compile", model, "-o", library, "--json", *shapes]))
            row["live"] = fixed["live_bytes"]
        except common.Failure:
            pass
    try:
        words = common.run([sys.executable, "-c", PEER, model, given, str(threads)]).split()
        row["onnxruntime"], row["onnxruntime_peak"] = ((int(words[i]) - int(words[0])) * 1024 for i in (1, 2))
    except common.Failure as failure:
        row["note"] = f"onnxruntime: {failure}"
    return row


def main(arguments, root):
    parser = argparse.ArgumentParser(prog="utils/bench memory", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="default: examples/ and $INGOT_SHARED/models")
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--csv", metavar="FILE")
    options = parser.parse_args(arguments)
    import models
    ingot, runner = common.tool(root, "ingot"), common.tool(root, "ingot-bench-runner")
    print("# " + common.describe_machine(root))
    print(f"{'model':30s} {'arena':>9s} {'live':>9s} {'ratio':>6s} {'ingot':>9s} {'ort':>9s} {'ratio':>6s}   MiB")
    rows, bad = [], 0
    for name, path, inputs, scratch in models.each_model(options, root):
        try:
            row = measure(ingot, runner, path, inputs, options.threads, scratch)
        except (common.Failure, KeyError) as failure:
            print(f"{name:30s} {failure}")
            bad += 1
            continue
        rows.append({"model": name} | row)
        # Alignment alone may double what is next to nothing.
        large = row["live"] > 0 and row["arena"] > 1.1 * row["live"] + 4096
        beaten = row.get("onnxruntime", float("inf")) < row["ingot"]
        bad += large or beaten
        show = lambda value: f"{value / MIB:9.2f}" if value is not None and value >= 0 else f"{'-':>9s}"
        print(f"{name:30s} {show(row['arena'])} {show(row['live'])} {row['arena'] / row['live'] if row['live'] > 0 else 1:6.2f} "
              f"{show(row['ingot'])} {show(row.get('onnxruntime'))} "
              f"{row['ingot'] / row['onnxruntime'] if 'onnxruntime' in row else float('nan'):6.2f}"
              f"{'  arena' if large else ''}{'  resident' if beaten else ''}  {row.get('note', '')}", flush=True)
    if options.csv:
        common.write_csv(options.csv, rows)
    return 1 if bad or not rows else 0

# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single kernels: arithmetic against the peak of the core, by ingot-bench-kernels; work along rows against ONNX Runtime, in turns.

Both engines' time of a call with one element is taken off, so that what is compared is the work; with ONNX Runtime it is several
microseconds, much of it Python's."""
import argparse, os, re, statistics, subprocess, tempfile, time
import common


def row_models():
    """{name: (nodes, sizes of x, other inputs as constants)}"""
    return {"LayerNormalization 128x768": ("LayerNormalization", [128, 768], [[768], [768]]),
            "LayerNormalization 512x768": ("LayerNormalization", [512, 768], [[768], [768]]),
            "Softmax 1536x128": ("Softmax", [1536, 128], []),
            "Softmax 6144x512": ("Softmax", [6144, 512], []),
            "Gelu 128x3072": ("Gelu", [128, 3072], []),
            "Gelu 512x3072": ("Gelu", [512, 3072], [])}


def write_model(path, op, sizes, constants):
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper
    import onnx
    generator = np.random.default_rng(1)
    initializers = [numpy_helper.from_array(generator.standard_normal(size).astype(np.float32), f"w{i}")
                    for i, size in enumerate(constants)]
    names = ["x"] + [tensor.name for tensor in initializers]
    graph = helper.make_graph([helper.make_node(op, names, ["y"])], "kernel",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, sizes)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, sizes)], initializers)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)


class Compared:
    """One model in both engines."""

    def __init__(self, ingot, folder, name, op, sizes, constants, threads):
        import numpy as np
        import peers
        stem = os.path.join(folder, re.sub(r"\W", "_", name))
        self.ingot, self.library, self.inputs, self.threads = ingot, stem + ".so", stem + ".npz", threads
        write_model(stem + ".onnx", op, sizes, constants)
        common.compile_model(ingot, stem + ".onnx", self.library)
        x = np.random.default_rng(2).standard_normal(sizes).astype(np.float32)
        np.savez(self.inputs, x=x)
        self.peer = peers.onnxruntime(stem + ".onnx", {"x": x}, threads, folder)
        self.ours, self.theirs = [], []  # medians of the rounds, us

    def round(self, seconds):
        self.ours.append(common.time_library(self.ingot, self.library, self.inputs, self.threads, seconds)["median_us"])
        for _ in range(5):
            self.peer()
        times, stop = [], time.perf_counter() + seconds
        while time.perf_counter() < stop or len(times) < 3:
            start = time.perf_counter()
            self.peer()
            times.append((time.perf_counter() - start) * 1e6)
        self.theirs.append(statistics.median(times))


def compare_rows(options, root):
    ingot = common.tool(root, "ingot")
    models = {name: model for name, model in row_models().items() if re.search(options.only, name)}
    if not models:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        null = Compared(ingot, folder, "null", "Neg", [1], [], options.threads)
        compared = {name: Compared(ingot, folder, name, *model, options.threads) for name, model in models.items()}
        for _ in range(options.rounds):
            for item in [null, *compared.values()]:
                item.round(options.seconds)
    our_call, their_call = statistics.median(null.ours), statistics.median(null.theirs)
    if options.csv:
        print("kernel,ingot_us,onnxruntime_us,ratio")
    else:
        print(f"\n{'against ONNX Runtime':34s} {'ingot us':>10s} {'ORT us':>10s} {'ratio':>7s}   less {our_call:.1f} and {their_call:.1f} us a call")
    lowest = float("inf")
    for name, item in compared.items():
        ours, theirs = statistics.median(item.ours) - our_call, statistics.median(item.theirs) - their_call
        lowest = min(lowest, theirs / ours)
        print(f'"{name}",{ours:.2f},{theirs:.2f},{theirs / ours:.3f}' if options.csv else
              f"{name:34s} {ours:10.1f} {theirs:10.1f} {theirs / ours:7.2f}", flush=True)
    return 4 if lowest < options.ratio_floor else 0


def main(arguments, root):
    parser = argparse.ArgumentParser(prog="utils/bench kernels", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.1, help="of each engine in a round, against ONNX Runtime")
    parser.add_argument("--csv", action="store_true")
    parser.add_argument("--no-peers", action="store_true", help="leave ONNX Runtime out")
    parser.add_argument("--peers-only", action="store_true", help="leave out what is compared with the peak")
    parser.add_argument("--floor", type=float, default=0, help="exit 4 when a kernel's best share of the peak is below, in percent")
    parser.add_argument("--ratio-floor", type=float, default=0, help="exit 4 when a ratio to ONNX Runtime is below")
    options = parser.parse_args(arguments)
    code = 0
    tool = common.tool(root, "ingot-bench-kernels")
    listed = subprocess.run([tool, "--list"], capture_output=True, text=True).stdout.splitlines()
    if not options.csv:
        print("# " + common.describe_machine(root))
    if not options.peers_only and any(re.search(options.only, name) for name in listed):
        command = [tool, "--rounds", str(options.rounds), "--threads", str(options.threads), "--floor", str(options.floor)]
        code = subprocess.run(command + (["--only", options.only] if options.only else []) + (["--csv"] if options.csv else [])).returncode
    if options.no_peers:
        return code
    return code or compare_rows(options, root)

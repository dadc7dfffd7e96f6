# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What compiling a model takes, and what a call costs.

The limits: ResNet-50 and BERT-base within 10 s; for every model the peak of memory within three times its weights and 400 MiB; a call
that adds two numbers within 1 us, on one thread."""
import argparse, json, os, subprocess, sys, tempfile, time
import common

MIB = 1 << 20
LIMIT_SECONDS = {"resnet50": 10, "bert_base_s128": 10}


def compile_once(ingot, model, library):
    """(seconds, peak bytes, the compiler's own report)"""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen([ingot, "compile", model, "-o", library, "--json"], stdout=out, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), errors.seek(0)
        if child.returncode:
            raise common.Failure((errors.read().decode(errors="replace").strip().splitlines() or ["failed"])[-1][:160])
        return seconds, usage.ru_maxrss * 1024, json.loads(out.read())


def main(arguments, root):
    parser = argparse.ArgumentParser(prog="utils/bench compile", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", metavar="MODEL.onnx | FOLDER", help="default: the models of examples/")
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--runs", type=int, default=2, help="of each model, the fastest counts")
    options = parser.parse_args(arguments)
    from models import find_models
    ingot = common.tool(root, "ingot")
    files = [(os.path.basename(path)[:-5], path) for path in options.paths if path.endswith(".onnx")]
    folders = [path for path in options.paths if not path.endswith(".onnx")] or ([] if files else [os.path.join(root, "examples")])
    files += [(name, path) for name, path, _ in find_models(folders, options.only) if path.endswith(".onnx")]
    print("# " + common.describe_machine(root))
    print(f"{'model':30s} {'seconds':>8s} {'peak MiB':>9s} {'limit MiB':>10s} {'file MiB':>9s} {'library MiB':>12s} {'kernels':>8s}")
    bad = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, path in files:
            library = os.path.join(scratch, "model.so")
            try:
                results = [compile_once(ingot, path, library) for _ in range(options.runs)]
            except common.Failure as failure:
                print(f"{name:30s} {failure}")
                bad += 1
                continue
            seconds, peak = min(r[0] for r in results), max(r[1] for r in results)
            report, weights = results[-1][2], os.path.getsize(path)
            limit = 3 * weights + 400 * MIB
            over = [text for text, broken in (("too slow", seconds > LIMIT_SECONDS.get(name, float("inf"))),
                                              ("too much memory", peak > limit)) if broken]
            bad += bool(over)
            print(f"{name:30s} {seconds:8.2f} {peak / MIB:9.0f} {limit / MIB:10.0f} {weights / MIB:9.1f} "
                  f"{report['output_bytes'] / MIB:12.1f} {report['kernels']:8d}  {', '.join(over)}", flush=True)
    return 1 if bad else 0


def null_call(arguments, root):
    parser = argparse.ArgumentParser(prog="utils/bench null", description="One Add on one element, on one thread: the cost of a call.")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    ingot = common.tool(root, "ingot")
    module = """func.func @add(%a: tensor<1xf32> {ingot.name = "a"}, %b: tensor<1xf32> {ingot.name = "b"}) -> (tensor<1xf32> {ingot.name = "y"}) {
  %y = ingot.add %a, %b : tensor<1xf32>
  return %y : tensor<1xf32>
}
"""
    with tempfile.TemporaryDirectory() as scratch:
        source, library = os.path.join(scratch, "add.mlir"), os.path.join(scratch, "add.so")
        with open(source, "w") as out:
            out.write(module)
        common.run([ingot, "compile", source, "-o", library])
        results = [common.time_library(ingot, library, None, 1, 0.2) for _ in range(options.rounds)]
    minimum, median = min(r["min_us"] for r in results), sorted(r["median_us"] for r in results)[len(results) // 2]
    print(f"null call: min {minimum:.3f} us, median {median:.3f} us (limit 1 us)")
    return 0 if median <= 1 else 1

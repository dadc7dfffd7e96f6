# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What compiling a model takes, and what a call costs.

The limits, on two cores: 5 s for a model of at most 100 million parameters; the peak of memory within 1.5 times the weights and 400 MiB. With
--generated also models that are made for it: 10,000 nodes within 20 s, and 3 GiB of external weights within 4.5 GiB of memory. With
--cache each model is compiled twice more with a kernel cache, that is empty and that holds its kernels; the three libraries must have
the same bytes."""
import argparse, filecmp, json, os, subprocess, sys, tempfile, time
import common

MIB = 1 << 20
GENERATED = {"deep": 20, "varied": 60, "external": 60}  # kind -> seconds


def size_of(path):
    """Bytes of the model with its external data."""
    return sum(os.path.getsize(file) for file in (path, path + ".data") if os.path.exists(file))


def compile_once(ingot, model, library, extra=()):
    """(seconds, peak bytes, the compiler's own report)"""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen([ingot, "compile", model, "-o", library, "--json", *extra], stdout=out, stderr=errors)
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
    parser.add_argument("--generated", action="store_true", help="also models of many nodes and of many weights, which are written to a "
                        "temporary folder and take 7 GiB there")
    parser.add_argument("--cache", action="store_true", help="also the time with a kernel cache")
    parser.add_argument("--csv", metavar="FILE")
    options = parser.parse_args(arguments)
    from models import find_models
    ingot = common.tool(root, "ingot")
    files = [(os.path.basename(path)[:-5], path) for path in options.paths if path.endswith(".onnx")]
    folders = [path for path in options.paths if not path.endswith(".onnx")] or ([] if files or options.generated else [os.path.join(root, "examples")])
    files += [(name, path) for name, path, _ in find_models(folders, options.only) if path.endswith(".onnx")]
    print("# " + common.describe_machine(root))
    print(f"{'model':30s} {'seconds':>8s} {'peak MiB':>9s} {'limit MiB':>10s} {'file MiB':>9s} {'library MiB':>12s} {'kernels':>8s}"
          + (f" {'filling':>8s} {'cached':>8s}" if options.cache else ""))
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, path in files:
            rows.append(measure(options, ingot, name, path, scratch))
        for kind in GENERATED if options.generated else ():
            import generate
            path = os.path.join(scratch, kind + ".onnx")
            generate.generate(kind, path)
            rows.append(measure(options, ingot, kind, path, scratch, GENERATED[kind]))
            for file in (path, path + ".data"):
                if os.path.exists(file):
                    os.remove(file)
    if options.csv:
        common.write_csv(options.csv, rows)
    return 1 if any(row["over"] for row in rows) or not rows else 0


def measure(options, ingot, name, path, scratch, most_seconds=None):
    library, file = os.path.join(scratch, "model.so"), size_of(path)
    row = {"model": name, "file_bytes": file}
    try:
        results = [compile_once(ingot, path, library) for _ in range(options.runs)]
        if options.cache:
            # Of the same name: it is in the library.
            cached, folder = os.path.join(scratch, "cached", "model.so"), os.path.join(scratch, "cache-" + name)
            os.makedirs(os.path.dirname(cached), exist_ok=True)
            for column in ("filling", "cached"):
                row[column] = compile_once(ingot, path, cached, ["--cache", folder])[0]
                row["same"] = row.get("same", True) and filecmp.cmp(library, cached, shallow=False)
    except common.Failure as failure:
        print(f"{name:30s} {failure}", flush=True)
        return row | {"over": str(failure)}
    seconds, peak, report = min(r[0] for r in results), max(r[1] for r in results), results[-1][2]
    limit = 1.5 * file + 400 * MIB
    if most_seconds is None:
        most_seconds = 5 if file <= 400e6 else float("inf")
    row |= {"seconds": seconds, "peak_bytes": peak, "limit_bytes": int(limit), "library_bytes": report["output_bytes"], "kernels": report["kernels"]}
    row["over"] = ", ".join(text for text, broken in (("too slow", seconds > most_seconds), ("too much memory", peak > limit),
                                                      ("the cache changes the library", not row.get("same", True))) if broken)
    print(f"{name:30s} {seconds:8.2f} {peak / MIB:9.0f} {limit / MIB:10.0f} {file / MIB:9.1f} {report['output_bytes'] / MIB:12.1f} "
          f"{report['kernels']:8d}" + (f" {row['filling']:8.2f} {row['cached']:8.2f}" if options.cache else "") + f"  {row['over']}", flush=True)
    return row


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

# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole models beside other engines, in turns.

A folder holds NAME.onnx or NAME.onnx.xz, searched in its subfolders too. Inputs are those of the first of cases/NAME/*.npz, where
they are called `in:NAME`; without, they are random. The ratios are a peer's median time over Ingot's, medians over the rounds: above 1
Ingot is faster. `best` compares with the fastest peer; `by min` does so with minima, which other work on the machine touches least."""
import argparse, contextlib, csv, json, lzma, os, re, statistics, sys, tempfile, time
import numpy as np
import common, peers

# Dimensions of the examples that their models leave open, as the apps use them.
EXAMPLE_SIZES = {"ch_PP-OCRv4_det_infer": [1, 3, 640, 640], "ch_PP-OCRv4_rec_infer": [1, 3, 48, 320],
                 "ch_ppocr_mobile_v2.0_cls_infer": [1, 3, 48, 192]}
RANDOM = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16, "tensor(int64)": np.int64,
          "tensor(int32)": np.int32, "tensor(bool)": np.bool_, "tensor(uint8)": np.uint8}

RATIOS = {"ort": "against ONNX Runtime", "best": "against the best peer", "best_min": "against the best peer, by minima"}


def find_models(folders, only):
    """(name, path, case or None), sorted by name; the folders in the order given, a name once."""
    found = {}
    for folder in folders:
        for place, _, files in os.walk(folder):
            for name in files:
                stem = re.sub(r"\.onnx(\.xz)?$", "", name)
                if stem == name or stem in found or not re.search(only, stem):
                    continue
                cases = os.path.join(place, "cases", stem)
                case = sorted(f for f in os.listdir(cases) if f.endswith(".npz")) if os.path.isdir(cases) else []
                found[stem] = (stem, os.path.join(place, name), os.path.join(cases, case[0]) if case else None)
    return [found[name] for name in sorted(found)]


def each_model(options, root):
    """(name, path, inputs, scratch folder) of each model that the command line names."""
    folders = options.folders or [os.path.join(root, "examples")]
    if not options.folders and os.environ.get("INGOT_SHARED"):
        folders.append(os.path.join(os.environ["INGOT_SHARED"], "models"))
    for name, path, case in find_models(folders, options.only):
        with tempfile.TemporaryDirectory() as scratch:
            if path.endswith(".xz"):
                packed, path = path, os.path.join(scratch, name + ".onnx")
                with lzma.open(packed) as source, open(path, "wb") as target:
                    target.write(source.read())
            if case:
                with np.load(case, allow_pickle=False) as arrays:
                    inputs = {key[3:]: arrays[key] for key in arrays.files if key.startswith("in:")}
            else:
                inputs = random_inputs(name, path)
            yield name, path, inputs, scratch


def random_inputs(name, model):
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.log_severity_level = 4
    generator, inputs = np.random.default_rng(1), {}
    for value in ort.InferenceSession(model, options, providers=["CPUExecutionProvider"]).get_inputs():
        if value.type not in RANDOM:
            raise TypeError(f"no random values of {value.type}")
        sizes = EXAMPLE_SIZES.get(name) or [d if isinstance(d, int) else 1 for d in value.shape]
        dtype = np.dtype(RANDOM[value.type])
        # Integers may be indices, so small ones; a scalar often is a size or a rate.
        inputs[value.name] = (generator.standard_normal(sizes) if dtype.kind == "f" else generator.integers(0, 2, sizes)).astype(dtype)
        if not sizes and value.name == "sr":
            inputs[value.name] = np.array(16000, dtype)
    return inputs


@contextlib.contextmanager
def silence():
    """Keeps what engines print out of the table: they write to the descriptor, not to sys.stdout."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept), os.close(nowhere)


def time_calls(call, seconds):
    """(median, minimum) in us"""
    call()
    times, stop = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < stop:
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e6)
    return statistics.median(times), min(times)


# Operations a second that no core reaches, Winograd's savings included.
FASTEST_CORE = 2e12


def operations_of(ingot, library):
    return max(0, json.loads(common.run([ingot, "info", library, "--json"]))["functions"][0].get("operations", -1))


def measure(ingot, model, inputs, threads, options, scratch):
    """{engine: median in us, or why there is none}, with {engine}_min and "arena" in bytes."""
    library, given = os.path.join(scratch, "model.so"), os.path.join(scratch, "in.npz")
    np.savez(given, **inputs)
    try:
        common.compile_model(ingot, model, library)
    except common.Failure as failure:
        return {"ingot": "compile: " + str(failure)}
    calls, row = {}, {}
    for name in options.peers:
        try:
            calls[name] = peers.PEERS[name](model, inputs, threads, scratch)
            calls[name]()
        except Exception as error:  # an engine that cannot run the model is left out of its row
            calls.pop(name, None)
            row[name] = (str(error).splitlines() or ["failed"])[0][:80]
    times = {name: [] for name in ["ingot", *calls]}
    try:
        for _ in range(options.rounds):
            result = common.time_library(ingot, library, given, threads, options.seconds)
            times["ingot"].append((result["median_us"], result["min_us"]))
            row["arena"] = result["arena_bytes"]
            for name, call in calls.items():
                times[name].append(time_calls(call, options.seconds))
    except common.Failure as failure:
        return {"ingot": "bench: " + str(failure)}
    limit = operations_of(ingot, library) / (FASTEST_CORE * threads) * 1e6
    for name in list(calls):
        # What an engine that was not set up says takes next to no time.
        if min(minimum for _, minimum in times[name]) < limit:
            row[name] = "faster than the processor: it does not run the model"
            del calls[name], times[name]
    for name, values in times.items():
        row[name] = statistics.median(median for median, _ in values)
        row[name + "_min"] = min(minimum for _, minimum in values)
    if calls:
        row["best"] = min(row[name] for name in calls) / row["ingot"]
        row["best_min"] = min(row[name + "_min"] for name in calls) / row["ingot_min"]
    if "onnxruntime" in calls:
        row["ort"] = row["onnxruntime"] / row["ingot"]
    return row


def show(name, threads, row, engines):
    times = []
    for engine in ["ingot", *engines]:
        value = row.get(engine)
        times.append(f"{value / 1000:9.3f}" if isinstance(value, float) else f"{'-':>9s}")
    ratio = " ".join(f"{row[kind]:6.2f}" if kind in row else f"{'-':>6s}" for kind in RATIOS)
    note = f"  {row['ingot']}" if isinstance(row.get("ingot"), str) else ""
    print(f"{name:30s} {threads:2d} " + " ".join(times) + " " + ratio + note, flush=True)


def read_baseline(path):
    """{(model, threads): ratio to the best peer} of an earlier --csv or --json"""
    try:
        with open(path, newline="") as source:
            rows = json.load(source) if path.endswith(".json") else list(csv.DictReader(source))
        return {(row["model"], int(row["threads"])): float(row["best"]) for row in rows if row.get("best")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"bench: error: '{path}' is no table of `utils/bench models`: {error}")


def compare_with_baseline(rows, earlier, most=0.05):
    """How many ratios fell by more than `most`; says which."""
    fell = 0
    for row in rows:
        before = earlier.get((row["model"], row["threads"]))
        if before is None:
            continue
        now = row.get("best", 0.0)
        if now < before * (1 - most):
            print(f"fell: {row['model']}, {row['threads']} threads: from {before:.3f} to {now:.3f}")
            fell += 1
    known = sum((row["model"], row["threads"]) in earlier for row in rows)
    print(f"against the baseline: {fell} of {known} ratios fell by more than {100 * most:.0f} %")
    return fell


def main(arguments, root):
    found = peers.installed()
    parser = argparse.ArgumentParser(prog="utils/bench models", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="default: examples/ and $INGOT_SHARED/models")
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each engine in a round")
    parser.add_argument("--peers", default=",".join(found), help="default: those that are installed")
    parser.add_argument("--floor", type=float, default=0.0, help="exit 1 when a ratio is below")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--csv", metavar="FILE", help="all numbers, a row for each model and number of threads")
    parser.add_argument("--svg", metavar="FILE", help="a plot of the ratios to the best peer; needs matplotlib")
    parser.add_argument("--baseline", metavar="FILE", help="a --csv or --json of earlier: exit 1 when a ratio fell by more than 5 %%")
    options = parser.parse_args(arguments)
    options.peers = [name for name in options.peers.split(",") if name]
    if unknown := set(options.peers) - set(peers.PEERS):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")
    ingot = common.tool(root, "ingot")
    if options.svg:
        import plots
    earlier = read_baseline(options.baseline) if options.baseline else {}
    print("# " + common.describe_machine(root) + ", " + ", ".join(f"{name} {found.get(name, '?')}" for name in options.peers))
    print(f"# medians in ms of {options.rounds} rounds in turns, then ratios")
    print(f"{'model':30s} th " + " ".join(f"{name[:9]:>9s}" for name in ["ingot", *options.peers]) + "    ort   best by min")
    rows, cores = [], sorted(os.sched_getaffinity(0))
    for threads in (int(text) for text in options.threads.split(",")):
        os.sched_setaffinity(0, cores[:threads])
        for name, path, inputs, scratch in each_model(options, root):
            with silence():
                row = measure(ingot, path, inputs, threads, options, scratch)
            rows.append({"model": name, "threads": threads} | row)
            show(name, threads, row, options.peers)
    os.sched_setaffinity(0, cores)
    if options.json:
        with open(options.json, "w") as out:
            json.dump(rows, out, indent=1)
    if options.csv:
        common.write_csv(options.csv, rows)
    if options.svg:
        plots.ratios(options.svg, rows)
    ratios = [row["best"] for row in rows if "best" in row]
    failed = sum(isinstance(row.get("ingot"), str) for row in rows)
    if not rows:
        print("bench: error: no model matches")
        return 1
    for kind, what in RATIOS.items():
        if values := [row[kind] for row in rows if kind in row]:
            print(f"{what}: geometric mean {common.geometric_mean(values):.3f}, lowest {min(values):.3f}, {len(values)} rows")
    if failed:
        print(f"{failed} could not be run")
    fell = compare_with_baseline(rows, earlier) if options.baseline else 0
    return 1 if failed or fell or (ratios and min(ratios) < options.floor) else 0

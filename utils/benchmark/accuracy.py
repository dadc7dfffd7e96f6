# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What results are off by: the tables of docs/numerics.md.

  functions   elementary functions as native code for each x86-64 level of this machine, in units in the last place
  networks    outputs of whole networks against the same network in f64, beside ONNX Runtime's
  layers      3x3 convolutions with the weights and inputs that they have in a network, direct and in Winograd's forms, against f64

The f64 reference of a network is what Ingot computes of the model with all f32 turned into f64: the direct sums, no Winograd. --validate
compares that reference with ONNX's own evaluator in NumPy, which takes minutes for large networks. That of a layer is NumPy's.
Errors are in parts of the root mean square of the output: the largest and the mean over all its elements, of the worst output."""
import argparse, json, os, re, subprocess
import numpy as np
import common
from models import each_model

HEADER = {"functions": "| Function | Type | {} | at | tiny | NaN, inf |\n|---|---|{}---:|---:|---:|",
          "networks": "| Network | Ingot max | mean | ulp max | mean | ONNX Runtime max | mean | ulp max | mean |\n"
                      "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
          "layers": "| Layer | Channels | Size | direct | F(2,3) | F(4,3) | chosen | ONNX Runtime |\n|---|---|---|---:|---:|---:|---|---:|"}


def function_row(name, kind, results):
    """`results`: what ingot-bench-functions prints for each processor, behind its name."""
    errors = " | ".join(f"{float(r[1]):.2f}, {float(r[3]):.2f}" for r in results)
    tiny = max(float(r[5]) if int(r[4]) else 0 for r in results)
    wrong = sum(int(r[6]) for r in results)
    worst = max(results, key=lambda r: float(r[1]))
    return f"| {name} | {kind} | {errors} | {float(worst[2]):.6g} | {tiny:.2g} | {wrong or 'right'} |"


def functions(options, root):
    command = [common.tool(root, "ingot-bench-functions"), str(options.stride), options.types, *options.folders]
    rows, processors = {}, []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            name, kind, processor, *result = line.split()
            rows.setdefault((name, kind), []).append(result)
            if processor not in processors:
                processors.append(processor)
    print(HEADER["functions"].format(" | ".join(p + " max, mean" for p in processors), "---:|" * len(processors)))
    for (name, kind), results in rows.items():
        print(function_row(name, kind, results))
    return process.returncode


def run_ingot(ingot, model, inputs, scratch, label, arguments=()):
    library, given, result = (os.path.join(scratch, label + ending) for ending in (".so", ".in.npz", ".out.npz"))
    np.savez(given, **inputs)
    common.run([ingot, "compile", model, "-o", library, *arguments])
    common.run([ingot, "run", library, "--inputs", given, "--outputs", result])
    with np.load(result) as arrays:
        outputs = {name: arrays[name] for name in arrays.files}
    for path in (library, given, result, os.path.join(scratch, label + ".h")):
        if os.path.exists(path):
            os.unlink(path)
    return outputs


def run_onnxruntime(model, inputs, outputs=None):
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.log_severity_level = 4
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = outputs or [value.name for value in session.get_outputs()]
    return dict(zip(names, session.run(names, inputs)))


def widened(inputs):
    return {name: a.astype(np.float64) if a.dtype == np.float32 else a for name, a in inputs.items()}


def error_of(got, exact):
    """(max, mean) in parts of the output's root mean square, (max, mean) in units in the last place; or None where nothing is comparable.
    The unit is that of the value, but not below that of the root mean square: a sum that cancels to almost nothing has no digits."""
    if got.shape != exact.shape or not exact.size:
        return None
    finite = np.isfinite(exact) & np.isfinite(got)
    if not finite.any():
        return None
    exact, got = exact[finite].astype(np.float64), got[finite].astype(np.float64)
    rms = np.sqrt(np.mean(exact * exact))
    if rms == 0:
        return None
    error = np.abs(got - exact)
    units = np.exp2(np.floor(np.log2(np.maximum(np.abs(exact), rms))) - 23)
    return error.max() / rms, error.mean() / rms, (error / units).max(), (error / units).mean()


def worst_of(got, exact):
    """The errors of the worst float output, and how many integers differ."""
    worst, different = None, 0
    for name, reference in exact.items():
        if reference.dtype.kind != "f":
            different += int((got[name] != reference).sum()) if got[name].shape == reference.shape else reference.size
        elif error := error_of(got[name], reference):
            worst = error if worst is None else tuple(map(max, worst, error))
    return worst, different


def cells(error):
    return f"{error[0]:.1e} | {error[1]:.1e} | {error[2]:.3g} | {error[3]:.2g}" if error else "- | - | - | -"


def validate(path, inputs, exact):
    """How far the f64 reference is from ONNX's evaluator, which computes the same model in NumPy."""
    from onnx.reference import ReferenceEvaluator
    try:
        evaluator = ReferenceEvaluator(path)
        outputs = dict(zip(evaluator.output_names, evaluator.run(None, widened(inputs))))
    except Exception as error:  # it raises whatever its operators do
        return f"ONNX's evaluator cannot run it: {error}"
    worst, different = worst_of(outputs, exact)
    return (f"the f64 reference agrees with NumPy's to {worst[0]:.1e} of the rms" if worst else "no float output") + (
        f", {different} integers differ" if different else "")


RANDOM = {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial"}


def draws(model):
    """Whether it draws random numbers, which each engine does in its own way. Ingot's f32 and f64 code draw the same ones."""
    import onnx
    return any(node.op_type in RANDOM for node in onnx.load(model, load_external_data=False).graph.node)


def networks(options, root):
    import double
    ingot = common.tool(root, "ingot")
    print(HEADER["networks"])
    notes, rows = [], 0
    for name, path, inputs, scratch in each_model(options, root):
        wide = os.path.join(scratch, "wide.onnx")
        try:
            double.convert(path, wide)
            exact = run_ingot(ingot, wide, widened(inputs), scratch, "wide")
            ours, different = worst_of(run_ingot(ingot, path, inputs, scratch, "single", options.ingot), exact)
            theirs = None if draws(path) else worst_of(run_onnxruntime(path, inputs), exact)[0]
            print(f"| {name} | {cells(ours)} | {cells(theirs)} |", flush=True)
            rows += 1
            if different:
                notes.append(f"{name}: {different} integers differ from f64's")
            if options.validate and re.search(options.validate, name):
                notes.append(f"{name}: {validate(wide, inputs, exact)}")
        except (common.Failure, double.NoDouble) as failure:
            notes.append(f"{name}: {failure}")
    print("\n" + "\n".join("- " + note for note in notes) if notes else "")
    return 0 if rows else 1


def convolution_in_double(x, w, bias, pads):
    """A convolution of stride 1 as one product for each element of the window."""
    top, left, bottom, right = pads
    x = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (top, bottom), (left, right)))
    images, _, height, width = x.shape
    height, width = height - w.shape[2] + 1, width - w.shape[3] + 1
    y = np.zeros((images, w.shape[0], height * width))
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            part = x[:, :, i:i + height, j:j + width].reshape(images, x.shape[1], -1)
            y += w[:, :, i, j].astype(np.float64) @ part
    y = y.reshape(images, -1, height, width)
    return y if bias is None else y + bias.astype(np.float64)[:, None, None]


def convolutions_of(model):
    """(node, weights, bias, pads) of the 3x3 convolutions of stride 1 with constant weights."""
    from onnx import helper, numpy_helper
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant" and (values := [a.t for a in node.attribute if a.name == "value"]):
            constants[node.output[0]] = values[0]
    for node in model.graph.node:
        if node.op_type != "Conv" or node.input[1] not in constants or (len(node.input) > 2 and node.input[2] not in constants):
            continue
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        weights = constants[node.input[1]]
        plain = (attributes.get("group", 1) == 1 and set(attributes.get("strides", [1])) == set(attributes.get("dilations", [1])) == {1} and
                 attributes.get("auto_pad", b"NOTSET") == b"NOTSET")
        if not plain or list(weights.dims[2:]) != [3, 3] or min(weights.dims[:2]) < 16:
            continue
        bias = numpy_helper.to_array(constants[node.input[2]]) if len(node.input) > 2 else None
        yield node, numpy_helper.to_array(weights), bias, list(attributes.get("pads", [0, 0, 0, 0]))


def layers(options, root):
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    ingot = common.tool(root, "ingot")
    print(HEADER["layers"])
    most = {}
    for name, path, inputs, scratch in each_model(options, root):
        model = onnx.load(path)
        found = list(convolutions_of(model))
        if not found:
            continue
        # What comes into each of them is made an output.
        wanted = list(dict.fromkeys(node.input[0] for node, *_ in found))
        given = set(value.name for value in model.graph.input)
        del model.graph.output[:]
        model.graph.output.extend(helper.make_tensor_value_info(value, TensorProto.FLOAT, None) for value in wanted if value not in given)
        probe = os.path.join(scratch, "probe.onnx")
        onnx.save(model, probe)
        values = run_onnxruntime(probe, inputs) | inputs
        for number, (node, w, bias, pads) in enumerate(found, 1):
            x = values[node.input[0]]
            tensors = {"w": w} | ({} if bias is None else {"b": bias})
            nodes = [helper.make_node("Conv", ["x", *tensors], ["y"], "conv", pads=pads)]
            graph = helper.make_graph(nodes, "layer",
                                      [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
                                      [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
                                      [numpy_helper.from_array(a, key) for key, a in tensors.items()])
            single = os.path.join(scratch, "layer.onnx")
            onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), single)
            exact = convolution_in_double(x, w, bias, pads)
            row, outputs = {}, {}
            for form, choice in {"direct": {"winograd": False}, "F(2,3)": {"tile": 2}, "F(4,3)": {"tile": 4}, "chosen": {}}.items():
                config = os.path.join(scratch, "config.json")
                with open(config, "w") as out:
                    json.dump({"nodes": {"conv": choice} if choice else {}}, out)
                outputs[form] = run_ingot(ingot, single, {"x": x}, scratch, "layer", ["--config", config] + options.ingot)["y"]
                row[form] = error_of(outputs[form], exact)[0]
                most[form] = max(most.get(form, 0), row[form])
            chosen = next(form for form in outputs if np.array_equal(outputs[form], outputs["chosen"]))
            theirs = error_of(run_onnxruntime(single, {"x": x})["y"], exact)[0]
            size = "x".join(map(str, x.shape[2:]))
            errors = " | ".join(f"{row[form]:.1e}" for form in ("direct", "F(2,3)", "F(4,3)"))
            print(f"| {name}, {number} | {w.shape[1]} to {w.shape[0]} | {size} | {errors} | {chosen} | {theirs:.1e} |", flush=True)
    print("\nLargest: " + ", ".join(f"{form} {value:.1e}" for form, value in most.items()))
    return 0 if most else 1


def main(arguments, root):
    parser = argparse.ArgumentParser(prog="utils/bench accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=list(HEADER))
    parser.add_argument("folders", nargs="*", metavar="FOLDER",
                        help="of models, default: examples/ and $INGOT_SHARED/models; after `functions`: their names")
    parser.add_argument("--only", default="", metavar="REGEX", help="models whose name matches")
    parser.add_argument("--stride", type=int, default=251, metavar="N",
                        help="functions: every N-th of all floats; 1 takes minutes for each (default 251)")
    parser.add_argument("--types", default="f32,f64", help="functions: f32, f64 or both")
    parser.add_argument("--validate", default="", metavar="REGEX", help="networks whose f64 reference is compared with ONNX's evaluator")
    parser.add_argument("--ingot", default="", metavar="OPTIONS", help="more options for `ingot compile`: --ingot='--cpu x86-64-v3'")
    options = parser.parse_args(arguments)
    options.ingot = options.ingot.split()
    print("# " + common.describe_machine(root) + "\n")
    return {"functions": functions, "networks": networks, "layers": layers}[options.what](options, root)

#!/usr/bin/env python3
"""Make Inputs/training-cases.tar.xz: small models that are trained, and what they are after some steps.

    make-training-cases.py            # needs numpy and onnx
"""
import io, os, tarfile
import numpy as np
from onnx import helper, numpy_helper

FLOAT, INT64, BOOL = 1, 7, 9
random = np.random.default_rng(1)


def floats(*shape):
    return random.standard_normal(shape).astype("f4")


def add_file(archive, name, content):
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def model(name, nodes, inputs, outputs, constants, opset=17, functions=()):
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info(k, t, s) for k, (t, s) in inputs.items()],
        [helper.make_tensor_value_info(k, FLOAT, None) for k in outputs],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()])
    opsets = [helper.make_opsetid("", opset)] + [helper.make_opsetid("local", 1)] * bool(functions)
    return helper.make_model(graph, opset_imports=opsets, ir_version=9, functions=functions)


def layers():
    """Initializers of all kinds, and the layers that differ in training."""
    node = helper.make_node
    return model("layers", [
        node("Conv", ["x", "conv.weight"], ["c"], name="conv", kernel_shape=[1, 1]),
        node("BatchNormalization", ["c", "bn.scale", "bn.bias", "bn.mean", "bn.var"], ["b", "m", "v"], name="bn", training_mode=1),
        node("Dropout", ["b", "ratio", "yes"], ["d"], name="drop"),
        node("Resize", ["d", "", "scales"], ["r"], name="resize", mode="nearest"),
        node("Identity", ["tied"], ["tied again"], name="tie"),
        node("Mul", ["r", "tied again"], ["s"], name="scale"),
        node("Pow", ["s", "exponent"], ["p"], name="pow"),
        node("Mul", ["p", "gain"], ["q"], name="gain"),
        # A size computed with a float factor.
        node("Shape", ["q"], ["shape"], name="shape", start=2),
        node("Cast", ["shape"], ["float shape"], name="to-float", to=FLOAT),
        node("Mul", ["float shape", "half"], ["halved"], name="halve"),
        node("Cast", ["halved"], ["sizes"], name="to-int", to=INT64),
        node("Concat", ["minus one", "sizes"], ["target"], name="concat", axis=0),
        node("Reshape", ["q", "target"], ["y"], name="reshape"),
    ], {"x": (FLOAT, ["n", 3, 4, 4])}, ["y"], {
        "conv.weight": floats(4, 3, 1, 1), "bn.scale": floats(4), "bn.bias": floats(4), "bn.mean": floats(4), "bn.var": floats(4) ** 2 + 1,
        "ratio": np.float32(0.25), "yes": np.array(True), "scales": np.array([1, 1, 2, 2], "f4"), "tied": floats(4, 1, 1),
        "exponent": np.array([2], "f4"), "gain": np.float32(1.5), "half": np.array([0.5], "f4"), "minus one": np.array([-1], "i8"),
        "unused": floats(3)})


def called_twice():
    """One batch normalization for two values, and random numbers in a function."""
    node = helper.make_node
    block = helper.make_function("local", "Block", ["x", "w", "s", "b", "m", "v"], ["y"], [
        node("MatMul", ["x", "w"], ["p"], name="product"),
        node("BatchNormalization", ["p", "s", "b", "m", "v"], ["n", "m2", "v2"], name="bn", training_mode=1, momentum=0.5),
        node("RandomUniformLike", ["n"], ["r"], name="noise"),
        node("Add", ["n", "r"], ["y"], name="add")], [helper.make_opsetid("", 17)])
    arguments = ["w", "bn.scale", "bn.bias", "bn.mean", "bn.var"]
    return model("called_twice", [
        node("Block", ["x"] + arguments, ["a"], name="first", domain="local"),
        node("Block", ["a"] + arguments, ["y"], name="second", domain="local"),
    ], {"x": (FLOAT, ["n", 3])}, ["y"], {
        "w": floats(3, 3), "bn.scale": np.ones(3, "f4"), "bn.bias": np.zeros(3, "f4"), "bn.mean": np.zeros(3, "f4"),
        "bn.var": np.ones(3, "f4")}, functions=[block])


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Inputs", "training-cases.tar.xz")
    with tarfile.open(path, "w:xz") as archive:
        for make in layers, called_twice:
            made = make()
            add_file(archive, f"training-cases/{make.__name__}.onnx", made.SerializeToString())


main()

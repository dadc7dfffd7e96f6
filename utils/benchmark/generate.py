# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models that try the compiler's limits: many nodes, many different kernels, more weights than memory.

    generate.py deep|varied|external OUT.onnx [--nodes N] [--gib N]

`deep` repeats few blocks, so that its kernels are few; in `varied` every block has sizes of its own; `external` keeps its weights, random
and all different, in OUT.onnx.data."""
import argparse, os, sys
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Builder:
    def __init__(self):
        self.nodes, self.weights, self.random = [], [], np.random.default_rng(1)

    def node(self, op, *inputs, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], name=f"{op}_{len(self.nodes)}", **attributes))
        return name

    def weight(self, *sizes):
        name = f"w{len(self.weights)}"
        values = self.random.standard_normal(sizes, dtype=np.float32) / np.float32(sizes[0] ** 0.5)
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def save(self, path, sizes, last, out_sizes):
        graph = helper.make_graph(self.nodes, "generated", [helper.make_tensor_value_info("x", TensorProto.FLOAT, sizes)],
                                  [helper.make_tensor_value_info(last, TensorProto.FLOAT, out_sizes)], self.weights)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)


def block(b, x, columns, width):
    """Ten nodes: a product and its bias, activations, a normalization, a skip connection, movement of data."""
    y = b.node("MatMul", x, b.weight(columns, width))
    y = b.node("Add", y, b.weight(width))
    y = b.node("Sigmoid", b.node("Mul", y, y))
    y = b.node("Softmax", y, axis=-1)
    y = b.node("MatMul", y, b.weight(width, columns))
    y = b.node("Tanh", y)
    y = b.node("Transpose", b.node("Transpose", y, perm=[1, 0]), perm=[1, 0])
    return b.node("Add", x, y)


def chain(path, nodes, widths):
    b, x, columns = Builder(), "x", 48
    while len(b.nodes) < nodes:
        x = block(b, x, columns, widths[len(b.nodes) // 10 % len(widths)])
    b.save(path, [16, columns], x, [16, columns])


def external(path, gib):
    """Layers of 128 MiB. The data is written in pieces: it need not fit into memory here either."""
    side, layers = (4096, 8192), int(gib * 8)
    nodes, weights, x = [], [], "x"
    data = os.path.basename(path) + ".data"
    block_values = np.random.default_rng(1).standard_normal(side[0] * side[1] // 64, dtype=np.float32) / 64
    bytes_each = side[0] * side[1] * 4
    with open(os.path.join(os.path.dirname(path), data), "wb") as out:
        for i in range(layers):
            sizes = side if i % 2 == 0 else side[::-1]
            for piece in range(64):
                out.write((block_values * np.float32(1 + (i * 64 + piece) / 4096)).tobytes())
            tensor = TensorProto(name=f"w{i}", data_type=TensorProto.FLOAT, dims=sizes, data_location=TensorProto.EXTERNAL)
            for key, value in (("location", data), ("offset", i * bytes_each), ("length", bytes_each)):
                tensor.external_data.add(key=key, value=str(value))
            weights.append(tensor)
            nodes += [helper.make_node("MatMul", [x, f"w{i}"], [f"m{i}"], name=f"product_{i}"),
                      helper.make_node("Tanh", [f"m{i}"], [f"y{i}"], name=f"tanh_{i}")]
            x = f"y{i}"
    columns = side[0] if layers % 2 == 0 else side[1]
    graph = helper.make_graph(nodes, "external", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, side[0]])],
                              [helper.make_tensor_value_info(x, TensorProto.FLOAT, [1, columns])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    with open(path, "wb") as out:
        out.write(model.SerializeToString())


def generate(kind, path, nodes=10000, gib=3.0):
    if kind == "deep":
        chain(path, nodes, [64, 80, 96])
    elif kind == "varied":
        chain(path, nodes, list(range(16, 16 + nodes // 10)))
    else:
        external(path, gib)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["deep", "varied", "external"])
    parser.add_argument("out")
    parser.add_argument("--nodes", type=int, default=10000)
    parser.add_argument("--gib", type=float, default=3.0)
    options = parser.parse_args()
    generate(options.kind, options.out, options.nodes, options.gib)

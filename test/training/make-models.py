#!/usr/bin/env python3
"""Joins the two models of the run `gan_alternating` to one, so that one library trains both sides.

    make-models.py FOLDER      reads FOLDER/model_{G,D}_*.onnx, writes FOLDER/model_*.onnx (or, with a second folder, there)

Inputs are real examples and noise; outputs are the fakes and what the discriminator says of both. Its parameters are used twice.
"""
import os, sys
import onnx
from onnx import helper


def part(path, prefix, inputs, outputs, number):
    """The nodes and initializers of a model, with names of their own; inputs and outputs get the given ones."""
    graph = onnx.load(path).graph
    parameters = {i.name for i in graph.initializer}
    names = {i.name: new for i, new in zip(graph.input, inputs)} | {o.name: new for o, new in zip(graph.output, outputs)}

    def rename(name):
        if name in parameters:
            return f"{prefix}/{name}"
        return names.get(name, f"{prefix}{number}/{name}") if name else name

    nodes = []
    for node in graph.node:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        copy.name = f"{prefix}{number}{node.name}"
        copy.input[:] = [rename(name) for name in node.input]
        copy.output[:] = [rename(name) for name in node.output]
        nodes.append(copy)
    for initializer in graph.initializer:
        initializer.name = f"{prefix}/{initializer.name}"
    return nodes, list(graph.initializer)


def main():
    folder, target = sys.argv[1], sys.argv[-1]
    for precision, kind in (("f32", onnx.TensorProto.FLOAT), ("f64", onnx.TensorProto.DOUBLE)):
        g, d = (os.path.join(folder, f"model_{side}_{precision}.onnx") for side in "GD")
        generator, weights = part(g, "G", ["z"], ["fake"], "")
        on_real, more = part(d, "D", ["real"], ["d_real"], "_real")
        on_fake, _ = part(d, "D", ["fake"], ["d_fake"], "_fake")
        value = lambda name, size: helper.make_tensor_value_info(name, kind, ["batch", size])
        graph = helper.make_graph(generator + on_real + on_fake, "gan", [value("real", 2), value("z", 8)],
                                  [value("fake", 2), value("d_real", 1), value("d_fake", 1)], initializer=weights + more)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, os.path.join(target, f"model_{precision}.onnx"))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Makes models of test/data/training that are no copies of recorded ones.

    make-models.py GAN TARGET      reads GAN/model_{G,D}_*.onnx, writes TARGET/gan_alternating/model_*.onnx, TARGET/tied/model_f32.onnx
                                   and TARGET/bare/model_f32.onnx

The two models of the run `gan_alternating` become one, so that one library trains both sides. Inputs are real examples and noise; outputs
are the fakes and what the discriminator says of both. Its parameters are used twice. `tied` looks words up in the matrix by which it
also makes logits, as language models do. `bare` has no initializers: weights are inputs, or in Constant nodes.
"""
import os, sys
import numpy as np
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


def tied(path):
    rng = np.random.default_rng(5)
    weight = lambda name, *shape: onnx.numpy_helper.from_array((rng.standard_normal(shape) * 0.3).astype(np.float32), name)
    nodes = [helper.make_node("Gather", ["words", "tokens"], ["embedded"]), helper.make_node("MatMul", ["embedded", "w"], ["hidden"]),
             helper.make_node("Tanh", ["hidden"], ["active"]), helper.make_node("LayerNormalization", ["active", "scale", "bias"], ["normed"]),
             helper.make_node("Transpose", ["words"], ["turned"], perm=[1, 0]), helper.make_node("MatMul", ["normed", "turned"], ["logits"])]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "tied", [value("tokens", onnx.TensorProto.INT64, ["batch", 6])], [value("logits", onnx.TensorProto.FLOAT, ["batch", 6, 24])],
                              initializer=[weight("words", 24, 16), weight("w", 16, 16), weight("scale", 16), weight("bias", 16)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def bare(path):
    value, numbers = helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    constant = lambda name, *shape: helper.make_node("Constant", [], [name], value=onnx.numpy_helper.from_array(np.zeros(shape, np.float32)))
    nodes = [helper.make_node("MatMul", ["x", "fc1.weight"], ["p1"]), helper.make_node("Add", ["p1", "fc1.bias"], ["h1"]), helper.make_node("Relu", ["h1"], ["a1"]),
             constant("fc2.weight", 32, 5), constant("fc2.bias", 5),
             helper.make_node("MatMul", ["a1", "fc2.weight"], ["p2"]), helper.make_node("Add", ["p2", "fc2.bias"], ["logits"])]
    graph = helper.make_graph(nodes, "bare", [value("x", numbers, ["batch", 20]), value("fc1.weight", numbers, [20, 32]), value("fc1.bias", numbers, [32])],
                              [value("logits", numbers, ["batch", 5])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def main():
    folder, target = sys.argv[1:]
    os.makedirs(os.path.join(target, "tied"), exist_ok=True)
    tied(os.path.join(target, "tied", "model_f32.onnx"))
    os.makedirs(os.path.join(target, "bare"), exist_ok=True)
    bare(os.path.join(target, "bare", "model_f32.onnx"))
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
        onnx.save(model, os.path.join(target, "gan_alternating", f"model_{precision}.onnx"))


if __name__ == "__main__":
    main()

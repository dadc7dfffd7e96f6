# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the networks of the convergence tests. Weights are zeros: a state draws them when training begins. Needs onnx and numpy."""
import math
import sys
import numpy as np
from onnx import OperatorSetIdProto, StringStringEntryProto, TensorProto, checker, helper, numpy_helper, save

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


class Graph:
    """Nodes and weights; each method adds a node and returns the name of what it computes."""

    def __init__(self, name, opset=17, prefix=""):
        self.name, self.opset, self.prefix, self.nodes, self.weights, self.count = name, opset, prefix, [], {}, 0

    def node(self, op, inputs, outputs=1, name=None, result=None, **attributes):
        self.count += 1
        name = name or f"{self.prefix}{op}_{self.count}"
        results = [result] if result else [f"{name}.{i}" if outputs > 1 else f"{name}.out" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, results, name, **attributes))
        return results[0] if outputs == 1 else results

    def weight(self, name, *shape, fill=0.0):
        self.weights.setdefault(name, numpy_helper.from_array(np.full(shape, fill, np.float32), name))
        return name

    def constant(self, name, value, dtype=np.float32):
        self.weights.setdefault(name, numpy_helper.from_array(np.array(value, dtype), name))
        return name

    def linear(self, x, name, outputs, inputs, result=None):
        return self.node("Gemm", [x, self.weight(f"{name}.weight", outputs, inputs), self.weight(f"{name}.bias", outputs)], result=result,
                         name=None if result else f"{name}_{self.count + 1}", transB=1)

    def project(self, x, name, inputs, outputs):
        """The same for x of more dimensions, with the weight as MatMul wants it."""
        product = self.node("MatMul", [x, self.weight(f"{name}.weight", inputs, outputs)])
        return self.node("Add", [product, self.weight(f"{name}.bias", outputs)])

    def save(self, inputs, outputs, training=()):
        def info(name, dims, dtype=FLOAT):
            return helper.make_tensor_value_info(name, dtype, dims)
        graph = helper.make_graph(self.nodes, self.name, [info(*i) for i in inputs], [info(*o) for o in outputs], list(self.weights.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8 if self.opset < 21 else 10,
                                  producer_name="ingot tests")
        model.training_info.extend(training)
        checker.check_model(model)
        save(model, f"{self.name}.onnx")


def lstm():
    """A picture row by row, and what it shows after the last one."""
    g, hidden = Graph("lstm"), 64
    rows = g.node("Transpose", ["rows"], perm=[1, 0, 2])
    _, last = g.node("LSTM", [rows, g.weight("lstm.W", 1, 4 * hidden, 28), g.weight("lstm.R", 1, 4 * hidden, hidden),
                              g.weight("lstm.B", 1, 8 * hidden)], outputs=2, hidden_size=hidden)
    last = g.node("Squeeze", [last, g.constant("axis", [0], np.int64)])
    g.linear(last, "fc", 10, hidden, "logits")
    g.save([("rows", ["batch", 28, 28])], [("logits", ["batch", 10])])


def gpt():
    """A decoder with two blocks, over the 96 characters of a text: the next one at each position."""
    g, width, heads, context, characters = Graph("gpt", 23), 64, 4, 64, 96

    def norm(x, name):
        return g.node("LayerNormalization", [x, g.weight(f"{name}.weight", width, fill=1), g.weight(f"{name}.bias", width)], axis=-1)

    length = g.node("Shape", ["tokens"], start=1, end=2)
    token = g.node("Gather", [g.weight("token.weight", characters, width), "tokens"])
    position = g.node("Slice", [g.weight("position.weight", context, width), g.constant("zero", [0], np.int64), length, g.constant("first", [0], np.int64)])
    x = g.node("Add", [token, position])
    for block in range(2):
        h = norm(x, f"{block}.norm1")
        q, k, v = (g.project(h, f"{block}.{part}", width, width) for part in ("query", "key", "value"))
        h = g.node("Attention", [q, k, v], q_num_heads=heads, kv_num_heads=heads, is_causal=1)
        x = g.node("Add", [x, g.project(h, f"{block}.out", width, width)])
        h = g.node("Gelu", [g.project(norm(x, f"{block}.norm2"), f"{block}.up", width, 4 * width)])
        x = g.node("Add", [x, g.project(h, f"{block}.down", 4 * width, width)])
    table = g.node("Transpose", ["token.weight"], perm=[1, 0])
    g.node("MatMul", [norm(x, "norm"), table], result="logits")
    g.save([("tokens", ["batch", "length"], INT64)], [("logits", ["batch", "length", characters])])


def vae():
    g, hidden, latent, pixels = Graph("vae"), 256, 16, 784
    h = g.node("Relu", [g.linear("image", "encoder", hidden, pixels)])
    mean = g.linear(h, "mean", latent, hidden, "mean")
    variance = g.linear(h, "log_variance", latent, hidden, "log_variance")
    deviation = g.node("Exp", [g.node("Mul", [variance, g.constant("half", 0.5)])])
    z = g.node("Add", [mean, g.node("Mul", [deviation, g.node("RandomNormalLike", [mean])])])
    h = g.node("Relu", [g.linear(z, "decoder", hidden, latent)])
    g.linear(h, "pixels", pixels, hidden, "reconstruction")
    g.save([("image", ["batch", pixels])],
           [("reconstruction", ["batch", pixels]), ("mean", ["batch", latent]), ("log_variance", ["batch", latent])])


def gan():
    """Generator and discriminator of points in the plane. The discriminator sees both what is real and what is not."""
    g, width, noise = Graph("gan"), 64, 8

    def leaky(x):
        return g.node("LeakyRelu", [x], alpha=0.2)

    def discriminator(x, result):
        h = leaky(g.linear(x, "D.1", width, 2))
        g.linear(leaky(g.linear(h, "D.2", width, width)), "D.3", 1, width, result)

    h = leaky(g.linear("noise", "G.1", width, noise))
    g.linear(leaky(g.linear(h, "G.2", width, width)), "G.3", 2, width, "sample")
    discriminator("point", "real")
    discriminator("sample", "fake")
    g.save([("noise", ["batch", noise]), ("point", ["batch", 2])],
           [("sample", ["batch", 2]), ("real", ["batch", 1]), ("fake", ["batch", 1])])


def policy():
    """Which way to push the cart, and how long the pole is expected to stay up."""
    g, width = Graph("policy"), 64

    def body(name):
        h = g.node("Tanh", [g.linear("observation", f"{name}.1", width, 4)])
        return g.node("Tanh", [g.linear(h, f"{name}.2", width, width)])

    g.linear(body("actor"), "actor.3", 2, width, "logits")
    value = g.linear(body("critic"), "critic.3", 1, width)
    g.node("Squeeze", [value, g.constant("axis", [1], np.int64)], result="value")
    g.save([("observation", ["batch", 4])], [("logits", ["batch", 2]), ("value", ["batch"])])


def gcn():
    """Two graph convolutions: features times weights, gathered at the begin of each edge, weighted, and added up at its end."""
    g, features, hidden, classes = Graph("gcn"), 16, 16, 4
    last = g.constant("last", [1], np.int64)
    ends = g.node("Unsqueeze", ["target", last])
    factors = g.node("Unsqueeze", ["weight", last])

    def convolution(x, name, inputs, outputs, result=None):
        h = g.node("MatMul", [x, g.weight(f"{name}.weight", inputs, outputs)])
        messages = g.node("Mul", [g.node("Gather", [h, "source"]), factors])
        zeros = g.node("ConstantOfShape", [g.node("Shape", [h])])
        ends_of_all = g.node("Expand", [ends, g.node("Shape", [messages])])
        summed = g.node("ScatterElements", [zeros, ends_of_all, messages], axis=0, reduction="add")
        return g.node("Add", [summed, g.weight(f"{name}.bias", outputs)], result=result)

    h = g.node("Relu", [convolution("features", "1", features, hidden)])
    convolution(h, "2", hidden, classes, "logits")
    g.save([("features", ["nodes", features]), ("source", ["edges"], INT64), ("target", ["edges"], INT64), ("weight", ["edges"])],
           [("logits", ["nodes", classes])])


def spiking():
    """Leaky neurons that fire and are reset, eight steps of time; the class whose neuron fires most often."""
    g, hidden, pixels, steps = Graph("spiking"), 128, 784, 8
    leak, threshold = g.constant("leak", 0.9), g.constant("threshold", 1.0)

    def fire(potential, current, name):
        u = current if potential is None else g.node("Add", [g.node("Mul", [potential, leak]), current])
        spike = g.node("Cast", [g.node("Greater", [u, threshold], name=f"{name}.spike")], to=FLOAT)
        return spike, g.node("Sub", [u, g.node("Mul", [spike, threshold])])

    current = g.linear("image", "fc1", hidden, pixels)
    first = second = None
    total = None
    for step in range(steps):
        spike, first = fire(first, current, f"hidden.{step}")
        out, second = fire(second, g.linear(spike, "fc2", 10, hidden), f"output.{step}")
        total = out if total is None else g.node("Add", [total, out], result="counts" if step == steps - 1 else None)
    g.save([("image", ["batch", pixels])], [("counts", ["batch", 10])])


def rbm():
    """A restricted Boltzmann machine of 14 x 14 pixels, and one step of contrastive divergence as the file's own training algorithm."""
    g, visible, hidden = Graph("rbm"), 196, 96

    def units(graph, x, side):
        w = graph.node("Transpose", ["W"], perm=[1, 0]) if side == "hidden" else "W"
        return graph.node("Sigmoid", [graph.node("Add", [graph.node("MatMul", [x, w]), "b_hidden" if side == "hidden" else "b_visible"])])

    g.weight("W", hidden, visible), g.weight("b_hidden", hidden), g.weight("b_visible", visible)
    g.nodes.append(helper.make_node("Identity", [units(g, units(g, "v", "hidden"), "visible")], ["reconstruction"], "result"))

    a = Graph("contrastive_divergence", prefix="cd.")
    ph = units(a, "v", "hidden")
    h = a.node("Bernoulli", [ph], dtype=FLOAT)
    pv = units(a, h, "visible")
    v1 = a.node("Bernoulli", [pv], dtype=FLOAT)
    ph1 = units(a, v1, "hidden")
    batch = a.node("Cast", [a.node("Shape", ["v"], start=0, end=1)], to=FLOAT)
    rate = a.node("Div", [a.constant("rate", [0.1]), batch])

    def moved(name, change):
        return a.node("Add", [name, a.node("Mul", [change, rate])], result=f"{name}.next")

    def outer(h, v):
        return a.node("MatMul", [a.node("Transpose", [h], perm=[1, 0]), v])

    rows = a.constant("rows", [0], np.int64)
    moved("W", a.node("Sub", [outer(ph, "v"), outer(ph1, v1)]))
    moved("b_hidden", a.node("ReduceSum", [a.node("Sub", [ph, ph1]), rows], keepdims=0))
    moved("b_visible", a.node("ReduceSum", [a.node("Sub", ["v", v1]), rows], keepdims=0))
    difference = a.node("Sub", ["v", pv])
    a.node("ReduceMean", [a.node("Mul", [difference, difference])], result="loss", keepdims=0)

    start = Graph("start")
    start.node("RandomNormal", [], result="W.first", shape=[hidden, visible], mean=0.0, scale=0.01)
    start.node("Identity", [start.constant("hidden.zeros", np.zeros(hidden))], result="b_hidden.first")
    start.node("Identity", [start.constant("visible.zeros", np.zeros(visible))], result="b_visible.first")

    def graph_of(part, outputs):
        return helper.make_graph(part.nodes, part.name, [], [helper.make_tensor_value_info(n, FLOAT, d) for n, d in outputs],
                                 list(part.weights.values()))
    shapes = {"W": [hidden, visible], "b_hidden": [hidden], "b_visible": [visible]}
    bind = lambda suffix: {name: f"{name}.{suffix}" for name in shapes}
    info = helper.make_training_info(graph_of(a, [("loss", [])] + [(f"{n}.next", d) for n, d in shapes.items()]), bind("next").items(),
                                     graph_of(start, [(f"{n}.first", d) for n, d in shapes.items()]), bind("first").items())
    g.save([("v", ["batch", visible])], [("reconstruction", ["batch", visible])], [info])


if __name__ == "__main__":
    for make in lstm, gpt, vae, gan, policy, gcn, spiking, rbm:
        if len(sys.argv) < 2 or make.__name__ in sys.argv[1:]:
            make()

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


def graph(name, nodes, inputs, outputs):
    return helper.make_graph(nodes, name, [helper.make_tensor_value_info(k, t, s) for k, t, s in inputs],
                             [helper.make_tensor_value_info(k, t, None) for k, t in outputs])


def constants():
    """Weights in Constant nodes, some behind other nodes, and numbers there that are none."""
    node = helper.make_node

    def constant(name, *shape):
        return node("Constant", [], [name], value=numpy_helper.from_array(floats(*shape), name))
    return model("constants", [
        constant("fc1.kernel", 3, 4), constant("fc1.bias", 4), constant("fc2.kernel", 5, 4), constant("mean", 3), constant("factor", 1, 5),
        constant("late.bias", 5), constant("shift", 5), constant("table", 7, 3),
        node("Gather", ["table", "words"], ["embedded"], name="look-up"), node("Add", ["x", "embedded"], ["x2"], name="join"),
        node("Sub", ["x2", "mean"], ["centered"], name="center"),
        node("Constant", [], ["ones"], value=numpy_helper.from_array(np.ones(3, "f4"))),
        node("Constant", [], ["zeros"], value=numpy_helper.from_array(np.zeros(3, "f4"))), constant("ln.scale", 3),
        node("LayerNormalization", ["centered", "ones", "zeros"], ["plain"], name="plain"),
        node("LayerNormalization", ["plain", "ln.scale", "zeros"], ["normal"], name="normal"),
        node("MatMul", ["normal", "fc1.kernel"], ["p1"], name="fc1"), node("Add", ["p1", "fc1.bias"], ["h1"], name="fc1.add"),
        node("Relu", ["h1"], ["a1"], name="relu"),
        node("Transpose", ["fc2.kernel"], ["turned"], name="turn", perm=[1, 0]),
        node("MatMul", ["a1", "turned"], ["p2"], name="fc2"), node("Add", ["late.bias", "p2"], ["h2"], name="fc2.add"),
        node("Add", ["h2", "shift"], ["s"], name="shift"), node("Mul", ["s", "factor"], ["y"], name="scale"),
    ], {"x": (FLOAT, ["n", 3]), "words": (INT64, ["n"])}, ["y"], {})


def weightless():
    """A model whose weights are inputs, without any values."""
    node = helper.make_node
    return model("weightless", [
        node("Conv", ["x", "conv.weight", "conv.bias"], ["c"], name="conv", kernel_shape=[3, 3]),
        node("BatchNormalization", ["c", "bn.scale", "bn.bias", "bn.mean", "bn.var"], ["b"], name="bn"),
        node("ReduceMean", ["b"], ["m"], name="pool", axes=[2, 3], keepdims=0), node("MatMul", ["m", "fc.weight"], ["p"], name="fc"),
        node("Mul", ["p", "gate"], ["y"], name="gate"),
    ], {"x": (FLOAT, ["n", 3, 4, 4]), "conv.weight": (FLOAT, [4, 3, 3, 3]), "conv.bias": (FLOAT, [4]), "bn.scale": (FLOAT, [4]),
        "bn.bias": (FLOAT, [4]), "bn.mean": (FLOAT, [4]), "bn.var": (FLOAT, [4]), "fc.weight": (FLOAT, ["c", 2]), "gate": (FLOAT, [2])},
        ["y"], {})


def noise(name, runs_while):
    """A loop that multiplies by random numbers and drops elements, and tells which."""
    node = helper.make_node
    body = graph("body", [
        node("RandomUniformLike", ["h"], ["r"], name="draw"), node("Mul", ["h", "r"], ["hr"], name="weaken"),
        node("Dropout", ["hr", "half", "yes"], ["d", "mask"], name="drop"), node("Cast", ["mask"], ["kept"], name="to-float", to=FLOAT),
        node("Less", ["i", "last"], ["goes on"], name="compare") if runs_while else node("Identity", ["go"], ["goes on"], name="same"),
    ], [("i", INT64, []), ("go", BOOL, []), ("h", FLOAT, ["n", 2])], [("goes on", BOOL), ("d", FLOAT), ("r", FLOAT), ("kept", FLOAT)])
    return model(name, [
        node("MatMul", ["x", "W"], ["p"], name="product"),
        node("Loop", ["" if runs_while else "count", "", "p"], ["y", "noise", "masks"], name="loop", body=body),
    ], {"x": (FLOAT, ["n", 3])}, ["y", "noise", "masks"], {
        "W": floats(3, 2), "count": np.int64(3), "last": np.int64(2), "half": np.float32(0.5), "yes": np.array(True)})


def statistics():
    """Batch normalizations in a branch, and in a loop in a branch."""
    node = helper.make_node

    def normalize(x, y, name):
        return node("BatchNormalization", [x] + [f"{name}.{part}" for part in ("scale", "bias", "mean", "var")], [y, y + "m", y + "v"],
                    name=name, training_mode=1, momentum=0.75)
    body = graph("body", [normalize("h", "n", "second"), node("Mul", ["n", "n"], ["next"], name="square"),
                          node("Identity", ["go"], ["goes on"], name="same"), node("Identity", ["h"], ["seen"], name="see")],
                 [("i", INT64, []), ("go", BOOL, []), ("h", FLOAT, ["n", 2])], [("goes on", BOOL), ("next", FLOAT), ("seen", FLOAT)])
    yes = graph("yes", [normalize("p", "q", "first"), node("Loop", ["count", "", "q"], ["yes y", "yes h"], name="loop", body=body)], [],
                [("yes y", FLOAT), ("yes h", FLOAT)])
    no = graph("no", [node("Neg", ["p"], ["no y"], name="negate"), node("Unsqueeze", ["p", "front"], ["no h"], name="lift")], [],
               [("no y", FLOAT), ("no h", FLOAT)])
    weights = {f"{name}.{part}": np.full(2, value, "f4") for name in ("first", "second")
               for part, value in (("scale", 1.5), ("bias", 0.5), ("mean", 0.25), ("var", 2))}
    return model("statistics", [
        node("MatMul", ["x", "W"], ["p"], name="product"), node("If", ["flag"], ["y", "h"], name="branch", then_branch=yes, else_branch=no),
        node("Identity", ["p"], ["product"], name="show"),
    ], {"x": (FLOAT, ["n", 3]), "flag": (BOOL, [])}, ["y", "h", "product"], {
        "W": floats(3, 2), "count": np.int64(3), "front": np.array([0], "i8"), **weights})


def linear_attention():
    """A state that is handed on, two queries for each, and sizes that are not known."""
    double = 11
    sizes = {"query": ["b", "t", 12], "key": ["b", "t", 6], "value": ["b", "t", 8], "past": ["b", 2, 3, 4], "decay": ["b", "t", 6], "beta": ["b", "t", 2]}
    attention = helper.make_node("LinearAttention", list(sizes), ["y", "state"], name="attend", q_num_heads=4, kv_num_heads=2)
    show = helper.make_node("Identity", ["state"], ["last"], name="show")
    made = helper.make_graph([attention, show], "linear_attention", [helper.make_tensor_value_info(k, double, s) for k, s in sizes.items()],
                             [helper.make_tensor_value_info("y", double, ["b", "t", 16]), helper.make_tensor_value_info("last", double, ["b", 2, 3, 4])])
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 27)], ir_version=13)


#===--- Training algorithms of the file, and what they do in NumPy ------------------------------------------------------===#

SEED = 5


def declared(name, kinds):
    """Initializers as PyTorch's exporters write them: with `kinds` that say what they are, or with names that do."""
    node = helper.make_node
    made = model(name, [
        node("Shape", ["weight"], ["shape"], name="shape", start=0, end=1),
        node("Expand", ["zero", "shape"], ["bias"], name="bias"),
        node("Conv", ["x", "weight", "bias"], ["c"], name="conv", kernel_shape=[1, 1]),
        node("Mul", ["c", "temperature"], ["t"], name="temperature"),
        node("Add", ["t", "position"], ["p"], name="position"),
        node("Mul", ["p", "onnx::Mul_7"], ["q"], name="computed"),
        node("Sub", ["q", "lifted"], ["y"], name="lifted"),
    ], {"x": (FLOAT, ["n", 3, 4, 4])}, ["y"], {
        "weight": np.ones((4, 3, 1, 1), "f4"), "zero": np.float32(0), "temperature": np.float32(0.5), "position": np.ones((1, 4), "f4"),
        "onnx::Mul_7": np.float32(2), "lifted": np.ones((1, 4), "f4")})
    made.producer_name = "pytorch"
    for initializer in made.graph.initializer if kinds else ():
        kind = {"weight": "PARAMETER", "temperature": "PARAMETER", "position": "BUFFER"}.get(initializer.name, "CONSTANT_TENSOR")
        value = made.graph.value_info.add()
        value.CopyFrom(helper.make_tensor_value_info(initializer.name, FLOAT, list(initializer.dims)))
        value.metadata_props.add(key="pkg.torch.export.graph_signature.InputSpec.kind", value=kind)
    return made


def philox(seed, count, step):
    """Numbers of [0, 1), as ir/Eval/Structural.cpp says. `seed` is a node's attribute, a float."""
    mask, word = 2**64 - 1, 2**32 - 1
    run = SEED + 0x9E3779B97F4A7C15 & mask
    run = (run ^ run >> 30) * 0xBF58476D1CE4E5B9 & mask
    run = (run ^ run >> 27) * 0x94D049BB133111EB & mask
    key = int(np.float64(seed).view("u8")) ^ run ^ run >> 31
    numbers = []
    for block in range((count + 3) // 4):
        c, k0, k1 = [block & word, block >> 32, step & word, step >> 32], key & word, key >> 32
        for _ in range(10):
            left, right = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
            c = [right >> 32 ^ c[1] ^ k0, right & word, left >> 32 ^ c[3] ^ k1, left & word]
            k0, k1 = k0 + 0x9E3779B9 & word, k1 + 0xBB67AE85 & word
        numbers += [(x >> 8) * 2.0**-24 for x in c]
    return np.array(numbers[:count])


class Case:
    """A model with training algorithms and a record of steps: which runs (-1: the initialization), inputs, outputs, and variables after it."""

    def __init__(self, name, nodes, inputs, outputs, constants):
        self.name, self.model, self.record, self.steps = name, model(name, nodes, inputs, outputs, constants), {}, 0
        self.model.opset_import.append(helper.make_opsetid("ai.onnx.preview.training", 1))

    def algorithm(self, name, nodes, inputs, outputs, constants, updates, initialization=(), bindings={}):
        info = self.model.training_info.add()
        info.algorithm.CopyFrom(helper.make_graph(
            nodes, name, [helper.make_tensor_value_info(k, t, s) for k, (t, s) in inputs.items()],
            [helper.make_tensor_value_info(k, FLOAT, None) for k in list(outputs) + list(updates.values())],
            [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()]))
        if bindings:
            info.initialization.CopyFrom(helper.make_graph(
                initialization, "begin", [], [helper.make_tensor_value_info(k, FLOAT, None) for k in bindings.values()]))
        for field, entries in (info.update_binding, updates), (info.initialization_binding, bindings):
            for key, value in entries.items():
                entry = field.add()
                entry.key, entry.value = key, value

    def step(self, run, inputs, outputs, variables):
        self.steps += 1
        self.record[f"{self.steps}:run"] = np.array(run, "i8")
        for kind, values in ("in", inputs), ("out", outputs), ("var", variables):
            for key, value in values.items():
                value = np.asarray(value)
                self.record[f"{self.steps}:{kind}:{key}"] = value.astype("f4") if value.dtype == "f8" else value

    def add_to(self, archive):
        add_file(archive, f"training-cases/{self.name}/model.onnx", self.model.SerializeToString())
        content = io.BytesIO()
        np.savez_compressed(content, seed=np.array(SEED, "i8"), **self.record)
        add_file(archive, f"training-cases/{self.name}/steps.npz", content.getvalue())


def node(op, inputs, outputs, **attributes):
    domain = "ai.onnx.preview.training" if op in ("Gradient", "Adam", "Momentum", "Adagrad") else ""
    return helper.make_node(op, inputs.split(), outputs.split(), name=outputs.split()[0] + "-node", domain=domain, **attributes)


def sgd():
    """Linear regression with a rate that decays; the weights begin with random numbers, the number of the step is a variable too."""
    w, bias = floats(3, 2), floats(2)
    case = Case("sgd", [node("MatMul", "x W", "p"), node("Add", "p b", "y")], {"x": (FLOAT, ["n", 3])}, ["y"], {"W": w, "b": bias})
    case.algorithm("descend", [
        node("Sub", "y label", "d"), node("Mul", "d d", "d2"), node("ReduceMean", "d2", "loss", keepdims=0),
        node("Gradient", "W b x label", "dW db", xs=["W", "b"], zs=["x", "label"], y="loss"),
        node("Cast", "T", "t", to=FLOAT), node("Mul", "t decay", "td"), node("Add", "td one", "slower"), node("Div", "R slower", "r"),
        node("Mul", "r dW", "rW"), node("Sub", "W rW", "W_new"), node("Mul", "r db", "rb"), node("Sub", "b rb", "b_new"),
        node("Add", "T step", "T_new"),
    ], {"label": (FLOAT, ["n", 2])}, ["loss"], {"R": np.float32(0.1), "T": np.int64(4), "decay": np.float32(0.5), "one": np.float32(1),
                                               "step": np.int64(1)}, {"W": "W_new", "b": "b_new", "T": "T_new"},
        [node("RandomUniform", "", "first", shape=[3, 2], low=-0.5, high=0.5, seed=3.0),
         node("Constant", "", "zero", value=numpy_helper.from_array(np.int64(0)))], {"W": "first", "T": "zero"})
    w = philox(3.0, 6, 0).reshape(3, 2) - 0.5
    t = 0
    case.step(-1, {}, {}, {"W": w, "T": np.int64(0)})
    for n in 4, 2, 5:
        x, label = floats(n, 3), floats(n, 2)
        d = x @ w + bias - label
        rate = 0.1 / (1 + 0.5 * t)
        loss, g = np.mean(d * d), 2 * d / d.size
        w, bias, t = w - rate * x.T @ g, bias - rate * g.sum(0), t + 1
        case.step(0, {"x": x, "label": label}, {"loss": loss}, {"W": w, "b": bias, "T": np.int64(t)})
    return case


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def rbm():
    """A restricted Boltzmann machine by contrastive divergence, which has no loss: two ways of drawing numbers."""
    w, b, c = floats(6, 4) * 0.3, floats(6) * 0.1, floats(4) * 0.1
    case = Case("rbm", [node("MatMul", "v W", "vW"), node("Add", "vW c", "vWc"), node("Sigmoid", "vWc", "h")],
                {"v": (FLOAT, ["n", 6])}, ["h"], {"W": w, "b": b, "c": c})
    case.algorithm("divergence", [
        node("Bernoulli", "h", "sample", seed=1.0), node("Transpose", "W", "Wt"), node("MatMul", "sample Wt", "hW"), node("Add", "hW b", "hWb"),
        node("Sigmoid", "hWb", "pv"), node("RandomUniformLike", "pv", "u", seed=2.0), node("Less", "u pv", "below"),
        node("Cast", "below", "v1", to=FLOAT), node("MatMul", "v1 W", "v1W"), node("Add", "v1W c", "v1Wc"), node("Sigmoid", "v1Wc", "h1"),
        node("Transpose", "v", "vt"), node("MatMul", "vt h", "up"), node("Transpose", "v1", "v1t"), node("MatMul", "v1t h1", "down"),
        node("Sub", "up down", "dW"), node("Mul", "dW rate", "rW"), node("Add", "W rW", "W_new"),
        node("Sub", "v v1", "dv"), node("ReduceSum", "dv zero", "db", keepdims=0), node("Mul", "db rate", "rb"), node("Add", "b rb", "b_new"),
        node("Sub", "h h1", "dh"), node("ReduceSum", "dh zero", "dc", keepdims=0), node("Mul", "dc rate", "rc"), node("Add", "c rc", "c_new"),
    ], {}, [], {"rate": np.float32(0.05), "zero": np.array([0], "i8")}, {"W": "W_new", "b": "b_new", "c": "c_new"})
    for step in 0, 1, 2:
        v = (random.random((5, 6)) < 0.5).astype("f4")
        h = sigmoid(v @ w + c)
        sample = (philox(1.0, h.size, step).reshape(h.shape) < h).astype("f8")
        pv = sigmoid(sample @ w.T + b)
        v1 = (philox(2.0, pv.size, step).reshape(pv.shape) < pv).astype("f8")
        h1 = sigmoid(v1 @ w + c)
        w, b, c = w + 0.05 * (v.T @ h - v1.T @ h1), b + 0.05 * (v - v1).sum(0), c + 0.05 * (h - h1).sum(0)
        case.step(0, {"v": v}, {}, {"W": w, "b": b, "c": c})
    return case


def teacher():
    """A student that descends with momentum, and a teacher whose weights are the average of the student's."""
    w = floats(3)
    average, velocity = w.copy(), np.zeros(3, "f4")
    case = Case("teacher", [node("MatMul", "x teacher", "y")], {"x": (FLOAT, ["n", 3])}, ["y"], {"teacher": average, "student": w})
    case.algorithm("", [
        node("MatMul", "x student", "s"), node("Sub", "s label", "d"), node("Mul", "d d", "d2"), node("ReduceSum", "d2", "loss", keepdims=0),
        node("Gradient", "student x label", "g", xs=["student"], zs=["x", "label"], y="loss"),
        node("Momentum", "R T student g V", "student_new V_new", alpha=0.9, beta=0.5, mode="nesterov", norm_coefficient=0.1),
        node("Mul", "teacher slow", "old"), node("Mul", "student_new fast", "new"), node("Add", "old new", "teacher_new"),
        node("Add", "T step", "T_new"),
    ], {"label": (FLOAT, ["n"])}, ["loss"], {"R": np.float32(0.01), "T": np.int64(0), "V": velocity, "slow": np.float32(0.9),
                                             "fast": np.float32(0.1), "step": np.int64(1)},
        {"student": "student_new", "teacher": "teacher_new", "V": "V_new", "T": "T_new"})
    for t in range(3):
        x, label = floats(4, 3), floats(4)
        d = x @ w - label
        g = 0.1 * w + 2 * x.T @ d
        velocity = 0.9 * velocity + (0.5 if t else 1) * g
        w = w - 0.01 * (g + 0.9 * velocity)
        average = 0.9 * average + 0.1 * w
        case.step(0, {"x": x, "label": label}, {"loss": np.sum(d * d)}, {"student": w, "teacher": average, "V": velocity, "T": np.int64(t + 1)})
    return case


def plasticity():
    """Spikes that strengthen what came before them and weaken what came after; traces and potentials are variables."""
    w = (random.random((5, 3)) * 0.6).astype("f4")
    pre, post, u = np.zeros(5, "f4"), np.zeros(3, "f4"), np.zeros(3, "f4")
    case = Case("plasticity", [
        node("MatMul", "spikes W", "current"), node("Mul", "u leak", "leaked"), node("Add", "leaked current", "charged"),
        node("Greater", "charged threshold", "fires"), node("Cast", "fires", "out", to=FLOAT)],
        {"spikes": (FLOAT, [5])}, ["out"], {"W": w, "u": u, "leak": np.float32(0.9), "threshold": np.float32(1)})
    case.algorithm("stdp", [
        node("Sub", "one out", "silent"), node("Mul", "charged silent", "u_new"),
        node("Mul", "pre fade", "pre_old"), node("Add", "pre_old spikes", "pre_new"), node("Mul", "post fade", "post_old"),
        node("Add", "post_old out", "post_new"), node("Unsqueeze", "pre_new last", "pre_column"), node("Unsqueeze", "out first", "out_row"),
        node("Mul", "pre_column out_row", "causal"), node("Unsqueeze", "spikes last", "spike_column"), node("Unsqueeze", "post_old first", "post_row"),
        node("Mul", "spike_column post_row", "late"), node("Mul", "causal up", "stronger"), node("Mul", "late down", "weaker"),
        node("Add", "W stronger", "W1"), node("Sub", "W1 weaker", "W2"), node("Clip", "W2 low one", "W_new"),
    ], {}, [], {"one": np.float32(1), "low": np.float32(0), "fade": np.float32(0.8), "up": np.float32(0.1), "down": np.float32(0.12), "last": np.array([1], "i8"),
                "first": np.array([0], "i8"), "pre": pre, "post": post},
        {"W": "W_new", "u": "u_new", "pre": "pre_new", "post": "post_new"})
    for _ in range(5):
        spikes = (random.random(5) < 0.6).astype("f4")
        charged = 0.9 * u + spikes @ w
        out = (charged > 1).astype("f8")
        pre, late = 0.8 * pre + spikes, 0.8 * post
        w = np.clip(w + 0.1 * np.outer(pre, out) - 0.12 * np.outer(spikes, late), 0, 1)
        u, post = charged * (1 - out), late + out
        case.step(0, {"spikes": spikes}, {}, {"W": w, "u": u, "pre": pre, "post": post})
    return case


def gan():
    """Two algorithms that take turns; each changes its own weights through the other's. The second has no name."""
    g, d = floats(2, 3), floats(3)
    v, h = np.zeros(3, "f4"), np.zeros(3, "f4")
    case = Case("gan", [node("MatMul", "z G", "zG"), node("Tanh", "zG", "fake"), node("MatMul", "fake D", "score")],
                {"z": (FLOAT, ["n", 2])}, ["fake"], {"G": g, "D": d})
    case.algorithm("discriminator", [
        node("MatMul", "real D", "real_score"), node("Neg", "real_score", "not_real"), node("Softplus", "not_real", "a"),
        node("Softplus", "score", "b"), node("ReduceMean", "a", "ma", keepdims=0), node("ReduceMean", "b", "mb", keepdims=0),
        node("Add", "ma mb", "loss"), node("Gradient", "D fake real", "dD", xs=["D"], zs=["fake", "real"], y="loss"),
        node("Adam", "R T D dD V H", "D_new V_new H_new", alpha=0.5, beta=0.9, epsilon=1e-3), node("Add", "T step", "T_new"),
    ], {"real": (FLOAT, ["m", 3])}, ["loss"], {"R": np.float32(0.1), "T": np.int64(1), "V": v, "H": h, "step": np.int64(1)},
        {"D": "D_new", "V": "V_new", "H": "H_new", "T": "T_new"})
    case.algorithm("", [
        node("Neg", "score", "n"), node("Softplus", "n", "a"), node("ReduceMean", "a", "loss", keepdims=0),
        node("Gradient", "G z", "dG", xs=["G"], zs=["z"], y="loss"), node("Mul", "R dG", "rG"), node("Sub", "G rG", "G_new"),
    ], {}, ["loss"], {"R": np.float32(0.2)}, {"G": "G_new"})
    for t in 1, 2:
        z, real = floats(4, 2), floats(3, 3)
        fake = np.tanh(z @ g)
        loss = np.mean(np.log1p(np.exp(-real @ d))) + np.mean(np.log1p(np.exp(fake @ d)))
        gradient = -real.T @ sigmoid(-real @ d) / 3 + fake.T @ sigmoid(fake @ d) / 4
        v, h = 0.5 * v + 0.5 * gradient, 0.9 * h + 0.1 * gradient**2
        d = d - 0.1 * np.sqrt(1 - 0.9**t) / (1 - 0.5**t) * v / (np.sqrt(h) + 1e-3)
        case.step(0, {"z": z, "real": real}, {"loss": loss}, {"D": d, "V": v, "H": h, "T": np.int64(t + 1)})
        z = floats(4, 2)
        fake = np.tanh(z @ g)
        score = fake @ d
        gradient = z.T @ (np.outer(-sigmoid(-score) / 4, d) * (1 - fake**2))
        g = g - 0.2 * gradient
        case.step(1, {"z": z}, {"loss": np.mean(np.log1p(np.exp(-score)))}, {"G": g})
    return case


def elsewhere():
    """Gradients at other values than those that flow, of an intermediate value, and of a gradient."""
    case = Case("elsewhere", [node("Mul", "x x", "s"), node("Sin", "s", "y"), node("Mul", "y W", "o")], {"x": (FLOAT, [3])}, ["o"], {"W": floats(3)})
    case.algorithm("slopes", [
        node("Gradient", "x2 W", "g", xs=["x", "W"], y="o"), node("Gradient", "s", "gs", xs=["s"], y="y"),
        node("Gradient", "x", "first", xs=["x"], y="y"), node("Gradient", "x", "second", xs=["x"], y="first"), node("Add", "W g", "W_new"),
    ], {"x2": (FLOAT, [3])}, ["g", "gs", "second"], {}, {"W": "W_new"})
    w = numpy_helper.to_array(case.model.graph.initializer[0]).astype("f8")
    x, x2 = floats(3), floats(3)
    g = w * np.cos(x2 * x2) * 2 * x2
    case.step(0, {"x": x, "x2": x2}, {"g": g, "gs": np.cos(x * x), "second": 2 * np.cos(x * x) - 4 * x * x * np.sin(x * x)}, {"W": w + g})
    return case


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Inputs", "training-cases.tar.xz")
    with tarfile.open(path, "w:xz") as archive:
        for make in layers, called_twice:
            made = make()
            add_file(archive, f"training-cases/{make.__name__}.onnx", made.SerializeToString())
        for make in sgd, rbm, teacher, plasticity, gan, elsewhere:
            make().add_to(archive)
        for made in constants(), weightless(), noise("noise_for", False), noise("noise_while", True), statistics(), linear_attention(), \
                declared("declared", True), declared("named", False):
            add_file(archive, f"training-cases/{made.graph.name}.onnx", made.SerializeToString())


main()

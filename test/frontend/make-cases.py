#!/usr/bin/env python3
"""Make Inputs/operator-cases.tar.xz: small models and what ONNX Runtime computes from them.

    make-cases.py            # needs numpy, onnx and onnxruntime

A case is a folder in the layout of ONNX's backend tests. Each exists with the sizes of its inputs known (s-NAME) and not
(d-NAME). They hold what the backend tests do not: dynamic sizes, all attributes of recurrent operators, com.microsoft's
operators, old versions. The evaluator must agree with the recorded outputs.
"""
import io, os, tarfile
import numpy as np, onnx, onnxruntime
from onnx import helper, numpy_helper

onnxruntime.set_default_logger_severity(3)
MICROSOFT = "com.microsoft"
FLOAT, UINT8, INT8, INT32, INT64, BOOL = 1, 2, 3, 6, 7, 9
random = np.random.default_rng(1)
archive = None
dynamic = True


def floats(*shape):
    return random.standard_normal(shape).astype("f4")


def bytes_(*shape):
    return random.integers(0, 255, shape).astype("u1")


def signed(*shape):
    return random.integers(-100, 100, shape).astype("i1")


def add_file(name, content):
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def case(name, nodes, inputs, outputs, constants={}, types=None, opset=17, fixed=()):
    """One model; `fixed` inputs keep their sizes in the dynamic variant too, as the operator needs them."""
    def shape(key, value):
        return [f"{key}{i}" for i in range(value.ndim)] if dynamic and key not in fixed else value.shape
    inputs = {key: np.asarray(value) for key, value in inputs.items()}
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info(k, helper.np_dtype_to_tensor_dtype(v.dtype), shape(k, v)) for k, v in inputs.items()],
        [helper.make_tensor_value_info(k, t, None) for k, t in zip(outputs, types or [FLOAT] * len(outputs))],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()])
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid(MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()
    expected = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(outputs, inputs)
    folder = f"operator-cases/{'d' if dynamic else 's'}-{name}"
    add_file(f"{folder}/model.onnx", model)
    for kind, values in (("input", inputs.values()), ("output", expected)):
        for i, value in enumerate(values):
            content = numpy_helper.from_array(np.asarray(value)).SerializeToString()
            add_file(f"{folder}/test_data_set_0/{kind}_{i}.pb", content)


def one(name, op, inputs, constants={}, types=None, outputs=1, order=None, domain="", opset=17, fixed=(), **attributes):
    """A model of one node whose inputs are `inputs` and `constants`, in that order or `order`."""
    names = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op, order or [*inputs, *constants], names, domain=domain, **attributes)
    case(name, [node], inputs, names, constants, types or [FLOAT] * outputs, opset, fixed)


def contractions():
    shapes = [((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)), ((2, 1, 3, 4), (3, 4, 5)), ((4,), (4, 5)),
              ((2, 3, 4), (4,)), ((4,), (2, 4, 5)), ((3, 4), (2, 4, 5)), ((4,), (4,)), ((2, 3, 4), (1, 4, 5))]
    for i, (left, right) in enumerate(shapes):
        one(f"matmul-{i}", "MatMul", {"a": floats(*left), "b": floats(*right)})
        one(f"matmul-weight-{i}", "MatMul", {"a": floats(*left)}, {"b": floats(*right)})
    fused = dict(op="FusedMatMul", domain=MICROSOFT)
    one("fused-matmul", inputs={"a": floats(2, 4, 3), "b": floats(2, 5, 4)}, transA=1, transB=1, alpha=0.5, **fused)
    one("fused-matmul-batch", inputs={"a": floats(3, 2, 4), "b": floats(4, 2, 5)}, transBatchA=1, transBatchB=1, **fused)
    one("gemm", "Gemm", {"a": floats(4, 3), "b": floats(5, 4), "c": floats(5)}, transA=1, transB=1, alpha=0.3, beta=0.7)
    one("gemm-column-bias", "Gemm", {"a": floats(4, 3), "b": floats(3, 5), "c": floats(4, 1)})
    equations = [("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("...ij,...jk->...ik", (2, 3, 4), (1, 4, 5)), ("ii->i", (4, 4)), ("ii", (4, 4)),
                 ("bhqd,bhkd->bhqk", (2, 3, 4, 5), (2, 3, 6, 5)), ("ij->ji", (3, 4)), ("i,j->ij", (3,), (4,)),
                 ("bn,anm,bm->ba", (2, 3), (4, 3, 5), (2, 5)), ("...ii->...i", (2, 4, 4)), ("ij,jk", (3, 4), (4, 5)),
                 ("a...,b...->ab...", (2, 3), (4, 3)), ("ij->", (3, 4)), ("iij->j", (3, 3, 4))]
    for i, (equation, *operands) in enumerate(equations):
        one(f"einsum-{i}", "Einsum", {"abc"[k]: floats(*s) for k, s in enumerate(operands)}, equation=equation)


def convolutions():
    cases = [((2, 3, 9, 8), (4, 3, 3, 3), dict(pads=[1, 0, 2, 1], strides=[2, 1])),
             ((2, 4, 9, 8), (6, 2, 3, 2), dict(group=2, dilations=[2, 1])),
             ((1, 3, 10), (4, 3, 3), dict(auto_pad="SAME_UPPER")),
             ((1, 3, 11), (4, 3, 4), dict(auto_pad="SAME_LOWER", strides=[3])),
             ((1, 3, 10, 7), (4, 3, 3, 2), dict(auto_pad="SAME_UPPER", strides=[2, 3])),
             ((1, 2, 5, 6, 7), (3, 2, 2, 3, 2), dict(strides=[1, 2, 1], pads=[1, 1, 0, 0, 1, 1])),
             ((2, 4, 8, 8), (4, 1, 3, 3), dict(group=4, pads=[1, 1, 1, 1])),
             ((1, 3, 9, 9), (2, 3, 3, 3), dict(auto_pad="VALID"))]
    for i, (x, w, attributes) in enumerate(cases):
        one(f"conv-{i}", "Conv", {"x": floats(*x)}, {"w": floats(*w), "b": floats(w[0])}, **attributes)
    cases = [((1, 3, 5, 6), (3, 4, 3, 3), dict(strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])),
             ((1, 3, 5), (3, 2, 4), dict(strides=[3])),
             ((2, 4, 5, 5), (4, 2, 3, 3), dict(group=2, dilations=[2, 2])),
             ((1, 3, 5, 6), (3, 4, 3, 3), dict(strides=[2, 3], auto_pad="SAME_UPPER")),
             ((1, 3, 5, 6), (3, 4, 3, 3), dict(strides=[2, 2], output_shape=[10, 12])),
             ((1, 3, 5, 6), (3, 4, 2, 2), dict(strides=[2, 2])),
             ((1, 3, 5, 6), (3, 4, 3, 3), dict(strides=[2, 2], auto_pad="SAME_LOWER"))]
    for i, (x, w, attributes) in enumerate(cases):
        bias = floats(w[1] * attributes.get("group", 1))
        one(f"conv-transpose-{i}", "ConvTranspose", {"x": floats(*x)}, {"w": floats(*w), "b": bias}, **attributes)


def quantization():
    one("conv-integer", "ConvInteger", {"x": bytes_(1, 3, 7, 7)}, {"w": bytes_(4, 3, 3, 3), "xz": np.uint8(12), "wz": np.uint8(100)},
        [INT32], pads=[1, 1, 1, 1])
    one("qlinear-conv", "QLinearConv", {"x": bytes_(1, 3, 7, 7)},
        {"xs": np.float32(.02), "xz": np.uint8(12), "w": signed(4, 3, 3, 3), "ws": np.array([.01, .02, .03, .01], "f4"),
         "wz": np.zeros(4, "i1"), "ys": np.float32(.9), "yz": np.uint8(100), "b": random.integers(-100, 100, 4).astype("i4")},
        [UINT8], pads=[1, 1, 1, 1])
    one("matmul-integer", "MatMulInteger", {"a": bytes_(2, 3, 4), "b": bytes_(4, 5)},
        {"az": np.uint8(12), "bz": np.array([1, 2, 3, 4, 5], "u1")}, [INT32])
    one("qlinear-matmul", "QLinearMatMul", {"a": bytes_(3, 4)},
        {"as": np.float32(.02), "az": np.uint8(12), "b": bytes_(4, 5), "bs": np.float32(.03), "bz": np.uint8(120),
         "ys": np.float32(.2), "yz": np.uint8(100)}, [UINT8])
    one("dynamic-quantize", "DynamicQuantizeLinear", {"x": floats(5, 4)}, types=[UINT8, FLOAT, UINT8], outputs=3)
    one("quantize-axis", "QuantizeLinear", {"x": floats(5, 4) * 50},
        {"s": np.array([.3, .2, .5, .7], "f4"), "z": np.array([1, 2, -3, 4], "i1")}, [INT8], axis=-1)
    one("dynamic-quantize-lstm", "DynamicQuantizeLSTM", {"x": floats(5, 1, 4)},
        {"W": signed(1, 4, 24), "R": signed(1, 6, 24), "B": floats(1, 48), "Ws": np.array([.01], "f4"), "Wz": np.zeros(1, "i1"),
         "Rs": np.array([.01], "f4"), "Rz": np.zeros(1, "i1")}, outputs=3,
        order=["x", "W", "R", "B", "", "", "", "", "Ws", "Wz", "Rs", "Rz"], domain=MICROSOFT, hidden_size=6)


def pooling():
    windows = [dict(kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1]), dict(kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
               dict(kernel_shape=[2, 2], strides=[3, 3], ceil_mode=1, pads=[1, 1, 0, 0]),
               dict(kernel_shape=[3, 3], auto_pad="SAME_UPPER", strides=[2, 2]),
               dict(kernel_shape=[2, 3], auto_pad="SAME_LOWER", strides=[1, 2]), dict(kernel_shape=[2, 2], dilations=[2, 2]),
               dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)]
    x = {"x": floats(2, 3, 9, 10)}
    for i, window in enumerate(windows):
        if dynamic and "auto_pad" in window:
            one(f"max-pool-{i}", "MaxPool", x, **window)
        else:
            for order in (0, 1):
                one(f"max-pool-{i}-{order}", "MaxPool", x, types=[FLOAT, INT64], outputs=2, storage_order=order, **window)
        for counts in (0, 1):
            one(f"average-pool-{i}-{counts}", "AveragePool", x, opset=19, count_include_pad=counts, **window)
        one(f"lp-pool-{i}", "LpPool", x, opset=18, **window)
    one("global-lp-pool", "GlobalLpPool", x, p=3)
    one("global-average-pool", "GlobalAveragePool", x)
    one("global-max-pool", "GlobalMaxPool", x)


def normalization():
    one("batch-norm", "BatchNormalization", {"x": floats(2, 3, 4)}, {"s": floats(3), "b": floats(3), "m": floats(3), "v": abs(floats(3))})
    one("instance-norm", "InstanceNormalization", {"x": floats(2, 3, 4, 5)}, {"s": floats(3), "b": floats(3)})
    one("layer-norm-3", "LayerNormalization", {"x": floats(2, 3, 4)}, {"s": floats(3, 4), "b": floats(3, 4)}, outputs=3, axis=1)
    one("layer-norm", "LayerNormalization", {"x": floats(2, 3, 4)}, {"s": floats(4)})
    one("lrn", "LRN", {"x": floats(2, 7, 4, 5)}, size=3, alpha=.1, beta=.6, bias=1.5)
    one("lp-norm", "LpNormalization", {"x": floats(2, 7, 4)}, axis=1, p=1)
    one("mean-variance-norm", "MeanVarianceNormalization", {"x": floats(2, 3, 4, 5)})
    for op in ("Softmax", "LogSoftmax", "Hardmax"):
        one(f"{op}-11", op, {"x": floats(2, 3, 4)}, opset=11)
        one(f"{op}-11-axis", op, {"x": floats(2, 3, 4)}, opset=11, axis=-2)
        one(f"{op}-13", op, {"x": floats(2, 3, 4)}, opset=13, axis=1)


def reductions():
    for op in ("Mean", "Sum", "L2", "LogSumExp", "Max", "Prod", "LogSum", "SumSquare", "L1", "Min"):
        x = abs(floats(2, 3, 4))
        one(f"reduce-{op}-11", "Reduce" + op, {"x": x}, opset=11, axes=[-1, 0], keepdims=0)
        one(f"reduce-{op}-18", "Reduce" + op, {"x": x}, {"axes": np.array([1])}, opset=18)
        one(f"reduce-{op}-runtime", "Reduce" + op, {"x": x, "axes": np.array([2, -3])}, opset=18, fixed=["axes"], keepdims=0)


def recurrent():
    steps, batch, width, hidden = 5, 3, 4, 6
    activations = {"LSTM": dict(activations=["HardSigmoid", "Softsign", "Relu"], activation_alpha=[.3], activation_beta=[.4]),
                   "GRU": dict(activations=["HardSigmoid", "LeakyRelu"], activation_alpha=[.3, .2], activation_beta=[.4]),
                   "RNN": dict(activations=["Elu"], activation_alpha=[.3])}
    for op, gates in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
        for direction, count in (("forward", 1), ("reverse", 1), ("bidirectional", 2)):
            weights = {"W": floats(count, gates * hidden, width) * .5, "R": floats(count, gates * hidden, hidden) * .5,
                       "B": floats(count, 2 * gates * hidden) * .2}
            x = {"x": floats(steps, batch, width)}
            common = dict(outputs=3 if op == "LSTM" else 2, direction=direction, hidden_size=hidden)
            one(f"{op}-{direction}", op, x, weights, **common)
            one(f"{op}-{direction}-one-step", op, {"x": floats(1, batch, width)}, weights, **common)
            one(f"{op}-{direction}-activations", op, x, weights, **common, **{k: v * count for k, v in activations[op].items()})
            everything = {**x, "lengths": np.array([5, 2, 3], "i4"), "h": floats(count, batch, hidden)}
            order = ["x", "W", "R", "B", "lengths", "h"]
            more = dict(weights)
            if op == "LSTM":
                everything["c"], more["P"] = floats(count, batch, hidden), floats(count, 3 * hidden) * .3
                order += ["c", "P"]
                one(f"{op}-{direction}-coupled", op, x, weights, **common, input_forget=1, clip=.5)
            if op == "GRU":
                one(f"{op}-{direction}-reset-after", op, x, weights, **common, linear_before_reset=1)
            one(f"{op}-{direction}-everything", op, everything, more, order=order, **common)


def contributed():
    for op, bias in (("Gelu", 0), ("FastGelu", 1), ("BiasGelu", 1), ("QuickGelu", 0)):
        one(op, op, {"x": floats(3, 4)}, {"b": floats(4)} if bias else {}, domain=MICROSOFT)
    for op, constants in (("SkipLayerNormalization", {"g": floats(8), "be": floats(8), "bi": floats(8)}),
                          ("SkipSimplifiedLayerNormalization", {"g": floats(8)})):
        node = helper.make_node(op, ["x", "s", *constants], ["y0", "", "", "y3"], domain=MICROSOFT, epsilon=1e-5)
        case(op, [node], {"x": floats(2, 3, 8), "s": floats(2, 3, 8)}, ["y0", "y3"], constants)
    one("rotary", "RotaryEmbedding", {"x": floats(2, 3, 16), "positions": np.array([[0, 1, 2], [3, 4, 5]])},
        {"cos": floats(10, 4), "sin": floats(10, 4)}, domain=MICROSOFT, fixed=["x"])


def control_flow():
    def value(name, kind=FLOAT, shape=None):
        return helper.make_tensor_value_info(name, kind, shape)

    def body(*nodes, slices):
        results = [value("go", BOOL, []), value("next")] + [value(s) for s in slices]
        return helper.make_graph(list(nodes), "body", [value("i", INT64, []), value("goes", BOOL, []), value("x")], results)

    def loop(name, graph, trips, constants, starts=True):
        node = helper.make_node("Loop", ["M", "start", "x0"], ["y", "all"], body=graph)
        case(name, [node], {"M": np.int64(trips), "start": np.bool_(starts), "x0": floats(2, 3)}, ["y", "all"], constants)

    make = helper.make_node
    counted = body(make("Add", ["x", "w"], ["next"]), make("Identity", ["goes"], ["go"]), make("Mul", ["next", "next"], ["slice"]),
                   slices=["slice"])
    loop("loop-counted", counted, 4, {"w": floats(3)})
    stopping = body(make("Add", ["x", "w"], ["next"]), make("ReduceSum", ["next"], ["sum"], keepdims=0),
                    make("Less", ["sum", "limit"], ["go"]), make("Mul", ["next", "next"], ["slice"]), slices=["slice"])
    loop("loop-stopping", stopping, 100, {"w": abs(floats(3)) + 1, "limit": np.float32(30)})
    growing = body(make("Concat", ["x", "w"], ["next"], axis=0), make("Identity", ["goes"], ["go"]), make("Cast", ["i"], ["slice"], to=FLOAT),
                   slices=["slice"])
    loop("loop-growing", growing, 3, {"w": floats(1, 3)})
    then = helper.make_graph([make("Add", ["x", "x"], ["t"])], "then", [], [value("t")])
    other = helper.make_graph([make("Slice", ["x", "from", "to"], ["e"])], "else", [], [value("e")])
    for condition in (True, False):
        case(f"if-{condition}", [make("If", ["c"], ["y"], then_branch=then, else_branch=other)],
             {"c": np.bool_(condition), "x": floats(4, 3)}, ["y"], {"from": np.array([0]), "to": np.array([2])})
    step = helper.make_graph([make("Add", ["s", "x"], ["so"]), make("Mul", ["so", "x"], ["o"])], "step", [value("s"), value("x")],
                             [value("so"), value("o", shape=[None])])
    case("scan-reversed", [make("Scan", ["s0", "x"], ["final", "all"], body=step, num_scan_inputs=1, scan_input_axes=[1],
                                scan_input_directions=[1], scan_output_axes=[-1], scan_output_directions=[1])],
         {"s0": floats(3), "x": floats(3, 5)}, ["final", "all"])


def found_by_fuzzing():
    """What utils/fuzz-models found."""
    least, greatest = -2**63, 2**63 - 1
    one("slice-least-end", "Slice", {"x": floats(5, 4)}, {"a": np.array([1]), "b": np.array([least])})
    one("slice-backwards-to-the-end", "Slice", {"x": floats(5, 4)},
        {"a": np.array([100]), "b": np.array([greatest]), "c": np.array([0]), "d": np.array([-1])})
    for i, (starts, ends, axes, steps) in enumerate([([1], [9], [-1], [1]), ([9, -2], [-9, 9], [0, 2], [-2, 1]), ([0], [greatest], [1], [3])]):
        arrays = {"a": np.array(starts), "b": np.array(ends), "c": np.array(axes), "d": np.array(steps)}
        one(f"slice-axes-at-run-time-{i}", "Slice", {"x": floats(3, 4, 5), **arrays}, fixed="abcd")
    one("pad-axes-at-run-time", "Pad", {"x": floats(3, 4, 5), "p": np.array([1, 0, 2, 1]), "a": np.array([-1, 0])},
        order=["x", "p", "", "a"], opset=18, fixed="pa")
    one("unsqueeze-at-run-time", "Unsqueeze", {"x": floats(3, 4), "a": np.array([3, -4])}, fixed="a")
    one("squeeze-at-run-time", "Squeeze", {"x": floats(1, 3, 1, 4), "a": np.array([-2, 0])}, fixed="a")
    one("layer-normalization-f64", "LayerNormalization", {"x": floats(2, 3, 4).astype("f8"), "s": floats(4).astype("f8")},
        types=[11, FLOAT, FLOAT], outputs=3)
    one("pow-integer-by-float", "Pow", {"x": np.array([1, 2, 3, 9], "i4"), "y": np.array([4, 5, 6, 0.5], "f4")}, types=[INT32])
    for policy in ("not_larger", "not_smaller"):
        one(f"resize-{policy}", "Resize", {"x": floats(1, 2, 4, 6), "s": np.array([7, 8])}, order=["x", "", "", "s"], opset=19, fixed="s",
            axes=[2, 3], keep_aspect_ratio_policy=policy, mode="nearest")
    for mode in ("linear", "nearest"):
        one(f"grid-sample-{mode}", "GridSample", {"x": floats(1, 2, 4, 5), "g": floats(1, 3, 2, 2)}, opset=20, mode=mode)
    one("conv-transpose-wide-stride", "ConvTranspose", {"x": floats(2, 4, 8)}, {"w": floats(4, 2, 1)}, auto_pad="SAME_UPPER", strides=[3])
    one("conv-transpose-kernel-shape", "ConvTranspose", {"x": floats(2, 1, 6, 5)}, {"w": floats(1, 2, 1, 2)}, kernel_shape=[1, 2])
    one("matmul-no-columns", "MatMulInteger", {"x": bytes_(3, 5)}, {"w": bytes_(5, 0)}, types=[INT32])
    power = helper.make_node("ReduceSumSquare", ["f"], ["y"], axes=[-1]) # parts near 0 have no digits to compare
    case("dft", [helper.make_node("DFT", ["x"], ["f"], axis=1, onesided=1), power], {"x": floats(2, 6, 1)}, ["y"], fixed="x")
    one("dft-length", "DFT", {"x": floats(2, 6, 2), "n": np.array(9)}, axis=1, inverse=1, fixed="xn")
    case("stft", [helper.make_node("STFT", ["x", "step", "w"], ["f"]), power], {"x": floats(2, 40)}, ["y"],
         {"step": np.array(5), "w": floats(16)})
    one("affine-grid", "AffineGrid", {"t": floats(2, 2, 3), "s": np.array([2, 1, 3, 4])}, opset=20, fixed="s")
    never = helper.make_graph([helper.make_node("Add", ["x", "x"], ["next"]), helper.make_node("Identity", ["goes"], ["go"]),
                               helper.make_node("Neg", ["x"], ["s"])], "body",
                              [helper.make_tensor_value_info("i", INT64, []), helper.make_tensor_value_info("goes", BOOL, []),
                               helper.make_tensor_value_info("x", FLOAT, [2, 3])],
                              [helper.make_tensor_value_info("go", BOOL, []), helper.make_tensor_value_info("next", FLOAT, [2, 3]),
                               helper.make_tensor_value_info("s", FLOAT, [2, 3])])
    case("loop-never", [helper.make_node("Loop", ["M", "", "x0"], ["y", "all"], body=never)], {"x0": floats(2, 3)}, ["y", "all"],
         {"M": np.int64(0)}, fixed=("x0",))
    nodes = [helper.make_node("QuantizeLinear", ["x", "scale"], ["q"], output_dtype=helper.TensorProto.UINT4),
             helper.make_node("DequantizeLinear", ["q", "scale"], ["y"])]
    case("quantize-to-four-bits", nodes, {"x": 4 * floats(3, 8)}, ["y"], {"scale": np.float32(0.3)}, opset=21)


def regions():
    boxes = np.array([[0, 0, 7, 5], [1.5, 2, 9, 4.5], [-2, -3, 3, 20], [4, 4, 4.2, 4.3]], "f4")
    for mode in ("avg", "max"):
        for ratio in (2, 0):
            one(f"roi-align-{mode}-{ratio}", "RoiAlign", {"x": floats(2, 3, 6, 8), "r": boxes, "b": np.array([0, 1, 0, 1])}, opset=16,
                fixed="r", mode=mode, sampling_ratio=ratio, output_height=2, output_width=3, spatial_scale=0.7)
    one("roi-align-old", "RoiAlign", {"x": floats(2, 3, 6, 8), "r": boxes, "b": np.array([0, 1, 0, 1])}, opset=10, fixed="r", output_height=2, output_width=2)
    rounded = np.concatenate([np.array([[0], [1], [0], [1]], "f4"), np.round(np.clip(boxes, 0, 7))], 1)
    one("max-roi-pool", "MaxRoiPool", {"x": floats(2, 3, 6, 8), "r": rounded}, fixed="r", pooled_shape=[2, 3], spatial_scale=0.5)
    one("deform-conv", "DeformConv", {"x": floats(2, 4, 6, 7), "o": 2 * floats(2, 2 * 2 * 9, 3, 4)}, {"w": floats(6, 2, 3, 3)}, order="xwo", opset=19,
        group=2, offset_group=2, strides=[2, 2], pads=[1, 1, 1, 1], dilations=[1, 1], kernel_shape=[3, 3])
    one("col2im", "Col2Im", {"x": floats(2, 3 * 6, 12)}, {"i": np.array([5, 6]), "k": np.array([2, 3])}, opset=18, pads=[0, 1, 0, 1], strides=[2, 1],
        dilations=[2, 1])
    one("det", "Det", {"x": floats(2, 3, 5, 5)}, opset=11, fixed="x")


with tarfile.open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "Inputs", "operator-cases.tar.xz"), "w:xz") as archive:
    for dynamic in (True, False):
        random = np.random.default_rng(1)
        for family in (contractions, convolutions, quantization, pooling, normalization, reductions, recurrent, contributed, control_flow, found_by_fuzzing, regions):
            family()

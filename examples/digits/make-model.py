# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes digits.onnx: a small network for pictures of digits, with random weights. Needs the packages onnx and numpy."""
import math
import numpy as np
from onnx import TensorProto, helper, numpy_helper, save, checker

random = np.random.default_rng(0)
weights = []


def weight(name, *shape):
    """Kaiming's normal distribution: deviation sqrt(2 / inputs)."""
    values = random.normal(0, math.sqrt(2 / np.prod(shape[1:])), shape) if len(shape) > 1 else np.zeros(shape)
    weights.append(numpy_helper.from_array(values.astype(np.float32), name))
    return name


nodes = [
    helper.make_node("Conv", ["image", weight("conv1.weight", 16, 1, 3, 3), weight("conv1.bias", 16)], ["c1"], "conv1", pads=[1, 1, 1, 1]),
    helper.make_node("Relu", ["c1"], ["r1"], "relu1"),
    helper.make_node("MaxPool", ["r1"], ["p1"], "pool1", kernel_shape=[2, 2], strides=[2, 2]),
    helper.make_node("Conv", ["p1", weight("conv2.weight", 32, 16, 3, 3), weight("conv2.bias", 32)], ["c2"], "conv2", pads=[1, 1, 1, 1]),
    helper.make_node("Relu", ["c2"], ["r2"], "relu2"),
    helper.make_node("MaxPool", ["r2"], ["p2"], "pool2", kernel_shape=[2, 2], strides=[2, 2]),
    helper.make_node("Flatten", ["p2"], ["f"], "flatten"),
    helper.make_node("Gemm", ["f", weight("fc1.weight", 64, 32 * 7 * 7), weight("fc1.bias", 64)], ["h"], "fc1", transB=1),
    helper.make_node("Relu", ["h"], ["r3"], "relu3"),
    helper.make_node("Gemm", ["r3", weight("fc2.weight", 10, 64), weight("fc2.bias", 10)], ["logits"], "fc2", transB=1),
]
graph = helper.make_graph(nodes, "digits",
                          [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 28, 28])],
                          [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])], weights)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="ingot examples")
checker.check_model(model)
save(model, "digits.onnx")

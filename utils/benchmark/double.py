# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An ONNX model in double precision: every f32 tensor, constant, cast and type becomes f64. The values of weights stay what they are."""
import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper, numpy_helper

# Inputs that the standard allows in f32 only, and where the result is f32 again. They get a cast in front.
SINGLE_INPUTS = {"Resize": [2], "Upsample": [1], "NonMaxSuppression": [0, 1, 3, 4]}
# Quantization rounds to steps: a value that moves by an ulp may fall on another step, so that no reference is better than the other.
WITHOUT_DOUBLE = {"DynamicQuantizeLinear", "DynamicQuantizeLSTM", "QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul",
                  "DynamicQuantizeMatMul", "MatMulIntegerToFloat"}


class NoDouble(Exception):
    pass


def convert_tensor(tensor):
    if tensor.data_type == TensorProto.FLOAT:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float64), tensor.name))


def convert_type(value):
    kind = value.type.WhichOneof("value")
    if kind == "tensor_type" and value.type.tensor_type.elem_type == TensorProto.FLOAT:
        value.type.tensor_type.elem_type = TensorProto.DOUBLE


INTEGERS = {TensorProto.INT8, TensorProto.INT16, TensorProto.INT32, TensorProto.INT64, TensorProto.UINT8, TensorProto.UINT16,
            TensorProto.UINT32, TensorProto.UINT64}


def makes_integers(node):
    return node.op_type == "Cast" and any(a.name == "to" and a.i in INTEGERS for a in node.attribute)


class Conversion:
    """Numbers for new names, and which values of the main graph are f32."""

    def __init__(self, model):
        self.count = 0
        self.singles = set()
        if any(map(makes_integers, model.graph.node)):
            for value in onnx.shape_inference.infer_shapes(model).graph.value_info:
                if value.type.tensor_type.elem_type == TensorProto.FLOAT:
                    self.singles.add(value.name)

    def __call__(self):
        self.count += 1
        return self.count

    def rounded_inputs(self, node):
        """The inputs that are rounded to f32 first: where the standard has no f64, and where a float becomes an integer. That is a
        decision, not a value: 7.999999999 and 8 are the same number in f32."""
        return [0] if makes_integers(node) and node.input[0] in self.singles else SINGLE_INPUTS.get(node.op_type, [])


def convert_node(node, fresh):
    """The nodes that stand for it."""
    if node.op_type in WITHOUT_DOUBLE:
        raise NoDouble(f"{node.op_type} rounds to steps")
    for attribute in node.attribute:
        if attribute.type == AttributeProto.TENSOR:
            convert_tensor(attribute.t)
        elif attribute.type == AttributeProto.GRAPH:
            convert_graph(attribute.g, fresh)
        elif attribute.name in ("to", "dtype") and attribute.i == TensorProto.FLOAT:
            attribute.i = TensorProto.DOUBLE
        elif node.op_type == "Constant" and attribute.name in ("value_float", "value_floats"):
            value = np.float64(attribute.f) if attribute.name == "value_float" else np.array(attribute.floats, np.float64)
            attribute.CopyFrom(helper.make_attribute("value", numpy_helper.from_array(np.asarray(value))))
    if node.op_type == "ConstantOfShape" and not node.attribute:
        node.attribute.append(helper.make_attribute("value", numpy_helper.from_array(np.zeros(1))))
    casts = []
    for i in fresh.rounded_inputs(node):
        if i < len(node.input) and node.input[i]:
            name = f"{node.input[i]}/single{fresh()}"
            casts.append(helper.make_node("Cast", [node.input[i]], [name], to=TensorProto.FLOAT))
            node.input[i] = name
    return [*casts, node]


def convert_graph(graph, fresh):
    for tensor in graph.initializer:
        convert_tensor(tensor)
    for value in [*graph.input, *graph.output]:
        convert_type(value)
    del graph.value_info[:]
    nodes = [new for node in graph.node for new in convert_node(node, fresh)]
    del graph.node[:]
    graph.node.extend(nodes)


def convert(path, target):
    """Writes the model in double precision; NoDouble where its results depend on rounding to steps."""
    model = onnx.load(path)
    fresh = Conversion(model)
    convert_graph(model.graph, fresh)
    for function in model.functions:
        nodes = [new for node in function.node for new in convert_node(node, fresh)]
        del function.node[:]
        function.node.extend(nodes)
    large = model.ByteSize() > 1 << 30
    onnx.save(model, target, save_as_external_data=large, location=target.rsplit("/", 1)[-1] + ".data")

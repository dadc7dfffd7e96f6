# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A client of Flower that trains by a library that `ingot train` compiled, through the C interface of the runtime."""
import ctypes as c
import gzip

import numpy as np
from flwr.client import NumPyClient

PARAMETER, BUFFER = 0, 3
DTYPES = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}


class Tensor(c.Structure):
    _fields_ = [("data", c.c_void_p), ("bytes", c.c_int64), ("dtype", c.c_int32), ("rank", c.c_int32), ("dims", c.c_int64 * 16)]


class StepInfo(c.Structure):
    _fields_ = [("struct_bytes", c.c_size_t), ("step", c.c_int64), ("loss", c.c_double), ("gradient_norm", c.c_double),
                ("learning_rate", c.c_double), ("loss_scale", c.c_double), ("flags", c.c_int32 * 5)]


class Network:
    """A model, a context and a state of ingot/training.h."""

    def __init__(self, library, runtime):
        self.ingot = c.CDLL(runtime)
        self.ingot.ingot_last_error.restype = c.c_char_p
        self.ingot.ingot_state_flat_bytes.restype = c.c_int64
        self.model, self.context, self.state = c.c_void_p(), c.c_void_p(), c.c_void_p()
        self.call("ingot_model_open_file", library.encode(), c.byref(self.model))
        self.call("ingot_context_create", self.model, None, c.byref(self.context))
        self.call("ingot_state_create", self.model, None, c.byref(self.state))

    def call(self, name, *arguments):
        if getattr(self.ingot, name)(*arguments):
            raise RuntimeError(self.ingot.ingot_last_error().decode())

    def run(self, name, images, labels, flags):
        """One batch through ingot_train_step or ingot_evaluate_step: the loss, and the part of the answers that is right."""
        accuracy = np.zeros((), np.float32)
        inputs, outputs, info = (Tensor * 2)(), (Tensor * 2)(), StepInfo(c.sizeof(StepInfo))  # the logits stay in the context's memory
        for tensor, array in [(inputs[0], images), (inputs[1], labels), (outputs[0], accuracy)]:
            tensor.data, tensor.bytes, tensor.dtype, tensor.rank = array.ctypes.data, array.nbytes, DTYPES[array.dtype], array.ndim
            tensor.dims[:array.ndim] = array.shape
        self.call(name, self.context, self.state, c.c_int32(0), inputs, c.c_int32(2), outputs, c.c_int32(2), *flags, c.byref(info))
        return info.loss, float(accuracy)

    def get(self):
        """Parameters and running statistics, each as one long array."""
        arrays = []
        for kind in (PARAMETER, BUFFER):
            arrays.append(np.empty(self.ingot.ingot_state_flat_bytes(self.state, kind) // 4, np.float32))
            self.call("ingot_state_flat_get", self.state, kind, c.c_void_p(arrays[-1].ctypes.data), c.c_int64(arrays[-1].nbytes))
        return arrays

    def set(self, arrays):
        for kind, array in zip((PARAMETER, BUFFER), arrays):
            array = np.ascontiguousarray(array, np.float32)
            self.call("ingot_state_flat_set", self.state, kind, c.c_void_p(array.ctypes.data), c.c_int64(array.nbytes))


class DigitsClient(NumPyClient):
    def __init__(self, network, train, test, seed):
        self.network, self.train, self.test, self.random = network, train, test, np.random.default_rng(seed)

    def get_parameters(self, config):
        return self.network.get()

    def fit(self, parameters, config):
        self.network.set(parameters)
        images, labels = self.train
        order = self.random.permutation(len(labels))
        for batch in np.split(order, range(32, len(order), 32)):
            loss, _ = self.network.run("ingot_train_step", images[batch], labels[batch], [c.c_uint32(0)])
        return self.network.get(), len(labels), {"loss": loss}

    def evaluate(self, parameters, config):
        self.network.set(parameters)
        loss, accuracy = self.network.run("ingot_evaluate_step", *self.test, [])
        return loss, len(self.test[1]), {"accuracy": accuracy}


def read(folder, name):
    """A set of digits in the IDX format: pictures from 0 to 1, and labels."""
    with gzip.open(f"{folder}/{name}-images-idx3-ubyte.gz") as images, gzip.open(f"{folder}/{name}-labels-idx1-ubyte.gz") as labels:
        pixels = np.frombuffer(images.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
        return (pixels / 255).astype(np.float32), np.frombuffer(labels.read(), np.uint8, offset=8).astype(np.int64)

# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Other engines. Each function gives a call that runs the model once, in float32, or raises where the engine cannot run it."""
import importlib.metadata, importlib.util, os, subprocess, sys
import numpy as np


def onnxruntime(model, inputs, threads, scratch):
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 4
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    # Bound tensors: no copies, and less time between Python and the engine.
    binding = session.io_binding()
    keep = [ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(a)) for a in inputs.values()]
    for name, value in zip(inputs, keep):
        binding.bind_ortvalue_input(name, value)
    for output in session.get_outputs():
        binding.bind_output(output.name, "cpu")
    return lambda keep=keep: session.run_with_iobinding(binding)


def openvino(model, inputs, threads, scratch):
    import openvino as ov
    compiled = ov.Core().compile_model(model, "CPU", {
        "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f32"})  # bf16 would be the default where the processor has it
    request = compiled.create_infer_request()
    return lambda: request.infer(inputs, share_inputs=True, share_outputs=True)


def float_only(inputs):
    if any(a.dtype != np.float32 for a in inputs.values()):
        raise TypeError("inputs other than float32")


def ncnn(model, inputs, threads, scratch):
    import ncnn as engine
    float_only(inputs)
    stem = os.path.join(scratch, "peer")
    if not os.path.exists(stem + ".ncnn.param"):
        folder = importlib.util.find_spec("pnnx").submodule_search_locations[0]
        os.symlink(os.path.abspath(model), stem + ".onnx")
        shapes = ",".join("[" + ",".join(map(str, a.shape)) + "]f32" for a in inputs.values())
        subprocess.run([os.path.join(folder, "pnnx"), stem + ".onnx", "fp16=0", "inputshape=" + shapes], cwd=scratch,
                       capture_output=True, check=True, timeout=300)
    net = engine.Net()
    net.opt.num_threads = threads
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = net.opt.use_bf16_storage = False
    if net.load_param(stem + ".ncnn.param") or net.load_model(stem + ".ncnn.bin"):
        raise RuntimeError("the converted model cannot be loaded")
    given = [engine.Mat(np.ascontiguousarray(a[0] if a.ndim > 1 else a)).clone() for a in inputs.values()]

    def call():
        extractor = net.create_extractor()
        for i, value in enumerate(given):
            extractor.input(f"in{i}", value)
        code, result = extractor.extract("out0")
        if code:
            raise RuntimeError(f"extract returned {code}")
        return result
    return call


def mnn(model, inputs, threads, scratch):
    import MNN
    float_only(inputs)
    path = os.path.join(scratch, "peer.mnn")
    if not os.path.exists(path):
        subprocess.run([os.path.join(os.path.dirname(sys.executable), "mnnconvert"), "-f", "ONNX", "--modelFile", model,
                        "--MNNModel", path, "--bizCode", "x"], capture_output=True, check=True, timeout=300)
    net = MNN.Interpreter(path)
    session = net.createSession({"backend": "CPU", "precision": "high", "numThread": threads})
    for name, a in inputs.items():
        net.getSessionInput(session, name).copyFrom(
            MNN.Tensor(tuple(a.shape), MNN.Halide_Type_Float, np.ascontiguousarray(a), MNN.Tensor_DimensionType_Caffe))
    def call(keep=net):
        if code := net.runSession(session):
            raise RuntimeError(f"runSession returned {code}")
    call()
    # A session whose sizes could not be worked out says so on standard output, does nothing, and reports success.
    for name, tensor in net.getSessionOutputAll(session).items():
        sizes = tensor.getShape()
        if not sizes or any(not isinstance(size, int) or size <= 0 for size in sizes):
            raise RuntimeError(f"output {name} has no sizes: the session does not run")
    return call


PEERS = {"onnxruntime": onnxruntime, "openvino": openvino, "ncnn": ncnn, "mnn": mnn}


def installed():
    """Names of the engines that are here, with their versions."""
    found = {}
    for name in PEERS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found

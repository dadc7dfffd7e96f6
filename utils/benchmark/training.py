# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Training steps beside PyTorch's, in turns in one process: five networks, one and more threads."""
import argparse, ctypes, os, re, statistics, subprocess, sys, tempfile, time

import common

STATUS_OK, CONTEXT_MEMORY = 0, -1
DTYPES = {"float32": 1, "int64": 7, "float64": 11}


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("bytes", ctypes.c_int64), ("dtype", ctypes.c_int32), ("rank", ctypes.c_int32),
                ("dims", ctypes.c_int64 * 16)]


class ContextOptions(ctypes.Structure):
    _fields_ = [("struct_bytes", ctypes.c_size_t), ("threads", ctypes.c_uint32), ("profile", ctypes.c_uint32), ("pointers", ctypes.c_void_p * 5)]


class StepInfo(ctypes.Structure):
    _fields_ = [("struct_bytes", ctypes.c_size_t), ("step", ctypes.c_int64), ("loss", ctypes.c_double), ("gradient_norm", ctypes.c_double),
                ("learning_rate", ctypes.c_double), ("loss_scale", ctypes.c_double), ("flags", ctypes.c_int32 * 5)]


class FunctionInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("input_count", ctypes.c_int32), ("output_count", ctypes.c_int32), ("arena_bytes", ctypes.c_int64),
                ("operations", ctypes.c_int64)]


class TensorInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("dtype", ctypes.c_int32), ("rank", ctypes.c_int32), ("dims", ctypes.c_int64 * 16),
                ("symbols", ctypes.c_char_p * 16), ("depends", ctypes.c_int32)]


class AlgorithmInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("step", ctypes.c_int32), ("gradient", ctypes.c_int32), ("apply", ctypes.c_int32),
                ("evaluate", ctypes.c_int32)]


class Profile(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("description", ctypes.c_char_p), ("node", ctypes.c_char_p), ("op", ctypes.c_char_p),
                ("node_count", ctypes.c_int32), ("calls", ctypes.c_int64), ("total_ns", ctypes.c_int64), ("min_ns", ctypes.c_int64),
                ("last_start_ns", ctypes.c_int64), ("last_end_ns", ctypes.c_int64)]


class Step:
    """A compiled training step with its state. `feeds` are arrays by input and label name."""

    def __init__(self, root, library, feeds, threads, rate, profile=False):
        self.api = ctypes.CDLL(os.path.join(root, "build", "lib", "libingot_training.so"))
        self.api.ingot_last_error.restype = ctypes.c_char_p
        self.api.ingot_model_find_input.argtypes = [ctypes.c_void_p, ctypes.c_int32, ctypes.c_char_p]
        self.model, self.context, self.state = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        self.check(self.api.ingot_model_open_file(os.path.abspath(library).encode(), ctypes.byref(self.model)))
        options = ContextOptions(ctypes.sizeof(ContextOptions), threads, 1 if profile else 0)
        self.check(self.api.ingot_context_create(self.model, ctypes.byref(options), ctypes.byref(self.context)))
        self.check(self.api.ingot_state_create(self.model, None, ctypes.byref(self.state)))
        algorithm = AlgorithmInfo()
        self.check(self.api.ingot_model_algorithm(self.model, 0, ctypes.byref(algorithm)))
        self.function = FunctionInfo()
        self.check(self.api.ingot_model_function(self.model, algorithm.step, ctypes.byref(self.function)))
        self.inputs = (Tensor * self.function.input_count)()
        self.kept = []
        for i in range(self.function.input_count):
            info = TensorInfo()
            self.check(self.api.ingot_model_input(self.model, algorithm.step, i, ctypes.byref(info)))
            array = feeds[info.name.decode()]
            self.kept.append(array)
            tensor = self.inputs[i]
            tensor.data, tensor.bytes, tensor.dtype, tensor.rank = array.ctypes.data, array.nbytes, DTYPES[str(array.dtype)], array.ndim
            for d, size in enumerate(array.shape):
                tensor.dims[d] = size
        self.info = StepInfo(ctypes.sizeof(StepInfo))

    def check(self, status):
        if status != STATUS_OK:
            raise common.Failure(self.api.ingot_last_error().decode())

    def __call__(self):
        self.check(self.api.ingot_train_step(self.context, self.state, 0, self.inputs, len(self.inputs), None, 0, 0, ctypes.byref(self.info)))
        return self.info.loss

    def profile(self):
        rows, i = [], 0
        while True:
            entry = Profile()
            if self.api.ingot_context_profile(self.context, i, ctypes.byref(entry)):
                return sorted(rows, reverse=True)
            if entry.calls:
                rows.append((entry.total_ns / 1e3, entry.calls, entry.name.decode(), entry.node.decode(), entry.description.decode()))
            i += 1


def build(name):
    """A network of PyTorch, its example inputs by name, its label, its loss, and the options of `ingot train` that say the same."""
    import torch
    from torch import nn
    import torch.nn.functional as F
    torch.manual_seed(0)

    class Lstm(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.head = nn.LSTM(128, 256, num_layers=2, batch_first=False), nn.Linear(256, 32)

        def forward(self, x):
            return self.head(self.lstm(x)[0][-1])

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
            self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
            self.short = (nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
                          if stride != 1 or inputs != outputs else nn.Identity())

        def forward(self, x):
            return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.short(x))

    def resnet18():
        layers, inputs = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
        for outputs, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
            layers += [Block(inputs, outputs, stride), Block(outputs, outputs, 1)]
            inputs = outputs
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))

    class Layer(nn.Module):
        def __init__(self, width, heads, inner):
            super().__init__()
            self.heads = heads
            self.q, self.k, self.v, self.out = (nn.Linear(width, width) for _ in range(4))
            self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)
            self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)

        def forward(self, x):
            b, t, w = x.shape
            q, k, v = (f(x).view(b, t, self.heads, w // self.heads).transpose(1, 2) for f in (self.q, self.k, self.v))
            mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, w)
            x = self.norm1(x + self.out(mixed))
            return self.norm2(x + self.down(F.gelu(self.up(x))))

    class Bert(nn.Module):
        def __init__(self, width=768, layers=12, heads=12, vocabulary=30522, length=512):
            super().__init__()
            self.tokens, self.places = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
            self.norm = nn.LayerNorm(width, eps=1e-12)
            self.layers = nn.Sequential(*[Layer(width, heads, 4 * width) for _ in range(layers)])
            self.pool, self.head = nn.Linear(width, width), nn.Linear(width, 2)

        def forward(self, ids):
            x = self.norm(self.tokens(ids) + self.places(torch.arange(ids.shape[1], device=ids.device)))
            return self.head(torch.tanh(self.pool(self.layers(x)[:, 0])))

    adam = dict(fused=True)
    cases = {
        "mlp": (lambda: nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)),
                lambda: torch.randn(64, 784), 10, lambda p: torch.optim.SGD(p, 0.01, fused=True), "sgd", 0.01),
        "lenet": (lambda: nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                                        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
                  lambda: torch.randn(64, 1, 28, 28), 10, lambda p: torch.optim.Adam(p, 1e-3, **adam), "adam", 1e-3),
        "resnet18": (resnet18, lambda: torch.randn(8, 3, 224, 224), 1000, lambda p: torch.optim.SGD(p, 0.01, momentum=0.9, fused=True),
                     "sgd:momentum=0.9", 0.01),
        "bert": (Bert, lambda: torch.randint(0, 30522, (4, 128)), 2, lambda p: torch.optim.AdamW(p, 1e-5, **adam), "adamw", 1e-5),
        "lstm": (Lstm, lambda: torch.randn(100, 32, 128), 32, lambda p: torch.optim.Adam(p, 1e-3, **adam), "adam", 1e-3),
    }
    make, example, classes, optimizer, text, rate = cases[name]
    model, x = make().train(), example()
    y = torch.randint(0, classes, (32 if name == "lstm" else x.shape[0],))
    return model, x, y, optimizer, text, rate


def export(model, x, path):
    import torch
    torch.onnx.export(model, (x,), path, training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False, input_names=["x"],
                      output_names=["logits"], opset_version=17, dynamo=False)


def compile_step(root, folder, name):
    """The library of the network `name`, made when it is not there yet."""
    import warnings
    warnings.filterwarnings("ignore")
    model, x, y, optimizer, text, rate = build(name)
    path, library = os.path.join(folder, name + ".onnx"), os.path.join(folder, name + ".so")
    if not os.path.exists(path):
        export(model, x, path)
    common.run([common.tool(root, "ingot"), "train", path, "--loss", "softmax_cross_entropy:logits,label", "--optimizer", text, "--lr", str(rate),
                "-o", library])
    return library, {"x": x.numpy(), "label": y.numpy()}


def torch_step(name, compiled):
    import torch
    import torch.nn.functional as F
    model, x, y, optimizer, _, _ = build(name)
    if name in ("resnet18",):
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    optimizer = optimizer(model.parameters())
    run = torch.compile(model) if compiled else model

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(run(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()
    return step


def in_turns(steps, seconds):
    """Median seconds of each, in bursts by turns so that a drift of the machine's speed touches all. The idle threads of an engine spin for a
    while after its last step; the pause lets them sleep before the next engine is timed."""
    times = [[] for _ in steps]
    for step in steps:
        step()
        step()
    end = time.perf_counter() + seconds * len(steps)
    while time.perf_counter() < end or len(times[0]) < 6:
        for step, list_ in zip(steps, times):
            time.sleep(0.3)
            step()
            burst = time.perf_counter() + min(0.5, seconds / 4)
            while True:
                start = time.perf_counter()
                step()
                list_.append(time.perf_counter() - start)
                if time.perf_counter() > burst and len(list_) >= 2:
                    break
    return [statistics.median(list_) for list_ in times]


def measure_memory(root, folder, name, what):
    """Peak resident MiB of a process that runs five steps and nothing else."""
    code = f"""
import sys; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r})
import numpy as np
if {what!r} == "ingot":
    import training
    data = np.load({os.path.join(folder, name + ".npz")!r})
    step = training.Step({root!r}, {os.path.join(folder, name + ".so")!r}, dict(data), 1, 0)
else:
    import training, torch; torch.set_num_threads(1); step = training.torch_step({name!r}, False)
for i in range(5): step()
# Not getrusage: its maximum is that of the process before exec, too.
print(next(int(line.split()[1]) >> 10 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return int(done.stdout.split()[-1]) if done.returncode == 0 else -1


def main(arguments, root):
    parser = argparse.ArgumentParser(prog="utils/bench training", description=__doc__)
    parser.add_argument("--only", default="", help="a regular expression for the networks")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--seconds", type=float, default=10, help="of each side of a comparison")
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    parser.add_argument("--no-peers", action="store_true", help="Ingot alone")
    parser.add_argument("--profile", type=int, default=0, metavar="N", help="print the N slowest kernels")
    parser.add_argument("--memory", action="store_true", help="peak memory, too")
    parser.add_argument("--folder", help="keep models and libraries there")
    parser.add_argument("--csv", metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        import numpy, torch
    except ImportError as error:
        sys.exit(f"bench: error: {error}; PyTorch and onnx must be installed in the Python that INGOT_PYTHON names")
    folder = options.folder or tempfile.mkdtemp()
    os.makedirs(folder, exist_ok=True)
    cores, rows, ratios = sorted(os.sched_getaffinity(0)), [], []
    print(common.describe_machine(root) + f", PyTorch {torch.__version__}")
    for name in ("mlp", "lenet", "resnet18", "bert", "lstm"):
        if not re.search(options.only, name):
            continue
        try:
            library, feeds = compile_step(root, folder, name)
        except common.Failure as failure:
            print(f"{name}: {failure}")
            continue
        numpy.savez(os.path.join(folder, name + ".npz"), **feeds)
        for threads in map(int, options.threads.split(",")):
            os.sched_setaffinity(0, cores[:threads])
            torch.set_num_threads(threads)
            step = Step(root, library, feeds, threads, 0)
            steps = {"ingot": step}
            if not options.no_peers:
                steps["eager"] = torch_step(name, False)
                if not options.no_compile:
                    steps["compiled"] = torch_step(name, True)
            times = dict(zip(steps, in_turns(list(steps.values()), options.seconds)))
            row = {"network": name, "threads": threads, **{key: round(value * 1e3, 3) for key, value in times.items()}}
            peers = [value for key, value in times.items() if key != "ingot"]
            if peers:
                row["ratio"] = round(min(peers) / times["ingot"], 3)
                ratios.append(row["ratio"])
            rows.append(row)
            print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
            if options.profile:
                step = Step(root, library, feeds, threads, 0, profile=True)
                for _ in range(10):
                    step()
                kernels = step.profile()
                total = sum(entry[0] for entry in kernels)
                for us, calls, kernel, node, description in kernels[:options.profile]:
                    print(f"    {us / 10:10.1f} us {100 * us / total:5.1f} % x{calls // 10} {kernel} {node} [{description[:80]}]")
            os.sched_setaffinity(0, cores)
        if options.memory:
            sizes = {what: measure_memory(root, folder, name, what) for what in ("ingot", "torch")}
            rows.append({"network": name, **{what + " MiB": size for what, size in sizes.items()}})
            print(f"{name}: peak memory {sizes['ingot']} MiB, PyTorch {sizes['torch']} MiB")
    if ratios:
        print(f"geometric mean {common.geometric_mean(ratios):.3f}, lowest {min(ratios):.3f}")
    if options.csv:
        common.write_csv(options.csv, rows)

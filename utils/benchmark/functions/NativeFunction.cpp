//===- NativeFunction.cpp - One elementary function as native code --------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NativeFunction.h"

#include "utils/compiler/Compiler.h"

#include <fstream>
#include <unistd.h>

namespace ingot {

// Ops of the math dialect, which ONNX may not reach alone, go in where kernels are formed.
static std::string moduleOf(const std::string &op, const std::string &type, unsigned operands) {
  std::string tensor = "tensor<?x" + type + ">";
  bool two = operands == 2;
  std::string head = "func.func @main(%x: " + tensor + (two ? ", %y: " + tensor : "") + ") -> " + tensor + " {\n";
  std::string tail = "  return %r : " + tensor + "\n}\n";
  if (op.compare(0, 5, "math.") != 0)
    return head + "  %r = " + op + (two ? " %x, %y : (" + tensor + ", " + tensor + ") -> " : " %x : ") + tensor + "\n" + tail;
  std::string inputs = two ? "%x, %y : " + tensor + ", " + tensor : "%x : " + tensor;
  return "#id = affine_map<(d0) -> (d0)>\n" + head + "  %c0 = arith.constant 0 : index\n  %n = tensor.dim %x, %c0 : " + tensor +
         "\n  %e = tensor.empty(%n) : " + tensor + "\n  %r = linalg.generic {indexing_maps = [#id, #id" + (two ? ", #id" : "") +
         "], iterator_types = [\"parallel\"]} ins(" + inputs + ") outs(%e : " + tensor + ") {\n  ^bb0(%a: " + type +
         (two ? ", %b: " + type : "") + ", %o: " + type + "):\n    %v = " + op + " %a" + (two ? ", %b" : "") + " : " + type +
         "\n    linalg.yield %v : " + type + "\n  } -> " + tensor + "\n" + tail;
}

std::unique_ptr<NativeFunction> NativeFunction::compile(const std::string &op, const std::string &type, unsigned operands,
                                                        const std::string &cpu, const std::string &stem, std::string &error) {
  std::ofstream(stem + ".mlir") << moduleOf(op, type, operands);
  CompileOptions options;
  options.inputPath = stem + ".mlir";
  options.outputPath = stem + ".so";
  options.fromPhase = op.compare(0, 5, "math.") == 0 ? "fuse" : "import";
  options.cpu = cpu;
  CompileResult compiled = compileModel(options);
  std::unique_ptr<NativeFunction> result(new NativeFunction);
  bool opened = compiled.ok() && ingot_model_open_file(options.outputPath.c_str(), &result->model) == INGOT_STATUS_OK;
  for (const char *ending : {".mlir", ".so", ".h"})
    unlink((stem + ending).c_str());
  if (opened && ingot_context_create(result->model, nullptr, &result->context) == INGOT_STATUS_OK)
    return result;
  if (compiled.ok())
    error = ingot_last_error();
  else
    error = compiled.messages.empty() ? op + " does not compile" : compiled.messages.front().text;
  return nullptr;
}

NativeFunction::~NativeFunction() {
  ingot_context_destroy(context);
  ingot_model_close(model);
}

bool NativeFunction::runBytes(const std::vector<const void *> &operands, size_t count, int32_t dtype, void *result) const {
  std::vector<ingot_tensor> in;
  for (const void *operand : operands)
    in.push_back({const_cast<void *>(operand), 0, dtype, 1, {static_cast<int64_t>(count)}});
  ingot_tensor out = {result, 0, dtype, 1, {static_cast<int64_t>(count)}};
  return ingot_context_run(context, 0, in.data(), in.size(), &out, 1) == INGOT_STATUS_OK;
}

} // namespace ingot

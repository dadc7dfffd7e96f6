//===- Native.h - Running and comparing native code -------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_TEST_E2E_NATIVE_H
#define INGOT_TEST_E2E_NATIVE_H

#include "ingot/runtime.h"
#include "ir/Eval/Eval.h"

#include <string>
#include <vector>

namespace ingot::e2e {

/// Memory that ends where a page without access begins: a read or write past its end is a crash. Its address is aligned to the element's
/// size and to no more, as the runtime allows.
class GuardedBuffer {
public:
  explicit GuardedBuffer(size_t bytes);
  ~GuardedBuffer();
  GuardedBuffer(GuardedBuffer &&other) noexcept;
  GuardedBuffer(const GuardedBuffer &) = delete;
  GuardedBuffer &operator=(const GuardedBuffer &) = delete;

  char *data() const { return begin; }
  size_t size() const { return bytes; }

private:
  char *map = nullptr, *begin = nullptr;
  size_t mapBytes = 0, bytes = 0;
};

/// The dialect's element type for a number of runtime.h.
mlir::Type typeOf(int32_t dtype, mlir::MLIRContext *context);
/// 0 for a type that the runtime does not have.
int32_t dtypeOf(mlir::Type type);

struct Output {
  int32_t dtype = 0;
  std::vector<int64_t> dims;
  std::string bytes;

  bool operator==(const Output &other) const { return dtype == other.dtype && dims == other.dims && bytes == other.bytes; }
  EvalTensor tensor(mlir::MLIRContext *context) const;
};

struct Tolerance {
  double relative, absolute;
};

/// What an element type can hold after a chain of a few operations, where the largest value is `largest`.
Tolerance defaultTolerance(mlir::Type type, double largest);
/// `relative` replaces the default where it is not negative, `absolute` likewise. Empty when equal.
std::string compare(const EvalTensor &got, const EvalTensor &want, double relative = -1, double absolute = -1);

/// An opened library and the inputs it is run with.
class Native {
public:
  ~Native();
  /// Empty when it worked, else what is wrong.
  std::string open(const std::string &library);
  /// Copies the values behind guard pages.
  void setInputs(llvm::ArrayRef<ingot_tensor> values);
  /// Runs once in a context of so many threads; checks that the plan said what comes out. With `guarded` outputs the code writes to
  /// buffers that end at a guard page.
  std::string run(unsigned threads, std::vector<Output> &outputs, bool guarded = false);
  /// Same bits for 1, 2, 3 and 7 threads, and over `runs` runs with two of them.
  std::string checkSameBits(unsigned runs);

  const ingot_function_info &function() const { return info; }
  ingot_model *get() const { return model; }

private:
  std::string runIn(ingot_context *context, std::vector<Output> &outputs, std::vector<ingot_tensor> &tensors);

  ingot_model *model = nullptr;
  ingot_function_info info = {};
  std::vector<GuardedBuffer> buffers;
  std::vector<ingot_tensor> inputs;
};

} // namespace ingot::e2e

#endif // INGOT_TEST_E2E_NATIVE_H

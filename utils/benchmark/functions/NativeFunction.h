//===- NativeFunction.h - One elementary function as native code -*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_BENCHMARK_NATIVEFUNCTION_H
#define INGOT_BENCHMARK_NATIVEFUNCTION_H

#include "ingot/runtime.h"

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace ingot {

/// An op of one or two operands, compiled to a library that computes it for arrays of any length.
class NativeFunction {
public:
  /// `op` is `math.NAME` or `ingot.NAME`, `type` f32 or f64, `stem` the path of files that are gone afterwards. Null, with `error`
  /// set, when it does not compile.
  static std::unique_ptr<NativeFunction> compile(const std::string &op, const std::string &type, unsigned operands, const std::string &cpu,
                                                 const std::string &stem, std::string &error);
  ~NativeFunction();
  NativeFunction(const NativeFunction &) = delete;
  NativeFunction &operator=(const NativeFunction &) = delete;

  /// False with a message in ingot_last_error().
  template <typename T>
  bool run(const std::vector<const T *> &operands, size_t count, T *result) const {
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>);
    std::vector<const void *> pointers(operands.begin(), operands.end());
    return runBytes(pointers, count, sizeof(T) == 4 ? INGOT_F32 : INGOT_F64, result);
  }

private:
  NativeFunction() = default;
  bool runBytes(const std::vector<const void *> &operands, size_t count, int32_t dtype, void *result) const;

  ingot_model *model = nullptr;
  ingot_context *context = nullptr;
};

} // namespace ingot

#endif // INGOT_BENCHMARK_NATIVEFUNCTION_H

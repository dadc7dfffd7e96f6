//===- KernelCases.h - The kernels that are timed ---------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_BENCHMARK_KERNELCASES_H
#define INGOT_BENCHMARK_KERNELCASES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ingot::benchmark {

/// A function of the `ingot` dialect with what its inputs are.
struct KernelCase {
  std::string name;
  std::string group;                              ///< "gemm", "conv", "depthwise", "attention", "gemv"
  double operations = 0;                          ///< multiplications and additions of one run
  double bytes = 0;                               ///< inputs, weights and outputs
  std::vector<std::vector<int64_t>> inputs;       ///< sizes of the arguments, also where the types leave them open
  std::function<void(llvm::raw_ostream &)> write; ///< the module's text, weights included
};

/// Every case, in the order of the report. Those of a dynamic shape are named like the static ones, with ` dyn`.
std::vector<KernelCase> kernelCases();

} // namespace ingot::benchmark

#endif // INGOT_BENCHMARK_KERNELCASES_H

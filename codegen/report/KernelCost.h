//===- KernelCost.h - Operations and bytes of a kernel ----------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_REPORT_KERNELCOST_H
#define INGOT_CODEGEN_REPORT_KERNELCOST_H

#include "codegen/TargetInfo.h"
#include "codegen/report/Sizes.h"

#include <string>
#include <vector>

namespace ingot {

/// What one call of a kernel costs; nothing where a size is unknown.
struct KernelCost {
  /// Operations: a multiply-add counts as two, everything else as one.
  std::optional<double> flops;
  /// Where another form does the same with fewer multiplications: operations as the operator is defined.
  std::optional<double> directFlops;
  /// The same weighed by the time that they take, an operation of a multiply-add being 1: the least that the core can do it in.
  std::optional<double> work;
  /// What is expected with padded columns, few rows and the like.
  std::optional<double> busyWork;
  /// Bytes read of each argument.
  std::vector<std::optional<int64_t>> readBytes;
  std::vector<std::string> reasons;
};

/// `sizes` knows the shapes and numbers that the kernel's arguments have.
KernelCost costOfKernel(mlir::func::FuncOp kernel, Sizes &sizes, const TargetInfo &target);

} // namespace ingot

#endif // INGOT_CODEGEN_REPORT_KERNELCOST_H

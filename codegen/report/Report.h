//===- Report.h - What a compiled model will do, and at what cost -*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads the module after `plan-memory`, when kernels still say what they compute and buffers have their places, and once more after
// `tile-vectorize` for the tasks. Changes nothing.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_REPORT_REPORT_H
#define INGOT_CODEGEN_REPORT_REPORT_H

#include "codegen/TargetInfo.h"

#include "mlir/IR/BuiltinOps.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ingot {

enum class Place { Input, Output, Weight, Arena, Allocated };

/// Memory that a group reads or writes.
struct Access {
  Place place = Place::Allocated;
  int buffer = -1;               ///< Arena: in FunctionReport::buffers
  std::string name;              ///< Input, Output, Weight
  std::optional<int64_t> offset; ///< Arena: of the buffer; Weight: in the section
  std::optional<int64_t> moved;  ///< bytes read or written in one call
};

/// A buffer of the arena, from the first group that touches it to the last.
struct ArenaBuffer {
  std::optional<int64_t> offset, bytes;
  int first = 0, last = 0; ///< groups
};

/// Where most of a group's bytes come from.
enum class Level { L2, L3, Dram };

/// A call of a kernel, or another op that does work.
struct GroupReport {
  std::string kernel; ///< empty: an op in the main function
  std::string form;
  int profileIndex = -1;                                   ///< of the call in the library's profile
  std::vector<std::string> nodes;                          ///< `conv1 (Conv, opset 17)`
  std::vector<std::pair<std::string, std::string>> config; ///< values as JSON
  bool serial = false;
  std::optional<int64_t> tasks;
  std::optional<int64_t> calls = 1; ///< iterations of the loops around it
  bool conditional = false;
  std::vector<Access> reads, writes;
  // Of one call. Operations: a multiply-add counts as two, everything else as one.
  std::optional<double> flops, directFlops;
  std::optional<int64_t> bytesRead, bytesWritten, weightBytes;
  // Of all calls on one core.
  std::optional<double> computeUs, memoryUs, predictedUs;
  Level level = Level::L2;
  std::vector<std::string> reasons; ///< what keeps it from its limit

  std::optional<double> limitUs() const {
    return computeUs && memoryUs ? std::optional<double>(std::max(*computeUs, *memoryUs)) : std::nullopt;
  }
  bool isComputeBound() const { return computeUs && memoryUs && *computeUs >= *memoryUs; }
};

struct FunctionReport {
  std::string name;
  struct Input {
    std::string name;
    std::vector<int64_t> dims, declared; ///< -1: unknown
  };
  std::vector<Input> inputs;
  std::optional<int64_t> arenaBytes, liveBytes;
  int64_t weightBytes = 0;
  std::vector<GroupReport> groups;
  std::vector<ArenaBuffer> buffers;
};

/// The assumed size of dimension `dim` of an input whose size is open. Negative: unknown.
using AssumedSize = std::function<int64_t(llvm::StringRef input, unsigned dim, llvm::StringRef symbol)>;

/// A report of each function of a module after `plan-memory`.
std::vector<FunctionReport> reportFunctions(mlir::ModuleOp module, const TargetInfo &target, const AssumedSize &assumed);

/// Adds what is known after `tile-vectorize`: tasks.
void addTasks(mlir::ModuleOp module, std::vector<FunctionReport> &functions);

/// The names of all ONNX nodes that `module` mentions, as `conv1 (Conv, opset 17)`.
std::vector<std::string> listNodes(mlir::ModuleOp module);

} // namespace ingot

#endif // INGOT_CODEGEN_REPORT_REPORT_H

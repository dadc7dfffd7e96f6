//===- Limits.h - Measured times against what the machine can do -*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_COMMAND_LIMITS_H
#define INGOT_COMMAND_LIMITS_H

#include "utils/ingot/Command.h"

#include "llvm/Support/JSON.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ingot {

/// The least time that a kernel's work takes on this machine.
struct KernelLimit {
  double microseconds = 0; ///< of one run
  std::string bound;       ///< `arithmetic`, `L2`, `L3` or `DRAM`
  std::string form;
  std::vector<std::string> reasons;
};

/// Joins the work that `compile --explain=json` states with what this machine is measured to do.
class Limits {
public:
  /// From `command.explanation`, else what was compiled here, else the file beside the library. Nothing of these is no error.
  Outcome load(const LoadedModel &model, const BenchCommand &command, llvm::ArrayRef<ingot_tensor> inputs);
  /// Probes peak and bandwidth; does nothing when nothing was loaded.
  void measureMachine(uint32_t threads);

  bool empty() const { return groups.empty(); }
  /// Of a kernel of the profile.
  std::optional<KernelLimit> of(int32_t profileIndex) const;
  /// Of a kernel of the profile; empty when it is not known.
  std::string formOf(int32_t profileIndex) const {
    auto found = groups.find(profileIndex);
    return found == groups.end() ? std::string() : found->second.form;
  }
  std::string describeMachine() const;
  void writeMachine(llvm::json::OStream &out) const;

private:
  struct Group {
    double operations = 0, bytes = 0; ///< weighed as the explanation weighs them: what takes a nanosecond at a rate of 1
    int level = 0;
    int64_t tasks = 1;
    std::string form;
    std::vector<std::string> reasons;
  };
  std::map<int32_t, Group> groups;
  uint32_t threads = 1;
  double gigaflops = 0, gigabytes[3] = {0, 0, 0}; ///< of one core while all read: L2, L3, DRAM
};

} // namespace ingot

#endif // INGOT_COMMAND_LIMITS_H

//===- CaseFile.h - The files of end-to-end cases ---------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file holds functions of the dialect, one a case, with `// -----` between them. Comments before a function say how it is run:
//
//   // SIZES: s=1,7,33 t=4       all combinations of these sizes; further lines add further combinations
//   // DIMS: s t s               the symbols of the `?` in the types of the arguments, in their order; not needed for one symbol
//   // INPUT 1: -1 1             the range of the values of argument 1; floats have -2 to 2 by default, integers -20 to 20
//   // INPUT 0: special          floats that are hard: NaN, infinities, -0, denormals, huge and tiny ones
//   // TOLERANCE: 1e-2           relative; by default what the element type can hold
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_TEST_E2E_CASEFILE_H
#define INGOT_TEST_E2E_CASEFILE_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ingot::e2e {

struct InputRule {
  bool special = false;
  double low = 0, high = 0;
};

using Sizes = std::map<std::string, int64_t>;

struct Case {
  std::string name; ///< file stem, slash, function
  std::string text; ///< one function
  std::vector<Sizes> sizes;
  std::vector<std::string> dims;
  std::map<unsigned, InputRule> inputs;
  double tolerance = -1;
};

/// `s=7 t=4`, or "static".
std::string describe(const Sizes &sizes);

/// Appends the cases of a file; false with `error` set when it cannot be read.
bool readCases(llvm::StringRef path, std::vector<Case> &cases, std::string &error);

} // namespace ingot::e2e

#endif // INGOT_TEST_E2E_CASEFILE_H

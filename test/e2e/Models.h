//===- Models.h - Whole models against recorded outputs ---------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_TEST_E2E_MODELS_H
#define INGOT_TEST_E2E_MODELS_H

#include "test/e2e/Workers.h"

#include <string>
#include <vector>

namespace ingot::e2e {

struct Model {
  std::string name, path;
  std::vector<std::string> cases; ///< archives with arrays `in:NAME` and `out:NAME`
  double absolute = -1;           ///< tolerance, negative when none is recorded
};

/// NAME.onnx with cases/NAME/*.npz and cases/tolerance.json.
std::vector<Model> findModels(const std::string &folder);

/// Compiles to `library` and runs all cases: within 1e-3 of what is recorded, and the same bits for any number of threads and over
/// `runs` runs.
void testModel(const Model &model, const std::string &library, unsigned runs, Reporter &reporter);

} // namespace ingot::e2e

#endif // INGOT_TEST_E2E_MODELS_H

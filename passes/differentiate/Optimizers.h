//===- Optimizers.h - How a step changes parameters -------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_DIFFERENTIATE_OPTIMIZERS_H
#define INGOT_PASSES_DIFFERENTIATE_OPTIMIZERS_H

#include "passes/differentiate/TrainingBuilder.h"
#include "passes/differentiate/TrainingSpec.h"

namespace ingot {

/// What an update may ask for. Numbers that change from step to step are scalars of f64.
class UpdateInputs {
public:
  virtual ~UpdateInputs() = default;
  /// The learning rate, with the factor of the parameter's group.
  virtual mlir::Value rate() = 0;
  /// The number of the step, from 1 on.
  virtual mlir::Value step() = 0;
  /// base^step.
  virtual mlir::Value power(double base) = 0;
  /// A tensor of the parameter's shape that is kept from step to step and first holds `initial`, and its next value.
  virtual mlir::Value slot(llvm::StringRef role, double initial) = 0;
  virtual void setSlot(llvm::StringRef role, mlir::Value next) = 0;
};

struct OptimizerKind {
  llvm::StringRef name, summary;
  llvm::ArrayRef<llvm::StringRef> parameters;
  /// The parameter's next value, from its value, its gradient and its weight decay. Null, with `error`, where a parameter of the
  /// optimizer is wrong.
  mlir::Value (*build)(const TermSpec &, TrainingBuilder &, UpdateInputs &, mlir::Value parameter, mlir::Value gradient, double decay,
                       std::string &error);
};

llvm::ArrayRef<OptimizerKind> allOptimizers();
const OptimizerKind *findOptimizer(llvm::StringRef name);
std::string listOptimizers();
/// The decay that an optimizer's text states, or its default.
double decayOf(const TermSpec &optimizer, std::string &error);

} // namespace ingot

#endif // INGOT_PASSES_DIFFERENTIATE_OPTIMIZERS_H

//===- Losses.h - What a training step minimizes ----------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_DIFFERENTIATE_LOSSES_H
#define INGOT_PASSES_DIFFERENTIATE_LOSSES_H

#include "passes/differentiate/TrainingBuilder.h"
#include "passes/differentiate/TrainingSpec.h"

namespace ingot {

/// Gives a loss its operands and takes what it has to say.
class LossInputs {
public:
  virtual ~LossInputs() = default;
  /// A value of the model: an output or an input. Null, after an error, where there is none of this name.
  virtual mlir::Value model(llvm::StringRef name) = 0;
  /// A value of the model, a number, or else a new input of the step, of this type, whose sizes are those of `like`'s dimensions `dims`. Whether
  /// what comes back `fits` is for the loss to ask.
  virtual mlir::Value label(llvm::StringRef name, mlir::Type elementType, mlir::Value like, llvm::ArrayRef<int64_t> dims) = 0;
  /// Whether `value` has the sizes of the dimensions `dims` of `like`; an error where it cannot have them. Sizes that only the run knows are
  /// compared by the step.
  virtual bool fits(llvm::StringRef name, mlir::Value value, llvm::StringRef likeName, mlir::Value like, llvm::ArrayRef<int64_t> dims) = 0;
  /// Reports what is wrong with the loss; null.
  virtual mlir::Value fail(const llvm::Twine &message) = 0;
  /// A figure to watch beside the loss: a scalar of the loss's type.
  virtual void metric(llvm::StringRef name, mlir::Value value) = 0;
};

struct LossKind {
  llvm::StringRef name;
  unsigned least, most;                        ///< operands
  llvm::StringRef usage, summary;
  llvm::ArrayRef<llvm::StringRef> parameters;
  mlir::Value (*build)(const TermSpec &, TrainingBuilder &, LossInputs &); ///< a scalar, or null after an error
};

llvm::ArrayRef<LossKind> allLosses();
const LossKind *findLoss(llvm::StringRef name);
/// Their names, for messages.
std::string listLosses();

} // namespace ingot

#endif // INGOT_PASSES_DIFFERENTIATE_LOSSES_H

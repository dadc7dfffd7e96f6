//===- ModelValues.h - What a loss reads of a function ----------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_DIFFERENTIATE_MODELVALUES_H
#define INGOT_PASSES_DIFFERENTIATE_MODELVALUES_H

#include "passes/differentiate/Losses.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

#include <map>

namespace ingot {

/// The text of a string attribute; empty for anything else.
inline llvm::StringRef nameOf(mlir::Attribute attribute) {
  auto text = mlir::dyn_cast_or_null<mlir::StringAttr>(attribute);
  return text ? text.getValue() : llvm::StringRef();
}

/// The inputs and outputs of a function by the model's names, and losses that are built of them at its end.
class ModelValues : public LossInputs {
public:
  struct Output {
    std::string name;
    mlir::Value value;
    unsigned position;
  };

  /// Messages begin with `option`.
  ModelValues(mlir::func::FuncOp function, llvm::StringRef option);

  mlir::Value model(llvm::StringRef name) override;
  mlir::Value label(llvm::StringRef name, mlir::Type elementType, mlir::Value like, llvm::ArrayRef<int64_t> dims) override;
  bool fits(llvm::StringRef name, mlir::Value value, llvm::StringRef likeName, mlir::Value like, llvm::ArrayRef<int64_t> dims) override;
  mlir::Value fail(const llvm::Twine &message) override;
  void metric(llvm::StringRef name, mlir::Value value) override { metrics.try_emplace(name, value); }

  /// The sum of the losses; null after an error.
  mlir::Value buildLoss(llvm::ArrayRef<TermSpec> losses);
  /// What is returned may have been replaced: a loop by one that keeps more.
  void refreshOutputs();
  /// A value by its name: an output, an input, or a label that was added. Null: there is none.
  mlir::Value find(llvm::StringRef name);
  std::string listOutputs() const;

  mlir::func::FuncOp function;
  mlir::OpBuilder builder; ///< stands at the end of the function
  TrainingBuilder b;
  std::vector<Output> outputs;
  llvm::MapVector<llvm::StringRef, mlir::Value> metrics;
  bool isBad = false;

private:
  llvm::StringRef symbolOf(mlir::Value value, int64_t dim);
  /// As [N, 5].
  std::string describeSizes(mlir::Value value, llvm::ArrayRef<int64_t> dims);

  std::string option;
  std::map<std::string, mlir::Value, std::less<>> labels;
};

} // namespace ingot

#endif // INGOT_PASSES_DIFFERENTIATE_MODELVALUES_H

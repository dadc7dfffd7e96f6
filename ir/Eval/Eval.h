//===- Eval.h - The reference evaluator -------------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The executable specification of the dialect: the constant folder, and the expected value of every end-to-end test. Sums and
// transcendental functions are computed in f64 and rounded once to the element type; integers wrap.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_IR_EVAL_EVAL_H
#define INGOT_IR_EVAL_EVAL_H

#include "ir/Ingot/Ingot.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

#include <memory>
#include <string>

namespace ingot {

/// A value at evaluation time: a tensor in row-major order, or a scalar (`index`, `i1`, `i64`, `f32`, ...) as a tensor of rank 0.
/// Bools and `i1` are bytes holding 0 or 1. Copies share their storage, which is never written to again once it is shared.
class EvalTensor {
public:
  EvalTensor() = default;
  /// All zeros.
  EvalTensor(llvm::ArrayRef<int64_t> shape, mlir::Type elementType);
  /// Storage that the caller fills.
  static EvalTensor uninitialized(llvm::ArrayRef<int64_t> shape, mlir::Type elementType);
  /// Memory of the caller's, kept alive by `owner` (which may be empty when it outlives all copies).
  static EvalTensor view(llvm::ArrayRef<int64_t> shape, mlir::Type elementType, const void *data,
                         std::shared_ptr<const void> owner);
  /// Elements, an integer, a float or a bool. Fails for attributes without data. Does not copy what lies in memory as it is needed.
  static llvm::FailureOr<EvalTensor> fromAttribute(mlir::Attribute attribute);
  static EvalTensor scalar(mlir::Type type, double value);
  static EvalTensor scalar(mlir::Type type, int64_t value);
  static EvalTensor index(mlir::MLIRContext *context, int64_t value);
  /// From host values of exactly the element's width: `float` for f32, `uint16_t` for f16 and bf16, `uint8_t` for bool.
  template <typename T> static EvalTensor of(llvm::ArrayRef<int64_t> shape, mlir::Type elementType, llvm::ArrayRef<T> values) {
    EvalTensor result = uninitialized(shape, elementType);
    assert(values.size() * sizeof(T) == result.getNumBytes() && "as many values as elements");
    std::copy(values.begin(), values.end(), result.data<T>());
    return result;
  }

  /// As elements: dense when there are few or all are equal, so that patterns see them, and a resource otherwise.
  mlir::ElementsAttr toElements() const;
  /// `toElements`, or the IntegerAttr or FloatAttr of a value whose type is the scalar type itself.
  mlir::Attribute toAttribute(mlir::Type type) const;

  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  int64_t getRank() const { return shape.size(); }
  int64_t getDimSize(int64_t dim) const { return shape[dim]; }
  int64_t getNumElements() const { return count; }
  mlir::Type getElementType() const { return elementType; }
  mlir::RankedTensorType getType() const { return mlir::RankedTensorType::get(shape, elementType); }
  explicit operator bool() const { return static_cast<bool>(elementType); }

  unsigned getElementBytes() const { return elementBytes; }
  size_t getNumBytes() const { return static_cast<size_t>(count) * elementBytes; }
  const char *bytes() const { return storage.get(); }
  /// Only for a tensor just made.
  char *bytes() { return const_cast<char *>(storage.get()); }
  template <typename T> const T *data() const { return reinterpret_cast<const T *>(storage.get()); }
  template <typename T> T *data() { return reinterpret_cast<T *>(bytes()); }
  template <typename T> llvm::ArrayRef<T> values() const { return {data<T>(), static_cast<size_t>(count)}; }

  /// Elements in row-major order, converted as by `cast`.
  double getDouble(int64_t i) const;
  int64_t getInt(int64_t i) const;
  void setDouble(int64_t i, double value);
  void setInt(int64_t i, int64_t value);

  /// The same elements under another shape of as many.
  EvalTensor reshaped(llvm::ArrayRef<int64_t> newShape) const;
  /// The same bytes as elements of another type of that width.
  EvalTensor retyped(mlir::Type newElementType) const;
  /// Elements converted as by `cast`.
  EvalTensor converted(mlir::Type newElementType) const;
  EvalTensor copied() const;

  static unsigned getElementBytes(mlir::Type elementType);
  /// Whether elements of the type can be evaluated at all.
  static bool isSupported(mlir::Type elementType);

private:
  std::shared_ptr<const char> storage;
  llvm::SmallVector<int64_t, 6> shape;
  mlir::Type elementType;
  int64_t count = 0;
  unsigned elementBytes = 0;
};

using EvalObserver = llvm::function_ref<void(mlir::Operation *, llvm::ArrayRef<EvalTensor>)>;

/// What a training keeps from step to step, by name.
struct EvalVariables {
  llvm::StringMap<EvalTensor> values;  ///< at the begin of the step; a variable that is not there has its initial value
  llvm::StringMap<EvalTensor> changed; ///< at its end
  llvm::StringMap<EvalTensor> scalars; ///< `seed`, `step`, ...
};

/// The values of one evaluation, and what went wrong in it.
class EvalState {
public:
  const EvalTensor &tensor(mlir::Value value) const;
  bool has(mlir::Value value) const { return values.count(value); }
  int64_t index(mlir::Value value) const { return tensor(value).getInt(0); }
  int64_t index(mlir::OpFoldResult value) const;
  /// Mixed offsets, steps or pads.
  llvm::SmallVector<int64_t> integers(mlir::ValueRange dynamics, llvm::ArrayRef<int64_t> statics) const;
  /// Mixed sizes; fails when one is negative or a tensor of them would not fit into memory.
  llvm::FailureOr<llvm::SmallVector<int64_t>> sizes(mlir::ValueRange dynamics, llvm::ArrayRef<int64_t> statics);
  llvm::LogicalResult checkShape(llvm::ArrayRef<int64_t> shape);

  void set(mlir::Value value, EvalTensor tensor) { values[value] = std::move(tensor); }
  void erase(mlir::Value value) { values.erase(value); }

  /// Remembers what is wrong with the operation being evaluated. Always failure.
  llvm::LogicalResult error(const llvm::Twine &message);
  llvm::StringRef getError() const { return message; }
  mlir::Operation *getErrorOp() const { return errorOp; }

  /// Evaluates one operation whose operands are set; afterwards its results are.
  llvm::LogicalResult evaluate(mlir::Operation *op);
  /// Evaluates a block and returns the operands of its terminator. Values that are not used any more are dropped on the way.
  llvm::FailureOr<llvm::SmallVector<EvalTensor>> run(mlir::Block &block, llvm::ArrayRef<EvalTensor> arguments);

  /// Where there are none, variables have their initial values and changes are lost.
  EvalVariables *variables = nullptr;
  /// Called after each operation of the blocks that are run.
  std::optional<EvalObserver> observer;

private:
  const llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::Value, 2>> &lastUses(mlir::Block &block);

  llvm::DenseMap<mlir::Value, EvalTensor> values;
  llvm::DenseMap<mlir::Block *, std::unique_ptr<llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::Value, 2>>>> lastUsesOf;
  mlir::Operation *current = nullptr, *errorOp = nullptr;
  std::string message;
};

/// Evaluates a function: `ingot`, `func`, `scf`, `arith` and `tensor` ops. `error` gets what went wrong and where.
llvm::FailureOr<llvm::SmallVector<EvalTensor>> interpret(mlir::func::FuncOp function, llvm::ArrayRef<EvalTensor> inputs,
                                                         std::string &error, std::optional<EvalObserver> observer = std::nullopt,
                                                         EvalVariables *variables = nullptr);

/// The results of an operation all of whose operands are constants, as attributes of exactly their shapes. Fails where an operand
/// is not constant, the operation has an effect or cannot be evaluated, or the results have more than `maxBytes` (if not negative).
llvm::LogicalResult foldByEvaluation(mlir::Operation *op, llvm::SmallVectorImpl<mlir::Attribute> &results, int64_t maxBytes = -1);
/// The same for one result, as a new constant of the result's type; null where it cannot be folded.
mlir::Value foldByEvaluation(mlir::OpBuilder &builder, mlir::Operation *op, int64_t maxBytes = -1);

/// What a `custom_call` computes.
using CustomCallEvaluator = llvm::LogicalResult (*)(CustomCallOp op, EvalState &state);
/// To be called before any evaluation.
void registerCustomCall(llvm::StringRef callee, CustomCallEvaluator evaluator);

} // namespace ingot

#endif // INGOT_IR_EVAL_EVAL_H

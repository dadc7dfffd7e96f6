//===- IngotInterfaces.td - What the compiler may ask of an op ---------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------------===//

#ifndef INGOT_INTERFACES_TD
#define INGOT_INTERFACES_TD

include "mlir/IR/Interfaces.td"

def Ingot_EvalOpInterface : OpInterface<"EvalOpInterface"> {
  let cppNamespace = "::ingot";
  let description = [{
    The reference meaning of an op: constant folding, `ingot diff` and the expected value of every end-to-end test use it.
    Slow and obvious is right here.
  }];
  let methods = [InterfaceMethod<[{
      Reads its operands from `state` and sets every result there. Fails, with `state.error(...)`, only for run-time errors
      such as an index out of range.
    }], "::llvm::LogicalResult", "evaluate", (ins "::ingot::EvalState &":$state)>];
}

def Ingot_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::ingot";
  let description = [{
    Reverse-mode differentiation. An op has a rule, a derivative of zero (or none: integers), or cannot be differentiated; it always
    says which.
  }];
  let methods = [
    InterfaceMethod<"Whether, and how, the op can be differentiated.", "::ingot::Differentiability",
                    "getDifferentiability", (ins)>,
    InterfaceMethod<[{
      Builds the cotangent of each operand from those of the results. A null Value means zero, on both sides; trailing ones may be
      left out. `wanted` tells for each operand whether its cotangent is of use (empty: all are), so that nothing costly is built in
      vain. Only called when `getDifferentiability()` says `HasRule`.
    }], "::llvm::SmallVector<::mlir::Value>", "buildVJP",
        (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$cotangents, "::llvm::ArrayRef<bool>":$wanted)>];
}

def Ingot_AxisOpInterface : OpInterface<"AxisOpInterface"> {
  let cppNamespace = "::ingot";
  let description = [{
    How an op's dimensions move with a transpose of its data operands, so that transposes can sink through it and cancel.
  }];
  let methods = [
    InterfaceMethod<[{
      Rebuilds the op on `operands` (the data operands listed by `getTransposableOperands`, each already permuted so that
      dimension `i` of the new operand is dimension `permutation[i]` of the old one) and returns results permuted likewise, or
      failure where the op cannot commute with this permutation.
    }], "::llvm::FailureOr<::llvm::SmallVector<::mlir::Value>>", "permuteDimensions",
        (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands,
             "::llvm::ArrayRef<int64_t>":$permutation)>,
    InterfaceMethod<[{
      Operand numbers that have the result's dimensions and move with them. None, where the op can be rebuilt on its operands as
      they are.
    }],
        "::llvm::SmallVector<unsigned>", "getTransposableOperands", (ins)>];
}

def Ingot_CostOpInterface : OpInterface<"CostOpInterface"> {
  let cppNamespace = "::ingot";
  let description = "What an op costs, for cost models and reports.";
  let methods = [InterfaceMethod<[{
      Floating-point or integer operations of one execution, a multiply-add counted as two; `std::nullopt` when a size is dynamic.
    }], "::std::optional<int64_t>", "getOperationCount", (ins), [{}], [{
      return ::ingot::countElementwiseOperations($_op.getOperation());
    }]>];
}

def Ingot_SizeOpInterface : OpInterface<"SizeOpInterface"> {
  let cppNamespace = "::ingot";
  let description = [{
    Where the sizes of results come from, as far as that takes no arithmetic. Sizes of dynamic dimensions are traced through it
    without building IR; `ReifyRankedShapedTypeOpInterface` computes the others.
  }];
  let methods = [InterfaceMethod<"The source of one size; an empty one where it is computed or depends on data.",
      "::ingot::SizeSource", "getSizeSource", (ins "unsigned":$result, "int64_t":$dim)>];
}

#endif // INGOT_INTERFACES_TD

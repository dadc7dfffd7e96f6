//===- BufferizationModels.cpp - How linalg_ext bufferizes ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/memory/BufferizationModels.h"
#include "ir/LinalgExt/LinalgExt.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::bufferization;

namespace ingot {
namespace {

// Whether the op looks at what its outputs hold before it writes them. An op that does not may get any buffer, and a producer
// whose result is overwritten needs no copy.
bool readsOutputs(Operation *op) {
  if (auto dispatch = dyn_cast<linalg_ext::DispatchOp>(op))
    return dispatch.getAccumulates();
  return isa<linalg_ext::ScatterOp>(op);
}

// Whether `kernel` reads its argument `input` only where it computes the same element of result `output`, and one pass computes it: only
// then may both be one memory. Elementwise work and the work on the result of a product are; a reduction is not.
bool readsOnlyWhereItWrites(func::FuncOp kernel, unsigned input, unsigned output) {
  auto form = kernel->getAttrOfType<StringAttr>("ingot.form");
  if (!form || (form.getValue() != "map" && form.getValue() != "contract"))
    return false;
  BlockArgument argument = kernel.getArgument(input);
  Operation *ret = kernel.getBody().front().getTerminator();
  if (!kernel.getBody().hasOneBlock() || argument.getType() != ret->getOperand(output).getType())
    return false;
  // Each result is a chain of parallel work with identity maps back to every reader of the argument.
  DenseSet<Operation *> pointwise;
  SmallVector<Value> values(ret->getOperands());
  while (!values.empty()) {
    auto op = values.pop_back_val().getDefiningOp<linalg::GenericOp>();
    if (!op || op.getNumReductionLoops() != 0 || !pointwise.insert(op).second)
      continue;
    for (OpOperand &operand : op->getOpOperands())
      if (op.getMatchingIndexingMap(&operand).isIdentity())
        values.push_back(operand.get());
  }
  for (OpOperand &use : argument.getUses()) {
    if (isa<tensor::DimOp>(use.getOwner()))
      continue;
    auto op = dyn_cast<linalg::GenericOp>(use.getOwner());
    if (!op || !pointwise.contains(op) || !op.getMatchingIndexingMap(&use).isIdentity())
      return false;
    // What it computes of the argument must not be read elsewhere by a reduction or a permuted map.
    for (Operation *user : op->getUsers())
      if (user != ret && !pointwise.contains(user))
        return false;
    for (Value result : op->getResults())
      for (OpOperand &next : result.getUses())
        if (auto reader = dyn_cast<linalg::GenericOp>(next.getOwner()); reader && !reader.getMatchingIndexingMap(&next).isIdentity())
          return false;
  }
  return true;
}

template <typename OpT>
struct DestinationModel : DstBufferizableOpInterfaceExternalModel<DestinationModel<OpT>, OpT> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand, const AnalysisState &) const {
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand) || readsOutputs(op);
  }

  bool bufferizesToElementwiseAccess(Operation *op, const AnalysisState &, ArrayRef<OpOperand *> operands) const {
    auto dispatch = dyn_cast<linalg_ext::DispatchOp>(op);
    if (!dispatch)
      return false;
    // The kernels stand aside while the main functions are bufferized; what may be in place was written down before.
    auto pairs = dispatch->getAttrOfType<DenseI64ArrayAttr>(inPlaceAttrName);
    if (!pairs)
      return false;
    unsigned first = dispatch.getOutputs().empty() ? 0 : dispatch.getOutputsMutable().begin()->getOperandNumber();
    int64_t input = -1, output = -1;
    for (OpOperand *operand : operands)
      (operand->getOperandNumber() >= first ? output : input) = operand->getOperandNumber();
    for (size_t i = 0; i + 1 < pairs.size(); i += 2)
      if (pairs[i] == input && pairs[i + 1] + first == output)
        return true;
    return false;
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter, const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto destination = cast<DestinationStyleOpInterface>(op);
    SmallVector<Value> operands, results;
    for (OpOperand &operand : op->getOpOperands()) {
      if (!isa<TensorType>(operand.get().getType())) {
        operands.push_back(operand.get());
        continue;
      }
      FailureOr<Value> buffer = getBuffer(rewriter, operand.get(), options, state);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
      if (destination.isDpsInit(&operand))
        results.push_back(*buffer);
    }
    rewriter.setInsertionPoint(op);
    OperationState copy(op->getLoc(), op->getName(), operands, TypeRange(), op->getAttrs());
    copy.propertiesAttr = op->getPropertiesAsAttribute();
    rewriter.create(copy);
    replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};

template <typename... OpTs>
void attach(MLIRContext *context) {
  (OpTs::template attachInterface<DestinationModel<OpTs>>(*context), ...);
}

} // namespace

void markInPlace(linalg_ext::DispatchOp dispatch, func::FuncOp kernel) {
  SmallVector<int64_t> pairs;
  unsigned inputs = dispatch.getInputs().size();
  for (unsigned output = 0; output < dispatch.getNumResults(); ++output)
    for (unsigned input = 0; input < inputs; ++input)
      if (dispatch.getInputs()[input].getType() == dispatch->getResult(output).getType() && readsOnlyWhereItWrites(kernel, input, output)) {
        pairs.push_back(input);
        pairs.push_back(output);
      }
  if (!pairs.empty())
    dispatch->setAttr(inPlaceAttrName, DenseI64ArrayAttr::get(dispatch.getContext(), pairs));
}

void registerLinalgExtBufferization(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg_ext::LinalgExtDialect *) {
    attach<linalg_ext::DispatchOp, linalg_ext::ScatterOp, linalg_ext::ScanOp, linalg_ext::ArgReduceOp, linalg_ext::NonzeroOp,
           linalg_ext::KernelCallOp>(context);
  });
}

} // namespace ingot

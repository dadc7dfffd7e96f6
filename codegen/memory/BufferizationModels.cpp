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

// Whether each element of the result is computed from the same element of each operand that `op` reads as a whole.
bool isPointwise(linalg::GenericOp op) {
  return op.getNumReductionLoops() == 0 && op->getNumResults() == 1 && op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity();
}

// The loops of the elementwise work that a kernel does once for each of its rows, behind reductions; of elementwise kernels and behind
// products, all loops. None where another order of reads and writes is possible.
std::optional<unsigned> loopsOfResults(func::FuncOp kernel) {
  auto form = kernel->getAttrOfType<StringAttr>("ingot.form");
  if (!form || !kernel.getBody().hasOneBlock())
    return std::nullopt;
  unsigned all = 0, rows = 0;
  for (auto op : kernel.getOps<linalg::GenericOp>()) {
    all = std::max<unsigned>(all, op.getNumLoops());
    if (op.getNumReductionLoops())
      rows = op.getNumParallelLoops();
  }
  if (form.getValue() == "map")
    return all;
  if (form.getValue() == "contract")
    return rows;
  if (form.getValue() != "rows")
    return std::nullopt;
  // What has all loops of a kernel with reductions is computed in several passes over a row.
  for (auto op : kernel.getOps<linalg::GenericOp>())
    if (op.getNumReductionLoops() && (op.getNumLoops() != all || op.getNumParallelLoops() != rows))
      return std::nullopt;
  return rows;
}

// Whether `kernel` reads its argument `input` only where it computes the same element of result `output`, before it writes it: only then
// may both be one memory. Kernels compute what an element of a result follows from once, and then store it; so all that reads the argument
// must be on the way to that result, and nothing else may look at other elements of what is computed on that way.
bool readsOnlyWhereItWrites(func::FuncOp kernel, unsigned input, unsigned output) {
  std::optional<unsigned> loops = loopsOfResults(kernel);
  if (!loops)
    return false;
  BlockArgument argument = kernel.getArgument(input);
  Operation *ret = kernel.getBody().front().getTerminator();
  auto isOnLevel = [&](linalg::GenericOp op) { return op && op.getNumLoops() == *loops && isPointwise(op); };
  auto result = ret->getOperand(output).getDefiningOp<linalg::GenericOp>();
  if (!isOnLevel(result) || argument.getType() != ret->getOperand(output).getType())
    return false;
  DenseSet<Operation *> way;
  SmallVector<linalg::GenericOp> left{result};
  while (!left.empty()) {
    linalg::GenericOp op = left.pop_back_val();
    if (!way.insert(op).second)
      continue;
    for (OpOperand *operand : op.getDpsInputOperands())
      if (auto source = operand->get().getDefiningOp<linalg::GenericOp>(); isOnLevel(source) && op.getMatchingIndexingMap(operand).isIdentity())
        left.push_back(source);
  }
  SmallVector<Value> values;
  for (OpOperand &use : argument.getUses()) {
    if (isa<tensor::DimOp>(use.getOwner()))
      continue;
    auto op = dyn_cast<linalg::GenericOp>(use.getOwner());
    if (!op || !way.contains(op) || !op.isDpsInput(&use) || !op.getMatchingIndexingMap(&use).isIdentity())
      return false;
    values.push_back(op.getResult(0));
  }
  DenseSet<Value> seen;
  while (!values.empty()) {
    Value value = values.pop_back_val();
    if (!seen.insert(value).second)
      continue;
    for (OpOperand &use : value.getUses()) {
      if (use.getOwner() == ret || isa<tensor::DimOp>(use.getOwner()))
        continue;
      auto op = dyn_cast<linalg::GenericOp>(use.getOwner());
      if (!isOnLevel(op) || !op.isDpsInput(&use) || !op.getMatchingIndexingMap(&use).isIdentity())
        return false;
      values.push_back(op.getResult(0));
    }
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

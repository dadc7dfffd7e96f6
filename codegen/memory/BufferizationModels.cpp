//===- BufferizationModels.cpp - How linalg_ext bufferizes ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/memory/BufferizationModels.h"
#include "ir/LinalgExt/LinalgExt.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
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

template <typename OpT>
struct DestinationModel : DstBufferizableOpInterfaceExternalModel<DestinationModel<OpT>, OpT> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand, const AnalysisState &) const {
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand) || readsOutputs(op);
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

void registerLinalgExtBufferization(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg_ext::LinalgExtDialect *) {
    attach<linalg_ext::DispatchOp, linalg_ext::ScatterOp, linalg_ext::ScanOp, linalg_ext::ArgReduceOp, linalg_ext::NonzeroOp,
           linalg_ext::KernelCallOp>(context);
  });
}

} // namespace ingot

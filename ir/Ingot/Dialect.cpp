//===- Dialect.cpp - The ingot dialect ------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/Shapes.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

//===--- Types of elementwise ops in the assembly --------------------------===//

// One type where all operands and the result have it, a function type where they differ in what is static.
template <typename... Types> static void printOneOrAllTypes(OpAsmPrinter &printer, Operation *, Types... types) {
  SmallVector<Type> all = {types...};
  if (llvm::all_equal(all))
    printer << all.back();
  else
    printer.printFunctionalType(ArrayRef<Type>(all).drop_back(), ArrayRef<Type>(all).take_back());
}

template <typename... Types> static ParseResult parseOneOrAllTypes(OpAsmParser &parser, Types &...types) {
  SmallVector<Type *> all = {&types...};
  SMLoc loc = parser.getCurrentLocation();
  Type type;
  if (parser.parseType(type))
    return failure();
  auto function = dyn_cast<FunctionType>(type);
  if (!function) {
    for (Type *each : all)
      *each = type;
    return success();
  }
  if (function.getNumInputs() != all.size() - 1 || function.getNumResults() != 1)
    return parser.emitError(loc) << "expected " << all.size() - 1 << " operand types and one result type";
  for (auto [each, input] : llvm::zip(ArrayRef(all).drop_back(), function.getInputs()))
    *each = input;
  *all.back() = function.getResult(0);
  return success();
}

#include "ir/Ingot/IngotDialect.cpp.inc"
#include "ir/Ingot/IngotEnums.cpp.inc"
#include "ir/Ingot/IngotInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "ir/Ingot/IngotAttributes.cpp.inc"

#define GET_OP_CLASSES
#include "ir/Ingot/IngotOps.cpp.inc"

namespace ingot {

void IngotDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/Ingot/IngotAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "ir/Ingot/IngotOps.cpp.inc"
      >();
}

Operation *IngotDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type || !isa<RankedTensorType>(type))
    return nullptr;
  return ConstantOp::create(builder, loc, elements);
}

namespace {
// `tensor.dim` of an op's result becomes the size operand or the operand's dimension it comes from. Sizes that take arithmetic are
// left to the passes that need them: expanding them here would repeat a chain of convolutions' arithmetic for each of its links.
struct TraceDim : OpRewritePattern<tensor::DimOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::DimOp op, PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getSource().getType());
    std::optional<int64_t> dim = op.getConstantIndex();
    if (!type || !dim || *dim < 0 || *dim >= type.getRank())
      return rewriter.notifyMatchFailure(op, "not a known dimension of a ranked tensor");
    SizeSource source = traceSize(op.getSource(), *dim);
    if (!source.size && source.tensor == op.getSource())
      return rewriter.notifyMatchFailure(op, "the size does not come from elsewhere");
    rewriter.replaceOp(
        op, getValueOrCreateConstantIndexOp(rewriter, op.getLoc(), getMixedSize(rewriter, op.getLoc(), op.getSource(), *dim)));
    return success();
  }
};
} // namespace

void IngotDialect::getCanonicalizationPatterns(RewritePatternSet &patterns) const {
  patterns.add<TraceDim>(getContext());
}

std::optional<int64_t> countElementwiseOperations(Operation *op) {
  if (op->getNumResults() == 0)
    return 0;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || !type.hasStaticShape())
    return std::nullopt;
  return type.getNumElements();
}

} // namespace ingot

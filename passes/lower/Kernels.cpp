//===- Kernels.cpp - Calls of the runtime's C kernels -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel gets everything it needs from the caller, its working memory as well: an output that nobody reads.
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Kernels.h"

#include "ir/LinalgExt/LinalgExt.h"

using namespace mlir;

namespace ingot::lower {

/// The type codes of ONNX, which `ingot/kernel.h` uses.
static int64_t dtypeOf(Type logical) {
  if (logical.isInteger(1))
    return 9;
  if (logical.isF16())
    return 10;
  if (logical.isBF16())
    return 16;
  if (isa<FloatType>(logical))
    return logical.isF64() ? 11 : 1;
  switch (logical.getIntOrFloatBitWidth()) {
  case 8:
    return logical.isUnsignedInteger() ? 2 : 3;
  case 16:
    return logical.isUnsignedInteger() ? 4 : 5;
  case 32:
    return logical.isUnsignedInteger() ? 12 : 6;
  default:
    return logical.isUnsignedInteger() ? 13 : 7;
  }
}

static SmallVector<Value> callKernel(LinalgBuilder &b, StringRef callee, ArrayRef<Value> inputs, ArrayRef<Value> scalars,
                                     ArrayRef<Value> outputs, ArrayRef<int64_t> dtypes) {
  auto call = linalg_ext::KernelCallOp::create(b, TypeRange(ValueRange(outputs)), b.getStringAttr(callee), inputs, scalars, outputs,
                                               b.getDenseI64ArrayAttr(dtypes));
  return SmallVector<Value>(call.getResults());
}

SmallVector<Value> sortAlong(LinalgBuilder &b, Operation *op, Value x, OpFoldResult k, int64_t axis, bool descending,
                             const TypeConverter &types) {
  Sizes sizes = b.sizes(x);
  Value workspace = b.empty({b.mul(sizes[axis], b.getIndexAttr(2))}, b.getI64Type());
  sizes[axis] = k;
  Value values = b.empty(sizes, elementOf(x)), indices = b.empty(sizes, b.getI64Type());
  Type logical = elementOf(op->getOperand(0));
  SmallVector<int64_t> dtypes{dtypeOf(logical), dtypeOf(logical), dtypeOf(b.getI64Type()), dtypeOf(b.getI64Type())};
  SmallVector<Value> results =
      callKernel(b, "ingot_kernel_sort", {x}, {b.index(axis), b.index(descending)}, {values, indices, workspace}, dtypes);
  return {b.cast(results[0], types.convertType(op->getResult(0).getType())),
          b.cast(results[1], types.convertType(op->getResult(1).getType()))};
}

namespace {

/// Boxes chosen of [batches, boxes, 4] by scores of [batches, classes, boxes]: a row of batch, class and box each. There are at
/// most as many rows as boxes for each batch and class; how many there are comes back with them.
struct LowerNonMaxSuppression : OpConversionPattern<CustomCallOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(CustomCallOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (op.getCallee() != "non_max_suppression" || op.getInputs().size() != 5)
      return rewriter.notifyMatchFailure(op, "another callee");
    LinalgBuilder b(op.getLoc(), rewriter);
    Value boxes = adaptor.getInputs()[0], scores = adaptor.getInputs()[1];
    Type i64 = b.getI64Type();
    OpFoldResult count = b.dim(boxes, 1), three = b.getIndexAttr(3);
    OpFoldResult bound = b.mul(b.mul(b.dim(scores, 0), b.dim(scores, 1)), count);
    Value chosen = b.empty({bound, three}, i64), found = b.empty({}, i64);
    Value workspace = b.empty({b.mul(count, three)}, i64);
    int64_t centre = 0;
    if (DictionaryAttr parameters = op.getParametersAttr())
      if (auto attr = parameters.getAs<IntegerAttr>("center_point_box"))
        centre = attr.getInt();
    SmallVector<int64_t> dtypes;
    for (Value input : op.getInputs())
      dtypes.push_back(dtypeOf(elementOf(input)));
    dtypes.append(3, dtypeOf(i64));
    SmallVector<Value> results = callKernel(b, "ingot_kernel_non_max_suppression", llvm::to_vector(adaptor.getInputs()),
                                            {b.index(centre)}, {chosen, found, workspace}, dtypes);
    OpFoldResult rows = arith::IndexCastOp::create(b, b.getIndexType(), b.extract(results[1], {})).getResult();
    OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
    Value result = tensor::ExtractSliceOp::create(b, results[0], Sizes{zero, zero}, Sizes{rows, three}, Sizes{one, one});
    rewriter.replaceOp(op, b.cast(result, getTypeConverter()->convertType(op.getResult(0).getType())));
    return success();
  }
};

/// As many numbers as the operand says; the generator's state is working memory.
struct LowerMersenneTwister : OpConversionPattern<CustomCallOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(CustomCallOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (op.getCallee() != "mt19937_uniform" || op.getInputs().size() != 1)
      return rewriter.notifyMatchFailure(op, "another callee");
    LinalgBuilder b(op.getLoc(), rewriter);
    auto seed = op.getParametersAttr() ? op.getParametersAttr().getAs<IntegerAttr>("seed") : IntegerAttr();
    Value numbers = b.empty({OpFoldResult(adaptor.getInputs()[0])}, b.getF64Type());
    Value generator = b.empty({b.getIndexAttr(624)}, b.getI32Type());
    SmallVector<int64_t> dtypes{dtypeOf(b.getF64Type()), dtypeOf(b.getI32Type())};
    SmallVector<Value> results =
        callKernel(b, "ingot_kernel_mt19937_uniform", {}, {b.index(seed ? seed.getInt() : 0)}, {numbers, generator}, dtypes);
    rewriter.replaceOp(op, b.cast(results[0], getTypeConverter()->convertType(op.getResult(0).getType())));
    return success();
  }
};

/// Other kernels: results of static sizes.
struct LowerCustomCall : OpConversionPattern<CustomCallOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(CustomCallOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    SmallVector<Value> inputs, scalars, outputs;
    SmallVector<int64_t> dtypes;
    for (auto [original, input] : llvm::zip(op.getInputs(), adaptor.getInputs())) {
      if (!isa<RankedTensorType>(input.getType())) {
        scalars.push_back(input);
        continue;
      }
      inputs.push_back(input);
      dtypes.push_back(dtypeOf(elementOf(original)));
    }
    for (Value result : op.getResults()) {
      auto type = cast<RankedTensorType>(result.getType());
      if (!type.hasStaticShape())
        return op.emitError() << "custom call of '" << op.getCallee() << "': the sizes of its results are not known";
      outputs.push_back(b.empty(getAsIndexOpFoldResult(getContext(), type.getShape()), storageType(type.getElementType())));
      dtypes.push_back(dtypeOf(type.getElementType()));
    }
    rewriter.replaceOp(op, callKernel(b, ("ingot_kernel_" + op.getCallee()).str(), inputs, scalars, outputs, dtypes));
    return success();
  }
};

} // namespace

void populateKernels(const TypeConverter &types, Patterns &patterns) {
  patterns.add<LowerNonMaxSuppression, LowerMersenneTwister>(types, patterns.getContext(), /*benefit=*/2);
  patterns.add<LowerCustomCall>(types, patterns.getContext());
}

} // namespace ingot::lower

//===- Lowering.h - What the lowerings to linalg share ----------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An `ingot` op knows signed, unsigned and bool elements; linalg has signless ones, with bool as i8 holding 0 or 1. `LinalgBuilder`
// builds tensors and generic ops over storage types, `Element` does arithmetic in bodies by the element type that the op had.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_LOWER_LOWERING_H
#define INGOT_PASSES_LOWER_LOWERING_H

#include "ir/Ingot/Ingot.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/DialectConversion.h"

namespace ingot::lower {

using Sizes = llvm::SmallVector<mlir::OpFoldResult>;

/// The element type that memory holds: bool is i8, unsigned integers are signless.
mlir::Type storageType(mlir::Type type);
/// The type that bodies compute in: f32 for 16-bit floats, otherwise the storage type.
mlir::Type computeType(mlir::Type type);
inline mlir::Type elementOf(mlir::Value value) {
  return mlir::cast<mlir::ShapedType>(value.getType()).getElementType();
}
inline int64_t rankOf(mlir::Value value) {
  return mlir::cast<mlir::ShapedType>(value.getType()).getRank();
}

/// Dimensions of the operand and of the result of a reshape that hold the same elements.
struct ReshapeGroup {
  mlir::ReassociationIndices source, result;
};

/// What a generic op reads: a tensor through a map, or one constant for all elements.
struct Input {
  mlir::Value tensor;
  mlir::AffineMap map;
  mlir::TypedAttr splat = {};
};

/// Builds tensors and generic ops at one location.
class LinalgBuilder : public mlir::ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;
  using BodyFn = llvm::function_ref<mlir::Value(LinalgBuilder &, mlir::ValueRange)>;

  mlir::Value index(int64_t value);
  mlir::Value value(mlir::OpFoldResult size);
  /// Index arithmetic outside bodies; constants fold.
  mlir::OpFoldResult add(mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult sub(mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult mul(mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult floorDiv(mlir::OpFoldResult a, int64_t b);
  mlir::OpFoldResult max(mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult dim(mlir::Value tensor, int64_t d);
  Sizes sizes(mlir::Value tensor);
  mlir::OpFoldResult product(llvm::ArrayRef<mlir::OpFoldResult> sizes);

  mlir::Value empty(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type element);
  mlir::Value filled(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::TypedAttr value);
  mlir::Value cast(mlir::Value tensor, mlir::Type type);
  mlir::Value constant(mlir::TypedAttr value) { return mlir::arith::ConstantOp::create(*this, value); }
  /// A number in a storage or compute type.
  mlir::TypedAttr number(mlir::Type type, double value);
  mlir::Value constantNumber(mlir::Type type, double value) { return constant(number(type, value)); }

  mlir::AffineMap identity(int64_t rank) { return getMultiDimIdentityMap(rank); }
  /// The map of a tensor that has, of `rank` loops, those in `dims`.
  mlir::AffineMap select(int64_t rank, llvm::ArrayRef<int64_t> dims);

  /// One element of the result for each point of `sizes`.
  mlir::Value parallel(llvm::ArrayRef<Input> inputs, llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type element, BodyFn body);
  /// Accumulates into `init` (already filled) through `outputMap`; `reduced` tells which of the loops are reductions. The body
  /// gets the inputs' elements and the accumulator.
  mlir::Value accumulate(llvm::ArrayRef<Input> inputs, mlir::Value init, mlir::AffineMap outputMap, llvm::ArrayRef<bool> reduced,
                         BodyFn body);

  mlir::Value loopIndex(int64_t d) { return mlir::linalg::IndexOp::create(*this, d); }
  /// Reads one element; in bodies.
  mlir::Value extract(mlir::Value tensor, mlir::ValueRange indices) {
    return mlir::tensor::ExtractOp::create(*this, tensor, indices);
  }

  /// The same elements under other sizes, by views only. `groups` says more than can be traced from `tensor`.
  mlir::Value reshape(mlir::Value tensor, llvm::ArrayRef<mlir::OpFoldResult> sizes, llvm::ArrayRef<ReshapeGroup> groups = {});
  /// Views whose grouping is known: `groups[i]` dimensions of the longer shape for dimension i of the shorter.
  mlir::Value collapse(mlir::Value tensor, llvm::ArrayRef<mlir::ReassociationIndices> groups);
  mlir::Value expand(mlir::Value tensor, llvm::ArrayRef<mlir::ReassociationIndices> groups,
                     llvm::ArrayRef<mlir::OpFoldResult> sizes);

  /// Adds (or with a negative amount takes away) elements around a tensor.
  mlir::Value pad(mlir::Value tensor, llvm::ArrayRef<mlir::OpFoldResult> low, llvm::ArrayRef<mlir::OpFoldResult> high,
                  mlir::Value value);

  /// Elements of another type; `from` and `to` as in the ingot dialect.
  mlir::Value convert(mlir::Value tensor, mlir::Type from, mlir::Type to);
};

/// Arithmetic on elements of a type as the ingot op had it (signed, unsigned, bool, float). Values between `load` and `store` are
/// in `compute`; bool is i8.
class Element {
public:
  Element(LinalgBuilder &builder, mlir::Type logical);

  bool isFloat() const { return llvm::isa<mlir::FloatType>(logical); }
  bool isBool() const { return logical.isInteger(1); }
  /// Whether larger bit patterns are larger numbers; bool as well.
  bool isUnsigned() const { return isBool() || logical.isUnsignedInteger(); }
  unsigned width() const { return compute.getIntOrFloatBitWidth(); }

  mlir::Value load(mlir::Value stored);
  mlir::Value store(mlir::Value computed);
  mlir::Value number(double value);
  mlir::Value integer(int64_t value);

  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b);
  mlir::Value rem(mlir::Value a, mlir::Value b, bool fmod);
  mlir::Value max(mlir::Value a, mlir::Value b);
  mlir::Value min(mlir::Value a, mlir::Value b);
  /// i1 results.
  mlir::Value compare(Comparison relation, mlir::Value a, mlir::Value b);
  mlir::Value isNonzero(mlir::Value a);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);

  /// The neutral element of a maximum or minimum, in the storage or compute type `type`.
  mlir::TypedAttr lowest(mlir::Type type) const;
  mlir::TypedAttr highest(mlir::Type type) const;

  LinalgBuilder &b;
  mlir::Type logical, storage, compute;
};

/// Conversion of one element, from a value in the compute type of `from` to one in the compute type of `to`.
mlir::Value convertElement(LinalgBuilder &b, mlir::Value value, mlir::Type from, mlir::Type to);

/// How an elementwise op reads `original`: through broadcasts and without loading constants where possible.
Input elementwiseInput(LinalgBuilder &b, mlir::ConversionPatternRewriter &rewriter, mlir::Value original, mlir::Value converted);
/// Sizes of the result of an elementwise op: static ones where any of the values has them.
Sizes elementwiseSizes(LinalgBuilder &b, mlir::ValueRange converted, mlir::Type resultType);
/// The number a tensor holds everywhere, in storage type.
mlir::TypedAttr splatOf(mlir::Value original);
/// `attr` with elements in storage types; large data is shared.
mlir::ElementsAttr convertElements(mlir::ElementsAttr attr);

/// Whether two sizes of (unconverted) tensors are known to be equal.
bool sameSize(mlir::Value a, int64_t dimA, mlir::Value b, int64_t dimB);
/// `size - factor * (dimension d of tensor)` where that is known to be a constant.
std::optional<int64_t> constantBeyond(mlir::OpFoldResult size, int64_t factor, mlir::Value tensor, int64_t d);
/// How a reshape of `x` to `sizes` can be cut into parts, in order; of traceable values, so best of the unconverted ones.
llvm::SmallVector<ReshapeGroup> reshapeGroups(mlir::Value x, llvm::ArrayRef<mlir::OpFoldResult> sizes);

/// A lowering to one value. The base class reconciles static sizes.
template <typename OpT> struct LowerOp : mlir::OpConversionPattern<OpT> {
  using mlir::OpConversionPattern<OpT>::OpConversionPattern;
  using Adaptor = typename OpT::Adaptor;

  virtual mlir::FailureOr<mlir::Value> lower(OpT op, Adaptor adaptor, LinalgBuilder &b,
                                             mlir::ConversionPatternRewriter &rewriter) const = 0;

  llvm::LogicalResult matchAndRewrite(OpT op, Adaptor adaptor, mlir::ConversionPatternRewriter &rewriter) const final {
    LinalgBuilder b(op.getLoc(), rewriter);
    mlir::FailureOr<mlir::Value> result = lower(op, adaptor, b, rewriter);
    if (failed(result))
      return rewriter.notifyMatchFailure(op, "no linalg form");
    rewriter.replaceOp(op, b.cast(*result, this->getTypeConverter()->convertType(op->getResult(0).getType())));
    return mlir::success();
  }
};

/// `ingot` ops that other `ingot` ops say: composites, gradients of windows, attention, transforms. Before the conversion.
void decompose(mlir::Operation *root);

using Patterns = mlir::RewritePatternSet;
void populateStructural(const mlir::TypeConverter &types, Patterns &patterns);
void populateElementwise(const mlir::TypeConverter &types, Patterns &patterns);
void populateReduction(const mlir::TypeConverter &types, Patterns &patterns);
void populateMovement(const mlir::TypeConverter &types, Patterns &patterns);
void populateIndexing(const mlir::TypeConverter &types, Patterns &patterns);
void populateRandom(const mlir::TypeConverter &types, Patterns &patterns);
void populateResize(const mlir::TypeConverter &types, Patterns &patterns);
void populateContraction(const mlir::TypeConverter &types, Patterns &patterns);
void populateWindow(const mlir::TypeConverter &types, Patterns &patterns);
void populateQuantization(const mlir::TypeConverter &types, Patterns &patterns);

} // namespace ingot::lower

#endif // INGOT_PASSES_LOWER_LOWERING_H

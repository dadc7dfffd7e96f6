//===- ImportBuilder.h - Builds the ingot ops of one ONNX node --*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The folding builder that decoders use: it carries the node's location, makes ONNX's broadcasting explicit and does the arithmetic on sizes.
//
// Errors are sticky: a helper that finds sizes which do not go together reports it (once, with the node's name) and returns something of
// a plausible type; the importer drops the decoder's result. So decoders may be written without looking at each call.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_IMPORTBUILDER_H
#define INGOT_FRONTEND_IMPORTBUILDER_H

#include "frontend/Dims.h"
#include "ir/Ingot/Ingot.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace ingot {

class NodeReader;

inline mlir::RankedTensorType typeOf(mlir::Value v) { return mlir::cast<mlir::RankedTensorType>(v.getType()); }
inline mlir::Type elementTypeOf(mlir::Value v) { return typeOf(v).getElementType(); }
inline int64_t rankOf(mlir::Value v) { return typeOf(v).getRank(); }
inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value v) { return typeOf(v).getShape(); }
/// Whether values are floats of less than 32 bits.
inline bool isSmallFloat(mlir::Type t) { return t.isF16() || t.isBF16(); }

class ImportBuilder : public mlir::ImplicitLocOpBuilder {
public:
  ImportBuilder(mlir::Location loc, mlir::OpBuilder builder, DimTable &dims, NodeReader *node)
      : ImplicitLocOpBuilder(loc, builder), dims(dims), node(node) {}

  /// Builds an op and folds it. The value for an op with one result, the op for others.
  template <typename OpT, typename... Args>
  auto create(Args &&...args) {
    if constexpr (OpT::template hasTrait<mlir::OpTrait::OneResult>())
      return foldSmall(mlir::OpBuilder::createOrFold<OpT>(getLoc(), std::forward<Args>(args)...));
    else
      return OpT::create(static_cast<mlir::OpBuilder &>(*this), getLoc(), std::forward<Args>(args)...);
  }

  // --- Sizes -------------------------------------------------------------------------------------------------------------------------

  /// Sizes of a tensor, equal ones as the same value.
  Dims sizes(mlir::Value tensor);
  Dim size(mlir::Value tensor, int64_t dim) { return dims.sizeOf(*this, tensor, dim); }
  Dim dim(int64_t value) { return getIndexAttr(value); }
  Dims dimList(llvm::ArrayRef<int64_t> values);
  /// The number where it is known.
  static std::optional<int64_t> known(Dim dim) { return mlir::getConstantIntValue(dim); }
  static bool isKnown(Dim dim, int64_t value) { return known(dim) == value; }
  /// All numbers, if all are known.
  static std::optional<llvm::SmallVector<int64_t>> known(llvm::ArrayRef<Dim> dims);
  /// Whether two sizes are known to be equal.
  bool same(Dim a, Dim b);
  Dim addDims(Dim a, Dim b);
  Dim subDims(Dim a, Dim b);
  Dim mulDims(Dim a, Dim b);
  Dim floorDivDims(Dim a, Dim b);
  Dim ceilDivDims(Dim a, Dim b);
  Dim modDims(Dim a, Dim b);
  Dim maxDims(Dim a, Dim b);
  Dim minDims(Dim a, Dim b);
  Dim product(llvm::ArrayRef<Dim> dims);
  /// condition (an i1 value or attribute) ? a : b.
  Dim selectDim(mlir::OpFoldResult condition, Dim a, Dim b);
  /// An i1 value or attribute.
  mlir::OpFoldResult compareDims(mlir::arith::CmpIPredicate predicate, Dim a, Dim b);
  /// As an `index` value.
  mlir::Value index(Dim dim);
  mlir::Value index(int64_t value) { return index(dim(value)); }
  /// Sizes as a tensor<Nxi64> (or another integer type); a single one as tensor<i64>.
  mlir::Value dimsTensor(llvm::ArrayRef<Dim> dims, mlir::Type elementType = {});
  mlir::Value dimScalar(Dim dim, mlir::Type elementType = {});
  /// Element `i` of an integer tensor of rank 0 or 1 as a size; an attribute if it is known.
  Dim extractDim(mlir::Value tensor, int64_t i = 0);
  /// The element of a one-element tensor as a scalar value of its (signless) element type.
  mlir::Value extractScalar(mlir::Value tensor);
  /// The tensor type of these sizes.
  mlir::RankedTensorType tensorType(llvm::ArrayRef<Dim> sizes, mlir::Type elementType);

  // --- Constants ---------------------------------------------------------------------------------------------------------------------

  mlir::Value constant(mlir::ElementsAttr value) { return create<ConstantOp>(value); }
  /// tensor<T> of one element, converted to `elementType` (bool: not zero).
  mlir::Value scalar(double value, mlir::Type elementType);
  mlir::Value scalarInt(int64_t value, mlir::Type elementType);
  mlir::Value splat(double value, mlir::Type elementType, llvm::ArrayRef<Dim> sizes);
  /// A splat of x's element type and sizes.
  mlir::Value splatLike(double value, mlir::Value x);
  mlir::Value constantInts(llvm::ArrayRef<int64_t> values, mlir::Type elementType = {});
  mlir::Value constantFloats(llvm::ArrayRef<double> values, mlir::Type elementType = {});
  mlir::TypedAttr numberAttr(double value, mlir::Type elementType);

  // --- Elementwise -------------------------------------------------------------------------------------------------------------------

  /// ONNX's multidirectional broadcasting: all get the same sizes. Nothing is built where shapes are equal already.
  void broadcastTogether(llvm::MutableArrayRef<mlir::Value> values);
  void broadcastTogether(mlir::Value &a, mlir::Value &b);
  /// Sizes of the common shape.
  Dims broadcastSizes(llvm::ArrayRef<mlir::Value> values);
  /// x at `sizes`, dimensions aligned at the right. Size 1 (perhaps only at run time) is repeated.
  mlir::Value broadcastTo(mlir::Value x, llvm::ArrayRef<Dim> sizes);
  mlir::Value broadcastLike(mlir::Value x, mlir::Value like) { return broadcastTo(x, sizes(like)); }
  /// Dimension i of x becomes dimension `dimensions[i]` (ascending) of the result.
  mlir::Value broadcastAlong(mlir::Value x, llvm::ArrayRef<int64_t> dimensions, llvm::ArrayRef<Dim> sizes);
  /// A vector along one axis of x's shape (bias, scale).
  mlir::Value broadcastVector(mlir::Value vector, int64_t axis, mlir::Value like) {
    return broadcastAlong(vector, {axis}, sizes(like));
  }

  /// A binary op after broadcasting.
  template <typename OpT>
  mlir::Value binary(mlir::Value a, mlir::Value b) {
    broadcastTogether(a, b);
    return create<OpT>(a, b);
  }
  mlir::Value add(mlir::Value a, mlir::Value b) { return binary<AddOp>(a, b); }
  mlir::Value sub(mlir::Value a, mlir::Value b) { return binary<SubOp>(a, b); }
  mlir::Value mul(mlir::Value a, mlir::Value b) { return binary<MulOp>(a, b); }
  mlir::Value div(mlir::Value a, mlir::Value b) { return binary<DivOp>(a, b); }
  mlir::Value max(mlir::Value a, mlir::Value b) { return binary<MaxOp>(a, b); }
  mlir::Value min(mlir::Value a, mlir::Value b) { return binary<MinOp>(a, b); }
  mlir::Value add(mlir::Value a, double b) { return add(a, scalar(b, elementTypeOf(a))); }
  mlir::Value sub(mlir::Value a, double b) { return sub(a, scalar(b, elementTypeOf(a))); }
  mlir::Value mul(mlir::Value a, double b) { return mul(a, scalar(b, elementTypeOf(a))); }
  mlir::Value div(mlir::Value a, double b) { return div(a, scalar(b, elementTypeOf(a))); }
  mlir::Value rsub(double a, mlir::Value b) { return sub(scalar(a, elementTypeOf(b)), b); }
  mlir::Value compare(Comparison relation, mlir::Value a, mlir::Value b);
  mlir::Value compare(Comparison relation, mlir::Value a, double b) { return compare(relation, a, scalar(b, elementTypeOf(a))); }
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value clamp(mlir::Value x, double low, double high);
  /// Nothing is built where the type is right already.
  mlir::Value castTo(mlir::Value x, mlir::Type elementType);

  // --- Movement ----------------------------------------------------------------------------------------------------------------------

  mlir::Value reshape(mlir::Value x, llvm::ArrayRef<Dim> sizes);
  mlir::Value reshape(mlir::Value x, llvm::ArrayRef<int64_t> sizes) { return reshape(x, dimList(sizes)); }
  mlir::Value reshapeLike(mlir::Value x, mlir::Value like) { return reshape(x, sizes(like)); }
  /// Two dimensions: those before `axis` and those from it on.
  mlir::Value flatten(mlir::Value x, int64_t axis);
  mlir::Value transpose(mlir::Value x, llvm::ArrayRef<int64_t> permutation);
  mlir::Value swapDims(mlir::Value x, int64_t a, int64_t b);
  mlir::Value slice(mlir::Value x, llvm::ArrayRef<Dim> offsets, llvm::ArrayRef<Dim> sizes, llvm::ArrayRef<Dim> steps = {});
  /// `size` indices from `offset` on along one axis.
  mlir::Value sliceAlong(mlir::Value x, int64_t axis, Dim offset, Dim size);
  /// One index along an axis, which the result no longer has.
  mlir::Value pick(mlir::Value x, int64_t axis, Dim index);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> values, int64_t axis);
  /// Inserts dimensions of size 1, at these (sorted) positions of the result.
  mlir::Value unsqueeze(mlir::Value x, llvm::ArrayRef<int64_t> axes);
  mlir::Value squeeze(mlir::Value x, llvm::ArrayRef<int64_t> axes);
  mlir::Value reduce(ReduceKind kind, mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keepDims);
  mlir::Value iota(mlir::Type elementType, llvm::ArrayRef<Dim> sizes, int64_t dimension);
  mlir::Value iota(mlir::Type elementType, Dim size) { return iota(elementType, {size}, 0); }
  mlir::Value pad(mlir::Value x, llvm::ArrayRef<Dim> low, llvm::ArrayRef<Dim> high, mlir::Value value, PadMode mode = PadMode::Constant);
  /// tensor.cast to a type that is more or less static; nothing where the type is right already.
  mlir::Value castShape(mlir::Value x, mlir::RankedTensorType type);

  DimTable &getDims() { return dims; }

private:
  DimTable &dims;
  NodeReader *node;

  void fail(const llvm::Twine &message);
  bool assumeEqual(Dim a, Dim b);
  /// The constant that an op just built comes to, if that and its operands are small constants.
  mlir::Value foldSmall(mlir::Value value);
};

} // namespace ingot

#endif // INGOT_FRONTEND_IMPORTBUILDER_H

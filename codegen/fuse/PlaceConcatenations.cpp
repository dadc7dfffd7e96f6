//===- PlaceConcatenations.cpp - Parts are stored in their place -----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A part of a concatenation that a kernel makes for nothing else need not be copied: the kernel gets the whole as its output and stores
// into a slice of it. The kernels of all parts work on one buffer, one after the other; parts that come from elsewhere are copied into
// it by kernels of their own.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/fuse/SumOrder.h"
#include "ir/LinalgExt/LinalgExt.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"

#include <map>

namespace ingot {
#define GEN_PASS_DEF_PLACECONCATENATIONS
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

/// A part of a concatenation, in the order of the concatenation.
struct Part {
  Value value;
  int64_t offset;
  linalg_ext::DispatchOp producer; // null when it has to be copied
};

struct PlaceConcatenationsPass : impl::PlaceConcatenationsBase<PlaceConcatenationsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable table(module);
    symbols = &table;
    placed.clear();
    SmallVector<linalg_ext::DispatchOp> dispatches;
    module.walk([&](linalg_ext::DispatchOp op) { dispatches.push_back(op); });
    for (linalg_ext::DispatchOp dispatch : dispatches)
      place(dispatch);
    SmallVector<tensor::InsertSliceOp> slices;
    for (auto function : module.getOps<func::FuncOp>())
      if (!function->hasAttr("ingot.kernel"))
        function.walk([&](tensor::InsertSliceOp op) { slices.push_back(op); });
    for (tensor::InsertSliceOp slice : slices)
      place(slice);
    DenseSet<StringAttr> called;
    module.walk([&](linalg_ext::DispatchOp op) { called.insert(op.getKernelAttr().getAttr()); });
    for (auto kernel : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (kernel->hasAttr("ingot.kernel") && !called.contains(kernel.getSymNameAttr()))
        table.erase(kernel);
  }

private:
  func::FuncOp kernelOf(linalg_ext::DispatchOp dispatch) { return symbols->lookup<func::FuncOp>(dispatch.getKernel()); }
  static StringRef formOf(func::FuncOp kernel) { return kernel->getAttrOfType<StringAttr>("ingot.form").getValue(); }
  static Value returned(func::FuncOp kernel) { return kernel.getBody().front().getTerminator()->getOperand(0); }

  /// Whether the only result of `dispatch` can be stored into a slice as well.
  bool canStoreSlice(linalg_ext::DispatchOp dispatch, Operation *place) {
    if (dispatch->getNumResults() != 1 || !dispatch->getResult(0).hasOneUse() || dispatch.getAccumulates())
      return false;
    func::FuncOp kernel = kernelOf(dispatch);
    bool hasRows = llvm::any_of(kernel.getOps<linalg::GenericOp>(), [&](linalg::GenericOp op) {
      return sumOrderOf(op) && breaksSumOrder(place, sumOrderOf(op));
    });
    return formOf(kernel) != "copy" && returned(kernel).getDefiningOp<linalg::GenericOp>() &&
           kernel.getArguments().back().use_empty() && !hasRows;
  }

  void place(linalg_ext::DispatchOp dispatch) {
    func::FuncOp kernel = kernelOf(dispatch);
    if (dispatch->getNumResults() != 1 || formOf(kernel) != "copy")
      return;
    auto concat = returned(kernel).getDefiningOp<tensor::ConcatOp>();
    if (!concat)
      return;
    SmallVector<Part> parts;
    SmallVector<linalg_ext::DispatchOp> producers;
    int64_t offset = 0;
    for (Value input : concat.getInputs()) {
      auto argument = dyn_cast<BlockArgument>(input);
      int64_t size = cast<RankedTensorType>(input.getType()).getDimSize(concat.getDim());
      if (!argument || ShapedType::isDynamic(size))
        return;
      Value value = dispatch->getOperand(argument.getArgNumber());
      auto producer = value.getDefiningOp<linalg_ext::DispatchOp>();
      // A value that is joined with itself has one place of its own at most.
      if (producer && (producer->getBlock() != dispatch->getBlock() || !argument.hasOneUse() || !canStoreSlice(producer, concat)))
        producer = {};
      parts.push_back({value, offset, producer});
      if (producer)
        producers.push_back(producer);
      offset += size;
    }
    if (producers.empty())
      return;
    llvm::sort(producers, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    Value whole = wholeBefore(dispatch.getOutputs()[0], producers.front());
    if (!whole)
      return;
    auto type = cast<RankedTensorType>(dispatch->getResult(0).getType());
    for (linalg_ext::DispatchOp producer : producers) {
      auto part = llvm::find_if(parts, [&](Part &p) { return p.producer == producer; });
      func::FuncOp storing = storingSlice(kernelOf(producer), type, concat.getDim(), part->offset);
      whole = replaceOutput(producer, storing, producer.getInputs(), producer.getScalars(), whole);
    }
    for (Part &part : parts)
      if (!part.producer)
        whole = replaceOutput(dispatch, copyingSlice(cast<RankedTensorType>(part.value.getType()), type, concat.getDim(), part.offset),
                              part.value, {}, whole);
    dispatch->getResult(0).replaceAllUsesWith(whole);
    dispatch.erase();
    for (linalg_ext::DispatchOp producer : producers)
      producer.erase();
  }

  /// Every s-th element along some dimensions: the kernel that makes them stores them there, a copy would have to spread them.
  void place(tensor::InsertSliceOp slice) {
    auto producer = slice.getSource().getDefiningOp<linalg_ext::DispatchOp>();
    bool fixed = llvm::all_of(slice.getStaticOffsets(), [](int64_t v) { return !ShapedType::isDynamic(v); }) &&
                 llvm::all_of(slice.getStaticStrides(), [](int64_t v) { return !ShapedType::isDynamic(v); });
    if (!producer || producer->getBlock() != slice->getBlock() || slice.hasUnitStride() || !fixed ||
        slice.getSourceType().getRank() != slice.getDestType().getRank() || !canStoreSlice(producer, slice))
      return;
    auto type = slice.getDestType();
    for (int64_t d = 0; d < type.getRank(); ++d)
      if (slice.getSourceType().isDynamicDim(d) && (slice.getStaticStride(d) != 1 || slice.getStaticOffset(d) != 0))
        return;
    func::FuncOp kernel = kernelOf(producer).clone();
    Block &body = kernel.getBody().front();
    body.getArguments().back().setType(type);
    kernel.setType(FunctionType::get(&getContext(), body.getArgumentTypes(), type));
    Operation *terminator = body.getTerminator();
    Value value = terminator->getOperand(0);
    OpBuilder b(terminator);
    returnSlice(b, terminator->getLoc(), value, body.getArguments().back(), slice.getStaticOffsets(), slice.getStaticStrides());
    terminator->erase();
    symbols->insert(kernel);
    Value whole = replaceOutput(producer, kernel, producer.getInputs(), producer.getScalars(), slice.getDest(), slice);
    slice.getResult().replaceAllUsesWith(whole);
    slice.erase();
    producer.erase();
  }

  static Value replaceOutput(linalg_ext::DispatchOp at, func::FuncOp kernel, ValueRange inputs, ValueRange scalars, Value whole,
                             Operation *place = nullptr) {
    OpBuilder b(place ? place : at);
    return linalg_ext::DispatchOp::create(b, at.getLoc(), whole.getType(), FlatSymbolRefAttr::get(kernel.getSymNameAttr()), inputs, scalars,
                                          whole, b.getUnitAttr())
        ->getResult(0);
  }

  /// A tensor like the empty one `output`, made before `op`; null where its sizes are not known so early.
  static Value wholeBefore(Value output, Operation *op) {
    OpBuilder b(op);
    auto type = cast<RankedTensorType>(output.getType());
    if (type.hasStaticShape())
      return tensor::EmptyOp::create(b, output.getLoc(), type.getShape(), type.getElementType());
    auto empty = output.getDefiningOp<tensor::EmptyOp>();
    if (!empty)
      return {};
    // What computes the sizes moves along.
    DominanceInfo dominance(op->getParentOp());
    SetVector<Operation *> moved;
    std::function<bool(Value)> reach = [&](Value v) {
      Operation *def = v.getDefiningOp();
      if (dominance.properlyDominates(v, op) || (def && moved.contains(def)))
        return true;
      // A kernel stays where it is: its result is no size that is known before it.
      if (!def || def->getBlock() != op->getBlock() || !isPure(def) || def->getNumRegions() || isa<linalg_ext::DispatchOp>(def))
        return false;
      if (!llvm::all_of(def->getOperands(), reach))
        return false;
      moved.insert(def);
      return true;
    };
    if (!llvm::all_of(empty.getDynamicSizes(), reach))
      return {};
    for (Operation *def : moved)
      def->moveBefore(op);
    return tensor::EmptyOp::create(b, output.getLoc(), empty.getMixedSizes(), type.getElementType());
  }

  /// Ends the body of a kernel whose last argument is the whole: stores `value` into its slice.
  static void returnSlice(OpBuilder &b, Location loc, Value value, Value whole, int64_t dim, int64_t offset) {
    SmallVector<int64_t> offsets(cast<RankedTensorType>(value.getType()).getRank(), 0), ones(offsets.size(), 1);
    offsets[dim] = offset;
    returnSlice(b, loc, value, whole, offsets, ones);
  }

  static void returnSlice(OpBuilder &b, Location loc, Value value, Value whole, ArrayRef<int64_t> offsets, ArrayRef<int64_t> strides) {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<OpFoldResult> sizes;
    for (int64_t d = 0; d < type.getRank(); ++d)
      sizes.push_back(type.isDynamicDim(d) ? OpFoldResult(tensor::DimOp::create(b, loc, whole, d).getResult())
                                           : OpFoldResult(b.getIndexAttr(type.getDimSize(d))));
    Value result = tensor::InsertSliceOp::create(b, loc, value, whole, getAsIndexOpFoldResult(b.getContext(), offsets), sizes,
                                                 getAsIndexOpFoldResult(b.getContext(), strides));
    func::ReturnOp::create(b, loc, result);
  }

  /// `kernel` with its result in a slice of `type`.
  func::FuncOp storingSlice(func::FuncOp kernel, RankedTensorType type, int64_t dim, int64_t offset) {
    func::FuncOp &result = placed[{kernel.getSymName().str(), type.getAsOpaquePointer(), dim, offset}];
    if (result)
      return result;
    result = kernel.clone();
    Block &body = result.getBody().front();
    body.getArguments().back().setType(type);
    result.setType(FunctionType::get(&getContext(), body.getArgumentTypes(), type));
    Operation *terminator = body.getTerminator();
    Value value = terminator->getOperand(0);
    OpBuilder b(terminator);
    returnSlice(b, terminator->getLoc(), value, body.getArguments().back(), dim, offset);
    terminator->erase();
    symbols->insert(result);
    return result;
  }

  func::FuncOp copyingSlice(RankedTensorType part, RankedTensorType type, int64_t dim, int64_t offset) {
    std::string name;
    llvm::raw_string_ostream(name) << part;
    func::FuncOp &result = placed[{name, type.getAsOpaquePointer(), dim, offset}];
    if (result)
      return result;
    Location loc = UnknownLoc::get(&getContext());
    result = func::FuncOp::create(loc, "kernel_copy", FunctionType::get(&getContext(), {part, type}, {type}));
    result.setPrivate();
    result->setAttr("ingot.kernel", UnitAttr::get(&getContext()));
    result->setAttr("ingot.form", StringAttr::get(&getContext(), "copy"));
    Block *body = result.addEntryBlock();
    OpBuilder b = OpBuilder::atBlockBegin(body);
    returnSlice(b, loc, body->getArgument(0), body->getArgument(1), dim, offset);
    symbols->insert(result);
    return result;
  }

  SymbolTable *symbols = nullptr;
  /// Kernel (or type of a part that is copied), type of the whole, dimension and offset -> the kernel made for them.
  std::map<std::tuple<std::string, const void *, int64_t, int64_t>, func::FuncOp> placed;
};

} // namespace
} // namespace ingot

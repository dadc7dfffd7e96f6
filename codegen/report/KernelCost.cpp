//===- KernelCost.cpp - Operations and bytes of a kernel -------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counts what the body says, so that a form that is not known here is counted as well. How far a loop stays below the peak is
// estimated from what limits it: loads, padding.
//
//===----------------------------------------------------------------------===//

#include "codegen/report/KernelCost.h"
#include "codegen/fuse/Group.h"
#include "codegen/memory/Weights.h"
#include "codegen/strategy/Config.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace ingot {
namespace {

// Measured on the networks of a large set, one thread: packed products reach 92 to 97 % of what the loads allow.
constexpr double productEfficiency = 0.93;
// Depthwise convolutions: 60 to 70 % of the peak.
constexpr double windowEfficiency = 0.6;
// Elementwise work and reductions: half of the instructions are loads, stores and shuffles.
constexpr double elementEfficiency = 0.5;

int64_t bytesOfElement(Type type) {
  return denseBytes(RankedTensorType::get({1}, getElementTypeOrSelf(type)));
}

// The size of each loop of `op`.
SmallVector<int64_t> loopRanges(linalg::GenericOp op, Sizes &sizes) {
  SmallVector<int64_t> ranges(op.getNumLoops(), ShapedType::kDynamic);
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.get().getType());
    if (!type)
      continue;
    SmallVector<int64_t> shape = sizes.shapeOf(operand.get());
    for (auto [expr, size] : llvm::zip(op.getMatchingIndexingMap(&operand).getResults(), shape))
      if (auto dim = dyn_cast<AffineDimExpr>(expr); dim && ShapedType::isDynamic(ranges[dim.getPosition()]))
        ranges[dim.getPosition()] = size;
  }
  return ranges;
}

struct BodyCost {
  double flops = 0, work = 0;
};

// Of one iteration. An instruction on a vector takes as long as a multiply-add, which is two operations.
BodyCost costOfBody(linalg::GenericOp op) {
  BodyCost cost;
  bool multiplyAdd = hasMultiplyAddBody(op);
  op.getBody()->walk([&](Operation *inner) {
    if (inner->hasTrait<OpTrait::IsTerminator>() || matchPattern(inner, m_Constant()))
      return;
    // Indices are computed once for many elements.
    auto isIndex = [](Type type) { return type.isIndex(); };
    if (!isa<tensor::ExtractOp>(inner) &&
        (llvm::any_of(inner->getResultTypes(), isIndex) || llvm::any_of(inner->getOperandTypes(), isIndex)))
      return;
    StringRef dialect = inner->getName().getDialectNamespace();
    double width = 1;
    if (inner->getNumResults() && inner->getResult(0).getType().isIntOrFloat())
      width = inner->getResult(0).getType().getIntOrFloatBitWidth() > 32 ? 2 : 1;
    if (dialect == "math") {
      cost.flops += 1;
      // Polynomials of our own: see MathExpansions.
      bool simple = isa<math::AbsFOp, math::AbsIOp, math::FloorOp, math::CeilOp, math::RoundEvenOp, math::TruncOp, math::FmaOp,
                        math::CopySignOp>(inner);
      cost.work += width * (simple ? 2 : isa<math::SqrtOp, math::RsqrtOp>(inner) ? 16 : isa<math::ExpOp>(inner) ? 26 : 44);
    } else if (dialect == "arith") {
      bool converts = isa<CastOpInterface>(inner);
      cost.flops += converts ? 0 : 1;
      if (multiplyAdd && !converts)
        cost.work += width;
      else if (!multiplyAdd)
        cost.work += width * (isa<arith::DivFOp>(inner) ? 10 : isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp>(inner) ? 40 : 2);
    } else if (isa<tensor::ExtractOp>(inner)) {
      cost.work += 2;
    }
  });
  // What only moves elements takes a load and a store.
  cost.work = std::max(cost.work, 2.0);
  return cost;
}

class Counter {
public:
  Counter(func::FuncOp kernel, Sizes &sizes, const TargetInfo &target) : kernel(kernel), sizes(sizes), target(target) {
    auto attr = kernel->getAttrOfType<StringAttr>("ingot.form");
    form = attr ? attr.getValue() : "";
  }

  KernelCost run() {
    cost.flops = cost.work = cost.busyWork = 0;
    for (auto op : kernel.getOps<linalg::GenericOp>())
      add(op);
    if (!cost.flops)
      cost.work = cost.busyWork = std::nullopt;
    if (!cost.directFlops || !cost.flops)
      cost.directFlops = std::nullopt;
    else
      *cost.directFlops += *cost.flops - winogradFlops;
    for (BlockArgument argument : kernel.getArguments())
      cost.readBytes.push_back(isa<RankedTensorType>(argument.getType()) ? readOf(argument) : std::optional<int64_t>(0));
    return std::move(cost);
  }

private:
  void add(linalg::GenericOp op);
  void addWinograd(const WinogradLoops &loops, ArrayRef<int64_t> ranges);
  double busyOfProduct(linalg::GenericOp op, const ContractionDims &dims, ArrayRef<int64_t> ranges, double work);
  std::optional<int64_t> readOf(Value tensor);
  void reason(const llvm::Twine &text) { cost.reasons.push_back(text.str()); }

  func::FuncOp kernel;
  Sizes &sizes;
  const TargetInfo &target;
  StringRef form;
  KernelCost cost;
  double winogradFlops = 0;
};

int64_t productOf(ArrayRef<int64_t> ranges, ArrayRef<unsigned> loops) {
  int64_t product = 1;
  for (unsigned loop : loops)
    product *= ranges[loop];
  return product;
}

double Counter::busyOfProduct(linalg::GenericOp op, const ContractionDims &dims, ArrayRef<int64_t> ranges, double work) {
  int64_t m = productOf(ranges, dims.m), n = productOf(ranges, dims.n);
  if (m == 0 || n == 0 || work == 0)
    return 0;
  ContractionConfig config = readContractionConfig(kernel);
  auto dictionary = kernel->getAttrOfType<DictionaryAttr>(configAttrName);
  bool packed = dictionary && dictionary.get("packed");
  if (form == "contract" && !packed)
    reason("the second operand is no constant that could be packed: it is read as it lies, or packed at run time");
  if (auto loops = getWinogradLoops(op))
    reason("not in Winograd's form: its transforms would cost more than the multiplications that they save");
  int64_t padded = packed ? paddedColumns(n) : (n + config.lanes - 1) / config.lanes * config.lanes;
  if (padded > n * 1.15)
    reason(llvm::formatv("{0} columns are computed as {1}", n, padded).str());
  // In a step of the sum a tile multiplies `rows` numbers with `vectors` vectors: two loads start in a cycle.
  double rows = std::min(config.rows, m), vectors = config.vectors;
  double multiply = rows * vectors / target.multiplyAddsPerCycle, loads = (rows + vectors) / 2;
  double efficiency = multiply / std::max(multiply, loads);
  if (m < config.rows)
    reason(llvm::formatv("{0} {1}: a column that was loaded is used {2}", m, m == 1 ? "row" : "rows",
                         m == 1 ? std::string("only once") : llvm::formatv("only {0} times", m).str())
               .str());
  return work * double(padded) / double(n) / (efficiency * productEfficiency);
}

void Counter::addWinograd(const WinogradLoops &loops, ArrayRef<int64_t> ranges) {
  int64_t tile = readWinogradConfig(kernel).tile;
  const WinogradMatrices &matrices = winogradMatrices(tile);
  auto tilesOf = [&](int64_t size) { return (size + tile - 1) / tile; };
  double tiles = double(productOf(ranges, loops.images)) * tilesOf(ranges[loops.height]) * tilesOf(ranges[loops.width]);
  double channels = ranges[loops.channel], filters = ranges[loops.filter], points = matrices.patch * matrices.patch;
  auto nonZeros = [](const std::vector<std::vector<double>> &matrix) {
    int64_t count = 0;
    for (const std::vector<double> &row : matrix)
      count += llvm::count_if(row, [](double value) { return value != 0; });
    return double(count);
  };
  double products = 2 * points * tiles * channels * filters;
  double transforms = 2 * tiles *
                      (channels * 2 * nonZeros(matrices.inputs) * matrices.patch +
                       filters * nonZeros(matrices.outputs) * (matrices.patch + matrices.m));
  winogradFlops = products + transforms;
  *cost.flops += winogradFlops;
  *cost.work += winogradFlops;
  // The transforms are loads, stores and additions of which few can be joined with a multiplication.
  *cost.busyWork +=
      products * double(paddedColumns(int64_t(filters))) / filters / productEfficiency + transforms / elementEfficiency;
  cost.directFlops = 18.0 * productOf(ranges, loops.images) * ranges[loops.height] * ranges[loops.width] * channels * filters;
  double computed = tiles * tile * tile,
         wanted = double(productOf(ranges, loops.images)) * ranges[loops.height] * ranges[loops.width];
  if (computed > 1.15 * wanted)
    reason(llvm::formatv("tiles of {0} x {0} cover {1} x {2} with {3:P0} to spare", tile, ranges[loops.height], ranges[loops.width],
                         computed / wanted - 1)
               .str());
}

void Counter::add(linalg::GenericOp op) {
  SmallVector<int64_t> ranges = loopRanges(op, sizes);
  auto iterations = countOf(ranges);
  if (!iterations || !cost.flops) {
    cost.flops = std::nullopt;
    return;
  }
  if (form == "winograd")
    if (auto loops = getWinogradLoops(op))
      return addWinograd(*loops, ranges);
  BodyCost body = costOfBody(op);
  double flops = double(*iterations) * body.flops, work = double(*iterations) * body.work;
  *cost.flops += flops;
  auto dims = getContractionDims(op);
  // An instruction that multiplies groups of narrow numbers does several steps of the sum.
  DotInstruction dot = readContractionConfig(kernel).dot;
  if (dims && (dot == DotInstruction::Vpdpbusd || dot == DotInstruction::Vpdpwssd || dot == DotInstruction::Vdpbf16ps))
    work /= double(groupSteps(readGrouping(kernel)));
  *cost.work += work;
  if (dims && form != "rows" && form != "map")
    *cost.busyWork += busyOfProduct(op, *dims, ranges, work);
  else
    *cost.busyWork += work / (isWindowOp(op) ? windowEfficiency : elementEfficiency);
}

// The bytes that `tensor` is read for: all of it, or only slices and single elements.
std::optional<int64_t> Counter::readOf(Value tensor) {
  auto whole = countOf(sizes.shapeOf(tensor));
  int64_t bytes = bytesOfElement(tensor.getType());
  std::optional<int64_t> sum = 0;
  auto add = [&](std::optional<int64_t> more) { sum = sum && more ? std::optional<int64_t>(*sum + *more) : std::nullopt; };
  bool readWhole = false;
  for (OpOperand &use : tensor.getUses()) {
    Operation *user = use.getOwner();
    if (isa<tensor::ExtractSliceOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(user))
      add(readOf(user->getResult(0)));
    else if (auto extract = dyn_cast<tensor::ExtractOp>(user); extract && extract->getParentOfType<linalg::GenericOp>()) {
      auto iterations = countOf(loopRanges(extract->getParentOfType<linalg::GenericOp>(), sizes));
      add(iterations ? std::optional<int64_t>(*iterations * bytes) : std::nullopt);
    } else if (!isa<tensor::DimOp>(user))
      readWhole = true;
  }
  if (!whole)
    return readWhole ? std::nullopt : sum;
  if (readWhole || !sum)
    return *whole * bytes;
  return std::min(*sum, *whole * bytes);
}

} // namespace

KernelCost costOfKernel(func::FuncOp kernel, Sizes &sizes, const TargetInfo &target) {
  return Counter(kernel, sizes, target).run();
}

} // namespace ingot

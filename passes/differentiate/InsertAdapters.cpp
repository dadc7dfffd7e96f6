//===- InsertAdapters.cpp - Low-rank changes of frozen weights -------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `x W` becomes `x W + (alpha / r) (x A^T) B^T` (Hu and others 2021), where W is a constant from then on and A [r, in] and B [out,
// r] are parameters. A starts with random numbers and B with zeros, so that the first step sees the model as it is.
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Eval.h"
#include "passes/Passes.h"
#include "passes/Utils.h"
#include "passes/differentiate/TrainingBuilder.h"
#include "passes/differentiate/TrainingSpec.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_INSERTADAPTERSPASS
#include "passes/Passes.h.inc"

namespace {

struct Entry {
  StringRef text;
  std::shared_ptr<llvm::Regex> pattern;
  int64_t rank = 8;
  double alpha = 16;
  std::string init = "kaiming_uniform";
  bool used = false;
};

/// `RE:r=8,alpha=16,init=RULE`; all of the parameters may be left out.
std::optional<Entry> parseEntry(StringRef text, std::string &error) {
  Entry entry;
  entry.text = text;
  auto [pattern, rest] = text.rsplit(':');
  if (!rest.contains('=')) {
    pattern = text;
    rest = "";
  }
  std::string why;
  entry.pattern = std::make_shared<llvm::Regex>(pattern);
  if (pattern.empty() || !entry.pattern->isValid(why)) {
    error = "'" + text.str() + "': expected RE:r=RANK,alpha=NUMBER,init=RULE" + (why.empty() ? "" : ": " + why);
    return std::nullopt;
  }
  for (StringRef parameter : llvm::split(rest, ',')) {
    auto [key, value] = parameter.split('=');
    bool ok = rest.empty();
    if (key == "r")
      ok = !value.getAsInteger(10, entry.rank) && entry.rank > 0;
    else if (key == "alpha")
      ok = !value.getAsDouble(entry.alpha) && std::isfinite(entry.alpha);
    else if (key == "init") {
      entry.init = value.str();
      ok = value == "kaiming_uniform" || value == "gaussian" || value == "zeros";
    }
    if (!ok) {
      error = "'" + text.str() + "': expected r=RANK, alpha=NUMBER or init=kaiming_uniform|gaussian|zeros, not '" +
              parameter.str() + "'";
      return std::nullopt;
    }
  }
  return entry;
}

/// A weight seen through what only moves or widens it. `dims[i]` is the weight's own dimension at position i.
struct View {
  Value value;
  SmallVector<int64_t> dims;
};

/// Where a weight is multiplied.
struct Product {
  Operation *op;
  unsigned operand;
  int64_t in, out; ///< the weight's dimensions
};

/// A frozen weight and where it is used.
struct Weight {
  Operation *leaf;
  std::string name;
  SmallVector<int64_t> shape;
  SmallVector<Product> products;
  Operation *other = nullptr; ///< a use that no adapter can go with
};

uint64_t nextRandom(uint64_t &state) {
  uint64_t z = state += 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

double nextUniform(uint64_t &state) {
  return static_cast<double>(nextRandom(state) >> 11) * 0x1p-53;
}

/// The same numbers for the same name, whatever else is in the model.
ElementsAttr firstValue(RankedTensorType type, StringRef name, StringRef rule) {
  EvalTensor tensor(type.getShape(), type.getElementType());
  uint64_t state = llvm::xxh3_64bits(name);
  double bound = 1 / std::sqrt(static_cast<double>(type.getDimSize(1))), deviation = 1 / static_cast<double>(type.getDimSize(0));
  if (rule != "zeros")
    for (int64_t i = 0; i < tensor.getNumElements(); ++i) {
      double u = nextUniform(state);
      if (rule == "gaussian") {
        double angle = 2 * llvm::numbers::pi * nextUniform(state);
        tensor.setDouble(i, deviation * std::sqrt(-2 * std::log(1 - u)) * std::cos(angle));
      } else {
        tensor.setDouble(i, bound * (2 * u - 1));
      }
    }
  return tensor.toElements();
}

struct InsertAdaptersPass : impl::InsertAdaptersPassBase<InsertAdaptersPass> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(insert()))
      signalPassFailure();
  }

private:
  LogicalResult usage(const Twine &message) { return emitError(getOperation().getLoc()) << "--lora: " << message; }

  LogicalResult insert() {
    SmallVector<Entry> entries;
    for (StringRef text : adapters) {
      std::string error;
      std::optional<Entry> entry = parseEntry(text, error);
      if (!entry)
        return usage(error);
      entries.push_back(std::move(*entry));
    }
    llvm::SmallSetVector<StringRef, 8> candidates;
    llvm::MapVector<StringAttr, Attribute> described;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      SmallVector<Weight> bases;
      function.walk([&](Operation *op) {
        if (std::optional<Weight> base = findBase(op))
          bases.push_back(std::move(*base));
      });
      for (const Weight &base : bases) {
        if (!base.products.empty())
          candidates.insert(StringAttr::get(&getContext(), base.name).getValue());
        for (Entry &entry : entries)
          if (entry.pattern->match(base.name)) {
            if (failed(adapt(function, base, entry, described)))
              return failure();
            freeze(base.leaf);
            break;
          }
      }
    }
    for (const Entry &entry : entries)
      if (!entry.used) {
        std::string known = llvm::join(candidates.getArrayRef().take_front(40), ", ");
        return usage("'" + entry.text + "' names no weight of a MatMul, Gemm or 1x1 Conv" +
                     (known.empty() ? Twine("; the model has none") : "; there are: " + Twine(known)));
      }
    SmallVector<Attribute> list = llvm::map_to_vector(described, [](const auto &entry) { return entry.second; });
    getOperation()->setAttr("ingot.adapters", ArrayAttr::get(&getContext(), list));
    return success();
  }

  static std::optional<Weight> findBase(Operation *op) {
    Weight base;
    base.leaf = op;
    if (auto parameter = dyn_cast<ParameterOp>(op)) {
      if (parameter.getKind() != VariableKind::Parameter || !isa<FloatType>(parameter.getType().getElementType()))
        return std::nullopt;
      base.name = parameter.getName().str();
    } else if (isa<ConstantOp>(op)) {
      // Of constants only quantized weights: others are variables, where an adapter may go to them.
      auto name = dyn_cast<NameLoc>(op->getLoc());
      if (!name || !isa<IntegerType>(elementOf(op->getResult(0))))
        return std::nullopt;
      base.name = name.getName().str();
    } else {
      return std::nullopt;
    }
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    base.shape.assign(type.getShape().begin(), type.getShape().end());
    if (type.getRank() < 2)
      return std::nullopt;
    findProducts(base, {op->getResult(0), llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()))});
    if (isa<ConstantOp>(op) && base.products.empty())
      return std::nullopt;
    return base;
  }

  static void findProducts(Weight &base, const View &view) {
    for (OpOperand &use : view.value.getUses()) {
      Operation *op = use.getOwner();
      unsigned operand = use.getOperandNumber();
      if (auto transpose = dyn_cast<TransposeOp>(op)) {
        findProducts(base, {transpose.getResult(),
                            llvm::map_to_vector(transpose.getPermutation(), [&](int64_t dim) { return view.dims[dim]; })});
      } else if (isa<DequantizeOp>(op) && operand == 0) {
        findProducts(base, {op->getResult(0), view.dims});
      } else if (auto contract = dyn_cast<ContractOp>(op)) {
        ArrayRef<int64_t> contracting = operand == 0 ? contract.getLhsContracting() : contract.getRhsContracting();
        if (contract.getLhsBatch().empty() && contracting.size() == 1 && view.dims.size() == 2)
          base.products.push_back({op, operand, view.dims[contracting[0]], view.dims[1 - contracting[0]]});
        else
          base.other = op;
      } else if (auto conv = dyn_cast<ConvOp>(op); conv && operand == 1 && isPointwise(conv)) {
        base.products.push_back({op, operand, view.dims.end()[-2], view.dims.end()[-1]});
      } else {
        base.other = op;
      }
    }
  }

  static bool isPointwise(ConvOp conv) {
    auto isZero = [](int64_t pad) { return pad == 0; };
    auto type = cast<RankedTensorType>(conv.getFilter().getType());
    return conv.getGroups() == 1 && llvm::all_of(type.getShape().drop_back(2), [](int64_t size) { return size == 1; }) &&
           llvm::all_of(conv.getPadLow(), isZero) && llvm::all_of(conv.getPadHigh(), isZero);
  }

  LogicalResult adapt(func::FuncOp function, const Weight &base, Entry &entry, llvm::MapVector<StringAttr, Attribute> &described) {
    if (base.products.empty())
      return success();
    const Product &first = base.products.front();
    Operation *other = base.other;
    for (const Product &product : base.products)
      if (product.in != first.in)
        other = product.op;
    if (other)
      return other->emitError()
             << "--lora: '" << base.name
             << "' is also read here, where no adapter can go: leave it out, or adapt weights that only products read";
    entry.used = true;
    StringRef stem = StringRef(base.name);
    stem.consume_back(".weight");
    OpBuilder builder = OpBuilder::atBlockBegin(&function.front());
    Location loc = base.leaf->getLoc();
    Type element = elementOf(first.op->getOperand(first.operand));
    auto parameter = [&](StringRef suffix, int64_t rows, int64_t columns, StringRef rule) -> Value {
      std::string name = (stem + suffix).str();
      auto type = RankedTensorType::get({rows, columns}, element);
      return ParameterOp::create(builder, loc, type, VariableKindAttr::get(&getContext(), VariableKind::Parameter),
                                 builder.getStringAttr(name), firstValue(type, name, rule));
    };
    Value a = parameter(".lora_A", entry.rank, base.shape[first.in], entry.init);
    Value b = parameter(".lora_B", base.shape[first.out], entry.rank, "zeros");
    double scale = entry.alpha / static_cast<double>(entry.rank);
    for (const Product &product : base.products)
      extend(product, a, b, scale);
    described[builder.getStringAttr(base.name)] = builder.getDictionaryAttr({{"weight", builder.getStringAttr(base.name)},
                                                                             {"a", builder.getStringAttr(stem + ".lora_A")},
                                                                             {"b", builder.getStringAttr(stem + ".lora_B")},
                                                                             {"scale", builder.getF64FloatAttr(scale)},
                                                                             {"output_dim", builder.getI64IntegerAttr(first.out)}});
    return success();
  }

  static void extend(const Product &product, Value a, Value b, double scale) {
    OpBuilder builder(product.op->getContext());
    builder.setInsertionPointAfter(product.op);
    TrainingBuilder t(builder, product.op->getLoc());
    Value y = product.op->getResult(0), x = product.op->getOperand(1 - product.operand), z;
    ArrayRef<int64_t> none;
    if (auto conv = dyn_cast<ConvOp>(product.op)) {
      // [r, in] as the filter [1..., in, r].
      Value filter = buildTranspose(builder, t.getLoc(), a, {1, 0});
      SmallVector<OpFoldResult> sizes(conv.getStrides().size(), builder.getIndexAttr(1));
      for (int64_t dim : {1, 0})
        sizes.push_back(builder.getIndexAttr(cast<RankedTensorType>(a.getType()).getDimSize(dim)));
      filter = buildReshape(builder, t.getLoc(), filter, sizes);
      Value low = t.make<ConvOp>(x, filter, conv.getStrides(), conv.getDilations(), conv.getPadLow(), conv.getPadHigh());
      z = t.make<ContractOp>(t.times(low, scale), b, none, none, ArrayRef<int64_t>{rankOf(low) - 1}, ArrayRef<int64_t>{1});
    } else {
      auto contract = cast<ContractOp>(product.op);
      if (product.operand == 1) {
        Value low = t.make<ContractOp>(x, a, none, none, contract.getLhsContracting(), ArrayRef<int64_t>{1});
        z = t.make<ContractOp>(t.times(low, scale), b, none, none, ArrayRef<int64_t>{rankOf(low) - 1}, ArrayRef<int64_t>{1});
      } else {
        Value low = t.make<ContractOp>(a, x, none, none, ArrayRef<int64_t>{1}, contract.getRhsContracting());
        z = t.make<ContractOp>(b, t.times(low, scale), none, none, ArrayRef<int64_t>{1}, ArrayRef<int64_t>{0});
      }
    }
    z = t.cast(t.convert(z, elementOf(y)), y.getType());
    Value sum = t.add(y, z);
    y.replaceAllUsesExcept(sum, sum.getDefiningOp());
  }

  static void freeze(Operation *leaf) {
    auto parameter = dyn_cast<ParameterOp>(leaf);
    if (!parameter)
      return;
    OpBuilder builder(leaf);
    parameter.replaceAllUsesWith(ConstantOp::create(builder, leaf->getLoc(), parameter.getValue()).getResult());
    leaf->erase();
  }
};

} // namespace
} // namespace ingot

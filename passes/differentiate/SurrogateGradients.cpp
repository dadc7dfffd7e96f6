//===- SurrogateGradients.cpp - Derivatives for what jumps -----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A spike is `cast(compare(l, r))`, whose derivative is 0 where it is defined at all. In training it gets another one, d(l - r):
// the proxy of the `straight_through` is `x * stop_gradient(d(x))`, so that d is computed as its formula says, and not as the
// derivative of an integral of it, which would cancel.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/Utils.h"
#include "passes/differentiate/TrainingBuilder.h"
#include "passes/differentiate/TrainingSpec.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_SURROGATEGRADIENTSPASS
#include "passes/Passes.h.inc"

namespace {

/// The numbers of a surrogate, under the names of its parameters.
struct Shape {
  double first = 1, second = 1;
};

struct SurrogateKind {
  StringRef name, firstName, secondName;
  double first, second;
  Value (*derivative)(TrainingBuilder &b, Value x, Shape shape);
};

Value fastSigmoid(TrainingBuilder &b, Value x, Shape shape) {
  Value root = b.plus(b.times(b.abs(x), shape.first), 1);
  return b.div(b.splat(1, x), b.square(root));
}

Value arcTangent(TrainingBuilder &b, Value x, Shape shape) {
  Value scaled = b.times(x, shape.first * llvm::numbers::pi / 2);
  return b.div(b.splat(shape.first / 2, x), b.plus(b.square(scaled), 1));
}

Value sigmoid(TrainingBuilder &b, Value x, Shape shape) {
  Value s = b.make<SigmoidOp>(b.times(x, shape.first));
  return b.times(b.mul(s, b.minus(1, s)), shape.first);
}

Value triangle(TrainingBuilder &b, Value x, Shape shape) {
  return b.times(b.larger(b.minus(1, b.over(b.abs(x), shape.first)), 0), shape.second);
}

Value rectangle(TrainingBuilder &b, Value x, Shape shape) {
  Value inside = b.compare(Comparison::LE, b.abs(x), b.splat(shape.first, x));
  return b.select(inside, b.splat(shape.second, x), b.splat(0, x));
}

Value gaussian(TrainingBuilder &b, Value x, Shape shape) {
  Value scaled = b.over(x, shape.first);
  return b.times(b.exp(b.times(b.square(scaled), -0.5)), shape.second / (shape.first * std::sqrt(2 * llvm::numbers::pi)));
}

const SurrogateKind kinds[] = {
    {"fast_sigmoid", "slope", "", 25, 1, fastSigmoid},
    {"atan", "alpha", "", 2, 1, arcTangent},
    {"sigmoid", "slope", "", 25, 1, sigmoid},
    {"triangle", "width", "height", 1, 1, triangle},
    {"rectangle", "width", "height", 0.5, 1, rectangle},
    {"gaussian", "width", "height", 0.5, 1, gaussian},
    {"straight_through", "limit", "", std::numeric_limits<double>::infinity(), 1, rectangle},
};

const SurrogateKind *findKind(StringRef name) {
  auto found = llvm::find_if(kinds, [&](const SurrogateKind &kind) { return kind.name == name; });
  return found == std::end(kinds) ? nullptr : found;
}

struct Entry {
  StringRef text;
  std::shared_ptr<llvm::Regex> pattern;
  const SurrogateKind *kind = nullptr;
  Shape shape;
  bool used = false;
};

/// `RE=KIND:PARAMETERS`. An expression may hold equals signs: the first one before a known kind is meant.
std::optional<Entry> parseEntry(StringRef text, std::string &error) {
  Entry entry;
  entry.text = text;
  StringRef pattern, rest;
  for (size_t at = text.find('='); at != StringRef::npos && !entry.kind; at = text.find('=', at + 1)) {
    pattern = text.take_front(at);
    rest = text.drop_front(at + 1);
    entry.kind = findKind(rest.split(':').first.trim());
  }
  if (!entry.kind || pattern.empty()) {
    SmallVector<StringRef> names = llvm::map_to_vector(kinds, [](const SurrogateKind &kind) { return kind.name; });
    error = "'" + text.str() + "': expected RE=KIND[:PARAMETER=VALUE]; kinds are: " + llvm::join(names, ", ");
    return std::nullopt;
  }
  std::string why;
  entry.pattern = std::make_shared<llvm::Regex>(pattern);
  if (!entry.pattern->isValid(why)) {
    error = "'" + pattern.str() + "' is not a regular expression: " + why;
    return std::nullopt;
  }
  std::optional<TermSpec> term = TermSpec::parse(rest, error);
  if (!term)
    return std::nullopt;
  for (auto &[key, value] : term->parameters)
    if (key != entry.kind->firstName && (key != entry.kind->secondName || key.empty())) {
      error = "'" + text.str() + "': " + entry.kind->name.str() + " has no parameter '" + key +
              "'; it has: " + entry.kind->firstName.str() +
              (entry.kind->secondName.empty() ? "" : ", " + entry.kind->secondName.str());
      return std::nullopt;
    }
  entry.shape.first = term->number(entry.kind->firstName, entry.kind->first, error);
  entry.shape.second = entry.kind->secondName.empty() ? 1 : term->number(entry.kind->secondName, entry.kind->second, error);
  if (error.empty() && (!(entry.shape.first > 0) || !(entry.shape.second > 0)))
    error = "'" + text.str() + "': the parameters of a surrogate must be positive";
  return error.empty() ? std::optional(entry) : std::nullopt;
}

struct SurrogateGradientsPass : impl::SurrogateGradientsPassBase<SurrogateGradientsPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Entry> entries;
    for (StringRef text : surrogates) {
      std::string error;
      std::optional<Entry> entry = parseEntry(text, error);
      if (!entry) {
        emitError(getOperation().getLoc()) << "--surrogate: " << error;
        return signalPassFailure();
      }
      entries.push_back(*entry);
    }
    SmallVector<Operation *> jumps;
    getOperation()->walk([&](Operation *op) {
      if (isa<RoundOp, FloorOp, CeilOp, SignOp>(op) ? isa<FloatType>(elementOf(op->getResult(0))) : isSpike(op))
        jumps.push_back(op);
    });
    llvm::SmallSetVector<StringRef, 8> candidates;
    for (Operation *op : jumps) {
      SmallVector<StringRef> names = nodeNames(op->getLoc());
      if (auto compare = op->getOperand(0).getDefiningOp<CompareOp>())
        llvm::append_range(names, nodeNames(compare.getLoc()));
      candidates.insert_range(names);
      for (Entry &entry : entries)
        if (llvm::any_of(names, [&](StringRef name) { return entry.pattern->match(name); })) {
          entry.used = true;
          replace(op, entry);
          break;
        }
    }
    for (const Entry &entry : entries)
      if (!entry.used) {
        std::string known = llvm::join(candidates.getArrayRef().take_front(40), ", ");
        emitError(getOperation().getLoc()) << "--surrogate: '" << entry.text
                                           << "' names no comparison that becomes a number, rounding or sign of the model"
                                           << (known.empty() ? ", which has none" : "; there are: " + known);
        return signalPassFailure();
      }
  }

private:
  // What is 1 on one side of a threshold and 0 on the other.
  static bool isSpike(Operation *op) {
    auto cast = dyn_cast<CastOp>(op);
    if (!cast || !isa<FloatType>(elementOf(cast.getResult())))
      return false;
    auto compare = cast.getX().getDefiningOp<CompareOp>();
    return compare && isa<FloatType>(elementOf(compare.getLhs())) && compare.getRelation() != Comparison::EQ &&
           compare.getRelation() != Comparison::NE;
  }

  void replace(Operation *op, const Entry &entry) {
    OpBuilder builder(op->getContext());
    builder.setInsertionPointAfter(op);
    TrainingBuilder b(builder, op->getLoc());
    Value value = op->getResult(0), x = op->getOperand(0);
    if (auto compare = x.getDefiningOp<CompareOp>()) {
      bool rises = compare.getRelation() == Comparison::GT || compare.getRelation() == Comparison::GE;
      x = rises ? b.sub(compare.getLhs(), compare.getRhs()) : b.sub(compare.getRhs(), compare.getLhs());
    }
    Value proxy = x;
    if (std::isfinite(entry.shape.first))
      proxy = b.mul(x, b.make<StopGradientOp>(entry.kind->derivative(b, x, entry.shape)));
    proxy = b.convert(proxy, elementOf(value));
    auto marked = StraightThroughOp::create(builder, op->getLoc(), value.getType(), value, proxy);
    value.replaceAllUsesExcept(marked, marked);
  }
};

} // namespace
} // namespace ingot

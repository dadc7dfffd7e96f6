//===- Training.cpp - Gradient, Adagrad, Adam and Momentum --------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The domain ai.onnx.preview.training. Its optimizers are ONNX's own: each differs from the one that frameworks call by the same
// name.
//
//===----------------------------------------------------------------------===//

#include "frontend/Decoder.h"
#include "frontend/GraphImporter.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace ingot {
namespace {

constexpr StringLiteral kDomain = "ai.onnx.preview.training";

//===--- Gradient ----------------------------------------------------------===//

/// `y` recomputed with `to` in the place of `from`.
Value substitute(ImportBuilder &b, Value y, ArrayRef<Value> from, ArrayRef<Value> to) {
  IRMapping mapping;
  llvm::SetVector<Operation *> path;
  DenseSet<Value> cut(from.begin(), from.end());
  // What leads to y and does not lie behind a value that is replaced. What an op's regions capture leads to it as well.
  SmallVector<Value> work{y};
  DenseSet<Value> seen;
  while (!work.empty()) {
    Value value = work.pop_back_val();
    Operation *op = value.getDefiningOp();
    if (!op || cut.contains(value) || !seen.insert(value).second)
      continue;
    path.insert(op);
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (Operation *definition = operand.getDefiningOp(); definition && !op->isAncestor(definition))
          work.push_back(operand);
    });
  }
  // Of these, what depends on a replaced value is computed again.
  mapping.map(from, to);
  for (Operation *op : topologicalSort(path)) {
    bool depends = false;
    op->walk(
        [&](Operation *inner) { depends |= llvm::any_of(inner->getOperands(), [&](Value v) { return mapping.contains(v); }); });
    if (depends)
      b.clone(*op, mapping);
  }
  return mapping.lookupOrDefault(y);
}

Decoded gradient(NodeReader &node, ImportBuilder &b) {
  SmallVector<StringRef> xs = node.strings("xs"), zs = node.strings("zs");
  StringRef yName = node.s("y");
  if (!node.check(!xs.empty() && !yName.empty(), "it needs the attributes xs and y"))
    return failure();
  if (!node.check(node.numInputs() == xs.size() + zs.size() && node.numOutputs() <= xs.size(),
                  "it must have an input for each of xs and zs, and at most an output for each of xs"))
    return failure();
  GraphImporter &importer = node.getImporter();
  auto named = [&](StringRef name) -> Value {
    Binding *binding = importer.find(name);
    return binding && !binding->failed() ? importer.valueOf(*binding) : Value();
  };
  SmallVector<Value> from, at;
  bool same = true;
  for (auto [i, name] : llvm::enumerate(llvm::concat<StringRef>(xs, zs))) {
    Value value = named(name), given = node.input(i);
    if (!node.check(value && given, "it names '" + name + "', which is not defined before it"))
      return failure();
    if (i < xs.size() && !node.check(isa<FloatType>(elementTypeOf(value)), "'" + name + "' is not of a float type"))
      return failure();
    if (!node.check(elementTypeOf(value) == elementTypeOf(given) && rankOf(value) == rankOf(given),
                    "its input " + Twine(i) + " does not have the type of '" + name + "'"))
      return failure();
    same &= value == given;
    from.push_back(value);
    at.push_back(given);
  }
  Value y = named(yName);
  if (!node.check(y && isa<FloatType>(elementTypeOf(y)),
                  "it names '" + yName + "' as y, which is no float tensor defined before it"))
    return failure();
  if (!same) {
    for (auto [value, given] : llvm::zip(from, at))
      if (given.getType() != value.getType())
        given = b.castShape(given, typeOf(value));
    y = substitute(b, y, from, at);
  }
  // The derivative of the sum of y's elements.
  ArrayRef<Value> variables = ArrayRef(at).take_front(xs.size());
  auto grad = GradOp::create(b, ValueRange(variables).getTypes(), ValueRange(y), ValueRange(b.splatLike(1, y)), variables);
  return SmallVector<Value>(grad.getResults());
}

//===--- Optimizers --------------------------------------------------------===//

/// An optimizer's inputs: the rate, the number of the step, and for each of its tensors as many lists as it keeps. As outputs it
/// has the new values of all lists but the gradients.
class Update {
public:
  Update(NodeReader &node, ImportBuilder &b, unsigned lists) : node(node), b(b), lists(lists) {
    isValid = node.check(node.numInputs() > 2 && (node.numInputs() - 2) % lists == 0,
                         "it must have two inputs and then " + Twine(lists) + " for each tensor");
    if (!isValid)
      return;
    count = (node.numInputs() - 2) / lists;
    for (unsigned i = 0; i < node.numInputs(); ++i) {
      Value value = node.input(i);
      isValid &= node.check(value && (i >= 2 || (typeOf(value).hasStaticShape() && typeOf(value).getNumElements() == 1)),
                            i < 2 ? "its first two inputs must be scalars" : "its input " + Twine(i) + " is missing");
      if (isValid && i >= 2)
        isValid &= node.check(typeOf(value).getShape() == typeOf(input(0, (i - 2) % count)).getShape() &&
                                  isa<FloatType>(elementTypeOf(value)),
                              "its input " + Twine(i) + " does not have the sizes of the tensor that is changed");
    }
  }

  /// Tensor `i` of list `list`.
  Value input(unsigned list, unsigned i) { return node.input(2 + list * count + i); }
  /// The learning rate or another number, in all elements of a tensor.
  Value spread(Value number, Value like) {
    return b.broadcastLike(b.castTo(b.reshape(number, ArrayRef<int64_t>{}), elementTypeOf(like)), like);
  }
  Value rate() { return node.input(0); }
  /// The number of the step in f64, where powers are exact enough for all types.
  Value step() { return b.castTo(b.reshape(node.input(1), ArrayRef<int64_t>{}), b.getF64Type()); }

  /// The gradient with that of the penalty norm_coefficient / 2 * x^2.
  Value regularized(Value x, Value gradient) {
    double coefficient = node.f("norm_coefficient", 0);
    return coefficient == 0 ? gradient : b.add(b.mul(x, coefficient), gradient);
  }

  NodeReader &node;
  ImportBuilder &b;
  unsigned lists, count = 0;
  bool isValid = false;
};

/// The results of each tensor become those of each list.
SmallVector<Value> inLists(ArrayRef<SmallVector<Value>> results) {
  SmallVector<Value> all;
  for (size_t list = 0; list < results.front().size(); ++list)
    for (const SmallVector<Value> &ofTensor : results)
      all.push_back(ofTensor[list]);
  return all;
}

/// r = rate / (1 + T * decay_factor), H' = H + g^2, X' = X - r * g / (sqrt(H') + epsilon).
Decoded adagrad(NodeReader &node, ImportBuilder &b) {
  Update update(node, b, 3);
  if (!update.isValid)
    return failure();
  Value decay = b.add(b.mul(update.step(), node.f("decay_factor", 0)), 1);
  Value rate = b.div(b.castTo(b.reshape(update.rate(), ArrayRef<int64_t>{}), b.getF64Type()), decay);
  SmallVector<SmallVector<Value>> results;
  for (unsigned i = 0; i < update.count; ++i) {
    Value x = update.input(0, i), squares = update.input(2, i), gradient = update.regularized(x, update.input(1, i));
    Value sum = b.add(squares, b.mul(gradient, gradient));
    Value adaptive = b.add(b.create<SqrtOp>(sum), node.f("epsilon", 1e-6f));
    results.push_back({b.sub(x, b.div(b.mul(update.spread(rate, x), gradient), adaptive)), sum});
  }
  return inLists(results);
}

/// V' = alpha V + (1 - alpha) g, H' = beta H + (1 - beta) g^2, r = rate * sqrt(1 - beta^T) / (1 - alpha^T), or the rate itself for
/// T = 0; X' = (1 - norm_coefficient_post) * (X - r * V' / (sqrt(H') + epsilon)).
Decoded adam(NodeReader &node, ImportBuilder &b) {
  Update update(node, b, 4);
  if (!update.isValid)
    return failure();
  double alpha = node.f("alpha", 0.9f), beta = node.f("beta", 0.999f);
  Value step = update.step();
  auto rest = [&](double base) { return b.rsub(1, b.create<PowOp>(b.scalar(base, b.getF64Type()), step)); };
  Value correction = b.div(b.create<SqrtOp>(rest(beta)), rest(alpha));
  correction = b.select(b.compare(Comparison::GT, step, 0.0), correction, b.scalar(1, b.getF64Type()));
  Value rate = b.mul(b.castTo(b.reshape(update.rate(), ArrayRef<int64_t>{}), b.getF64Type()), correction);
  double post = node.f("norm_coefficient_post", 0);
  SmallVector<SmallVector<Value>> results;
  for (unsigned i = 0; i < update.count; ++i) {
    Value x = update.input(0, i), gradient = update.regularized(x, update.input(1, i));
    Value average = b.add(b.mul(update.input(2, i), alpha), b.mul(gradient, 1 - alpha));
    Value squares = b.add(b.mul(update.input(3, i), beta), b.mul(b.mul(gradient, gradient), 1 - beta));
    Value adaptive = b.add(b.create<SqrtOp>(squares), node.f("epsilon", 1e-6f));
    Value next = b.sub(x, b.div(b.mul(update.spread(rate, x), average), adaptive));
    results.push_back({post == 0 ? next : b.mul(next, 1 - post), average, squares});
  }
  return inLists(results);
}

/// V' = alpha V + beta g, with 1 for beta when T = 0; X' = X - rate * V', or in mode nesterov X - rate * (g + alpha V').
Decoded momentum(NodeReader &node, ImportBuilder &b) {
  Update update(node, b, 3);
  StringRef mode = node.s("mode");
  if (!update.isValid || !node.check(mode == "standard" || mode == "nesterov", "mode must be 'standard' or 'nesterov'"))
    return failure();
  double alpha = node.f("alpha", 0), beta = node.f("beta", 0);
  Value f64Beta =
      b.select(b.compare(Comparison::GT, update.step(), 0.0), b.scalar(beta, b.getF64Type()), b.scalar(1, b.getF64Type()));
  SmallVector<SmallVector<Value>> results;
  for (unsigned i = 0; i < update.count; ++i) {
    Value x = update.input(0, i), gradient = update.regularized(x, update.input(1, i));
    Value velocity = b.add(b.mul(update.input(2, i), alpha), b.mul(update.spread(f64Beta, x), gradient));
    Value direction = mode == "nesterov" ? b.add(gradient, b.mul(velocity, alpha)) : velocity;
    results.push_back({b.sub(x, b.mul(update.spread(update.rate(), x), direction)), velocity});
  }
  return inLists(results);
}

} // namespace

void registerTraining(DecoderTable &table) {
  table.on(kDomain, "Gradient", 1, gradient);
  table.on(kDomain, "Adagrad", 1, adagrad);
  table.on(kDomain, "Adam", 1, adam);
  table.on(kDomain, "Momentum", 1, momentum);
}

} // namespace ingot

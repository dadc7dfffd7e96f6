//===- Losses.cpp - What a training step minimizes -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Definitions are those of PyTorch's functions of these names (torch.nn.functional, release 2), parameters included, except where it
// has none: contrastive (Hadsell, Chopra and LeCun 2006), InfoNCE (van den Oord, Li and Vinyals 2018), the evidence lower bound (Kingma
// and Welling 2014), clipped policy gradients (Schulman and others 2017), distillation (Hinton, Vinyals and Dean 2015).
//
//===----------------------------------------------------------------------===//

#include "passes/differentiate/Losses.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot {
namespace {

// Parameters of one loss, with the first error among them.
class Reader {
public:
  Reader(const TermSpec &term, LossInputs &in) : term(term), in(in) {}

  double number(StringRef key, double otherwise) { return term.number(key, otherwise, error); }
  bool flag(StringRef key, bool otherwise) { return term.flag(key, otherwise, error); }
  int64_t integer(StringRef key, int64_t otherwise) {
    double value = number(key, static_cast<double>(otherwise));
    if (value != std::floor(value))
      error = "'" + term.text + "': " + key.str() + " must be an integer";
    return static_cast<int64_t>(value);
  }
  /// Null after an error in any parameter, else `loss` times the term's weight.
  Value finish(TrainingBuilder &b, Value loss) {
    double weight = number("weight", 1);
    if (!error.empty())
      return in.fail(error);
    return loss ? b.times(loss, weight) : loss;
  }
  /// Elementwise losses to one: `reduction` is mean, sum or batchmean (the sum over the size of the first dimension).
  Value reduced(TrainingBuilder &b, Value losses, StringRef otherwise = "mean") {
    std::string reduction = term.word("reduction", otherwise);
    if (reduction == "mean")
      return b.meanAll(losses);
    if (reduction == "sum")
      return b.sumAll(losses);
    if (reduction == "batchmean" && rankOf(losses) > 0)
      return b.over(b.sumAll(losses), b.sizeOf(losses, 0));
    return in.fail("'" + Twine(term.text) + "': reduction must be mean, sum or batchmean");
  }

  std::string error;

private:
  const TermSpec &term;
  LossInputs &in;
};

SmallVector<int64_t> allDims(Value x) { return llvm::to_vector(llvm::seq<int64_t>(0, rankOf(x))); }

bool isFloat(Value x) { return isa<FloatType>(elementOf(x)); }

// Prediction and target of the same shape; false after an error.
bool readPair(const TermSpec &term, LossInputs &in, Value &x, Value &target) {
  x = in.model(term.operands[0]);
  if (!x)
    return false;
  if (!isFloat(x)) {
    in.fail("'" + Twine(term.operands[0]) + "' has no float elements");
    return false;
  }
  target = in.label(term.operands[1], elementOf(x), x, allDims(x));
  return target && in.fits(term.operands[1], target, term.operands[0], x, allDims(x));
}

// Operand `i`, floats of the model, of the element type of `like` if there is one; null after an error.
Value readFloats(const TermSpec &term, TrainingBuilder &b, LossInputs &in, size_t i, Value like = {}) {
  Value x = in.model(term.operands[i]);
  if (x && !isFloat(x))
    return in.fail("'" + Twine(term.operands[i]) + "' has no float elements");
  return x && like ? b.convert(x, elementOf(like)) : x;
}

//===--- Regression -------------------------------------------------------===//

Value buildMse(const TermSpec &term, TrainingBuilder &b, LossInputs &in) {
  Reader read(term, in);
  Value x, target;
  if (!readPair(term, in, x, target))
    return {};
  target = b.convert(target, elementOf(x));
  return read.finish(b, read.reduced(b, b.square(b.sub(x, target))));
}

Value buildL1(const TermSpec &term, TrainingBuilder &b, LossInputs &in) {
  Reader read(term, in);
  Value x, target;
  if (!readPair(term, in, x, target))
    return {};
  target = b.convert(target, elementOf(x));
  return read.finish(b, read.reduced(b, b.abs(b.sub(x, target))));
}

// |d| < delta: d^2 / 2, else delta (|d| - delta / 2); `smooth` divides by delta.
Value buildHuberLike(const TermSpec &term, TrainingBuilder &b, LossInputs &in, StringRef key, bool smooth) {
  Reader read(term, in);
  Value x, target;
  if (!readPair(term, in, x, target))
    return {};
  double delta = read.number(key, 1);
  if (delta <= 0)
    return in.fail("'" + Twine(term.text) + "': " + key + " must be positive");
  Value d = b.sub(x, b.convert(target, elementOf(x))), size = b.abs(d);
  Value inner = b.times(b.square(d), smooth ? 0.5 / delta : 0.5);
  Value outer = b.times(b.minus(size, 0.5 * delta), smooth ? 1 : delta);
  return read.finish(b, read.reduced(b, b.select(b.compare(Comparison::LT, size, b.splat(delta, size)), inner, outer)));
}

Value buildHuber(const TermSpec &term, TrainingBuilder &b, LossInputs &in) { return buildHuberLike(term, b, in, "delta", false); }
Value buildSmoothL1(const TermSpec &term, TrainingBuilder &b, LossInputs &in) { return buildHuberLike(term, b, in, "beta", true); }

//===--- Classification ---------------------------------------------------===//

// max(x, 0) - x t + log(1 + e^-|x|); with a weight p of positives (1 - t) x + (1 + (p - 1) t) (log(1 + e^-|x|) + max(-x, 0)).
Value bceWithLogits(TrainingBuilder &b, Value x, Value t, double positive) {
  if (positive == 1)
    return b.sub(b.softplus(x), b.mul(x, t));
  return b.add(b.mul(b.minus(1, t), x), b.mul(b.plus(b.times(t, positive - 1), 1), b.softplus(b.neg(x))));
}

Value buildBceWithLogits(const TermSpec &term, TrainingBuilder &b, LossInputs &in) {
  Reader read(term, in);
  Value x, target;
  if (!readPair(term, in, x, target))
    return {};
  target = b.convert(target, elementOf(x));
  Value right = b.compare(Comparison::EQ, b.convert(b.compare(Comparison::GT, x, b.splat(0, x)), elementOf(x)), target);
  in.metric("accuracy", b.meanAll(b.convert(right, elementOf(x))));
  return read.finish(b, read.reduced(b, bceWithLogits(b, x, target, read.number("pos_weight", 1))));
}

// Logarithms not below -100, as PyTorch has it, so that a probability of 0 or 1 is no infinity.
Value buildBce(const TermSpec &term, TrainingBuilder &b, LossInputs &in) {
  Reader read(term, in);
  Value x, target;
  if (!readPair(term, in, x, target))
    return {};
  target = b.convert(target, elementOf(x));
  Value yes = b.larger(b.log(x), -100), no = b.larger(b.make<Log1pOp>(b.neg(x)), -100);
  Value loss = b.neg(b.add(b.mul(target, yes), b.mul(b.minus(1, target), no)));
  return read.finish(b, read.reduced(b, loss));
}

// Dimensions of `x` but `axis`, and what they are among the dimensions of a tensor without it.
SmallVector<int64_t> without(int64_t rank, int64_t axis) { return remainingDimensions(rank, {axis}); }

// Classes lie along dimension 1 unless `axis` says otherwise (a vector has only one dimension).
std::optional<int64_t> classAxis(Reader &read, Value x, LossInputs &in, const TermSpec &term) {
  int64_t rank = rankOf(x), axis = read.integer("axis", rank > 1 ? 1 : 0);
  if (axis < 0)
    axis += rank;
  if (axis >= 0 && axis < rank)
    return axis;
  in.fail("'" + Twine(term.text) + "': axis must lie in [" + Twine(-rank) + ", " + Twine(rank) + ")");
  return std::nullopt;
}

// Stops the step where an index is neither a class nor `ignore`.
void checkLabels(TrainingBuilder &b, StringRef name, Value labels, Value logits, int64_t axis, std::optional<int64_t> ignore) {
  Value classes = b.spread(b.sizeOf(logits, axis, elementOf(labels)), labels);
  Value good = b.make<AndOp>(b.compare(Comparison::GE, labels, b.splat(0, labels)), b.compare(Comparison::LT, labels, classes));
  if (ignore)
    good = b.make<OrOp>(good, b.compare(Comparison::EQ, labels, b.splat(static_cast<double>(*ignore), labels)));
  Value bad = b.sumAll(b.convert(b.make<NotOp>(good), b.getBuilder().getI64Type()));
  Value count = tensor::ExtractOp::create(b.getBuilder(), b.getLoc(), bad, ValueRange());
  Value zero = arith::ConstantOp::create(b.getBuilder(), b.getLoc(), b.getBuilder().getI64IntegerAttr(0));
  Value none = arith::CmpIOp::create(b.getBuilder(), b.getLoc(), arith::CmpIPredicate::eq, count, zero);
  AssertOp::create(b.getBuilder(), b.getLoc(), none,
                   b.getBuilder().getStringAttr("a label in '" + name + "' is not in [0, classes)" + (ignore ? " and not " + std::to_string(*ignore) : std::string())));
}

// The share of rows in which the largest logit is the label's, of those that count.
Value accuracyOf(TrainingBuilder &b, Value logits, Value labels, int64_t axis, Value counted) {
  Value best = b.make<ArgReduceOp>(ArgKind::Max, logits, axis);
  Value right = b.convert(b.compare(Comparison::EQ, b.convert(best, elementOf(labels)), labels), elementOf(logits));
  return counted ? b.over(b.sumAll(b.mul(right, counted)), b.larger(b.sumAll(counted), 1)) : b.meanAll(right);
}

// A vector with a weight for each class, repeated to the sizes of `like`; null after an error.
Value classWeights(TrainingBuilder &b, LossInputs &in, StringRef name, StringRef likeName, Value like, int64_t axis) {
  Value weights = in.label(name, elementOf(like), like, {axis});
  if (!weights)
    return {};
  if (rankOf(weights) != 1 || !isFloat(weights))
    return in.fail("'" + name + "' must be a vector with a weight for each class");
  if (!in.fits(name, weights, likeName, like, {axis}))
    return {};
  return b.make<BroadcastOp>(b.convert(weights, elementOf(like)), ArrayRef<int64_t>{axis}, getMixedSizes(b.getBuilder(), b.getLoc(), like));
}

// Cross entropy of log-probabilities with class indices: -w[y] logp[y], the mean over the sum of w[y]; a share `smoothing` of the weight
// is spread over all classes. `name` is that of the labels, `weightName` that of w, empty where every class counts alike.
Value indexLoss(const TermSpec &term, TrainingBuilder &b, LossInputs &in, Reader &read, Value logp, Value labels, int64_t axis, Value source,
                StringRef name, StringRef weightName = "") {
  double smoothing = read.number("label_smoothing", 0);
  int64_t ignore = read.integer("ignore_index", -100);
  bool mayIgnore = term.parameters.count("ignore_index");
  checkLabels(b, name, labels, logp, axis, mayIgnore ? std::optional<int64_t>(ignore) : std::nullopt);
  int64_t rank = rankOf(logp);
  SmallVector<int64_t> rest = without(rank, axis);
  SmallVector<OpFoldResult> sizes = getMixedSizes(b.getBuilder(), b.getLoc(), logp);
  Value classes = b.make<IotaOp>(elementOf(labels), axis, sizes);
  Value at = b.make<BroadcastOp>(labels, rest, sizes);
  Value hot = b.compare(Comparison::EQ, classes, at), zero = b.splat(0, logp);
  Value weights;
  if (!weightName.empty() && !(weights = classWeights(b, in, weightName, term.operands[0], logp, axis)))
    return {};
  Value weighted = weights ? b.mul(logp, weights) : logp;
  Value losses = b.neg(b.sumAlong(b.select(hot, weighted, zero), axis));
  if (smoothing != 0) {
    Value spread = b.neg(b.over(b.sumAlong(weighted, axis), b.sizeOf(logp, axis)));
    losses = b.add(b.times(losses, 1 - smoothing), b.times(spread, smoothing));
  }
  Value counted;
  if (mayIgnore) {
    Value kept = b.compare(Comparison::NE, labels, b.splat(static_cast<double>(ignore), labels));
    counted = b.convert(kept, elementOf(logp));
    losses = b.select(kept, losses, b.splat(0, losses));
  }
  if (source)
    in.metric("accuracy", accuracyOf(b, source, labels, axis, counted));
  std::string reduction = term.word("reduction", "mean");
  if (reduction == "sum")
    return b.sumAll(losses);
  if (reduction != "mean")
    return in.fail("'" + Twine(term.text) + "': reduction must be mean or sum");
  if (!weights && !counted)
    return b.meanAll(losses);
  Value total = weights ? b.sumAlong(b.select(hot, weights, zero), axis) : counted;
  if (weights && counted)
    total = b.mul(total, counted);
  return b.over(b.sumAll(losses), b.sumAll(total));
}

Value logSoftmax(TrainingBuilder &b, Value x, int64_t axis) { return b.make<LogSoftmaxOp>(x, axis); }
Value softmax(TrainingBuilder &b, Value x, int64_t axis) { return b.make<SoftmaxOp>(x, axis); }

// Labels are indices, or probabilities (`soft=true`, or an input of the model with float elements).
Value buildCrossEntropyOf(const TermSpec &term, TrainingBuilder &b, LossInputs &in, bool areLogits) {
  Reader read(term, in);
  Value x = in.model(term.operands[0]);
  if (!x)
    return {};
  if (!isFloat(x) || rankOf(x) == 0)
    return in.fail("'" + Twine(term.operands[0]) + "' must have float elements and a dimension of classes");
  std::optional<int64_t> axis = classAxis(read, x, in, term);
  if (!axis)
    return {};
  StringRef weightName = term.operands.size() > 2 ? StringRef(term.operands[2]) : StringRef();
  Type index = b.getBuilder().getI64Type();
  bool soft = read.flag("soft", false);
  Value labels = soft ? in.label(term.operands[1], elementOf(x), x, allDims(x))
                      : in.label(term.operands[1], index, x, without(rankOf(x), *axis));
  if (!labels)
    return {};
  Value logp = areLogits ? logSoftmax(b, x, *axis) : x;
  if (isFloat(labels)) {
    if (!in.fits(term.operands[1], labels, term.operands[0], x, allDims(x)))
      return {};
    double smoothing = read.number("label_smoothing", 0);
    Value p = b.convert(labels, elementOf(x));
    if (smoothing != 0)
      p = b.add(b.times(p, 1 - smoothing), b.spread(b.over(b.scalar(smoothing, elementOf(x)), b.sizeOf(x, *axis)), p));
    Value weighted = logp;
    if (!weightName.empty()) {
      Value weights = classWeights(b, in, weightName, term.operands[0], x, *axis);
      if (!weights)
        return {};
      weighted = b.mul(logp, weights);
    }
    Value losses = b.neg(b.sumAlong(b.mul(p, weighted), *axis));
    Value best = b.make<ArgReduceOp>(ArgKind::Max, x, *axis), wanted = b.make<ArgReduceOp>(ArgKind::Max, p, *axis);
    in.metric("accuracy", b.meanAll(b.convert(b.compare(Comparison::EQ, best, wanted), elementOf(x))));
    return read.finish(b, read.reduced(b, losses));
  }
  if (!in.fits(term.operands[1], labels, term.operands[0], x, without(rankOf(x), *axis)))
    return {};
  return read.finish(b, indexLoss(term, b, in, read, logp, labels, *axis, x, term.operands[1], weightName));
}

Value buildCrossEntropy(const TermSpec &term, TrainingBuilder &b, LossInputs &in) { return buildCrossEntropyOf(term, b, in, true); }
Value buildNll(const TermSpec &term, TrainingBuilder &b, LossInputs &in) { return buildCrossEntropyOf(term, b, in, false); }

//===--- Distributions ----------------------------------------------------===//

// p (log p - q), 0 where p is 0.
Value klTerm(TrainingBuilder &b, Value p, Value logQ) {
  Value zero = b.splat(0, p), isZero = b.compare(Comparison::LE, p, zero);
  Value safe = b.select(isZero, b.splat(1, p), p);
  return b.select(isZero, zero, b.mul(p, b.sub(b.log(safe), logQ)));
}

Value buildKl(const TermSpec &term, TrainingBuilder &b, LossInputs &in) {
  Reader read(term, in);
  Value x, target;
  if (!readPair(term, in, x, target))
    return {};
  target = b.convert(target, elementOf(x));
  Value losses = read.flag("log_target", false) ? b.mul(b.exp(target), b.sub(target, x)) : klTerm(b, target, x);
  return read.finish(b, read.reduced(b, losses, "batchmean"));
}

// alpha T^2 KL(softmax(teacher / T), softmax(student / T)) + (1 - alpha) CE(student, label); without a label the first part alone.
Value buildDistillation(const TermSpec &term, TrainingBuilder &b, LossInputs &in) {
  Reader read(term, in);
  Value x, teacher;
  if (!readPair(term, in, x, teacher))
    return {};
  std::optional<int64_t> axis = classAxis(read, x, in, term);
  double temperature = read.number("temperature", 1), alpha = read.number("alpha", term.operands.size() > 2 ? 0.5 : 1);
  if (!axis)
    return {};
  if (temperature <= 0)
    return in.fail("'" + Twine(term.text) + "': temperature must be positive");
  teacher = b.make<StopGradientOp>(b.convert(teacher, elementOf(x)));
  Value p = softmax(b, b.over(teacher, temperature), *axis), logQ = logSoftmax(b, b.over(x, temperature), *axis);
  Value rows = b.sumAlong(klTerm(b, p, logQ), *axis);
  Value loss = b.times(read.reduced(b, rows), alpha * temperature * temperature);
  if (term.operands.size() > 2) {
    Value labels = in.label(term.operands[2], b.getBuilder().getI64Type(), x, without(rankOf(x), *axis));
    if (!labels || !in.fits(term.operands[2], labels, term.operands[0], x, without(rankOf(x), *axis)))
      return {};
    Value hard = indexLoss(term, b, in, read, logSoftmax(b, x, *axis), labels, *axis, x, term.operands[2]);
    if (!hard)
      return {};
    loss = b.add(loss, b.times(hard, 1 - alpha));
  }
  return read.finish(b, loss);
}

// (reconstruction + beta KL(N(mu, e^logvar), N(0, 1))) summed over each example, mean over the batch.
Value buildElbo(const TermSpec &term, TrainingBuilder &b, LossInputs &in) {
  Reader read(term, in);
  Value x, target;
  if (!readPair(term, in, x, target))
    return {};
  target = b.convert(target, elementOf(x));
  Value mu = readFloats(term, b, in, 2, x), logvar = readFloats(term, b, in, 3, x);
  if (!mu || !logvar)
    return {};
  if (rankOf(x) == 0 || rankOf(mu) == 0)
    return in.fail("'" + Twine(term.text) + "': the first dimension of each operand must be the batch");
  if (!in.fits(term.operands[3], logvar, term.operands[2], mu, allDims(mu)))
    return {};
  std::string kind = term.word("reconstruction", "bce_with_logits");
  Value off;
  if (kind == "bce_with_logits")
    off = bceWithLogits(b, x, target, 1);
  else if (kind == "mse")
    off = b.square(b.sub(x, target));
  else
    return in.fail("'" + Twine(term.text) + "': reconstruction must be bce_with_logits or mse");
  Value kl = b.sub(b.sub(b.plus(logvar, 1), b.square(mu)), b.exp(logvar));
  Value total = b.add(b.sumAll(off), b.times(b.sumAll(kl), -0.5 * read.number("beta", 1)));
  return read.finish(b, b.over(total, b.sizeOf(x, 0)));
}

//===--- Embeddings -------------------------------------------------------===//

// The Euclidean distance of rows, `eps` added to each difference.
Value distance(TrainingBuilder &b, Value u, Value v, double eps) {
  return b.sqrt(b.sumAlong(b.square(b.plus(b.sub(u, v), eps)), rankOf(u) - 1));
}

Value buildTriplet(const TermSpec &term, TrainingBuilder &b, LossInputs &in) {
  Reader read(term, in);
  Value rows[3];
  for (int i = 0; i < 3; ++i)
    if (!(rows[i] = readFloats(term, b, in, i, rows[0])))
      return {};
  if (rankOf(rows[0]) < 1)
    return in.fail("'" + Twine(term.text) + "': the operands must have one shape, features last");
  for (int i = 1; i < 3; ++i)
    if (!in.fits(term.operands[i], rows[i], term.operands[0], rows[0], allDims(rows[0])))
      return {};
  double eps = read.number("eps", 1e-6), margin = read.number("margin", 1);
  Value gap = b.sub(distance(b, rows[0], rows[1], eps), distance(b, rows[0], rows[2], eps));
  return read.finish(b, read.reduced(b, b.larger(b.plus(gap, margin), 0)));
}

// y d^2 + (1 - y) max(margin - d, 0)^2 with y = 1 for a pair that belongs together.
Value buildContrastive(const TermSpec &term, TrainingBuilder &b, LossInputs &in) {
  Reader read(term, in);
  Value u = readFloats(term, b, in, 0), v = u ? readFloats(term, b, in, 1, u) : u;
  if (!v)
    return {};
  if (rankOf(u) < 1)
    return in.fail("'" + Twine(term.text) + "': the operands must have one shape, features last");
  if (!in.fits(term.operands[1], v, term.operands[0], u, allDims(u)))
    return {};
  SmallVector<int64_t> rows = llvm::to_vector(llvm::seq<int64_t>(0, rankOf(u) - 1));
  Value y = in.label(term.operands[2], elementOf(u), u, rows);
  if (!y || !in.fits(term.operands[2], y, term.operands[0], u, rows))
    return {};
  y = b.convert(y, elementOf(u));
  Value squared = b.sumAlong(b.square(b.sub(u, v)), rankOf(u) - 1);
  // The root has no derivative at 0, where the pair is a perfect match.
  Value d = b.sqrt(b.plus(squared, read.number("eps", 1e-12)));
  Value apart = b.square(b.larger(b.minus(read.number("margin", 1), d), 0));
  return read.finish(b, read.reduced(b, b.add(b.mul(y, squared), b.mul(b.minus(1, y), apart))));
}

// Cross entropy of each row's similarity to all rows of the other side, the right one being that of the same number.
Value buildInfoNce(const TermSpec &term, TrainingBuilder &b, LossInputs &in) {
  Reader read(term, in);
  Value u = readFloats(term, b, in, 0), v = u ? readFloats(term, b, in, 1, u) : u;
  if (!v)
    return {};
  if (rankOf(u) != 2)
    return in.fail("'" + Twine(term.text) + "': the operands must be rows of features");
  if (!in.fits(term.operands[1], v, term.operands[0], u, {0, 1}))
    return {};
  double temperature = read.number("temperature", 0.07);
  if (temperature <= 0)
    return in.fail("'" + Twine(term.text) + "': temperature must be positive");
  auto unit = [&](Value x) {
    Value norm = b.larger(b.sqrt(b.sumAlong(b.square(x), 1)), 1e-12);
    return b.div(x, b.expandLike(norm, x, {1}));
  };
  if (read.flag("normalize", true))
    u = unit(u), v = unit(v);
  ArrayRef<int64_t> none;
  Value similarity = b.make<ContractOp>(u, v, none, none, ArrayRef<int64_t>{1}, ArrayRef<int64_t>{1});
  Value logits = b.over(similarity, temperature);
  SmallVector<OpFoldResult> sizes = getMixedSizes(b.getBuilder(), b.getLoc(), logits);
  Type index = b.getBuilder().getI64Type();
  Value same = b.compare(Comparison::EQ, b.make<IotaOp>(index, 0, sizes), b.make<IotaOp>(index, 1, sizes));
  auto side = [&](int64_t axis) {
    return b.neg(b.meanAll(b.sumAlong(b.select(same, logSoftmax(b, logits, axis), b.splat(0, logits)), axis)));
  };
  Value loss = side(1);
  if (read.flag("symmetric", false))
    loss = b.times(b.add(loss, side(0)), 0.5);
  return read.finish(b, loss);
}

//===--- Policies ---------------------------------------------------------===//

// -min(r A, clip(r, 1 - eps, 1 + eps) A) with r = pi(a) / pi_old(a) from logits and actions; minus `entropy` times the policy's entropy.
// With values and returns, plus `value` times their mean squared error.
Value buildPpo(const TermSpec &term, TrainingBuilder &b, LossInputs &in) {
  Reader read(term, in);
  Value logits = readFloats(term, b, in, 0);
  if (!logits)
    return {};
  if (rankOf(logits) != 2)
    return in.fail("'" + Twine(term.text) + "': the policy's logits must be rows of actions");
  Type f = elementOf(logits);
  Value actions = in.label(term.operands[1], b.getBuilder().getI64Type(), logits, {0});
  Value old = in.label(term.operands[2], f, logits, {0}), advantage = in.label(term.operands[3], f, logits, {0});
  if (!actions || !old || !advantage)
    return {};
  Value targets[] = {actions, old, advantage};
  for (auto [i, value] : llvm::enumerate(targets))
    if (!in.fits(term.operands[i + 1], value, term.operands[0], logits, {0}))
      return {};
  old = b.convert(old, f), advantage = b.convert(advantage, f);
  checkLabels(b, term.operands[1], actions, logits, 1, std::nullopt);
  SmallVector<OpFoldResult> sizes = getMixedSizes(b.getBuilder(), b.getLoc(), logits);
  Value logp = logSoftmax(b, logits, 1);
  Value hot = b.compare(Comparison::EQ, b.make<IotaOp>(elementOf(actions), 1, sizes),
                        b.make<BroadcastOp>(actions, ArrayRef<int64_t>{0}, sizes));
  Value taken = b.sumAlong(b.select(hot, logp, b.splat(0, logp)), 1);
  double clip = read.number("clip", 0.2), entropy = read.number("entropy", 0);
  Value ratio = b.exp(b.sub(taken, old));
  Value bounded = b.smaller(b.larger(ratio, 1 - clip), 1 + clip);
  Value gain = b.make<MinOp>(b.mul(ratio, advantage), b.mul(bounded, advantage));
  Value loss = b.neg(b.meanAll(gain));
  if (entropy != 0)
    loss = b.add(loss, b.times(b.meanAll(b.sumAlong(b.mul(b.exp(logp), logp), 1)), entropy));
  if (term.operands.size() > 4) {
    if (term.operands.size() != 6)
      return in.fail("loss 'ppo_clip' takes values and returns together");
    Value values = readFloats(term, b, in, 4, logits);
    if (!values)
      return {};
    Value returns = in.label(term.operands[5], f, values, allDims(values));
    if (!returns || !in.fits(term.operands[5], returns, term.operands[4], values, allDims(values)))
      return {};
    returns = b.convert(returns, f);
    loss = b.add(loss, b.times(b.meanAll(b.square(b.sub(values, returns))), read.number("value", 0.5)));
  }
  return read.finish(b, loss);
}

//===--- The model's own --------------------------------------------------===//

// An output of the model: a scalar, or reduced to one.
Value buildOutput(const TermSpec &term, TrainingBuilder &b, LossInputs &in) {
  Reader read(term, in);
  Value x = in.model(term.operands[0]);
  if (!x)
    return {};
  if (!isFloat(x))
    return in.fail("'" + Twine(term.operands[0]) + "' has no float elements");
  if (!term.parameters.count("reduction")) {
    auto type = cast<RankedTensorType>(x.getType());
    if (!type.hasStaticShape() || type.getNumElements() != 1)
      return in.fail("'" + Twine(term.operands[0]) + "' is no scalar; say reduction=mean or reduction=sum");
  }
  return read.finish(b, read.reduced(b, x));
}

constexpr StringRef plain[] = {"reduction", "weight"};
constexpr StringRef huber[] = {"delta", "reduction", "weight"};
constexpr StringRef smooth[] = {"beta", "reduction", "weight"};
constexpr StringRef bceLogits[] = {"pos_weight", "reduction", "weight"};
constexpr StringRef entropy[] = {"label_smoothing", "ignore_index", "axis", "soft", "reduction", "weight"};
constexpr StringRef nll[] = {"ignore_index", "axis", "reduction", "weight"};
constexpr StringRef kl[] = {"log_target", "reduction", "weight"};
constexpr StringRef distill[] = {"temperature", "alpha", "label_smoothing", "ignore_index", "axis", "reduction", "weight"};
constexpr StringRef elbo[] = {"beta", "reconstruction", "weight"};
constexpr StringRef triplet[] = {"margin", "eps", "reduction", "weight"};
constexpr StringRef nce[] = {"temperature", "normalize", "symmetric", "weight"};
constexpr StringRef ppo[] = {"clip", "entropy", "value", "weight"};

const LossKind kinds[] = {
    {"softmax_cross_entropy", 2, 3, "softmax_cross_entropy:LOGITS,LABEL[,CLASS_WEIGHTS]", "class indices, or probabilities with soft=true", entropy, buildCrossEntropy},
    {"nll", 2, 3, "nll:LOG_PROBABILITIES,LABEL[,CLASS_WEIGHTS]", "negative log likelihood of class indices", nll, buildNll},
    {"bce_with_logits", 2, 2, "bce_with_logits:LOGITS,TARGET", "binary cross entropy of logits", bceLogits, buildBceWithLogits},
    {"bce", 2, 2, "bce:PROBABILITIES,TARGET", "binary cross entropy", plain, buildBce},
    {"mse", 2, 2, "mse:OUTPUT,TARGET", "squared error", plain, buildMse},
    {"l1", 2, 2, "l1:OUTPUT,TARGET", "absolute error", plain, buildL1},
    {"huber", 2, 2, "huber:OUTPUT,TARGET", "squared error near 0, absolute error beyond delta", huber, buildHuber},
    {"smooth_l1", 2, 2, "smooth_l1:OUTPUT,TARGET", "huber divided by beta", smooth, buildSmoothL1},
    {"kl_div", 2, 2, "kl_div:LOG_PROBABILITIES,TARGET", "Kullback-Leibler divergence", kl, buildKl},
    {"distillation", 2, 3, "distillation:LOGITS,TEACHER_LOGITS[,LABEL]", "divergence from a teacher's softened answers", distill, buildDistillation},
    {"contrastive", 3, 3, "contrastive:EMBEDDING,EMBEDDING,SAME", "pairs together or a margin apart", triplet, buildContrastive},
    {"triplet", 3, 3, "triplet:ANCHOR,POSITIVE,NEGATIVE", "nearer to the positive by a margin", triplet, buildTriplet},
    {"info_nce", 2, 2, "info_nce:EMBEDDINGS,EMBEDDINGS", "rows of one number belong together, all others do not", nce, buildInfoNce},
    {"vae_elbo", 4, 4, "vae_elbo:RECONSTRUCTION,TARGET,MEAN,LOG_VARIANCE", "evidence lower bound", elbo, buildElbo},
    {"ppo_clip", 4, 6, "ppo_clip:LOGITS,ACTION,OLD_LOG_PROBABILITY,ADVANTAGE[,VALUE,RETURN]", "clipped policy gradient", ppo, buildPpo},
    {"output", 1, 1, "output:NAME", "an output of the model's own", plain, buildOutput},
};

} // namespace

ArrayRef<LossKind> allLosses() { return kinds; }

const LossKind *findLoss(StringRef name) {
  // What frameworks and earlier tools call the same.
  name = llvm::StringSwitch<StringRef>(name)
             .Cases({"softmax_ce", "cross_entropy"}, "softmax_cross_entropy")
             .Case("kl", "kl_div")
             .Cases({"vae", "elbo"}, "vae_elbo")
             .Default(name);
  for (const LossKind &kind : kinds)
    if (kind.name == name)
      return &kind;
  return nullptr;
}

std::string listLosses() {
  return llvm::join(llvm::map_range(kinds, [](const LossKind &kind) { return kind.name.str(); }), ", ");
}

} // namespace ingot

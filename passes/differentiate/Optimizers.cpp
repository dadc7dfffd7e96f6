//===- Optimizers.cpp - How a step changes parameters ----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `sgd` to `adamw` are those of torch.optim (release 2), LAMB that of You and others (2020), `onnx_*` the operators of ONNX's domain
// ai.onnx.preview.training, which differ: there Adam adds epsilon before its correction and Momentum has no dampening but a factor.
//
//===----------------------------------------------------------------------===//

#include "passes/differentiate/Optimizers.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace ingot {
namespace {

// One update: x, its gradient g with `decay` times x added (L2), and the arithmetic on scalars, which is in f64.
struct Update {
  const TermSpec &term;
  TrainingBuilder &b;
  UpdateInputs &in;
  Value x, g;
  double decay;
  std::string &error;

  double number(StringRef key, double otherwise) { return term.number(key, otherwise, error); }
  bool flag(StringRef key) { return term.flag(key, false, error); }
  void addDecay() {
    if (decay != 0)
      g = b.add(g, b.times(x, decay));
  }
  // slot = keep * slot + share * next
  Value average(StringRef role, double keep, double share, Value next) {
    Value old = in.slot(role, 0);
    Value mixed = b.add(b.times(old, keep), b.times(next, share));
    in.setSlot(role, mixed);
    return mixed;
  }
  // 1 - base^step
  Value correction(double base) { return b.minus(1, in.power(base)); }
  Value less(Value step) { return b.sub(x, step); }
};

// buf = m buf + (1 - d) g, the first time g itself; x - r buf, Nesterov's x - r (g + m buf)
Value buildSgd(Update u) {
  TrainingBuilder &b = u.b;
  double momentum = u.number("momentum", 0), dampening = u.number("dampening", 0);
  bool nesterov = u.flag("nesterov");
  u.addDecay();
  if (nesterov && (momentum <= 0 || dampening != 0))
    u.error = "'" + u.term.text + "': nesterov needs a momentum and no dampening";
  Value step = u.g;
  if (momentum != 0) {
    Value old = u.in.slot("momentum", 0);
    Value share = b.times(u.g, 1 - dampening);
    if (dampening != 0) {
      Value isFirst = b.compare(Comparison::EQ, u.in.step(), b.scalar(1, b.getBuilder().getF64Type()));
      share = b.choose(isFirst, u.g, share);
    }
    Value buffer = b.add(b.times(old, momentum), share);
    u.in.setSlot("momentum", buffer);
    step = nesterov ? b.add(u.g, b.times(buffer, momentum)) : buffer;
  }
  return u.less(b.times(step, u.in.rate()));
}

// sum += g^2; x - r / (1 + (t - 1) d) g / (sqrt(sum) + eps)
Value buildAdagrad(Update u) {
  TrainingBuilder &b = u.b;
  u.addDecay();
  double lrDecay = u.number("lr_decay", 0), eps = u.number("eps", 1e-10);
  Value sum = b.add(u.in.slot("sum", u.number("initial_accumulator_value", 0)), b.square(u.g));
  u.in.setSlot("sum", sum);
  Value rate = u.in.rate();
  if (lrDecay != 0)
    rate = b.div(rate, b.plus(b.times(b.minus(u.in.step(), 1), lrDecay), 1));
  return u.less(b.times(b.div(u.g, b.plus(b.sqrt(sum), eps)), rate));
}

// v = a v + (1 - a) g^2, centered: less the square of the average gradient; x - r g / (sqrt(v) + eps), with momentum by a buffer
Value buildRmsprop(Update u) {
  TrainingBuilder &b = u.b;
  u.addDecay();
  double alpha = u.number("alpha", 0.99), eps = u.number("eps", 1e-8), momentum = u.number("momentum", 0);
  Value v = u.average("square_avg", alpha, 1 - alpha, b.square(u.g));
  if (u.flag("centered"))
    v = b.sub(v, b.square(u.average("grad_avg", alpha, 1 - alpha, u.g)));
  Value step = b.div(u.g, b.plus(b.sqrt(v), eps));
  if (momentum != 0)
    step = u.average("momentum", momentum, 1, step);
  return u.less(b.times(step, u.in.rate()));
}

// m and v, averages of g and g^2; x - r / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + eps)
Value buildAdamLike(Update u, bool decoupled) {
  TrainingBuilder &b = u.b;
  double beta1 = u.number("beta1", 0.9), beta2 = u.number("beta2", 0.999), eps = u.number("eps", 1e-8);
  Value rate = u.in.rate();
  if (!decoupled)
    u.addDecay();
  else if (u.decay != 0)
    u.x = b.times(u.x, b.minus(1, b.times(rate, u.decay)));
  Value m = u.average("exp_avg", beta1, 1 - beta1, u.g);
  Value v = u.average("exp_avg_sq", beta2, 1 - beta2, b.square(u.g));
  if (u.flag("amsgrad")) {
    v = b.make<MaxOp>(u.in.slot("max_exp_avg_sq", 0), v);
    u.in.setSlot("max_exp_avg_sq", v);
  }
  Value scale = b.div(rate, u.correction(beta1)), root = b.sqrt(u.correction(beta2));
  Value denominator = b.plus(b.over(b.sqrt(v), root), eps);
  return u.less(b.times(b.div(m, denominator), scale));
}

Value buildAdam(Update u) { return buildAdamLike(u, false); }
Value buildAdamw(Update u) { return buildAdamLike(u, true); }

// u = m' / (sqrt(v') + eps) + d x with corrected averages; x - r |x| / |u| u, the ratio 1 where one of them is 0
Value buildLamb(Update u) {
  TrainingBuilder &b = u.b;
  double beta1 = u.number("beta1", 0.9), beta2 = u.number("beta2", 0.999), eps = u.number("eps", 1e-6);
  Value m = u.average("exp_avg", beta1, 1 - beta1, u.g);
  Value v = u.average("exp_avg_sq", beta2, 1 - beta2, b.square(u.g));
  Value step = b.div(b.over(m, u.correction(beta1)), b.plus(b.sqrt(b.over(v, u.correction(beta2))), eps));
  if (u.decay != 0)
    step = b.add(step, b.times(u.x, u.decay));
  auto norm = [&](Value value) { return b.sqrt(b.sumAll(b.square(value))); };
  Value size = norm(u.x), stepSize = norm(step), zero = b.splat(0, size), one = b.splat(1, size);
  Value usable = b.make<AndOp>(b.compare(Comparison::GT, size, zero), b.compare(Comparison::GT, stepSize, zero));
  Value ratio = b.select(usable, b.div(size, b.select(usable, stepSize, one)), one);
  return u.less(b.times(b.times(step, ratio), u.in.rate()));
}

// As the operators' definitions have it.
constexpr double onnxEpsilon = 1e-6f;

// The number of updates before this one.
Value updatesBefore(Update &u) { return u.b.minus(u.in.step(), 1); }

Value buildOnnxAdam(Update u) {
  TrainingBuilder &b = u.b;
  u.addDecay();
  double alpha = u.number("alpha", 0.9), beta = u.number("beta", 0.999), eps = u.number("epsilon", onnxEpsilon);
  Value v = u.average("momentum", alpha, 1 - alpha, u.g), h = u.average("square", beta, 1 - beta, b.square(u.g));
  // The powers are of the number of updates before: one less than the step's.
  Value before = updatesBefore(u), isFirst = b.compare(Comparison::LE, before, b.splat(0, before));
  auto corrected = [&](double base) { return b.minus(1, b.over(u.in.power(base), base)); };
  Value scale = b.mul(u.in.rate(), b.div(b.sqrt(corrected(beta)), corrected(alpha)));
  Value rate = b.select(isFirst, u.in.rate(), scale);
  Value next = u.less(b.times(b.div(v, b.plus(b.sqrt(h), eps)), rate));
  return b.times(next, 1 - u.number("norm_coefficient_post", 0));
}

Value buildOnnxAdagrad(Update u) {
  TrainingBuilder &b = u.b;
  u.addDecay();
  Value rate = b.div(u.in.rate(), b.plus(b.times(updatesBefore(u), u.number("decay_factor", 0)), 1));
  Value h = b.add(u.in.slot("sum", 0), b.square(u.g));
  u.in.setSlot("sum", h);
  return u.less(b.times(b.div(u.g, b.plus(b.sqrt(h), u.number("epsilon", onnxEpsilon))), rate));
}

Value buildOnnxMomentum(Update u) {
  TrainingBuilder &b = u.b;
  u.addDecay();
  double alpha = u.number("alpha", 0.9), beta = u.number("beta", 1);
  Value before = updatesBefore(u), share = b.times(u.g, beta);
  if (beta != 1)
    share = b.choose(b.compare(Comparison::GT, before, b.splat(0, before)), share, u.g);
  Value v = b.add(b.times(u.in.slot("momentum", 0), alpha), share);
  u.in.setSlot("momentum", v);
  Value step = u.flag("nesterov") ? b.add(u.g, b.times(v, alpha)) : v;
  return u.less(b.times(step, u.in.rate()));
}

template <Value (*build)(Update)>
Value run(const TermSpec &term, TrainingBuilder &b, UpdateInputs &in, Value x, Value g, double decay, std::string &error) {
  Value next = build(Update{term, b, in, x, g, decay, error});
  return error.empty() ? next : Value();
}

constexpr StringRef sgd[] = {"momentum", "dampening", "nesterov", "weight_decay"};
constexpr StringRef adagrad[] = {"lr_decay", "eps", "initial_accumulator_value", "weight_decay"};
constexpr StringRef rmsprop[] = {"alpha", "eps", "momentum", "centered", "weight_decay"};
constexpr StringRef adam[] = {"beta1", "beta2", "eps", "amsgrad", "weight_decay"};
constexpr StringRef lamb[] = {"beta1", "beta2", "eps", "weight_decay"};
constexpr StringRef onnxAdam[] = {"alpha", "beta", "epsilon", "norm_coefficient", "norm_coefficient_post"};
constexpr StringRef onnxAdagrad[] = {"decay_factor", "epsilon", "norm_coefficient"};
constexpr StringRef onnxMomentum[] = {"alpha", "beta", "nesterov", "norm_coefficient"};

const OptimizerKind kinds[] = {
    {"sgd", "stochastic gradient descent, with momentum or Nesterov's", sgd, run<buildSgd>},
    {"adagrad", "rates by the sum of squared gradients", adagrad, run<buildAdagrad>},
    {"rmsprop", "rates by the average of squared gradients", rmsprop, run<buildRmsprop>},
    {"adam", "averages of gradients and squared gradients", adam, run<buildAdam>},
    {"adamw", "adam with weight decay apart from the gradient (0.01 unless stated)", adam, run<buildAdamw>},
    {"lamb", "adam with steps in proportion to each parameter's norm", lamb, run<buildLamb>},
    {"onnx_adam", "the operator Adam of ai.onnx.preview.training", onnxAdam, run<buildOnnxAdam>},
    {"onnx_adagrad", "the operator Adagrad of ai.onnx.preview.training", onnxAdagrad, run<buildOnnxAdagrad>},
    {"onnx_momentum", "the operator Momentum of ai.onnx.preview.training", onnxMomentum, run<buildOnnxMomentum>},
};

} // namespace

ArrayRef<OptimizerKind> allOptimizers() { return kinds; }

const OptimizerKind *findOptimizer(StringRef name) {
  for (const OptimizerKind &kind : kinds)
    if (kind.name == name)
      return &kind;
  return nullptr;
}

std::string listOptimizers() {
  return llvm::join(llvm::map_range(kinds, [](const OptimizerKind &kind) { return kind.name.str(); }), ", ");
}

double decayOf(const TermSpec &optimizer, std::string &error) {
  if (StringRef(optimizer.kind).starts_with("onnx_"))
    return optimizer.number("norm_coefficient", 0, error);
  return optimizer.number("weight_decay", optimizer.kind == "adamw" ? 0.01 : 0, error);
}

} // namespace ingot

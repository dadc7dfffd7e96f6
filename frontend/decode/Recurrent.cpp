//===- Recurrent.cpp - LSTM, GRU, RNN -------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The input's products are one contraction over all time steps; what depends on the state is an `scf.for` over time whose tensors
// are the states and the output, which each step updates in place. A reverse direction counts time down, nothing is copied for it.
// The gates are slices of one product: the code generator runs them in its kernel.
//
//===----------------------------------------------------------------------===//

#include "frontend/decode/Contraction.h"
#include "frontend/decode/Quantization.h"

using namespace mlir;

namespace ingot {

//===--- Activations -------------------------------------------------------===//

namespace {

struct Activation {
  std::string name; // lower case
  double alpha = 0, beta = 0;
};

struct ActivationDefaults {
  StringLiteral name;
  bool takesAlpha, takesBeta;
  double alpha, beta;
};

} // namespace

static constexpr ActivationDefaults kActivations[] = {
    {"relu", false, false, 0, 0},        {"tanh", false, false, 0, 0},
    {"sigmoid", false, false, 0, 0},     {"softsign", false, false, 0, 0},
    {"softplus", false, false, 0, 0},    {"affine", true, true, 1, 0},
    {"leakyrelu", true, false, 0.01, 0}, {"thresholdedrelu", true, false, 1, 0},
    {"scaledtanh", true, true, 1, 1},    {"hardsigmoid", true, true, 0.2, 0.5},
    {"elu", true, false, 1, 0},
};

static Value activate(ImportBuilder &b, const Activation &f, Value x) {
  StringRef name = f.name;
  if (name == "tanh")
    return b.create<TanhOp>(x);
  if (name == "sigmoid")
    return b.create<SigmoidOp>(x);
  if (name == "relu")
    return b.max(x, b.scalar(0, elementTypeOf(x)));
  if (name == "softsign")
    return b.div(x, b.add(b.create<AbsOp>(x), 1.0));
  if (name == "softplus") {
    // max(x, 0) + log(1 + e^-|x|), which does not overflow.
    Value tail = b.create<Log1pOp>(b.create<ExpOp>(b.create<NegOp>(b.create<AbsOp>(x))));
    return b.add(b.max(x, b.scalar(0, elementTypeOf(x))), tail);
  }
  if (name == "affine")
    return b.add(b.mul(x, f.alpha), f.beta);
  if (name == "leakyrelu")
    return b.select(b.compare(Comparison::LT, x, 0.0), b.mul(x, f.alpha), x);
  if (name == "thresholdedrelu")
    return b.select(b.compare(Comparison::GT, x, f.alpha), x, b.splatLike(0, x));
  if (name == "scaledtanh")
    return b.mul(b.create<TanhOp>(b.mul(x, f.beta)), f.alpha);
  if (name == "hardsigmoid")
    return b.clamp(b.add(b.mul(x, f.alpha), f.beta), 0, 1);
  assert(name == "elu" && "readActivations lets only known functions through");
  return b.select(b.compare(Comparison::GT, x, 0.0), x, b.mul(b.create<Expm1Op>(x), f.alpha));
}

// The functions of all directions, those of one after those of another; alpha and beta are lists for the functions that take one.
static FailureOr<SmallVector<Activation>> readActivations(NodeReader &node, ArrayRef<StringRef> defaults, int64_t directions) {
  SmallVector<StringRef> names = node.strings("activations");
  if (names.empty())
    for (int64_t direction = 0; direction < directions; ++direction)
      llvm::append_range(names, defaults);
  if (!node.check(names.size() == defaults.size() * directions, "activations has " + Twine(names.size()) + " entries where " +
                                                                    Twine(defaults.size() * directions) + " are needed"))
    return failure();
  SmallVector<double> alphas = node.floats("activation_alpha"), betas = node.floats("activation_beta");
  size_t nextAlpha = 0, nextBeta = 0;
  SmallVector<Activation> activations;
  for (StringRef name : names) {
    std::string lower = name.lower();
    const auto *known = llvm::find_if(kActivations, [&](const ActivationDefaults &a) { return a.name == lower; });
    if (!node.check(known != std::end(kActivations), "'" + name + "' is no activation function"))
      return failure();
    Activation activation = {lower, known->alpha, known->beta};
    if (known->takesAlpha && nextAlpha < alphas.size())
      activation.alpha = alphas[nextAlpha++];
    if (known->takesBeta && nextBeta < betas.size())
      activation.beta = betas[nextBeta++];
    activations.push_back(activation);
  }
  return activations;
}

//===--- The recurrence ----------------------------------------------------===//

namespace {

// rows [..., k] times weights to [..., n].
struct Projection {
  Value weights; // [n, k]; quantized ones [k, n] less their zero point, as i32
  Value scale;   // of quantized weights: a scalar or [n]

  Value apply(ImportBuilder &b, Value rows) const {
    int64_t last = rankOf(rows) - 1;
    if (!scale)
      return b.create<ContractOp>(rows, weights, ArrayRef<int64_t>{}, ArrayRef<int64_t>{}, ArrayRef<int64_t>{last},
                                  ArrayRef<int64_t>{1});
    DynamicallyQuantized q = quantizeDynamically(b, rows);
    Value sum = b.create<ContractOp>(centered(b, q.values, q.zeroPoint), weights, ArrayRef<int64_t>{}, ArrayRef<int64_t>{},
                                     ArrayRef<int64_t>{last}, ArrayRef<int64_t>{0});
    return b.mul(b.castTo(sum, elementTypeOf(rows)), b.mul(scale, q.scale));
  }
};

// One direction's parameters.
struct Direction {
  Projection input;
  SmallVector<Projection> recurrent; // for the gates all at once, or (GRU) for its parts
  Value inputBias, recurrentBias;    // [gates * hidden], may be null
  Value peepholes;                   // [3 * hidden], may be null
  SmallVector<Value> vectors;        // parts of them that a step needs, cut before the loop
  ArrayRef<Activation> f;
  bool reverse = false;
};

struct State {
  Value h, c; // [batch, hidden]; c of LSTM only
};

class Recurrence {
public:
  Recurrence(NodeReader &node, ImportBuilder &b, int64_t gates) : node(node), b(b), gates(gates) {}
  virtual ~Recurrence() = default;

  // Inputs x, w, r, b, sequence_lens, initial_h, then of LSTM initial_c and P.
  Decoded build();

protected:
  virtual ArrayRef<StringRef> defaultActivations() const = 0;
  virtual bool hasCell() const { return false; }
  // What of both biases may be added to the input's products for all steps at once.
  virtual Value stepIndependentBias(const Direction &d) { return joinBiases(d.inputBias, d.recurrentBias); }
  virtual State step(const Direction &d, Value x, State state) = 0;
  // Splits the recurrent weights; [gates * hidden, hidden].
  virtual SmallVector<Projection> splitRecurrent(Projection r) { return {r}; }
  virtual LogicalResult readWeights(unsigned direction, Direction &d);
  virtual void cutVectors(Direction &d) {}

  Value joinBiases(Value left, Value right) { return left && right ? b.create<AddOp>(left, right) : left ? left : right; }
  Value part(Value vector, int64_t axis, int64_t gate, int64_t count = 1) {
    return b.sliceAlong(vector, axis, b.dim(gate * hidden), b.dim(count * hidden));
  }
  Value gate(Value gatesOfStep, int64_t i) { return part(gatesOfStep, 1, i); }
  Value clipped(Value v) { return clip ? b.clamp(v, -*clip, *clip) : v; }
  Value plusVector(Value v, Value vector) { return vector ? b.create<AddOp>(v, b.broadcastVector(vector, 1, v)) : v; }

  NodeReader &node;
  ImportBuilder &b;
  int64_t gates;
  int64_t hidden = 0, directions = 1;
  std::optional<double> clip;
  Dim steps, batch;

private:
  LogicalResult readInputs();
  Value initialState(unsigned input, unsigned direction);
  State runDirection(unsigned direction, const Direction &d);
  State runStep(const Direction &d, unsigned direction, Value time, Value products, State state);

  Value x, lengths, y; // [steps, batch, k], [batch] of i64 or null, [steps, directions, batch, hidden] or null
  bool batchFirst = false;
};

} // namespace

LogicalResult Recurrence::readInputs() {
  x = node.input(0);
  Value r = node.input(2);
  if (!node.checkRank(x, 3, 3) || !node.checkRank(node.input(1), 3, 3) || !node.checkRank(r, 3, 3))
    return failure();
  StringRef direction = node.s("direction", "forward");
  if (!node.check(llvm::is_contained({"forward", "reverse", "bidirectional"}, direction), "unknown direction '" + direction + "'"))
    return failure();
  directions = direction == "bidirectional" ? 2 : 1;
  hidden = node.i("hidden_size", std::max<int64_t>(shapeOf(r)[2], 0));
  if (!node.check(hidden > 0 && hidden <= std::numeric_limits<int32_t>::max(), "hidden_size is missing or out of range"))
    return failure();
  // B, the initial states and the peepholes.
  for (auto [input, rank] : {std::pair(3u, 2), std::pair(5u, 3), std::pair(6u, 3), std::pair(7u, 2)})
    if (node.hasInput(input) && (hasCell() || input < 6) && !node.checkRank(node.input(input), rank, rank))
      return failure();
  if (!node.check(ShapedType::isDynamic(shapeOf(r)[0]) || shapeOf(r)[0] == directions,
                  "the weights are for " + Twine(shapeOf(r)[0]) + " directions, not " + Twine(directions)))
    return failure();
  clip = node.f("clip");
  batchFirst = node.i("layout", 0) != 0;
  if (batchFirst)
    x = b.swapDims(x, 0, 1);
  steps = b.size(x, 0);
  batch = b.size(x, 1);
  if (node.hasInput(4)) {
    // Lengths that are all the full one say nothing.
    std::optional<SmallVector<int64_t>> known = node.constantInts(4);
    std::optional<int64_t> full = ImportBuilder::known(steps);
    if (!node.checkRank(node.input(4), 1, 1))
      return failure();
    if (!known || !full || !llvm::all_of(*known, [&](int64_t length) { return length == *full; }))
      lengths = b.castTo(node.input(4), b.getI64Type());
  }
  return success();
}

// The slice of one direction, without that dimension.
static Value ofDirection(ImportBuilder &b, Value v, unsigned direction) {
  return v ? b.pick(v, 0, b.dim(direction)) : v;
}

LogicalResult Recurrence::readWeights(unsigned direction, Direction &d) {
  Value w = ofDirection(b, node.input(1), direction), r = ofDirection(b, node.input(2), direction);
  auto fits = [](int64_t size, int64_t wanted) { return ShapedType::isDynamic(size) || size == wanted; };
  if (!node.check(fits(shapeOf(w)[0], gates * hidden) && fits(shapeOf(r)[0], gates * hidden) && fits(shapeOf(r)[1], hidden),
                  "W or R does not fit hidden_size " + Twine(hidden)))
    return failure();
  d.input = {w, {}};
  d.recurrent = splitRecurrent({r, {}});
  return success();
}

Value Recurrence::initialState(unsigned input, unsigned direction) {
  Dims sizes = {batch, b.dim(hidden)};
  Value state;
  if (!node.hasInput(input))
    return b.splat(0, elementTypeOf(x), sizes);
  state = node.input(input);
  // With `layout` 1 the batch comes first here as well.
  return b.castShape(b.pick(state, batchFirst ? 1 : 0, b.dim(direction)), b.tensorType(sizes, elementTypeOf(x)));
}

// One step at `time`: the products of x are sliced there, states of sequences that have ended stay, and the output there is set.
State Recurrence::runStep(const Direction &d, unsigned direction, Value time, Value products, State state) {
  Value now = b.pick(products, 0, Dim(time));
  State next = step(d, now, state);
  Value result = next.h;
  if (lengths) {
    Value alive = b.compare(Comparison::LT, b.broadcastAlong(b.dimScalar(Dim(time)), {}, {batch}), lengths);
    alive = b.broadcastAlong(alive, {0}, {batch, b.dim(hidden)});
    result = b.select(alive, next.h, b.splatLike(0, next.h));
    next.h = b.select(alive, next.h, state.h);
    if (next.c)
      next.c = b.select(alive, next.c, state.c);
  }
  if (y) {
    Value row = b.reshape(result, Dims{b.dim(1), b.dim(1), batch, b.dim(hidden)});
    Dims offsets = {Dim(time), b.dim(direction), b.dim(0), b.dim(0)};
    // The only row of all is the output.
    if (ImportBuilder::isKnown(steps, 1) && directions == 1)
      y = row;
    else
      y = b.create<UpdateSliceOp>(y, row, offsets);
  }
  return next;
}

State Recurrence::runDirection(unsigned direction, const Direction &d) {
  State initial = {initialState(5, direction), hasCell() ? initialState(6, direction) : Value()};
  Value products = d.input.apply(b, x);
  if (Value bias = stepIndependentBias(d))
    products = b.create<AddOp>(products, b.broadcastVector(bias, 2, products));
  if (ImportBuilder::isKnown(steps, 1))
    return runStep(d, direction, b.index(0), products, initial);

  SmallVector<Value> initials = {initial.h};
  if (initial.c)
    initials.push_back(initial.c);
  if (y)
    initials.push_back(y);
  Value count = b.index(steps), one = b.index(1);
  auto loop = scf::ForOp::create(b, b.getLoc(), b.index(0), count, one, initials);
  auto setSizes = [&](Value v, ArrayRef<Dim> sizes) {
    for (auto [dim, size] : llvm::enumerate(sizes))
      b.getDims().setSize(v, dim, size);
  };
  Dims stateSizes = {batch, b.dim(hidden)}, outputSizes = {steps, b.dim(directions), batch, b.dim(hidden)};
  auto setAllSizes = [&](auto values) {
    for (Value v : values)
      setSizes(v, rankOf(v) == 2 ? stateSizes : outputSizes);
  };
  {
    OpBuilder::InsertionGuard guard(b);
    DimScope scope(b.getDims());
    b.setInsertionPointToStart(loop.getBody());
    auto args = loop.getRegionIterArgs();
    setAllSizes(args);
    State state = {args[0], hasCell() ? Value(args[1]) : Value()};
    Value outer = y;
    if (y)
      y = args.back();
    Value time = loop.getInductionVar();
    if (d.reverse)
      time = arith::SubIOp::create(b, b.getLoc(), arith::SubIOp::create(b, b.getLoc(), count, one), time);
    State next = runStep(d, direction, time, products, state);
    SmallVector<Value> yields = {next.h};
    if (next.c)
      yields.push_back(next.c);
    if (y)
      yields.push_back(y);
    for (auto [value, arg] : llvm::zip(yields, args))
      value = b.castShape(value, typeOf(arg));
    scf::YieldOp::create(b, b.getLoc(), yields);
    y = outer;
  }
  setAllSizes(loop.getResults());
  if (y)
    y = loop.getResults().back();
  return {loop.getResult(0), hasCell() ? Value(loop.getResult(1)) : Value()};
}

Decoded Recurrence::build() {
  if (failed(readInputs()))
    return failure();
  FailureOr<SmallVector<Activation>> activations = readActivations(node, defaultActivations(), directions);
  if (failed(activations))
    return failure();
  if (node.outputUsed(0))
    y = b.splat(0, elementTypeOf(x), {steps, b.dim(directions), batch, b.dim(hidden)});
  SmallVector<Value> finalH, finalC;
  for (int64_t direction = 0; direction < directions; ++direction) {
    Direction d;
    d.reverse = direction == 1 || node.s("direction", "forward") == "reverse";
    d.f = ArrayRef(*activations).slice(direction * defaultActivations().size(), defaultActivations().size());
    if (failed(readWeights(direction, d)))
      return failure();
    if (Value bias = ofDirection(b, node.input(3), direction)) {
      d.inputBias = part(bias, 0, 0, gates);
      d.recurrentBias = part(bias, 0, gates, gates);
    }
    if (hasCell())
      d.peepholes = ofDirection(b, node.input(7), direction);
    cutVectors(d);
    State last = runDirection(direction, d);
    finalH.push_back(b.unsqueeze(last.h, {0}));
    if (last.c)
      finalC.push_back(b.unsqueeze(last.c, {0}));
  }
  auto joined = [&](ArrayRef<Value> states) {
    Value all = states.size() == 1 ? states[0] : b.concat(states, 0);
    return batchFirst ? b.swapDims(all, 0, 1) : all;
  };
  SmallVector<Value> results = {y, joined(finalH)};
  // [steps, directions, batch, hidden] to [batch, steps, directions, hidden].
  if (y && batchFirst)
    results[0] = b.transpose(y, {2, 0, 1, 3});
  if (hasCell())
    results.push_back(joined(finalC));
  return results;
}

//===--- The cells ---------------------------------------------------------===//

namespace {

// Gates in the order i, o, f, c; peepholes i, o, f.
class Lstm : public Recurrence {
public:
  Lstm(NodeReader &node, ImportBuilder &b) : Recurrence(node, b, 4), inputForget(node.i("input_forget", 0) != 0) {}

protected:
  ArrayRef<StringRef> defaultActivations() const override {
    static const StringRef defaults[] = {"Sigmoid", "Tanh", "Tanh"};
    return defaults;
  }
  bool hasCell() const override { return true; }

  void cutVectors(Direction &d) override {
    for (int64_t i = 0; d.peepholes && i < 3; ++i)
      d.vectors.push_back(part(d.peepholes, 0, i));
  }

  State step(const Direction &d, Value x, State state) override {
    Value all = b.create<AddOp>(x, d.recurrent[0].apply(b, state.h));
    auto peep = [&](Value v, int64_t i, Value cell) {
      return d.peepholes ? b.add(v, b.mul(b.broadcastVector(d.vectors[i], 1, cell), cell)) : v;
    };
    Value i = activate(b, d.f[0], clipped(peep(gate(all, 0), 0, state.c)));
    Value f = inputForget ? b.rsub(1, i) : activate(b, d.f[0], clipped(peep(gate(all, 2), 2, state.c)));
    Value candidate = activate(b, d.f[1], clipped(gate(all, 3)));
    Value c = b.add(b.mul(f, state.c), b.mul(i, candidate));
    Value o = activate(b, d.f[0], clipped(peep(gate(all, 1), 1, c)));
    return {b.mul(o, activate(b, d.f[2], c)), c};
  }

private:
  bool inputForget;
};

// com.microsoft's: weights are 8-bit [directions, k, 4 * hidden] with scales and zero points as inputs 8 to 11; activations are
// quantized by their own range where they meet them.
class DynamicQuantizeLstm : public Lstm {
public:
  using Lstm::Lstm;

protected:
  LogicalResult readWeights(unsigned direction, Direction &d) override {
    auto read = [&](unsigned weights, unsigned scale) {
      Value w = ofDirection(b, node.input(weights), direction);
      // One scale, or one a column; [directions] or [directions, 4 * hidden].
      Value columnScale = ofDirection(b, node.input(scale), direction), zero = ofDirection(b, node.input(scale + 1), direction);
      return Projection{centered(b, w, zero), columnScale};
    };
    for (unsigned i : {8, 10})
      if (!node.hasInput(i) || !node.checkRank(node.input(i), 1, 2))
        return node.failed() ? failure() : node.fail("the scales of the quantized weights are missing");
    d.input = read(1, 8);
    d.recurrent = {read(2, 10)};
    auto fits = [](int64_t size, int64_t wanted) { return ShapedType::isDynamic(size) || size == wanted; };
    return success(node.check(fits(shapeOf(d.recurrent[0].weights)[0], hidden) &&
                                  fits(shapeOf(d.recurrent[0].weights)[1], gates * hidden) &&
                                  fits(shapeOf(d.input.weights)[1], gates * hidden),
                              "W or R does not fit hidden_size " + Twine(hidden)));
  }
};

// Gates in the order z, r, h.
class Gru : public Recurrence {
public:
  Gru(NodeReader &node, ImportBuilder &b) : Recurrence(node, b, 3), resetsAfter(node.i("linear_before_reset", 0) != 0) {}

protected:
  ArrayRef<StringRef> defaultActivations() const override {
    static const StringRef defaults[] = {"Sigmoid", "Tanh"};
    return defaults;
  }

  SmallVector<Projection> splitRecurrent(Projection r) override {
    if (resetsAfter)
      return {r};
    return {{part(r.weights, 0, 0, 2), {}}, {part(r.weights, 0, 2), {}}};
  }

  void cutVectors(Direction &d) override { d.vectors.push_back(d.recurrentBias ? part(d.recurrentBias, 0, 2) : Value()); }

  // The reset gate multiplies the recurrent bias of h only where it comes after the product.
  Value stepIndependentBias(const Direction &d) override {
    if (!resetsAfter || !d.inputBias)
      return joinBiases(d.inputBias, d.recurrentBias);
    return b.concat({b.create<AddOp>(part(d.inputBias, 0, 0, 2), part(d.recurrentBias, 0, 0, 2)), part(d.inputBias, 0, 2)}, 0);
  }

  State step(const Direction &d, Value x, State state) override {
    Value product = d.recurrent[0].apply(b, state.h);
    Value z = activate(b, d.f[0], clipped(b.add(gate(x, 0), gate(product, 0))));
    Value r = activate(b, d.f[0], clipped(b.add(gate(x, 1), gate(product, 1))));
    Value reset;
    if (resetsAfter) {
      reset = b.mul(r, plusVector(gate(product, 2), d.vectors[0]));
    } else {
      reset = d.recurrent[1].apply(b, b.mul(r, state.h));
    }
    Value candidate = activate(b, d.f[1], clipped(b.add(gate(x, 2), reset)));
    return {b.add(b.mul(b.rsub(1, z), candidate), b.mul(z, state.h)), {}};
  }

private:
  bool resetsAfter;
};

class Rnn : public Recurrence {
public:
  Rnn(NodeReader &node, ImportBuilder &b) : Recurrence(node, b, 1) {}

protected:
  ArrayRef<StringRef> defaultActivations() const override {
    static const StringRef defaults[] = {"Tanh"};
    return defaults;
  }

  State step(const Direction &d, Value x, State state) override {
    return {activate(b, d.f[0], clipped(b.add(x, d.recurrent[0].apply(b, state.h)))), {}};
  }
};

} // namespace

template <typename CellT> static Decoded recurrent(NodeReader &node, ImportBuilder &b) {
  return CellT(node, b).build();
}

void registerRecurrent(DecoderTable &table) {
  table.on("LSTM", 1, recurrent<Lstm>);
  table.on("GRU", 1, recurrent<Gru>);
  table.on("RNN", 1, recurrent<Rnn>);
  table.on("com.microsoft", "DynamicQuantizeLSTM", 1, recurrent<DynamicQuantizeLstm>);
}

} // namespace ingot

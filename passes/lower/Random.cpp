//===- Random.cpp - Random numbers as elementwise arithmetic ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each element computes its whole Philox block, four times what is needed: as plain arithmetic on the element's index it takes all
// lanes of vectors, and fuses with what reads it, so that dropout stores no mask. The 32-bit words are held in 64 bits: a product
// of two words is then one instruction, and halves move by a shift instead of between lanes (393,216 elements: 0.31 ms instead of
// 0.55).
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Lowering.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;

namespace ingot::lower {
namespace {

/// Integer arithmetic of `ir/Eval/Structural.cpp`, which says what the numbers are.
class PhiloxBuilder {
public:
  explicit PhiloxBuilder(LinalgBuilder &builder) : b(builder) {}

  Value wide(uint64_t value) { return arith::ConstantOp::create(b, b.getI64IntegerAttr(static_cast<int64_t>(value))); }
  Value low(Value x) { return b.createOrFold<arith::AndIOp>(x, wide(0xffffffff)); }
  Value high(Value x) { return b.createOrFold<arith::ShRUIOp>(x, wide(32)); }
  Value exclusiveOr(Value x, Value y) { return b.createOrFold<arith::XOrIOp>(x, y); }

  Value hashSeed(Value seed) {
    auto fold = [&](Value x, uint64_t shift) { return exclusiveOr(x, arith::ShRUIOp::create(b, x, wide(shift))); };
    Value x = arith::AddIOp::create(b, seed, wide(0x9E3779B97F4A7C15u));
    x = arith::MulIOp::create(b, fold(x, 30), wide(0xBF58476D1CE4E5B9u));
    return fold(arith::MulIOp::create(b, fold(x, 27), wide(0x94D049BB133111EBu)), 31);
  }

  /// Ten rounds on the counter {position, step}; all i64.
  SmallVector<Value> rounds(Value position, Value step, Value key) {
    auto product = [&](uint32_t factor, Value word) -> Value { return arith::MulIOp::create(b, wide(factor), word); };
    SmallVector<Value> counter{low(position), high(position), low(step), high(step)};
    Value key0 = low(key), key1 = high(key);
    for (int round = 0; round < 10; ++round) {
      Value first = product(0xD2511F53u, counter[0]), second = product(0xCD9E8D57u, counter[2]);
      Value c0 = exclusiveOr(exclusiveOr(high(second), counter[1]), key0);
      Value c2 = exclusiveOr(exclusiveOr(high(first), counter[3]), key1);
      counter = {c0, low(second), c2, low(first)};
      key0 = low(b.createOrFold<arith::AddIOp>(key0, wide(0x9E3779B9u)));
      key1 = low(b.createOrFold<arith::AddIOp>(key1, wide(0xBB67AE85u)));
    }
    return counter;
  }

private:
  LinalgBuilder &b;
};

struct LowerRandom : LowerOp<RandomOp> {
  using LowerOp::LowerOp;
  FailureOr<Value> lower(RandomOp op, Adaptor adaptor, LinalgBuilder &b, ConversionPatternRewriter &) const override {
    Sizes sizes = getMixedValues(op.getStaticSizes(), adaptor.getSizes(), op.getContext());
    int64_t rank = sizes.size();
    SmallVector<Value> bounds;
    for (OpFoldResult size : sizes)
      bounds.push_back(b.value(size));
    SmallVector<Input> inputs;
    if (op.getRunSeed())
      inputs = {{adaptor.getRunSeed(), b.select(rank, {})}, {adaptor.getStep(), b.select(rank, {})}};
    Type logical = elementOf(op.getResult());
    return b.parallel(inputs, sizes, storageType(logical), [&](LinalgBuilder &in, ValueRange run) {
      PhiloxBuilder philox(in);
      Value key = philox.wide(op.getSeed()), step = run.empty() ? philox.wide(0) : run[1];
      if (!run.empty())
        key = philox.exclusiveOr(philox.hashSeed(run[0]), key);
      Value flat = rank ? in.loopIndex(0) : in.index(0);
      for (int64_t d = 1; d < rank; ++d)
        flat = arith::AddIOp::create(in, arith::MulIOp::create(in, flat, bounds[d]), in.loopIndex(d));
      Value number = arith::IndexCastOp::create(in, in.getI64Type(), flat);
      SmallVector<Value> words = philox.rounds(arith::ShRUIOp::create(in, number, philox.wide(2)), step, key);
      Value value = op.getKind() == RandomKind::Uniform ? uniform(op, in, words, number) : normal(op, in, words, number);
      return Element(in, logical).store(convertElement(in, value, in.getF32Type(), logical));
    });
  }

private:
  static Value isSet(LinalgBuilder &b, Value number, int64_t bit) {
    Value mask = arith::ConstantOp::create(b, b.getI64IntegerAttr(bit)),
          zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, arith::AndIOp::create(b, number, mask), zero);
  }

  static Value pick(LinalgBuilder &b, Value condition, Value yes, Value no) {
    return arith::SelectOp::create(b, condition, yes, no);
  }

  /// The upper 24 bits as a number in [0, 1), exact in f32 and f64.
  static Value unit(LinalgBuilder &b, Value word, Type real) {
    Value shift = arith::ConstantOp::create(b, b.getI64IntegerAttr(8));
    // From a signed number of 32 bits: the conversion that processors have.
    Value bits = arith::TruncIOp::create(b, b.getI32Type(), arith::ShRUIOp::create(b, word, shift));
    bits = arith::SIToFPOp::create(b, real, bits);
    return arith::MulFOp::create(b, bits, b.constantNumber(real, 0x1p-24));
  }

  static Value uniform(RandomOp op, LinalgBuilder &b, ArrayRef<Value> words, Value number) {
    Type f32 = b.getF32Type();
    Value odd = isSet(b, number, 1), upper = isSet(b, number, 2);
    Value x = unit(b, pick(b, upper, pick(b, odd, words[3], words[2]), pick(b, odd, words[1], words[0])), f32);
    auto first = static_cast<float>(op.getFirst().convertToDouble()), second = static_cast<float>(op.getSecond().convertToDouble());
    if (first == 0 && second == 1)
      return x;
    return arith::AddFOp::create(b, arith::MulFOp::create(b, x, b.constantNumber(f32, second - first)),
                                 b.constantNumber(f32, first));
  }

  /// Box-Muller in f64; the logarithm's argument is in (0, 1].
  static Value normal(RandomOp op, LinalgBuilder &b, ArrayRef<Value> words, Value number) {
    Type f64 = b.getF64Type();
    auto mul = [&](Value x, Value y) -> Value { return arith::MulFOp::create(b, x, y); };
    auto constant = [&](double value) { return b.constantNumber(f64, value); };
    Value odd = isSet(b, number, 1), upper = isSet(b, number, 2);
    Value left = pick(b, upper, words[2], words[0]), right = pick(b, upper, words[3], words[1]);
    Value positive = arith::AddFOp::create(b, unit(b, left, f64), constant(0x1p-24));
    Value radius = math::SqrtOp::create(b, mul(constant(-2), math::LogOp::create(b, positive)));
    Value angle = mul(constant(2 * M_PI), unit(b, right, f64));
    Value direction = pick(b, odd, math::SinOp::create(b, angle), math::CosOp::create(b, angle));
    auto first = static_cast<float>(op.getFirst().convertToDouble()), second = static_cast<float>(op.getSecond().convertToDouble());
    Value value = arith::AddFOp::create(b, mul(mul(radius, direction), constant(second)), constant(first));
    return arith::TruncFOp::create(b, b.getF32Type(), value);
  }
};

} // namespace

void populateRandom(const TypeConverter &types, Patterns &patterns) {
  patterns.add<LowerRandom>(types, patterns.getContext());
}

} // namespace ingot::lower

//===- DotProduct.cpp - Groups of steps of a sum in one instruction --------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/DotProduct.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace ingot {

Value DotProduct::call(StringRef name, Type result, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(e.b, e.loc, result, e.b.getStringAttr(name), operands).getResults();
}

Value DotProduct::bits(Value vector, int64_t count, Type element) {
  return vector::BitCastOp::create(e.b, e.loc, vectorOf(count, element), vector);
}

Value DotProduct::splat(int64_t value, int64_t count, Type element) {
  return arith::ConstantOp::create(e.b, e.loc,
                                   DenseElementsAttr::get(vectorOf(count, element), e.b.getIntegerAttr(element, value)));
}

DotProduct::Parts DotProduct::loadColumns(Value memory, Value at) {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  Value loaded = vector::LoadOp::create(e.b, e.loc, vectorOf(lanes * steps(), element), memory, ValueRange{e.orZero(at)});
  Type i16 = e.b.getIntegerType(16), i32 = e.b.getI32Type(), f32 = e.b.getF32Type();
  if (instruction == DotInstruction::Vpmaddwd && grouping == Grouping::Bytes) {
    // Lanes of 16 bits: the low byte is an even step, the high one an odd step. Shifts extend either without leaving its column.
    Value words = bits(loaded, 2 * lanes, i16), eight = splat(8, 2 * lanes, i16);
    Value even = arith::ShRSIOp::create(e.b, e.loc, arith::ShLIOp::create(e.b, e.loc, words, eight), eight);
    return {even, arith::ShRSIOp::create(e.b, e.loc, words, eight)};
  }
  if (instruction == DotInstruction::Fma) {
    // The upper half of an f32 is a bf16.
    Value pairs = bits(loaded, lanes, i32);
    Value even = arith::ShLIOp::create(e.b, e.loc, pairs, splat(16, lanes, i32));
    Value odd = arith::AndIOp::create(e.b, e.loc, pairs, splat(static_cast<int32_t>(0xffff0000), lanes, i32));
    return {bits(even, lanes, f32), bits(odd, lanes, f32)};
  }
  return {loaded};
}

// A group of a row as one number of 32 bits, the first step lowest.
Value DotProduct::packedRow(Value memory, Value at, Value stride, int64_t count) {
  OpBuilder &b = e.b;
  Type element = cast<MemRefType>(memory.getType()).getElementType(), i32 = b.getI32Type();
  unsigned width = element.getIntOrFloatBitWidth(), field = 32 / steps();
  if (count == steps() && stride && KernelEmitter::known(stride) == std::optional<int64_t>(1)) {
    Value loaded = vector::LoadOp::create(b, e.loc, vectorOf(count, element), memory, ValueRange{e.orZero(at)});
    if (width != field)
      loaded = arith::ExtUIOp::create(b, e.loc, vectorOf(count, b.getIntegerType(field)), loaded);
    return vector::ExtractOp::create(b, e.loc, bits(loaded, 1, i32), ArrayRef<int64_t>{0});
  }
  Value group;
  for (int64_t i = 0; i < count; ++i) {
    Value index = e.orZero(e.add(at, e.mul(e.orZero(stride), e.constant(i))));
    Value step = memref::LoadOp::create(b, e.loc, memory, ValueRange{index});
    if (!element.isInteger())
      step = arith::BitcastOp::create(b, e.loc, b.getIntegerType(width), step);
    step = arith::ExtUIOp::create(b, e.loc, i32, step);
    if (i > 0)
      step = arith::ShLIOp::create(b, e.loc, step, arith::ConstantIntOp::create(b, e.loc, i32, i * field));
    group = group ? arith::OrIOp::create(b, e.loc, group, step).getResult() : step;
  }
  return group;
}

DotProduct::Parts DotProduct::loadRow(Value memory, Value at, Value stride, int64_t count) {
  OpBuilder &b = e.b;
  Type i8 = b.getI8Type(), i16 = b.getIntegerType(16), i32 = b.getI32Type(), f32 = b.getF32Type(), bf16 = b.getBF16Type();
  Value wide = e.broadcast(packedRow(memory, at, stride, count), lanes);
  switch (instruction) {
  case DotInstruction::Vpdpbusd:
    return {bits(wide, 4 * lanes, i8)};
  case DotInstruction::Vdpbf16ps:
    return {bits(wide, 2 * lanes, bf16)};
  case DotInstruction::Fma: {
    Value even = arith::ShLIOp::create(b, e.loc, wide, splat(16, lanes, i32));
    Value odd = arith::AndIOp::create(b, e.loc, wide, splat(static_cast<int32_t>(0xffff0000), lanes, i32));
    return {bits(even, lanes, f32), bits(odd, lanes, f32)};
  }
  default:
    break;
  }
  if (grouping == Grouping::Words)
    return {bits(wide, 2 * lanes, i16)};
  Value words = bits(wide, 2 * lanes, i16);
  Value even = arith::AndIOp::create(b, e.loc, words, splat(255, 2 * lanes, i16));
  return {even, arith::ShRUIOp::create(b, e.loc, words, splat(8, 2 * lanes, i16))};
}

Value DotProduct::multiplyAdd(const Parts &row, const Parts &columns, Value acc) {
  Type type = acc.getType();
  std::string bits = std::to_string(32 * lanes);
  switch (instruction) {
  case DotInstruction::Vpdpbusd:
    return call("llvm.x86.avx512.vpdpbusd." + bits, type, {acc, row[0], columns[0]});
  case DotInstruction::Vpdpwssd:
    return call("llvm.x86.avx512.vpdpwssd." + bits, type, {acc, row[0], columns[0]});
  case DotInstruction::Vdpbf16ps:
    return call("llvm.x86.avx512bf16.dpbf16ps." + bits, type, {acc, row[0], columns[0]});
  default:
    break;
  }
  for (auto [x, y] : llvm::zip(row, columns)) {
    if (instruction == DotInstruction::Fma) {
      acc = vector::FMAOp::create(e.b, e.loc, x, y, acc);
      continue;
    }
    StringRef name = lanes == 16  ? "llvm.x86.avx512.pmaddw.d.512"
                     : lanes == 8 ? "llvm.x86.avx2.pmadd.wd"
                                  : "llvm.x86.sse2.pmadd.wd";
    acc = arith::AddIOp::create(e.b, e.loc, acc, call(name, type, {x, y}));
  }
  return acc;
}

} // namespace ingot

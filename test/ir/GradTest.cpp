//===- GradTest.cpp - Gradient rules against finite differences ------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Eval.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace ingot;

namespace {

struct Gradient : testing::TestWithParam<const char *> {
  Gradient() { context.loadDialect<IngotDialect, func::FuncDialect, arith::ArithDialect, tensor::TensorDialect>(); }

  SmallVector<EvalTensor> run(func::FuncOp function, ArrayRef<EvalTensor> inputs) {
    std::string error;
    FailureOr<SmallVector<EvalTensor>> results = interpret(function, inputs, error);
    EXPECT_TRUE(succeeded(results)) << error;
    return succeeded(results) ? *results : SmallVector<EvalTensor>();
  }

  MLIRContext context;
};

// Numbers between `low` and `low + 0.7` without order and without ties; bools alternate.
EvalTensor makeInput(RankedTensorType type, int64_t number, double low) {
  EvalTensor tensor(type.getShape(), type.getElementType());
  for (int64_t i = 0; i < tensor.getNumElements(); ++i) {
    double fraction = std::fmod(0.37 + 0.6180339887 * static_cast<double>(i + 1) + 0.29 * static_cast<double>(number), 1.0);
    if (isa<FloatType>(type.getElementType()))
      tensor.setDouble(i, low + 0.7 * fraction);
    else
      tensor.setInt(i, i % 2);
  }
  return tensor;
}

// The rule of the one op of a function: its cotangents for the function's arguments, given one for the result.
func::FuncOp buildGradient(func::FuncOp function) {
  func::FuncOp gradient = function.clone();
  gradient.setName("gradient");
  Operation *op = &gradient.getBody().front().front(), *end = gradient.getBody().front().getTerminator();
  BlockArgument dy = gradient.getBody().addArgument(op->getResult(0).getType(), op->getLoc());
  OpBuilder builder(end);
  SmallVector<Value> cotangents = cast<DifferentiableOpInterface>(op).buildVJP(builder, ValueRange{dy}, {});
  llvm::erase(cotangents, Value());
  end->setOperands(cotangents);
  gradient.setFunctionType(builder.getFunctionType(gradient.getBody().getArgumentTypes(), ValueRange(cotangents).getTypes()));
  return gradient;
}

// sum(dy * f(inputs))
double weigh(ArrayRef<EvalTensor> results, const EvalTensor &dy) {
  double sum = 0;
  for (int64_t i = 0; i < dy.getNumElements(); ++i)
    sum += dy.getDouble(i) * results[0].getDouble(i);
  return sum;
}

TEST_P(Gradient, AgreesWithFiniteDifferences) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(GetParam(), &context);
  ASSERT_TRUE(module);
  auto function = *module->getOps<func::FuncOp>().begin();
  func::FuncOp gradient = buildGradient(function);
  module->push_back(gradient);
  ASSERT_TRUE(succeeded(mlir::verify(*module)));

  // Functions named `above_one` are only defined there.
  double low = function.getName() == "above_one" ? 1.15 : 0.15;
  SmallVector<EvalTensor> inputs;
  for (auto [number, type] : llvm::enumerate(function.getArgumentTypes()))
    inputs.push_back(makeInput(cast<RankedTensorType>(type), number, low));
  EvalTensor dy = makeInput(cast<RankedTensorType>(function.getResultTypes()[0]), inputs.size(), low);
  SmallVector<EvalTensor> all = inputs;
  all.push_back(dy);
  SmallVector<EvalTensor> cotangents = run(gradient, all);

  size_t next = 0;
  for (size_t number = 0; number < inputs.size(); ++number) {
    if (!isa<FloatType>(inputs[number].getElementType()))
      continue;
    ASSERT_LT(next, cotangents.size());
    const EvalTensor &cotangent = cotangents[next++];
    ASSERT_EQ(cotangent.getShape(), inputs[number].getShape());
    for (int64_t i = 0; i < cotangent.getNumElements(); ++i) {
      const double step = 1e-6;
      auto at = [&](double change) {
        SmallVector<EvalTensor> moved = inputs;
        moved[number] = inputs[number].copied();
        moved[number].setDouble(i, inputs[number].getDouble(i) + change);
        return weigh(run(function, moved), dy);
      };
      EXPECT_NEAR(cotangent.getDouble(i), (at(step) - at(-step)) / (2 * step), 1e-6) << "operand " << number << ", element " << i;
    }
  }
  EXPECT_EQ(next, cotangents.size());
}

#define UNARY(NAME, OP)                                                                                                            \
  "func.func @" NAME "(%x: tensor<5xf64>) -> tensor<5xf64> {\n"                                                                    \
  "  %y = ingot." OP " %x : tensor<5xf64>\n  return %y : tensor<5xf64>\n}"
#define BINARY(OP)                                                                                                                 \
  "func.func @f(%x: tensor<5xf64>, %z: tensor<5xf64>) -> tensor<5xf64> {\n"                                                        \
  "  %y = ingot." OP " %x, %z : tensor<5xf64>\n  return %y : tensor<5xf64>\n}"
#define ONE(FROM, TO, OP)                                                                                                          \
  "func.func @f(%x: tensor<" FROM ">) -> tensor<" TO "> {\n  %y = ingot." OP " : (tensor<" FROM ">) -> tensor<" TO ">\n"           \
  "  return %y : tensor<" TO ">\n}"
#define TWO(LEFT, RIGHT, TO, OP)                                                                                                   \
  "func.func @f(%x: tensor<" LEFT ">, %z: tensor<" RIGHT ">) -> tensor<" TO "> {\n  %y = ingot." OP " : (tensor<" LEFT             \
  ">, tensor<" RIGHT ">) -> tensor<" TO ">\n  return %y : tensor<" TO ">\n}"

INSTANTIATE_TEST_SUITE_P(
    Elementwise, Gradient,
    testing::Values(UNARY("f", "abs"), UNARY("f", "neg"), UNARY("f", "sqrt"), UNARY("f", "rsqrt"), UNARY("f", "exp"),
                    UNARY("f", "expm1"), UNARY("f", "log"), UNARY("f", "log1p"), UNARY("f", "sin"), UNARY("f", "cos"),
                    UNARY("f", "tan"), UNARY("f", "asin"), UNARY("f", "acos"), UNARY("f", "atan"), UNARY("f", "sinh"),
                    UNARY("f", "cosh"), UNARY("f", "asinh"), UNARY("above_one", "acosh"), UNARY("f", "atanh"), UNARY("f", "tanh"),
                    UNARY("f", "erf"), UNARY("f", "sigmoid"), BINARY("add"), BINARY("sub"), BINARY("mul"), BINARY("div"),
                    BINARY("max"), BINARY("min"), TWO("5xf64", "5xf64", "5xf64", "pow %x, %z"),
                    "func.func @f(%c: tensor<5xi1>, %x: tensor<5xf64>, %z: tensor<5xf64>) -> tensor<5xf64> {\n"
                    "  %y = ingot.select %c, %x, %z : (tensor<5xi1>, tensor<5xf64>, tensor<5xf64>) -> tensor<5xf64>\n"
                    "  return %y : tensor<5xf64>\n}",
                    "func.func @f(%x: tensor<9xf64>, %l: tensor<9xf64>, %h: tensor<9xf64>) -> tensor<9xf64> {\n"
                    "  %y = ingot.clamp %x, %l, %h : tensor<9xf64>\n  return %y : tensor<9xf64>\n}"));

INSTANTIATE_TEST_SUITE_P(
    Movement, Gradient,
    testing::Values(ONE("2x3xf64", "6xf64", "reshape %x sizes [6]"),
                    ONE("2x3x4xf64", "4x2x3xf64", "transpose %x permutation = [2, 0, 1]"),
                    ONE("3x1xf64", "2x5x3xf64", "broadcast %x dimensions = [2, 1] sizes [2, 5, 3]"),
                    ONE("3x2xf64", "2x4x3xf64", "broadcast %x dimensions = [2, 0] sizes [2, 4, 3]"),
                    TWO("2x3xf64", "2x1xf64", "2x4xf64", "concat %x, %z axis = 1"),
                    "func.func @f(%x: tensor<2x3xf64>) -> tensor<2x3xf64> {\n"
                    "  %y = ingot.reverse %x dimensions = [1] : tensor<2x3xf64>\n  return %y : tensor<2x3xf64>\n}"));

INSTANTIATE_TEST_SUITE_P(
    Reduction, Gradient,
    testing::Values(ONE("2x3x4xf64", "3xf64", "reduce sum %x dimensions = [2, 0]"),
                    ONE("2x3x4xf64", "2x4xf64", "reduce max %x dimensions = [1]"),
                    ONE("2x3xf64", "f64", "reduce min %x dimensions = [0, 1]"),
                    "func.func @f(%x: tensor<2x3x2xf64>) -> tensor<2x3x2xf64> {\n"
                    "  %y = ingot.softmax %x axis = 1 : tensor<2x3x2xf64>\n  return %y : tensor<2x3x2xf64>\n}",
                    "func.func @f(%x: tensor<2x3xf64>) -> tensor<2x3xf64> {\n"
                    "  %y = ingot.log_softmax %x axis = 1 : tensor<2x3xf64>\n  return %y : tensor<2x3xf64>\n}"));

INSTANTIATE_TEST_SUITE_P(
    Contraction, Gradient,
    testing::Values(TWO("2x3xf64", "3x4xf64", "2x4xf64", "contract %x, %z batch [] x [] contracting [1] x [0]"),
                    TWO("2x3x4xf64", "4x5x2xf64", "2x3x5xf64", "contract %x, %z batch [0] x [2] contracting [2] x [0]"),
                    TWO("2x3x4xf64", "4x5x2xf64", "3x5xf64", "contract %x, %z batch [] x [] contracting [2, 0] x [0, 2]"),
                    TWO("2xf64", "3xf64", "2x3xf64", "contract %x, %z batch [] x [] contracting [] x []"),
                    TWO("1x5x4x4xf64", "3x2x2x6xf64", "1x3x4x6xf64",
                        "conv %x, %z strides [2, 1] dilations [1, 2] pads [1, 1] x [1, 1] {groups = 2 : i64}"),
                    TWO("2x7x2xf64", "3x2x3xf64", "2x2x3xf64", "conv %x, %z strides [3] dilations [2] pads [0] x [1]")));

} // namespace

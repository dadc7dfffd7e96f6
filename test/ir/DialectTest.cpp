//===- DialectTest.cpp - What every op of the dialect must say -------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/Ingot.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

using namespace mlir;

namespace {

struct Dialect : testing::Test {
  Dialect() { context.loadDialect<ingot::IngotDialect, func::FuncDialect>(); }

  SmallVector<RegisteredOperationName> ops() {
    SmallVector<RegisteredOperationName> names;
    for (RegisteredOperationName name : context.getRegisteredOperations())
      if (name.getDialectNamespace() == "ingot")
        names.push_back(name);
    return names;
  }

  MLIRContext context;
};

TEST_F(Dialect, EveryOpAnswersEveryInterface) {
  SmallVector<RegisteredOperationName> names = ops();
  EXPECT_GE(names.size(), 85u);
  for (RegisteredOperationName name : names) {
    if (name.getStringRef() == ingot::YieldOp::getOperationName())
      continue;
    EXPECT_TRUE(name.hasInterface<ingot::DifferentiableOpInterface>())
        << name.getStringRef().str() << " does not state its gradient";
    EXPECT_TRUE(name.hasInterface<ingot::EvalOpInterface>()) << name.getStringRef().str() << " cannot be evaluated";
    EXPECT_TRUE(name.hasInterface<ingot::SizeOpInterface>())
        << name.getStringRef().str() << " does not say where its sizes come from";
    EXPECT_TRUE(name.hasInterface<ingot::CostOpInterface>()) << name.getStringRef().str() << " has no cost";
    EXPECT_TRUE(name.hasInterface<ReifyRankedShapedTypeOpInterface>()) << name.getStringRef().str() << " does not reify its sizes";
  }
}

struct Rule {
  const char *op;
  ingot::Differentiability expected;
};

// One op of each answer, so that the enumeration and the rules cannot drift apart unseen.
TEST_F(Dialect, OpsStateTheirGradient) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(R"(
    func.func @f(%x: tensor<2x3xf32>, %y: tensor<?x?xf32>) {
      %0 = ingot.add %x, %x : tensor<2x3xf32>
      %1 = ingot.sign %x : tensor<2x3xf32>
      %2 = ingot.custom_call "mine"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
      %3 = ingot.custom_call "mine"(%x) : (tensor<2x3xf32>) -> tensor<2x3xi64>
      %4 = ingot.reduce max %x dimensions = [0] : (tensor<2x3xf32>) -> tensor<3xf32>
      %5 = ingot.softmax %x axis = 1 : tensor<2x3xf32>
      return
    }
  )",
                                                             &context);
  ASSERT_TRUE(module);
  using ingot::Differentiability;
  Differentiability expected[] = {Differentiability::HasRule,           Differentiability::NotDifferentiable, Differentiability::NoRule,
                                  Differentiability::NotDifferentiable, Differentiability::HasRule,           Differentiability::HasRule};
  size_t index = 0;
  module->walk([&](ingot::DifferentiableOpInterface op) {
    EXPECT_EQ(op.getDifferentiability(), expected[index]) << op->getName().getStringRef().str();
    ++index;
  });
  EXPECT_EQ(index, std::size(expected));
}

// Ops that refuse: a gradient must be expanded before it is differentiated, and of a foreign kernel only its name is known.
TEST_F(Dialect, EveryOpHasARuleOrADerivativeOfZero) {
  // Only these say it by instance; all others are covered by test/ir/gradients.
  SmallVector<StringRef> refusing = {"ingot.grad", "ingot.custom_call"};
  for (RegisteredOperationName name : ops()) {
    if (!name.hasInterface<ingot::DifferentiableOpInterface>() || llvm::is_contained(refusing, name.getStringRef()))
      continue;
    // None of the others asks its operands.
    OperationState state(UnknownLoc::get(&context), name);
    if (name.getStringRef() == ingot::CompositeOp::getOperationName())
      state.addRegion();
    Operation *op = Operation::create(state);
    EXPECT_NE(cast<ingot::DifferentiableOpInterface>(op).getDifferentiability(), ingot::Differentiability::NoRule)
        << name.getStringRef().str();
    op->destroy();
  }
}

// A rule gives a cotangent for each operand, of the operand's type, in IR that verifies.
TEST_F(Dialect, RulesBuildCotangentsOfTheOperandsTypes) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(R"(
    func.func @f(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>, %m: tensor<5x4x?xf32>, %c: tensor<?x4xi1>, %n: index,
                 %image: tensor<?x?x6x4xf32>, %filter: tensor<3x3x2x8xf32>) {
      %0 = ingot.abs %x : tensor<?x4xf32>
      %1 = ingot.neg %x : tensor<?x4xf32>
      %2 = ingot.sqrt %x : tensor<?x4xf32>
      %3 = ingot.rsqrt %x : tensor<?x4xf32>
      %4 = ingot.exp %x : tensor<?x4xf32>
      %5 = ingot.log1p %x : tensor<?x4xf32>
      %6 = ingot.tan %x : tensor<?x4xf32>
      %7 = ingot.acosh %x : tensor<?x4xf32>
      %8 = ingot.erf %x : tensor<?x4xf32>
      %9 = ingot.sigmoid %x : tensor<?x4xf32>
      %10 = ingot.cast %x : (tensor<?x4xf32>) -> tensor<?x4xf16>
      %11 = ingot.add %x, %y : tensor<?x4xf32>
      %12 = ingot.sub %x, %y : tensor<?x4xf32>
      %13 = ingot.mul %x, %y : tensor<?x4xf32>
      %14 = ingot.div %x, %y : tensor<?x4xf32>
      %15 = ingot.max %x, %y : tensor<?x4xf32>
      %16 = ingot.pow %x, %y : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
      %17 = ingot.select %c, %x, %y : (tensor<?x4xi1>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
      %18 = ingot.clamp %x, %y, %y : tensor<?x4xf32>
      %19 = ingot.reshape %x sizes [2, %n] : (tensor<?x4xf32>) -> tensor<2x?xf32>
      %20 = ingot.transpose %m permutation = [2, 0, 1] : (tensor<5x4x?xf32>) -> tensor<?x5x4xf32>
      %21 = ingot.broadcast %m dimensions = [3, 0, 1] sizes [4, %n, 7, 5] : (tensor<5x4x?xf32>) -> tensor<4x?x7x5xf32>
      %22 = ingot.concat %x, %y axis = 0 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
      %23 = ingot.reduce sum %m dimensions = [2, 0] : (tensor<5x4x?xf32>) -> tensor<4xf32>
      %24 = ingot.reduce max %m dimensions = [1] : (tensor<5x4x?xf32>) -> tensor<5x?xf32>
      %25 = ingot.softmax %x axis = 1 : tensor<?x4xf32>
      %26 = ingot.log_softmax %x axis = 0 : tensor<?x4xf32>
      %27 = ingot.contract %m, %m batch [1] x [1] contracting [0, 2] x [0, 2]
          : (tensor<5x4x?xf32>, tensor<5x4x?xf32>) -> tensor<4xf32>
      %28 = ingot.contract %x, %m batch [] x [] contracting [1] x [1] : (tensor<?x4xf32>, tensor<5x4x?xf32>) -> tensor<?x5x?xf32>
      %29 = ingot.conv %image, %filter strides [2, 1] dilations [1, 1] pads [1, 1] x [1, 1] {groups = 2 : i64}
          : (tensor<?x?x6x4xf32>, tensor<3x3x2x8xf32>) -> tensor<?x?x6x8xf32>
      return
    }
  )",
                                                             &context);
  ASSERT_TRUE(module);
  SmallVector<ingot::DifferentiableOpInterface> ops;
  module->walk([&](ingot::DifferentiableOpInterface op) { ops.push_back(op); });
  EXPECT_EQ(ops.size(), 30u);
  for (ingot::DifferentiableOpInterface op : ops) {
    std::string name = op->getName().getStringRef().str();
    ASSERT_EQ(op.getDifferentiability(), ingot::Differentiability::HasRule) << name;
    OpBuilder builder(op->getContext());
    builder.setInsertionPointAfter(op);
    // Any value of the result's type serves as cotangent.
    SmallVector<Value> cotangents = op.buildVJP(builder, op->getResults(), {});
    size_t expected = isa<ingot::ReshapeOp, ingot::BroadcastOp>(op) ? 1 : op->getNumOperands();
    ASSERT_EQ(cotangents.size(), expected) << name;
    for (auto [cotangent, operand] : llvm::zip(cotangents, op->getOperands()))
      if (cotangent)
        EXPECT_EQ(cotangent.getType(), operand.getType()) << name;
  }
  EXPECT_TRUE(succeeded(mlir::verify(*module)));
}

// Transposing the operands and the result of an op is the op on permuted dimensions.
TEST_F(Dialect, DimensionsMoveWithAPermutation) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(R"(
    func.func @f(%x: tensor<2x3x?xf32>, %y: tensor<?xf32>, %v: tensor<f32>, %n: index) {
      %0 = ingot.exp %x : tensor<2x3x?xf32>
      %1 = ingot.compare lt %x, %x : (tensor<2x3x?xf32>, tensor<2x3x?xf32>) -> tensor<2x3x?xi1>
      %2 = ingot.broadcast %y dimensions = [2] sizes [2, 3, %n] : (tensor<?xf32>) -> tensor<2x3x?xf32>
      %3 = ingot.concat %x, %x axis = 1 : (tensor<2x3x?xf32>, tensor<2x3x?xf32>) -> tensor<2x6x?xf32>
      %4 = ingot.pad %x, %v low [0, 1, 2] high [0, 0, %n] : (tensor<2x3x?xf32>, tensor<f32>, index) -> tensor<2x4x?xf32>
      %5 = ingot.reduce_window max %x window [1, 2, 3] strides [1, 1, 2] dilations [1, 1, 1] pads [0, 0, 0] x [0, 1, 0]
          : (tensor<2x3x?xf32>) -> tensor<2x3x?xf32>
      %6 = ingot.softmax %x axis = 1 : tensor<2x3x?xf32>
      %7 = ingot.log_softmax %x axis = 2 : tensor<2x3x?xf32>
      %8 = ingot.normalize %x dimensions = [0, 1] epsilon = 0.0 : tensor<2x3x?xf32>
      return
    }
  )",
                                                             &context);
  ASSERT_TRUE(module);
  SmallVector<ingot::AxisOpInterface> ops;
  module->walk([&](ingot::AxisOpInterface op) { ops.push_back(op); });
  EXPECT_EQ(ops.size(), 9u);
  int64_t permutation[] = {2, 0, 1};
  for (ingot::AxisOpInterface op : ops) {
    std::string name = op->getName().getStringRef().str();
    OpBuilder builder(op);
    SmallVector<Value> operands;
    for (unsigned number : op.getTransposableOperands())
      operands.push_back(ingot::TransposeOp::create(builder, op->getLoc(), op->getOperand(number), permutation));
    FailureOr<SmallVector<Value>> moved = op.permuteDimensions(builder, operands, permutation);
    ASSERT_TRUE(succeeded(moved)) << name;
    auto from = cast<RankedTensorType>(op->getResult(0).getType()), to = cast<RankedTensorType>(moved->front().getType());
    EXPECT_EQ(from.getElementType(), to.getElementType()) << name;
    for (int64_t dim = 0; dim < 3; ++dim)
      EXPECT_EQ(to.getDimSize(dim), from.getDimSize(permutation[dim])) << name;
  }
  EXPECT_TRUE(succeeded(mlir::verify(*module)));
}

} // namespace

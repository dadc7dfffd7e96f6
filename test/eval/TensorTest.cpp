//===- TensorTest.cpp - Values, attributes and folding -------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/eval/EvalTesting.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace ingot;

TEST_F(EvalTest, SmallFloatsRoundToNearestEven) {
  auto roundTo = [](Type type, double value) { return EvalTensor::scalar(type, value).getDouble(0); };
  Type f16 = Float16Type::get(&context), bf16 = BFloat16Type::get(&context);
  // Against LLVM's arithmetic, over numbers of every size, ties among them.
  for (double mantissa : {1.0, 1.5, 1.0009765625, 1.00048828125, 1.00146484375, 1.00390625, 1.01171875, 1.99999, 1.9990234375, 1.7})
    for (int exponent = -160; exponent < 140; ++exponent)
      for (double sign : {1.0, -1.0}) {
        double value = sign * std::ldexp(mantissa, exponent);
        for (const llvm::fltSemantics *semantics : {&APFloat::IEEEhalf(), &APFloat::BFloat()}) {
          APFloat reference(value);
          bool losesInfo;
          reference.convert(*semantics, APFloat::rmNearestTiesToEven, &losesInfo);
          reference.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
          EXPECT_EQ(roundTo(semantics == &APFloat::IEEEhalf() ? f16 : bf16, value), reference.convertToDouble()) << value;
        }
      }
  EXPECT_TRUE(std::isnan(roundTo(f16, std::nan(""))));
  EXPECT_TRUE(std::signbit(roundTo(bf16, -0.0)));
}

TEST_F(EvalTest, AttributesThereAndBack) {
  auto check = [&](Type type, int64_t count, bool equal, bool isResource) {
    EvalTensor tensor({count}, type);
    for (int64_t i = 0; i < count; ++i)
      tensor.setInt(i, equal ? 1 : i % 2 + (type.isInteger(1) ? 0 : i % 5));
    ElementsAttr elements = tensor.toElements();
    EXPECT_EQ(isa<DenseResourceElementsAttr>(elements), isResource);
    EXPECT_EQ(elements.getShapedType(), tensor.getType());
    FailureOr<EvalTensor> back = EvalTensor::fromAttribute(elements);
    ASSERT_TRUE(succeeded(back));
    EXPECT_EQ(StringRef(back->bytes(), back->getNumBytes()), StringRef(tensor.bytes(), tensor.getNumBytes()));
  };
  SmallVector<Type> types = {Float32Type::get(&context), Float16Type::get(&context), Float64Type::get(&context)};
  for (unsigned width : {1, 8, 64})
    types.push_back(IntegerType::get(&context, width));
  types.push_back(IntegerType::get(&context, 16, IntegerType::Unsigned));
  for (Type type : types) {
    check(type, 0, false, false);
    check(type, 1, false, false);
    check(type, 10, false, false);
    check(type, 1000, false, true);
    check(type, 1000, true, false);
  }
}

TEST_F(EvalTest, FoldsConstantsWithinTheBudget) {
  OwningOpRef<ModuleOp> parsed = parseSourceString<ModuleOp>(R"(func.func @f(%y: tensor<2xf32>) {
    %x = ingot.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %n = arith.constant 2 : index
    %a = ingot.add %x, %x : tensor<2xf32>
    %b = ingot.reshape %x sizes [1, %n] : (tensor<2xf32>) -> tensor<1x?xf32>
    %c = ingot.add %x, %y : tensor<2xf32>
    %d = ingot.random uniform(0.0, 1.0) seed = 0 sizes [4] : tensor<4xf32>
    %e:2 = ingot.topk %x k [1] axis = 0 : (tensor<2xf32>) -> (tensor<1xf32>, tensor<1xi64>)
    return
  })",
                                                             &context);
  ASSERT_TRUE(parsed);
  SmallVector<Operation *> ops;
  for (Operation &op : parsed->lookupSymbol<func::FuncOp>("f").getBody().front())
    ops.push_back(&op);
  auto fold = [&](Operation *op, int64_t budget) {
    SmallVector<Attribute> results;
    return succeeded(foldByEvaluation(op, results, budget)) ? results : SmallVector<Attribute>();
  };
  SmallVector<Attribute> sum = fold(ops[2], 8);
  ASSERT_EQ(sum.size(), 1u);
  EXPECT_EQ(llvm::to_vector(cast<DenseElementsAttr>(sum[0]).getValues<float>()), (SmallVector<float>{2, 4}));
  EXPECT_TRUE(fold(ops[2], 7).empty());
  EXPECT_EQ(fold(ops[3], -1).size(), 1u);
  EXPECT_TRUE(fold(ops[0], -1).empty()) << "a constant is one already";
  EXPECT_TRUE(fold(ops[4], -1).empty()) << "an operand is not constant";
  EXPECT_TRUE(fold(ops[5], -1).empty()) << "random numbers are drawn at run time";
  EXPECT_EQ(fold(ops[6], -1).size(), 2u);
  OpBuilder builder(ops[3]);
  Value value = foldByEvaluation(builder, ops[3]);
  ASSERT_TRUE(value);
  EXPECT_EQ(value.getType(), ops[3]->getResult(0).getType());
}

TEST_F(EvalTest, ReportsWhereAndWhat) {
  run(R"(func.func @f() -> tensor<2xf32> {
    %x = ingot.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %false = arith.constant false
    ingot.assert %false, "the answer is no"
    return %x : tensor<2xf32>
  })");
  EXPECT_NE(error.find("ingot.assert at "), std::string::npos) << error;
  EXPECT_NE(error.find("the answer is no"), std::string::npos) << error;
  run("func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> { return %x : tensor<2xf32> }",
      {EvalTensor({3}, Float32Type::get(&context))});
  EXPECT_NE(error.find("input 0 is tensor<3xf32> instead of tensor<2xf32>"), std::string::npos) << error;
  run(R"(func.func @f() -> tensor<?x?xf32> {
    %n = arith.constant 9000000000 : index
    %r = ingot.iota dimension = 0 sizes [%n, %n] : tensor<?x?xf32>
    return %r : tensor<?x?xf32>
  })");
  EXPECT_NE(error.find("is too large"), std::string::npos) << error;
}

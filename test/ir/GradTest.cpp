//===- GradTest.cpp - Gradients against finite differences -----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The cases are the functions of gradients/*.mlir, one each between `// -----`. Comments say what is special:
//
//   // LOW: 1.15        the least value of arguments (default 0.15; they are at most 0.7 larger, without ties)
//   // FIRST ORDER      the second derivative is not one that differences show (kinks, reads of the values' order)
//
// Dynamic sizes of arguments are 3, or what `ingot.sizes` says. Arguments that are no floats hold 0, 1, 0, 1, ...
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Eval.h"
#include "passes/differentiate/Gradients.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace ingot;

namespace {

struct Case {
  std::string name, text;
  double low = 0.15;
  bool secondOrder = true;
};

std::vector<Case> readCases() {
  std::vector<Case> cases;
  std::vector<std::string> paths;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator it(INGOT_GRADIENT_CASES, code), end; it != end && !code; it.increment(code))
    if (StringRef(it->path()).ends_with(".mlir"))
      paths.push_back(it->path());
  llvm::sort(paths);
  for (const std::string &path : paths) {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    if (!buffer)
      continue;
    SmallVector<StringRef> chunks;
    (*buffer)->getBuffer().split(chunks, "// -----");
    for (StringRef chunk : chunks) {
      StringRef function = chunk.split("func.func @").second.take_until([](char c) { return c == '('; });
      Case one{(llvm::sys::path::stem(path) + "_" + function).str(), chunk.str()};
      llvm::replace(one.name, '-', '_');
      if (size_t at = chunk.find("// LOW: "); at != StringRef::npos)
        chunk.substr(at + 8).take_until([](char c) { return c == '\n'; }).getAsDouble(one.low);
      one.secondOrder = !chunk.contains("// FIRST ORDER");
      cases.push_back(std::move(one));
    }
  }
  return cases;
}

struct GradientFixture {
  GradientFixture() {
    context.loadDialect<IngotDialect, func::FuncDialect, arith::ArithDialect, tensor::TensorDialect, scf::SCFDialect>();
  }

  SmallVector<EvalTensor> run(func::FuncOp function, ArrayRef<EvalTensor> inputs) {
    std::string error;
    FailureOr<SmallVector<EvalTensor>> results = interpret(function, inputs, error);
    EXPECT_TRUE(succeeded(results)) << error;
    return succeeded(results) ? *results : SmallVector<EvalTensor>();
  }

  void check(func::FuncOp function, ArrayRef<EvalTensor> inputs, double low, int orders);

  MLIRContext context;
};

struct Gradients : testing::TestWithParam<Case>, GradientFixture {};
struct KnownGradients : testing::Test, GradientFixture {};

bool isFloat(Type type) {
  return isa<FloatType>(getElementTypeOrSelf(type));
}

// Numbers between `low` and `low + 0.7` without order and without ties; bools and integers alternate.
EvalTensor makeInput(RankedTensorType type, ArrayRef<int64_t> shape, int64_t number, double low) {
  EvalTensor tensor(shape, type.getElementType());
  for (int64_t i = 0; i < tensor.getNumElements(); ++i) {
    double fraction = std::fmod(0.37 + 0.6180339887 * static_cast<double>(i + 1) + 0.2914 * static_cast<double>(number), 1.0);
    if (isFloat(type))
      tensor.setDouble(i, low + 0.7 * fraction);
    else
      tensor.setInt(i, i % 2);
  }
  return tensor;
}

// Behind a function's arguments cotangents of its float results; its results become the cotangents of its float arguments.
func::FuncOp buildGradient(func::FuncOp function) {
  func::FuncOp gradient = function.clone();
  gradient.setName(function.getName().str() + "_gradient");
  Operation *end = gradient.getBody().front().getTerminator();
  OpBuilder builder(end);
  SmallVector<Value> ys, dys, xs;
  for (BlockArgument argument : gradient.getArguments())
    if (isFloat(argument.getType()))
      xs.push_back(argument);
  for (Value y : end->getOperands())
    if (isFloat(y.getType()))
      ys.push_back(y);
  for (Value y : ys)
    dys.push_back(gradient.getBody().addArgument(y.getType(), y.getLoc()));
  FailureOr<SmallVector<Value>> dxs = buildGradients(builder, ys, dys, xs);
  if (failed(dxs))
    return {};
  end->setOperands(*dxs);
  gradient.setFunctionType(builder.getFunctionType(gradient.getBody().getArgumentTypes(), ValueRange(*dxs).getTypes()));
  gradient.setArgAttrsAttr({});
  return gradient;
}

void GradientFixture::check(func::FuncOp function, ArrayRef<EvalTensor> inputs, double low, int orders) {
  func::FuncOp gradient = buildGradient(function);
  ASSERT_TRUE(gradient);
  function->getParentOfType<ModuleOp>().push_back(gradient);
  ASSERT_TRUE(succeeded(mlir::verify(gradient)));
  SmallVector<EvalTensor> results = run(function, inputs), all(inputs);
  SmallVector<EvalTensor> dys;
  for (const EvalTensor &result : results)
    if (isFloat(result.getElementType()))
      dys.push_back(makeInput(result.getType(), result.getShape(), static_cast<int64_t>(inputs.size() + dys.size()), -0.3));
  llvm::append_range(all, dys);
  SmallVector<EvalTensor> cotangents = run(gradient, all);

  size_t next = 0;
  for (size_t number = 0; number < inputs.size(); ++number) {
    if (!isFloat(inputs[number].getElementType()))
      continue;
    ASSERT_LT(next, cotangents.size());
    const EvalTensor &cotangent = cotangents[next++];
    ASSERT_EQ(cotangent.getShape(), inputs[number].getShape());
    for (int64_t i = 0; i < cotangent.getNumElements(); ++i) {
      const double step = 1e-6;
      auto at = [&](double change) {
        SmallVector<EvalTensor> moved(inputs);
        moved[number] = inputs[number].copied();
        moved[number].setDouble(i, inputs[number].getDouble(i) + change);
        double sum = 0;
        size_t float_ = 0;
        for (const EvalTensor &result : run(function, moved)) {
          if (!isFloat(result.getElementType()))
            continue;
          const EvalTensor &dy = dys[float_++];
          for (int64_t k = 0; k < dy.getNumElements(); ++k)
            sum += dy.getDouble(k) * result.getDouble(k);
        }
        return sum;
      };
      double expected = (at(step) - at(-step)) / (2 * step);
      EXPECT_NEAR(cotangent.getDouble(i), expected, 1e-5 + 1e-3 * std::fabs(expected))
          << "argument " << number << ", element " << i;
    }
  }
  EXPECT_EQ(next, cotangents.size());
  if (orders > 1 && !testing::Test::HasFailure())
    check(gradient, all, low, orders - 1);
}

TEST_P(Gradients, AgreesWithFiniteDifferences) {
  const Case &one = GetParam();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(one.text, &context);
  ASSERT_TRUE(module);
  auto function = *module->getOps<func::FuncOp>().begin();
  SmallVector<EvalTensor> inputs;
  for (auto [number, type] : llvm::enumerate(function.getArgumentTypes())) {
    auto tensor = cast<RankedTensorType>(type);
    SmallVector<int64_t> shape(tensor.getShape());
    for (int64_t &size : shape)
      size = ShapedType::isDynamic(size) ? 3 : size;
    if (auto sizes = function.getArgAttrOfType<DenseI64ArrayAttr>(number, "ingot.sizes"))
      shape.assign(sizes.asArrayRef().begin(), sizes.asArrayRef().end());
    inputs.push_back(makeInput(tensor, shape, static_cast<int64_t>(number), one.low));
  }
  check(function, inputs, one.low, one.secondOrder ? 2 : 1);
}

// Jumps hide what differences would show: the gradients are those of the formulas.
TEST_F(KnownGradients, QuantizedValuesPassTheirCotangentsStraightThrough) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(R"(
    func.func @f(%x: tensor<4xf64>, %s: tensor<f64>) -> tensor<4xf64> {
      %z = ingot.constant dense<-2> : tensor<i8>
      %q = ingot.quantize %x scale %s zero_point %z : (tensor<4xf64>, tensor<f64>, tensor<i8>) -> tensor<4xi8>
      %y = ingot.dequantize %q scale %s zero_point %z : (tensor<4xi8>, tensor<f64>, tensor<i8>) -> tensor<4xf64>
      return %y : tensor<4xf64>
    }
  )",
                                                             &context);
  ASSERT_TRUE(module);
  func::FuncOp gradient = buildGradient(*module->getOps<func::FuncOp>().begin());
  ASSERT_TRUE(gradient);
  module->push_back(gradient);
  Type f64 = Float64Type::get(&context);
  const double scale = 0.1;
  std::vector<double> x = {0.33, -100, 100, -1.27}, dy = {1, 2, 3, 4};
  SmallVector<EvalTensor> results =
      run(gradient, {EvalTensor::of<double>({4}, f64, x), EvalTensor::scalar(f64, scale), EvalTensor::of<double>({4}, f64, dy)});
  ASSERT_EQ(results.size(), 2u);
  // Elements 1 and 2 are saturated, at -128 and 127.
  std::vector<double> dx = {1, 0, 0, 4};
  for (int i = 0; i < 4; ++i)
    EXPECT_NEAR(results[0].getDouble(i), dx[i], 1e-12);
  // LSQ: round(x / s) - x / s inside, the bound less the zero point outside.
  double dscale = 1 * (3 - 3.3) + 2 * (-128 + 2) + 3 * (127 + 2) + 4 * (-13 + 12.7);
  EXPECT_NEAR(results[1].getDouble(0), dscale, 1e-9);
}

// PyTorch's relu: 0 at 0; torch.maximum: half to each of two equal ones. The absolute value and its sign: 0.
TEST_F(KnownGradients, KinksHaveOneDerivative) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(R"(
    func.func @f(%x: tensor<1xf64>, %z: tensor<1xf64>) -> (tensor<1xf64>, tensor<1xf64>, tensor<1xf64>) {
      %c = ingot.constant dense<0.0> : tensor<1xf64>
      %relu = ingot.max %x, %c : tensor<1xf64>
      %abs = ingot.abs %x : tensor<1xf64>
      %max = ingot.max %x, %z : tensor<1xf64>
      return %relu, %abs, %max : tensor<1xf64>, tensor<1xf64>, tensor<1xf64>
    }
  )",
                                                             &context);
  ASSERT_TRUE(module);
  func::FuncOp gradient = buildGradient(*module->getOps<func::FuncOp>().begin());
  ASSERT_TRUE(gradient);
  module->push_back(gradient);
  Type f64 = Float64Type::get(&context);
  auto number = [&](double value) { return EvalTensor::of<double>({1}, f64, {value}); };
  SmallVector<EvalTensor> results = run(gradient, {number(0), number(0), number(3), number(5), number(7)});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].getDouble(0), 3.5);
  EXPECT_EQ(results[1].getDouble(0), 3.5);
}

INSTANTIATE_TEST_SUITE_P(Cases, Gradients, testing::ValuesIn(readCases()),
                         [](const testing::TestParamInfo<Case> &info) { return info.param.name; });

} // namespace

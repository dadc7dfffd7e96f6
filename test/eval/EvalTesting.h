//===- EvalTesting.h - Evaluation of ops written as text --------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_TEST_EVAL_EVALTESTING_H
#define INGOT_TEST_EVAL_EVALTESTING_H

#include "ir/Eval/Eval.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

#include <cmath>

class EvalTest : public testing::Test {
protected:
  EvalTest() {
    context.loadDialect<ingot::IngotDialect, mlir::func::FuncDialect, mlir::scf::SCFDialect, mlir::arith::ArithDialect,
                        mlir::tensor::TensorDialect>();
  }

  /// The results of the function @f of a module, or none and `error`.
  llvm::SmallVector<ingot::EvalTensor> run(llvm::StringRef text, llvm::ArrayRef<ingot::EvalTensor> inputs = {}) {
    error.clear();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    if (!module) {
      ADD_FAILURE() << "the module does not parse";
      return {};
    }
    auto results = ingot::interpret(module->lookupSymbol<mlir::func::FuncOp>("f"), inputs, error);
    return failed(results) ? llvm::SmallVector<ingot::EvalTensor>() : *results;
  }

  /// The elements of all results, one after another.
  std::vector<double> values(llvm::StringRef text, llvm::ArrayRef<ingot::EvalTensor> inputs = {}) {
    std::vector<double> result;
    for (const ingot::EvalTensor &tensor : run(text, inputs))
      for (int64_t i = 0; i < tensor.getNumElements(); ++i)
        result.push_back(tensor.getDouble(i));
    EXPECT_EQ(error, "");
    return result;
  }

  void expect(llvm::StringRef text, std::vector<double> expected, double tolerance = 0) {
    std::vector<double> actual = values(text);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      bool equal = std::isnan(expected[i]) ? std::isnan(actual[i])
                                           : actual[i] == expected[i] || std::fabs(actual[i] - expected[i]) <= tolerance;
      EXPECT_TRUE(equal) << "element " << i << " is " << actual[i] << " instead of " << expected[i];
    }
  }

  void expectError(llvm::StringRef text, llvm::StringRef part) {
    EXPECT_TRUE(run(text).empty());
    EXPECT_NE(error.find(part.str()), std::string::npos) << error;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string error;
};

#endif // INGOT_TEST_EVAL_EVALTESTING_H

//===- Reference.cpp - Values of the runtime and of the evaluator ----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Reference.h"

#include "frontend/Importer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace ingot {

Type typeOf(int32_t dtype, MLIRContext *context) {
  auto integer = [&](unsigned width, bool isUnsigned) -> Type {
    return IntegerType::get(context, width, isUnsigned ? IntegerType::Unsigned : IntegerType::Signless);
  };
  switch (dtype) {
  case INGOT_F32: return Float32Type::get(context);
  case INGOT_F64: return Float64Type::get(context);
  case INGOT_F16: return Float16Type::get(context);
  case INGOT_BF16: return BFloat16Type::get(context);
  case INGOT_BOOL: return integer(1, false);
  case INGOT_I8: return integer(8, false);
  case INGOT_I16: return integer(16, false);
  case INGOT_I32: return integer(32, false);
  case INGOT_I64: return integer(64, false);
  case INGOT_U8: return integer(8, true);
  case INGOT_U16: return integer(16, true);
  case INGOT_U32: return integer(32, true);
  default: return integer(64, true);
  }
}

int32_t dtypeOf(Type type) {
  for (int32_t dtype : {INGOT_F32, INGOT_F64, INGOT_F16, INGOT_BF16, INGOT_BOOL, INGOT_I8, INGOT_I16, INGOT_I32, INGOT_I64, INGOT_U8,
                        INGOT_U16, INGOT_U32, INGOT_U64})
    if (typeOf(dtype, type.getContext()) == type)
      return dtype;
  return 0;
}

EvalTensor viewOf(const ingot_tensor &tensor, MLIRContext *context) {
  return EvalTensor::view(ArrayRef<int64_t>(tensor.dims, size_t(tensor.rank)), typeOf(tensor.dtype, context), tensor.data, nullptr);
}

std::string nodeOf(Location loc) {
  if (auto named = dyn_cast<NameLoc>(loc)) {
    auto op = dyn_cast<NameLoc>(named.getChildLoc());
    return ("\"" + named.getName().getValue() + "\"" + (op ? " (" + op.getName().getValue() + ")" : Twine())).str();
  }
  if (auto fused = dyn_cast<FusedLoc>(loc))
    return fused.getLocations().empty() ? "" : nodeOf(fused.getLocations().front());
  std::string text;
  raw_string_ostream(text) << loc;
  return text;
}

namespace {

/// What is not finite in a tensor.
struct Trouble {
  bool nan = false, infinity = false;

  static Trouble in(const EvalTensor &tensor) {
    Trouble trouble;
    if (isa<FloatType>(tensor.getElementType()))
      for (int64_t i = 0; i < tensor.getNumElements(); ++i) {
        double value = tensor.getDouble(i);
        trouble.nan |= std::isnan(value);
        trouble.infinity |= std::isinf(value);
      }
    return trouble;
  }
};

} // namespace

std::string findNonFinite(const CompileOptions &options, ingot_state *state, ArrayRef<ingot_tensor> inputs, ArrayRef<std::string> names) {
  MLIRContext context;
  context.getDiagEngine().registerHandler([](mlir::Diagnostic &) { return success(); });
  loadImportDialects(context);
  ImportOptions import;
  import.path = options.inputPath;
  import.training = true;
  import.train = options.training.train;
  import.freeze = options.training.freeze;
  import.inputParameters = options.training.inputParameters;
  import.functions = {{"forward", ImportMode::Training}};
  ImportResult imported = importModel(import, context);
  if (!imported.module)
    return "";
  auto function = *imported.module->getOps<func::FuncOp>().begin();
  std::string bad;
  function.walk([&](ParameterOp op) {
    ingot_tensor tensor;
    int32_t kind = op.getKind() == VariableKind::Buffer ? INGOT_BUFFER : INGOT_PARAMETER;
    if (ingot_state_tensor(state, kind, op.getName().str().c_str(), nullptr, &tensor))
      return;
    EvalTensor value = viewOf(tensor, &context).copied();
    Trouble trouble = Trouble::in(value);
    if (bad.empty() && (trouble.nan || trouble.infinity))
      bad = "the parameter '" + op.getName().str() + "' is " + (trouble.nan ? "NaN" : "infinite") + " already";
    op.setValueAttr(value.toElements());
  });
  if (!bad.empty())
    return bad;
  std::vector<EvalTensor> arguments;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    auto name = function.getArgAttrOfType<StringAttr>(i, "ingot.name");
    auto found = find(names, name ? name.str() : "");
    if (found == names.end())
      return "";
    arguments.push_back(viewOf(inputs[size_t(found - names.begin())], &context));
    Trouble trouble = Trouble::in(arguments.back());
    if (trouble.nan || trouble.infinity)
      return "the input '" + *found + "' holds " + (trouble.nan ? "NaN" : "infinity");
  }
  // A mask of minus infinity is no trouble; what makes NaN of it is.
  llvm::DenseMap<Value, Trouble> known;
  std::string firstNan, firstInfinity, error;
  auto observer = [&](Operation *op, ArrayRef<EvalTensor> results) {
    Trouble before;
    for (Value operand : op->getOperands()) {
      Trouble trouble = known.lookup(operand);
      before.nan |= trouble.nan;
      before.infinity |= trouble.infinity;
    }
    for (auto [value, result] : llvm::zip(op->getResults(), results)) {
      Trouble trouble = Trouble::in(result);
      known[value] = trouble;
      if (trouble.nan && !before.nan && firstNan.empty())
        firstNan = nodeOf(op->getLoc());
      if (trouble.infinity && !before.infinity && op->getNumOperands() && firstInfinity.empty())
        firstInfinity = nodeOf(op->getLoc());
    }
  };
  if (failed(interpret(function, arguments, error, EvalObserver(observer))))
    return "";
  if (!firstNan.empty())
    return "node " + firstNan + " is the first whose result is NaN";
  if (!firstInfinity.empty())
    return "node " + firstInfinity + " is the first whose result is infinite";
  return "every node of the model is finite, the loss of its outputs is not";
}

} // namespace ingot

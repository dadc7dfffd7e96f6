//===- BindVariables.cpp - Variables and scalars of a step as arguments ----===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "ir/Ingot/Ingot.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/MapVector.h"

#include <cmath>

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_BINDVARIABLESPASS
#include "passes/Passes.h.inc"

namespace {

struct BindVariablesPass : impl::BindVariablesPassBase<BindVariablesPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (function->hasAttr("ingot.forward"))
        function.erase();
    // All are known before any is bound: one that a function only writes has its type from one that reads it.
    module.walk([&](ParameterOp op) {
      if (!variables.count(op.getName()))
        variables.insert({op.getName(), op.clone()});
    });
    for (auto function : module.getOps<func::FuncOp>())
      if (!function.isExternal() && failed(bind(function)))
        return signalPassFailure();
    if (variables.empty())
      return;
    Builder b(&getContext());
    SmallVector<Attribute> entries;
    for (auto &[name, variable] : variables) {
      SmallVector<NamedAttribute> fields = {{"name", b.getStringAttr(name)},
                                            {"kind", b.getStringAttr(stringifyVariableKind(variable.getKind()))},
                                            {"type", TypeAttr::get(variable.getType())},
                                            {"value", variable.getValueAttr()}};
      for (StringRef key : {"of", "role", "output_axis"})
        if (Attribute attribute = variable->getAttr(("ingot." + key).str()))
          fields.push_back({key, attribute});
      if (variable->hasAttr("ingot.random"))
        fields.push_back({"uniform", b.getF64FloatAttr(boundOf(variable))});
      entries.push_back(b.getDictionaryAttr(fields));
    }
    module->setAttr("ingot.variables", b.getArrayAttr(entries));
    for (auto &[name, variable] : variables)
      variable->erase();
  }

private:
  // Each variable, in the order in which they are met: an op outside of any function.
  llvm::MapVector<StringRef, ParameterOp> variables;

  // What initializing anew must know of a parameter, by its use: vectors that are added are biases, vectors that multiply scales, and of a
  // matrix it counts which dimension comes out (0 unless it is summed over).
  static void describe(ParameterOp op, ParameterOp variable) {
    if (op.getKind() != VariableKind::Parameter || variable->hasAttr("ingot.role") || variable->hasAttr("ingot.output_axis"))
      return;
    Builder b(op.getContext());
    int64_t rank = op.getType().getRank();
    SmallVector<std::pair<Value, SmallVector<int64_t>>> values; // each with the parameter's dimensions in its own order
    values.push_back({op.getResult(), llvm::to_vector(llvm::seq<int64_t>(0, rank))});
    while (!values.empty()) {
      auto [value, dims] = values.pop_back_val();
      for (Operation *user : value.getUsers()) {
        if (auto transpose = dyn_cast<TransposeOp>(user)) {
          SmallVector<int64_t> order;
          for (int64_t from : transpose.getPermutation())
            order.push_back(dims[from]);
          values.push_back({transpose.getResult(), order});
        } else if (isa<BroadcastOp, ReshapeOp, CastOp, tensor::CastOp>(user) && rank == 1) {
          values.push_back({user->getResult(0), {0}});
        } else if (rank == 1 && isa<AddOp, SubOp>(user)) {
          variable->setAttr("ingot.role", b.getStringAttr("bias"));
          return;
        } else if (rank == 1 && isa<MulOp>(user)) {
          variable->setAttr("ingot.role", b.getStringAttr("scale"));
          return;
        } else if (auto contract = dyn_cast<ContractOp>(user); contract && rank == 2) {
          ArrayRef<int64_t> summed = contract.getLhs() == value ? contract.getLhsContracting() : contract.getRhsContracting();
          if (summed.size() == 1)
            variable->setAttr("ingot.output_axis", b.getI64IntegerAttr(1 - dims[summed[0]]));
          return;
        }
      }
    }
  }

  // Of the uniform numbers that a parameter without a value begins with: as wide as Kaiming's rule for ReLU says.
  static double boundOf(ParameterOp variable) {
    auto axis = variable->getAttrOfType<IntegerAttr>("ingot.output_axis");
    int64_t rank = variable.getType().getRank(), output = rank < 2 ? -1 : axis ? axis.getInt() : 0;
    double in = 1;
    for (auto [i, size] : llvm::enumerate(variable.getType().getShape()))
      in *= static_cast<int64_t>(i) == output ? 1 : static_cast<double>(size);
    return std::sqrt(6 / in);
  }

  LogicalResult bind(func::FuncOp function) {
    SmallVector<ParameterOp> reads;
    SmallVector<AssignOp> writes;
    SmallVector<StepScalarOp> scalars;
    function.walk([&](Operation *op) {
      // What is fixed only waits for its gradients.
      if (auto read = dyn_cast<ParameterOp>(op); read && !read->hasAttr("ingot.fixed"))
        reads.push_back(read);
      else if (auto write = dyn_cast<AssignOp>(op))
        writes.push_back(write);
      else if (auto scalar = dyn_cast<StepScalarOp>(op))
        scalars.push_back(scalar);
    });
    if (reads.empty() && writes.empty() && scalars.empty())
      return success();
    // The importer puts each one in front of those that it met before.
    if (!function->hasAttr("ingot.role"))
      std::reverse(reads.begin(), reads.end());
    Builder b(&getContext());
    auto add = [&](Type type, Location loc, ArrayRef<NamedAttribute> attributes) -> Value {
      unsigned position = function.getNumArguments();
      if (failed(function.insertArgument(position, type, b.getDictionaryAttr(attributes), loc)))
        return {};
      return function.getArgument(position);
    };
    llvm::StringMap<Value> scalarOf, variableOf;
    for (StepScalarOp op : scalars) {
      Value &value = scalarOf[op.getName()];
      if (!value && !(value = add(op.getType(), op.getLoc(), {{"ingot.name", op.getNameAttr()}, {"ingot.scalar", op.getNameAttr()}})))
        return failure();
      op.replaceAllUsesWith(value);
      op.erase();
    }
    for (ParameterOp op : reads) {
      describe(op, variables.find(op.getName())->second);
      Value &value = variableOf[op.getName()];
      if (!value && !(value = add(op.getType(), op.getLoc(), {{"ingot.name", op.getNameAttr()}, {"ingot.variable", op.getNameAttr()}})))
        return failure();
      op.replaceAllUsesWith(value);
      if (variables.find(op.getName())->second.getType() != op.getType())
        return op.emitOpError("has a type of its own for the variable '") << op.getName() << "'";
      op.erase();
    }
    Operation *ret = function.front().getTerminator();
    SmallVector<Value> results(ret->getOperands());
    SmallVector<DictionaryAttr> attributes;
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      attributes.push_back(function.getResultAttrDict(i));
    for (AssignOp op : writes) {
      Value variable = variableOf.lookup(op.getName());
      if (!variable) {
        // Written and never read: it is there all the same.
        auto known = variables.find(op.getName());
        if (known == variables.end())
          return op.emitOpError("assigns to '") << op.getName() << "', which no function reads";
        variable = variableOf[op.getName()] =
            add(known->second.getType(), op.getLoc(), {{"ingot.name", op.getNameAttr()}, {"ingot.variable", op.getNameAttr()}});
      }
      results.push_back(op.getValue());
      attributes.push_back(b.getDictionaryAttr({NamedAttribute("ingot.name", op.getNameAttr()), NamedAttribute("ingot.variable", op.getNameAttr())}));
      for (unsigned i = 0; i < function.getNumArguments(); ++i)
        if (function.getArgAttr(i, "ingot.variable") == op.getNameAttr())
          function.setArgAttr(i, "ingot.written", b.getUnitAttr());
      op.erase();
    }
    ret->setOperands(results);
    function.setFunctionType(FunctionType::get(&getContext(), function.front().getArgumentTypes(), ValueRange(results).getTypes()));
    SmallVector<Attribute> all;
    for (DictionaryAttr dictionary : attributes)
      all.push_back(dictionary ? dictionary : b.getDictionaryAttr({}));
    function.setAllResultAttrs(all);
    return success();
  }
};

} // namespace
} // namespace ingot

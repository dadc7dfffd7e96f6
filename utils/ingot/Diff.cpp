//===- Diff.cpp - ingot diff ----------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The model is evaluated by the reference evaluator, which keeps the value of every node, and run as native code. When outputs differ,
// the model is compiled once more with those values as outputs too, and the first node is named whose value differs. Should the outputs
// be right then (keeping a value keeps it from being fused), the value of one node at a time is added, by bisection.
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Reference.h"

#include "frontend/Importer.h"
#include "ir/Eval/Eval.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace ingot {

namespace {

//===----------------------------------------------------------------------===//
// Comparing
//===----------------------------------------------------------------------===//

struct Tolerance {
  double relative, absolute; ///< a negative absolute one: 1e-5 of the largest value
};

std::string formatNumber(double value) {
  std::string text;
  raw_string_ostream(text) << format("%.3g", value);
  return text;
}

/// What is different in `got`; empty when it is equal to `want` within the tolerance.
std::string compareTensors(const EvalTensor &got, const EvalTensor &want, Tolerance tolerance) {
  if (got.getShape() != want.getShape())
    return "shape " + formatDims(got.getShape()) + " instead of " + formatDims(want.getShape());
  int64_t count = want.getNumElements(), wrong = 0;
  if (!isa<FloatType>(want.getElementType())) {
    for (int64_t i = 0; i < count; ++i)
      wrong += got.getInt(i) != want.getInt(i);
    return wrong ? std::to_string(wrong) + " of " + std::to_string(count) + " elements differ" : "";
  }
  double largest = 0, worst = 0;
  for (int64_t i = 0; i < count; ++i)
    if (double value = std::abs(want.getDouble(i)); std::isfinite(value))
      largest = std::max(largest, value);
  double absolute = tolerance.absolute >= 0 ? tolerance.absolute : 1e-5 * largest + 1e-7;
  for (int64_t i = 0; i < count; ++i) {
    double a = got.getDouble(i), b = want.getDouble(i), error = std::abs(a - b);
    if (a == b || (std::isnan(a) && std::isnan(b)) || error <= tolerance.relative * std::abs(b) + absolute)
      continue;
    ++wrong;
    worst = error > worst || std::isnan(error) ? error : worst;
  }
  if (!wrong)
    return "";
  return std::to_string(wrong) + " of " + std::to_string(count) + " elements differ, worst by " + formatNumber(worst) +
         " (largest value " + formatNumber(largest) + ")";
}

//===----------------------------------------------------------------------===//
// The two sides
//===----------------------------------------------------------------------===//

/// A value inside of the main function that can be made an output, and what the evaluator says of it.
struct Intermediate {
  unsigned op;     ///< position in the block
  unsigned result;
  std::string node;
  EvalTensor value;
};

struct Reference {
  std::vector<EvalTensor> outputs;
  std::vector<Intermediate> intermediates; ///< the last value of each node, in the order of work
};

func::FuncOp mainOf(ModuleOp module) {
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    if (function.isPublic())
      return function;
  return nullptr;
}

Outcome evaluate(func::FuncOp function, ArrayRef<EvalTensor> inputs, Reference &reference) {
  llvm::DenseMap<Operation *, unsigned> positions;
  unsigned next = 0;
  for (Operation &op : function.front())
    positions[&op] = next++;
  std::string error;
  auto outputs = interpret(function, inputs, error, [&](Operation *op, ArrayRef<EvalTensor> results) {
    auto position = positions.find(op);
    if (position == positions.end() || op->hasTrait<OpTrait::ConstantLike>())
      return;
    for (OpResult result : op->getResults()) {
      auto type = dyn_cast<RankedTensorType>(result.getType());
      if (!type || !dtypeOf(type.getElementType()))
        continue;
      Intermediate value = {position->second, result.getResultNumber(), nodeOf(op->getLoc()), results[result.getResultNumber()]};
      // A node is a chain of operations; only what leaves it is compared.
      if (!reference.intermediates.empty() && reference.intermediates.back().node == value.node && op->getNumResults() == 1)
        reference.intermediates.back() = std::move(value);
      else
        reference.intermediates.push_back(std::move(value));
    }
  });
  if (failed(outputs))
    return fail(Outcome::BadInput, "the evaluator: " + error);
  reference.outputs.assign(outputs->begin(), outputs->end());
  return Outcome::Ok;
}

/// Native code that returns some values of the main function after its outputs.
class Native {
public:
  Native(ModuleOp module, std::vector<ingot_tensor> &inputs, uint32_t threads) : module(module), inputs(inputs), threads(threads) {}

  /// Compiles with the values as further outputs, and runs.
  Outcome run(ArrayRef<const Intermediate *> values) {
    OwningOpRef<ModuleOp> clone = module.clone();
    func::FuncOp function = mainOf(*clone);
    addOutputs(function, values);
    SmallString<128> path;
    int fd;
    if (std::error_code code = sys::fs::createTemporaryFile("ingot", "mlir", fd, path))
      return fail(Outcome::System, "cannot make a temporary file: " + code.message());
    llvm::scope_exit remove([&] { sys::fs::remove(path); });
    {
      raw_fd_ostream out(fd, /*shouldClose=*/true);
      bool written = succeeded(writeBytecodeToFile(*clone, out));
      out.flush();
      if (!written || out.has_error()) {
        out.clear_error();
        return fail(Outcome::System, "cannot write '" + path + "'");
      }
    }
    CompileOptions options;
    options.inputPath = path.str().str();
    options.fromPhase = "import";
    context.reset();
    model = std::make_unique<LoadedModel>();
    if (Outcome outcome = model->compile(options); outcome != Outcome::Ok)
      return outcome;
    return execute();
  }

  /// Runs a library that is already there.
  Outcome run(std::unique_ptr<LoadedModel> opened) {
    context.reset();
    model = std::move(opened);
    return execute();
  }

  ArrayRef<ingot_tensor> outputs() const { return results; }

private:
  static void addOutputs(func::FuncOp function, ArrayRef<const Intermediate *> values) {
    std::vector<Operation *> ops;
    for (Operation &op : function.front())
      ops.push_back(&op);
    Operation *end = function.front().getTerminator();
    SmallVector<Value> operands(end->getOperands());
    Builder builder(function.getContext());
    for (auto [i, value] : llvm::enumerate(values)) {
      operands.push_back(ops[value->op]->getResult(value->result));
      auto type = cast<RankedTensorType>(operands.back().getType());
      SmallVector<StringRef> symbols(size_t(type.getRank()), "");
      NamedAttribute attributes[] = {
          builder.getNamedAttr("ingot.name", builder.getStringAttr("value " + Twine(i))),
          builder.getNamedAttr("ingot.symbols", builder.getStrArrayAttr(symbols)),
          builder.getNamedAttr("ingot.dtype", builder.getI32IntegerAttr(dtypeOf(type.getElementType()))),
      };
      if (failed(function.insertResult(function.getNumResults(), type, builder.getDictionaryAttr(attributes))))
        llvm_unreachable("a result at the end can always be added");
    }
    end->setOperands(operands);
  }

  Outcome execute() {
    context = std::make_unique<RunContext>();
    if (ingot_status status = context->create(model->get(), threads, /*profile=*/false))
      return fail(status);
    results.assign(model->outputs().size(), ingot_tensor{});
    if (ingot_status status =
            ingot_context_run(context->get(), 0, inputs.data(), int32_t(inputs.size()), results.data(), int32_t(results.size())))
      return fail(status, "the native code: ");
    return Outcome::Ok;
  }

  ModuleOp module;
  std::vector<ingot_tensor> &inputs;
  uint32_t threads;
  std::unique_ptr<LoadedModel> model; // before the context, which is destroyed first
  std::unique_ptr<RunContext> context;
  std::vector<ingot_tensor> results;
};

//===----------------------------------------------------------------------===//
// Finding the node
//===----------------------------------------------------------------------===//

struct Difference {
  std::string where, what;
};

class Search {
public:
  Search(Native &native, const Reference &reference, Tolerance tolerance, MLIRContext *context)
      : native(native), reference(reference), tolerance(tolerance), context(context) {}

  /// Sets `found` to the first node whose value is wrong; leaves it when none is.
  Outcome findFirst(std::optional<Difference> &found) {
    std::vector<const Intermediate *> all;
    for (const Intermediate &value : reference.intermediates)
      all.push_back(&value);
    if (Outcome outcome = native.run(all); outcome != Outcome::Ok)
      return outcome;
    for (size_t i = 0; i < all.size() && !found; ++i)
      check(*all[i], reference.outputs.size() + i, found);
    if (found || all.empty())
      return Outcome::Ok;
    // All are right when all are kept: the fault is in fused code. The values before it are right, those after it mostly wrong.
    size_t right = 0, wrong = all.size();
    while (right < wrong) {
      size_t middle = (right + wrong) / 2;
      if (Outcome outcome = native.run({all[middle]}); outcome != Outcome::Ok)
        return outcome;
      std::optional<Difference> here;
      check(*all[middle], reference.outputs.size(), here);
      if (here) {
        wrong = middle;
        found = here;
      } else {
        right = middle + 1;
      }
    }
    if (found)
      found->what += "; only when fused with what is around it";
    return Outcome::Ok;
  }

private:
  void check(const Intermediate &value, size_t output, std::optional<Difference> &found) {
    std::string what = compareTensors(viewOf(native.outputs()[output], context), value.value, tolerance);
    if (!what.empty())
      found = {value.node, what};
  }

  Native &native;
  const Reference &reference;
  Tolerance tolerance;
  MLIRContext *context;
};

/// The arrays that must come out, in the order of the outputs; no value where the file has none.
Outcome readExpected(StringRef path, const LoadedModel &model, std::vector<NpzArray> &arrays, MLIRContext *context,
                     std::vector<EvalTensor> &expected) {
  expected.resize(model.outputs().size());
  if (path.empty())
    return Outcome::Ok;
  if (Status status = readNpz(path, arrays); !status.ok())
    return fail(status);
  bool prefixed = any_of(arrays, [](const NpzArray &array) { return StringRef(array.name).starts_with("out:"); });
  for (NpzArray &array : arrays) {
    StringRef name = array.name;
    if (prefixed && !name.consume_front("out:"))
      continue;
    int32_t index = ingot_model_find_output(model.get(), 0, name.str().c_str());
    if (index < 0)
      return fail(Outcome::BadInput, "'" + path + "' has the array '" + name + "', which is no output of the model");
    if (array.dtype != model.outputs()[size_t(index)].dtype)
      return fail(Outcome::BadInput, "'" + path + "': array '" + name + "' is " + ingot_dtype_name(array.dtype) + ", the output is " +
                                         ingot_dtype_name(model.outputs()[size_t(index)].dtype));
    expected[size_t(index)] = EvalTensor::view(array.dims, typeOf(array.dtype, context), array.data, nullptr);
  }
  return Outcome::Ok;
}

Outcome report(const DiffCommand &command, ArrayRef<Difference> differences, const std::optional<Difference> &node, size_t values) {
  if (command.json) {
    json::OStream out(outs());
    out.object([&] {
      out.attribute("ok", differences.empty());
      out.attribute("values", int64_t(values));
      out.attributeArray("differences", [&] {
        for (const Difference &difference : differences)
          out.object([&] {
            out.attribute("where", difference.where);
            out.attribute("what", difference.what);
          });
      });
      if (node)
        out.attributeObject("first_wrong_node", [&] {
          out.attribute("node", node->where);
          out.attribute("what", node->what);
        });
    });
    outs() << '\n';
    return differences.empty() ? Outcome::Ok : Outcome::Mismatch;
  }
  for (const Difference &difference : differences)
    fail(Outcome::Mismatch, difference.where + ": " + difference.what);
  if (node)
    fail(Outcome::Mismatch, "the first wrong node is " + node->where + ": " + node->what);
  if (differences.empty())
    outs() << command.model << ": native code and evaluator agree\n";
  return differences.empty() ? Outcome::Ok : Outcome::Mismatch;
}

} // namespace

Outcome runDiff(DiffCommand &command) {
  auto opened = std::make_unique<LoadedModel>();
  if (isLibrary(command.model))
    return fail(Outcome::Usage, "diff takes a model, not a compiled library");
  if (Outcome outcome = opened->open(command.model); outcome != Outcome::Ok)
    return outcome;
  std::vector<NpzArray> arrays, expectedArrays;
  std::vector<ingot_tensor> inputs;
  if (!command.inputs.empty())
    if (Status status = readNpz(command.inputs, arrays); !status.ok())
      return fail(status);
  StateValues states;
  if (Outcome outcome = bindInputs(*opened, arrays, command.inputs, inputs, states); outcome != Outcome::Ok)
    return outcome;

  MLIRContext context;
  loadImportDialects(context);
  ImportOptions import;
  import.path = command.model;
  ImportResult imported = importModel(import, context);
  if (!imported.module)
    return fail(static_cast<Outcome>(imported.diagnostics.kind()), imported.diagnostics.str());
  func::FuncOp function = mainOf(*imported.module);
  if (!function || function.getNumArguments() != inputs.size())
    return fail(Outcome::Internal, "the imported module and the library have other inputs");

  std::vector<EvalTensor> values, expected;
  for (const ingot_tensor &input : inputs)
    values.push_back(viewOf(input, &context));
  std::vector<std::string> names;
  for (const ingot_tensor_info &info : opened->outputs())
    names.push_back(info.name);
  if (Outcome outcome = readExpected(command.expected, *opened, expectedArrays, &context, expected); outcome != Outcome::Ok)
    return outcome;
  Reference reference;
  if (Outcome outcome = evaluate(function, values, reference); outcome != Outcome::Ok)
    return outcome;
  Native native(*imported.module, inputs, command.threads);
  if (Outcome outcome = native.run(std::move(opened)); outcome != Outcome::Ok)
    return outcome;

  Tolerance tolerance = {command.relative, command.absolute};
  std::vector<Difference> differences;
  auto compareOutput = [&](size_t i, StringRef side, const EvalTensor &got, const EvalTensor &want) {
    std::string what = compareTensors(got, want, tolerance);
    if (!what.empty())
      differences.push_back({("output '" + names[i] + "', " + side).str(), what});
    return what.empty();
  };
  bool agree = true;
  for (size_t i = 0; i < names.size(); ++i) {
    EvalTensor got = viewOf(native.outputs()[i], &context);
    agree &= compareOutput(i, "native code against the evaluator", got, reference.outputs[i]);
    if (!expected[i])
      continue;
    compareOutput(i, "native code against the expected", got, expected[i]);
    compareOutput(i, "the evaluator against the expected", reference.outputs[i], expected[i]);
  }
  std::optional<Difference> node;
  if (!agree) {
    Search search(native, reference, tolerance, &context);
    if (Outcome outcome = search.findFirst(node); outcome != Outcome::Ok)
      return outcome;
  }
  return report(command, differences, node, reference.intermediates.size());
}

} // namespace ingot

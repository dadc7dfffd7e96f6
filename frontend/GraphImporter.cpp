//===- GraphImporter.cpp - Nodes in order onto the ingot dialect --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/GraphImporter.h"
#include "frontend/Schema.h"
#include "frontend/ShapeValues.h"
#include "frontend/TensorData.h"

#include "frontend/proto/onnx.pb.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;

namespace ingot {

constexpr int64_t kMaxGraphDepth = 64, kMaxCallDepth = 64, kMaxNodes = 4'000'000;
/// Of inputs and outputs: INGOT_MAX_RANK of the runtime's interface.
constexpr int64_t kMaxRank = 16;

StringRef canonicalDomain(StringRef domain) { return domain == "ai.onnx" ? "" : domain; }

static std::string functionKey(StringRef domain, StringRef name, StringRef overload) {
  return (canonicalDomain(domain) + ":" + name + ":" + overload).str();
}

template <typename Field>
static SmallVector<const onnx::NodeProto *> pointersTo(const Field &nodes) {
  SmallVector<const onnx::NodeProto *> result;
  for (const onnx::NodeProto &node : nodes)
    result.push_back(&node);
  return result;
}

std::string sanitizedName(StringRef name) {
  std::string result;
  for (char c : name)
    result.push_back(llvm::isAlnum(c) ? c : '_');
  if (result.empty())
    return "main";
  return llvm::isDigit(result.front()) ? "_" + result : result;
}

GraphImporter::GraphImporter(Model &model, const ImportOptions &options, MLIRContext *context, DiagnosticList &diagnostics)
    : model(model), options(options), context(context), diagnostics(diagnostics), dims(context) {
  for (const onnx::OperatorSetIdProto &set : model.getProto().opset_import())
    opsets[canonicalDomain(set.domain()).str()] = set.version();
  // Files of the first IR versions have no list of operator sets; they use the first.
  if (model.getProto().opset_import_size() == 0)
    opsets[""] = 1;
}

bool GraphImporter::report(const Status &status) {
  if (!status.ok())
    diagnostics.add(status.kind, model.getName(), status.message);
  return status.ok();
}

int64_t GraphImporter::opsetOf(StringRef domain) const {
  auto found = opsets.find(canonicalDomain(domain).str());
  return found == opsets.end() ? 1 : found->second;
}

const onnx::FunctionProto *GraphImporter::findFunction(const onnx::NodeProto &node) const {
  auto found = functions.find(functionKey(node.domain(), node.op_type(), node.overload()));
  return found == functions.end() ? nullptr : found->second;
}

/// "conv1"("Conv, opset 17"("model.onnx":12)), for a node of an inlined function at its call.
Location GraphImporter::locationOf(const onnx::NodeProto &node, int64_t index, int64_t opset) const {
  StringRef name = node.name();
  if (name.empty())
    for (const std::string &output : node.output())
      if (name.empty())
        name = output;
  Location file = FileLineColLoc::get(context, model.getName(), index, 0);
  std::string op = node.op_type() + ", opset " + std::to_string(opset);
  Location loc = NameLoc::get(StringAttr::get(context, name.empty() ? StringRef(node.op_type()) : name),
                              NameLoc::get(StringAttr::get(context, op), file));
  return callSite ? Location(CallSiteLoc::get(loc, *callSite)) : loc;
}

// --- Names ---------------------------------------------------------------------------------------------------------------------------

Binding *GraphImporter::find(StringRef name) {
  for (NameScope *s = scope; s; s = s->outer)
    if (auto found = s->names.find(name); found != s->names.end())
      return &found->second;
  return nullptr;
}

Value GraphImporter::valueOf(Binding &binding) {
  if (binding.value || !binding.constant)
    return binding.value;
  OpBuilder b(context);
  b.setInsertionPointToStart(entry);
  Location loc = NameLoc::get(StringAttr::get(context, binding.name.empty() ? "constant" : binding.name),
                              FileLineColLoc::get(context, model.getName(), 0, 0));
  if (binding.variable) {
    auto op = ParameterOp::create(b, loc, binding.variable->kind, binding.variable->name, binding.constant);
    if (!binding.variable->role.empty())
      op->setAttr("ingot.role", b.getStringAttr(binding.variable->role));
    if (binding.variable->isFixed)
      op->setAttr("ingot.fixed", b.getUnitAttr());
    if (binding.variable->first == FirstValue::Random)
      op->setAttr("ingot.random", b.getUnitAttr());
    binding.value = op;
  } else {
    binding.value = ConstantOp::create(b, loc, binding.constant);
  }
  return binding.value;
}

Value GraphImporter::stepScalar(StringRef name) {
  Value &value = stepScalars[name];
  if (!value) {
    OpBuilder b = OpBuilder::atBlockBegin(entry);
    Location loc = NameLoc::get(StringAttr::get(context, name), FileLineColLoc::get(context, model.getName(), 0, 0));
    value = StepScalarOp::create(b, loc, RankedTensorType::get({}, b.getI64Type()), name);
  }
  return value;
}

int64_t GraphImporter::uniqueSeed(StringRef nodeName) {
  // A function that is called twice has nodes of the same names.
  for (uint64_t attempt = 0;; ++attempt) {
    auto seed = static_cast<int64_t>(llvm::xxh3_64bits(attempt ? (nodeName + "#" + Twine(attempt)).str() : nodeName.str()) >> 1);
    if (seeds.insert(seed).second)
      return seed;
  }
}

Value GraphImporter::variableOf(const onnx::TensorProto &tensor, ElementsAttr value) {
  auto variable = variables.find(&tensor);
  if (variable == variables.end())
    return {};
  // As of an initializer, which all functions share.
  ElementsAttr &known = initializers[&tensor];
  if (!known)
    known = value;
  Binding binding;
  binding.constant = known;
  binding.name = variable->second.name;
  binding.variable = &variable->second;
  return valueOf(binding);
}

/// Iterations of nested loops get numbers of their own: multiples of 2^32 divided by the golden ratio keep their distance in 32 bits.
Value GraphImporter::iterationNumber(ImportBuilder &b) {
  Value number;
  for (Value counter : loops) {
    Value own = b.dimScalar(Dim(counter));
    number = number ? b.add(b.mul(number, b.scalarInt(0x9E3779B1, b.getI64Type())), own) : own;
  }
  return number;
}

Value GraphImporter::currentValue(ParameterOp variable) {
  for (Changes *changes : llvm::reverse(regions))
    if (auto found = changes->find(variable.getNameAttr()); found != changes->end())
      return found->second.second;
  auto found = assignments.find(variable.getName());
  return found == assignments.end() ? variable.getResult() : found->second.getValue();
}

void GraphImporter::assign(ParameterOp variable, Value value, ImportBuilder &b) {
  if (regions.empty())
    return assignAtEnd(variable.getName(), value, b);
  (*regions.back())[variable.getNameAttr()] = {variable, value};
}

void GraphImporter::assignAtEnd(StringRef variable, Value value, ImportBuilder &b) {
  AssignOp &assignment = assignments[variable];
  if (assignment)
    assignment.erase();
  assignment = AssignOp::create(b, b.getLoc(), variable, value);
}

ElementsAttr GraphImporter::tensorAttr(NodeReader &node, const onnx::TensorProto &tensor) {
  ElementsAttr attr;
  Status status = toElements(model, tensor, context, options.maxBytes, attr);
  if (!status.ok())
    (void)(status.kind == ErrorKind::Unsupported ? node.unsupported(status.message) : node.fail(status.message));
  return attr;
}

ElementsAttr GraphImporter::sparseAttr(NodeReader &node, const onnx::SparseTensorProto &tensor) {
  ElementsAttr attr;
  Status status = toElements(model, tensor, context, options.maxBytes, attr);
  if (!status.ok())
    (void)(status.kind == ErrorKind::Unsupported ? node.unsupported(status.message) : node.fail(status.message));
  return attr;
}

RankedTensorType GraphImporter::declaredType(const onnx::ValueInfoProto &info) {
  if (!info.type().has_tensor_type() || !info.type().tensor_type().has_shape())
    return {};
  Type elementType = elementTypeFor(context, info.type().tensor_type().elem_type());
  if (!elementType)
    return {};
  SmallVector<int64_t> shape;
  for (const auto &dim : info.type().tensor_type().shape().dim())
    shape.push_back(dim.has_dim_value() && dim.dim_value() >= 0 ? dim.dim_value() : ShapedType::kDynamic);
  return RankedTensorType::get(shape, elementType);
}

bool GraphImporter::bindInitializers(const onnx::GraphProto &graph, NameScope &target) {
  bool ok = true;
  auto bind = [&](const auto &tensor, const std::string &name) {
    if (name.empty())
      return report(Status::badInput("an initializer has no name"));
    auto [entry, isNew] = target.names.try_emplace(name);
    if (!isNew)
      return report(Status::badInput("the name '" + name + "' is defined more than once"));
    entry->second.name = name;
    // The next function shares the data.
    if constexpr (std::is_same_v<std::decay_t<decltype(tensor)>, onnx::TensorProto>)
      if (ElementsAttr known = initializers.lookup(&tensor)) {
        entry->second.constant = known;
        return true;
      }
    return report(toElements(model, tensor, context, options.maxBytes, entry->second.constant));
  };
  for (const onnx::TensorProto &tensor : graph.initializer()) {
    ok &= bind(tensor, tensor.name());
    if (auto entry = target.names.find(tensor.name()); entry != target.names.end()) {
      initializers[&tensor] = entry->second.constant;
      entry->second.narrowBits = narrowBitsOf(tensor.data_type());
      if (auto variable = variables.find(&tensor); variable != variables.end())
        entry->second.variable = &variable->second;
    }
  }
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    ok &= bind(tensor, tensor.values().name());
  return ok;
}

/// Inputs that are parameters have no values of the file's.
void GraphImporter::bindInputParameters(const onnx::GraphProto &graph, NameScope &target) {
  for (const onnx::ValueInfoProto &info : graph.input()) {
    auto variable = variables.find(&info);
    if (variable == variables.end())
      continue;
    const onnx::TypeProto::Tensor &tensor = info.type().tensor_type();
    auto given = options.shapes.find(info.name());
    SmallVector<int64_t> shape;
    for (auto [i, dim] : llvm::enumerate(tensor.shape().dim()))
      shape.push_back(dim.dim_value() > 0 ? dim.dim_value() : given->second[i]);
    auto type = RankedTensorType::get(shape, elementTypeFor(context, tensor.elem_type()));
    double first = variable->second.first == FirstValue::Ones ? 1 : 0;
    Binding &binding = target.names[info.name()];
    binding.name = info.name();
    binding.constant = DenseElementsAttr::get(type, Attribute(FloatAttr::get(type.getElementType(), first)));
    binding.variable = &variable->second;
  }
}

// --- Unsupported operators -----------------------------------------------------------------------------------------------------------

namespace {
/// Visits every node of a model once, subgraphs and called functions included.
class NodeWalker {
public:
  NodeWalker(llvm::function_ref<const onnx::FunctionProto *(const onnx::NodeProto &)> findFunction,
             llvm::function_ref<void(const onnx::NodeProto &, const onnx::FunctionProto *)> visit)
      : findFunction(findFunction), visit(visit) {}

  /// False when graphs are nested too deeply.
  template <typename Field>
  bool walk(const Field &nodes, const onnx::FunctionProto *inside, int64_t depth = 0) {
    if (depth > kMaxGraphDepth)
      return false;
    for (const onnx::NodeProto &node : nodes) {
      if (const onnx::FunctionProto *callee = findFunction(node)) {
        if (seen.insert(callee).second && !walk(callee->node(), callee, depth + 1))
          return false;
      } else {
        visit(node, inside);
      }
      for (const onnx::AttributeProto &attribute : node.attribute()) {
        if (attribute.has_g() && !walk(attribute.g().node(), inside, depth + 1))
          return false;
        for (const onnx::GraphProto &graph : attribute.graphs())
          if (!walk(graph.node(), inside, depth + 1))
            return false;
      }
    }
    return true;
  }

private:
  llvm::function_ref<const onnx::FunctionProto *(const onnx::NodeProto &)> findFunction;
  llvm::function_ref<void(const onnx::NodeProto &, const onnx::FunctionProto *)> visit;
  llvm::SmallPtrSet<const onnx::FunctionProto *, 8> seen;
};
} // namespace

bool GraphImporter::reportUnsupported() {
  bool ok = true;
  auto visit = [&](const onnx::NodeProto &node, const onnx::FunctionProto *inside) {
    StringRef domain = canonicalDomain(node.domain());
    int64_t opset = opsetOf(domain);
    if (inside)
      for (const onnx::OperatorSetIdProto &set : inside->opset_import())
        if (canonicalDomain(set.domain()) == domain)
          opset = set.version();
    if (DecoderTable::get().find(domain, node.op_type(), opset))
      return;
    ok = false;
    Diagnostic d;
    d.kind = ErrorKind::Unsupported;
    d.file = model.getName().str();
    d.node = !node.name().empty() || node.output_size() == 0 ? node.name() : node.output(0);
    d.op = domain.empty() ? node.op_type() : (domain + ":" + node.op_type()).str();
    d.opset = opset;
    if (auto first = DecoderTable::get().firstVersion(domain, node.op_type())) {
      d.message = "this version of the operator is not supported";
      d.remedy = "export the model with opset " + std::to_string(*first) + " or newer";
    } else {
      d.message = "this operator is not supported";
      d.remedy = "replace it by supported ones, or define it as a function in the model";
    }
    diagnostics.add(std::move(d));
  };
  auto find = [&](const onnx::NodeProto &node) { return findFunction(node); };
  NodeWalker walker(find, visit);
  bool walked = walker.walk(model.getProto().graph().node(), nullptr);
  for (const onnx::TrainingInfoProto &training : model.getProto().training_info())
    if (options.algorithms)
      walked &= walker.walk(training.algorithm().node(), nullptr) && walker.walk(training.initialization().node(), nullptr);
  if (!walked)
    return report(Status::badInput("graphs or functions are nested more than " + Twine(kMaxGraphDepth) + " deep"));
  return ok;
}

// --- The main graph ------------------------------------------------------------------------------------------------------------------

bool GraphImporter::addArguments(ArrayRef<const onnx::GraphProto *> graphs, SmallVectorImpl<const onnx::ValueInfoProto *> &inputs,
                                 SmallVectorImpl<Type> &types, SmallVectorImpl<SmallVector<std::string>> &symbols) {
  bool ok = true;
  SmallVector<const onnx::ValueInfoProto *> infos;
  llvm::StringSet<> listed;
  for (const onnx::GraphProto *graph : graphs)
    for (const onnx::ValueInfoProto &info : graph->input())
      if (graphs.size() == 1 || listed.insert(info.name()).second) // an algorithm may list the model's inputs again
        infos.push_back(&info);
  std::map<std::string, int64_t> bound; // symbols given numbers by --shape
  for (const onnx::ValueInfoProto *pointer : infos) {
    const onnx::ValueInfoProto &info = *pointer;
    auto given = options.shapes.find(info.name());
    if (given == options.shapes.end())
      continue;
    const auto &shape = info.type().tensor_type().shape();
    for (int i = 0; i < shape.dim_size() && i < static_cast<int>(given->second.size()); ++i)
      if (shape.dim(i).has_dim_param() && !shape.dim(i).dim_param().empty() && given->second[i] >= 0)
        bound[shape.dim(i).dim_param()] = given->second[i];
  }
  // --shape may name what only another function of the module has.
  SmallVector<const onnx::ValueInfoProto *> everywhere(infos);
  for (const onnx::ValueInfoProto &info : model.getProto().graph().input())
    everywhere.push_back(&info);
  for (const onnx::TrainingInfoProto &training : model.getProto().training_info())
    for (const onnx::ValueInfoProto &info : training.algorithm().input())
      if (options.algorithms)
        everywhere.push_back(&info);
  auto isInput = [&](const std::string &name) {
    return llvm::any_of(everywhere, [&](const onnx::ValueInfoProto *info) { return info->name() == name; });
  };
  // A single size may also be that of a named dimension.
  llvm::StringSet<> symbolNames;
  for (const onnx::ValueInfoProto *info : everywhere)
    for (const auto &dim : info->type().tensor_type().shape().dim())
      if (auto given = options.shapes.find(dim.dim_param());
          given != options.shapes.end() && given->second.size() == 1 && !isInput(given->first)) {
        symbolNames.insert(given->first);
        if (given->second.front() >= 0)
          bound.try_emplace(given->first, given->second.front());
      }
  for (const onnx::ValueInfoProto *pointer : infos) {
    const onnx::ValueInfoProto &info = *pointer;
    // Until IR version 3 every initializer is also an input.
    if (scope->names.count(info.name()))
      continue;
    auto refuse = [&](bool isBad, const Twine &why) {
      ok = report({isBad ? ErrorKind::BadInput : ErrorKind::Unsupported, ("input '" + info.name() + "' " + why).str()});
    };
    if (info.name().empty()) {
      refuse(true, "has no name");
      continue;
    }
    if (!info.type().has_tensor_type()) {
      refuse(false, "is not a tensor, which is not supported");
      continue;
    }
    const onnx::TypeProto::Tensor &tensor = info.type().tensor_type();
    Type elementType = elementTypeFor(context, tensor.elem_type());
    if (!elementType) {
      refuse(false, "has elements of " + onnxTypeName(tensor.elem_type()) + ", which is not supported");
      continue;
    }
    auto given = options.shapes.find(info.name());
    if (!tensor.has_shape() && given == options.shapes.end()) {
      refuse(false, "has no rank; give its sizes with --shape " + info.name() + "=...");
      continue;
    }
    if (tensor.shape().dim_size() > kMaxRank) {
      refuse(false, "has rank " + Twine(tensor.shape().dim_size()) + "; at most " + Twine(kMaxRank) + " is supported");
      continue;
    }
    SmallVector<int64_t> shape;
    SmallVector<std::string> names;
    for (const auto &dim : tensor.shape().dim()) {
      if (dim.has_dim_value() && dim.dim_value() < 0 && dim.dim_value() != -1) {
        refuse(true, "has the negative size " + Twine(dim.dim_value()));
        break;
      }
      std::string symbol = dim.has_dim_param() ? dim.dim_param() : "";
      auto number = bound.find(symbol);
      if (dim.has_dim_value() && dim.dim_value() >= 0)
        shape.push_back(dim.dim_value());
      else
        shape.push_back(!symbol.empty() && number != bound.end() ? number->second : ShapedType::kDynamic);
      names.push_back(shape.back() == ShapedType::kDynamic ? symbol : "");
    }
    if (!tensor.has_shape()) {
      shape.assign(given->second.size(), ShapedType::kDynamic);
      names.assign(given->second.size(), "");
    }
    if (given != options.shapes.end()) {
      if (given->second.size() != shape.size()) {
        ok = report({ErrorKind::Usage, "--shape gives '" + info.name() + "' " + std::to_string(given->second.size()) +
                                           " sizes, but it has rank " + std::to_string(shape.size())});
        continue;
      }
      for (auto [i, size] : llvm::enumerate(given->second)) {
        if (size < 0)
          continue;
        if (shape[i] != ShapedType::kDynamic && shape[i] != size)
          ok = report({ErrorKind::Usage, "--shape gives dimension " + std::to_string(i) + " of '" + info.name() + "' size " +
                                             std::to_string(size) + ", but the model fixes it to " + std::to_string(shape[i])});
        shape[i] = size;
        names[i].clear();
      }
    }
    int64_t count = 1;
    for (int64_t size : shape)
      if (size != ShapedType::kDynamic && __builtin_mul_overflow(count, std::max<int64_t>(size, 1), &count))
        refuse(true, "has sizes whose product does not fit in 64 bits");
    if (count > options.maxBytes)
      refuse(true, "has more than " + Twine(options.maxBytes) + " elements, the limit");
    inputs.push_back(&info);
    types.push_back(RankedTensorType::get(shape, elementType));
    symbols.push_back(std::move(names));
  }
  for (const auto &given : options.shapes)
    if (!isInput(given.first) && !symbolNames.contains(given.first))
      ok = report({ErrorKind::Usage, "--shape names the input or dimension '" + given.first + "', which the model does not have"});
  return ok;
}

func::FuncOp GraphImporter::importFunction(ModuleOp module, const FunctionSource &function) {
  NameScope names;
  scope = &names;
  dims = DimTable(context);
  mode = function.mode;
  stepScalars.clear();
  assignments.clear();
  seeds.clear();
  nodeCount = 0;
  auto leave = llvm::scope_exit([&] { scope = nullptr; });

  SmallVector<const onnx::ValueInfoProto *> inputs;
  SmallVector<Type> types;
  SmallVector<SmallVector<std::string>> symbols;
  bool ok = true;
  for (const onnx::GraphProto *graph : function.graphs)
    ok &= bindInitializers(*graph, names);
  bindInputParameters(model.getProto().graph(), names);
  ok &= addArguments(function.graphs, inputs, types, symbols);
  if (!ok)
    return {};

  Location loc = NameLoc::get(StringAttr::get(context, function.name), FileLineColLoc::get(context, model.getName(), 0, 0));
  OpBuilder moduleBuilder = OpBuilder::atBlockEnd(module.getBody());
  auto func = func::FuncOp::create(moduleBuilder, loc, sanitizedName(function.name), FunctionType::get(context, types, {}));
  SmallVector<Location> argLocs;
  for (const onnx::ValueInfoProto *info : inputs)
    argLocs.push_back(NameLoc::get(StringAttr::get(context, info->name()), FileLineColLoc::get(context, model.getName(), 0, 0)));
  Block *body = new Block();
  func.getBody().push_back(body);
  body->addArguments(types, argLocs);
  entry = body;

  ImportBuilder b(loc, OpBuilder::atBlockEnd(body), dims, nullptr);
  // Each symbol is one value: the size of the first dimension that has its name.
  std::map<std::string, Dim> sizeOfSymbol;
  for (auto [i, info] : llvm::enumerate(inputs)) {
    auto [entryIt, isNew] = names.names.try_emplace(info->name());
    if (!isNew)
      ok = report(Status::badInput("the name '" + info->name() + "' is defined more than once"));
    Value arg = body->getArgument(i);
    entryIt->second.value = arg;
    entryIt->second.name = info->name();
    SmallVector<Attribute> symbolAttrs;
    for (auto [d, symbol] : llvm::enumerate(symbols[i])) {
      symbolAttrs.push_back(b.getStringAttr(symbol));
      if (symbol.empty())
        continue;
      auto [known, first] = sizeOfSymbol.try_emplace(symbol);
      if (first)
        known->second = b.size(arg, d);
      else
        dims.setSize(arg, d, known->second);
    }
    func.setArgAttr(i, "ingot.name", b.getStringAttr(info->name()));
    func.setArgAttr(i, "ingot.symbols", b.getArrayAttr(symbolAttrs));
  }
  if (!ok)
    return {};

  for (const onnx::GraphProto *graph : function.graphs)
    importGraphNodes(*graph, b);
  if (!diagnostics.empty() || (function.finish && !function.finish(b)))
    return {};

  SmallVector<Value> results;
  SmallVector<DictionaryAttr> resultAttrs;
  for (const onnx::ValueInfoProto *pointer : function.outputs) {
    const onnx::ValueInfoProto &info = *pointer;
    Binding *binding = find(info.name());
    if (!binding) {
      report(Status::badInput("the output '" + info.name() + "' is not defined"));
      return {};
    }
    Value value = valueOf(*binding);
    if (info.type().has_tensor_type() && info.type().tensor_type().elem_type() != onnx::TensorProto::UNDEFINED)
      if (Type declared = elementTypeFor(context, info.type().tensor_type().elem_type());
          declared && declared != elementTypeOf(value)) {
        report(Status::badInput("the output '" + info.name() + "' is declared with another element type than it has"));
        return {};
      }
    SmallVector<Attribute> symbolAttrs;
    SmallVector<Dim> sizes = b.sizes(value);
    if (static_cast<int64_t>(sizes.size()) > kMaxRank) {
      report(Status::unsupported("the output '" + info.name() + "' has rank " + Twine(sizes.size()) + "; at most " +
                                 Twine(kMaxRank) + " is supported"));
      return {};
    }
    for (Dim size : sizes) {
      StringRef symbol;
      for (auto &[name, known] : sizeOfSymbol)
        if (!ImportBuilder::known(size) && b.same(known, size))
          symbol = name;
      symbolAttrs.push_back(b.getStringAttr(symbol));
    }
    // What is known of the sizes but not yet in the type.
    value = b.castShape(value, b.tensorType(sizes, elementTypeOf(value)));
    results.push_back(value);
    resultAttrs.push_back(b.getDictionaryAttr({b.getNamedAttr("ingot.name", b.getStringAttr(info.name())),
                                               b.getNamedAttr("ingot.symbols", b.getArrayAttr(symbolAttrs))}));
  }
  func::ReturnOp::create(b, loc, results);
  func.setFunctionType(FunctionType::get(context, types, ValueRange(results).getTypes()));
  func.setAllResultAttrs(resultAttrs);

  // Shape arithmetic that no size needed any more.
  SmallVector<Operation *> order;
  func.walk<WalkOrder::PostOrder>([&](Operation *op) { order.push_back(op); });
  for (Operation *op : llvm::reverse(order))
    if (op != func && isOpTriviallyDead(op))
      op->erase();
  return func;
}

func::FuncOp GraphImporter::importMain(ModuleOp module, const ImportFunction &function) {
  const onnx::GraphProto &graph = model.getProto().graph();
  if (graph.output_size() == 0) {
    report(Status::badInput("the graph has no outputs"));
    return {};
  }
  FunctionSource source;
  source.name = !function.name.empty() ? function.name : graph.name().empty() ? "main" : graph.name();
  source.mode = function.mode;
  source.graphs = {&graph};
  for (const onnx::ValueInfoProto &info : graph.output())
    source.outputs.push_back(&info);
  return importFunction(module, source);
}

OwningOpRef<ModuleOp> GraphImporter::import() {
  // What MLIR itself finds wrong while ops are built becomes a diagnostic of the node at hand.
  ScopedDiagnosticHandler handler(context, [&](mlir::Diagnostic &d) {
    if (d.getSeverity() == DiagnosticSeverity::Error)
      mlirErrors.push_back(d.str());
    return success();
  });
  for (const onnx::FunctionProto &function : model.getProto().functions())
    if (!functions.try_emplace(functionKey(function.domain(), function.name(), function.overload()), &function).second)
      report(Status::badInput("the function '" + function.name() + "' is defined more than once"));
  if (!diagnostics.empty() || !reportUnsupported())
    return {};

  OwningOpRef<ModuleOp> module = ModuleOp::create(FileLineColLoc::get(context, model.getName(), 0, 0));
  auto callee = [&](const onnx::NodeProto &node) { return findFunction(node); };
  if (!report(findVariables(model.getProto(), options, callee, variables, weightInputs)))
    return {};
  for (const ImportFunction &function : options.functions)
    if (!importMain(*module, function))
      return {};
  if (options.algorithms && !importAlgorithms(*module))
    return {};
  mlirErrors.clear();
  if (failed(mlir::verify(*module))) {
    diagnostics.add(ErrorKind::Internal, model.getName(),
                    "the imported model is not well-formed: " + (mlirErrors.empty() ? "" : mlirErrors.front()),
                    "please report it with the model");
    return {};
  }
  return module;
}

// --- Nodes ---------------------------------------------------------------------------------------------------------------------------

void GraphImporter::importNodes(Nodes nodes, ImportBuilder &b) {
  Nodes saved = currentNodes;
  for (size_t i = 0; i < nodes.size(); ++i) {
    currentNodes = nodes.drop_front(i);
    importNode(*nodes[i], i, b);
  }
  currentNodes = saved;
}

void GraphImporter::importGraphNodes(const onnx::GraphProto &graph, ImportBuilder &b) {
  importNodes(pointersTo(graph.node()), b);
}

void GraphImporter::reportUndefined(NodeReader &reader, StringRef name, Nodes later) {
  for (const onnx::NodeProto *node : later)
    if (llvm::is_contained(node->output(), name.str()))
      return (void)reader.fail("its input '" + name + "' is used before it is defined: the nodes form a cycle or are not sorted");
  (void)reader.fail("its input '" + name + "' is not defined anywhere");
}

void GraphImporter::bindOutputs(const onnx::NodeProto &node, ArrayRef<Value> values) {
  for (int i = 0; i < node.output_size(); ++i) {
    if (node.output(i).empty())
      continue;
    Binding &binding = scope->names[node.output(i)];
    binding.name = node.output(i);
    binding.value = i < static_cast<int>(values.size()) ? values[i] : Value();
    binding.constant = {};
  }
}

bool GraphImporter::verifyNewOps(NodeReader &reader, Block *block, Operation *last) {
  Block::iterator it = last ? std::next(last->getIterator()) : block->begin();
  // A block under construction has no terminator yet, so its ops are verified one by one.
  for (; it != block->end(); ++it) {
    if (succeeded(mlir::verify(&*it, /*verifyRecursively=*/true)))
      continue;
    (void)reader.fail(mlirErrors.empty() ? "it is not well-formed" : Twine(mlirErrors.front()));
    return false;
  }
  return true;
}

void GraphImporter::importNode(const onnx::NodeProto &node, int64_t index, ImportBuilder &outer) {
  StringRef domain = canonicalDomain(node.domain());
  int64_t opset = opsetOf(domain);
  Location loc = locationOf(node, index, opset);
  auto name = cast<NameLoc>(isa<CallSiteLoc>(loc) ? cast<CallSiteLoc>(loc).getCallee() : loc);
  std::string text = name.getName().str() + " (" + cast<NameLoc>(name.getChildLoc()).getName().str() + ")";
  if (seenNodes.insert(text).second)
    nodes.push_back(text);
  NodeReader reader(*this, node, opset, loc);
  if (++nodeCount > kMaxNodes) {
    if (nodeCount == kMaxNodes + 1)
      (void)reader.fail("the model has more than " + Twine(kMaxNodes) + " nodes once its functions are inlined");
    return bindOutputs(node, {});
  }
  for (const std::string &name : node.input()) {
    if (name.empty())
      continue;
    Binding *binding = find(name);
    if (!binding)
      reportUndefined(reader, name, currentNodes);
    // After an error everything that depends on it is left out, and the rest still checked.
    if (!binding || binding->failed())
      return bindOutputs(node, {});
  }
  for (const std::string &name : node.output())
    if (!name.empty() && scope->names.count(name)) {
      (void)reader.fail("the name '" + name + "' is defined more than once");
      return bindOutputs(node, {});
    }

  ImportBuilder b(loc, outer, dims, &reader);
  reader.builder = &b;
  mlirErrors.clear();
  if (const onnx::FunctionProto *function = findFunction(node)) {
    if (!importCall(reader, *function, b))
      bindOutputs(node, {});
    outer.restoreInsertionPoint(b.saveInsertionPoint());
    return;
  }
  const Decoder *decoder = DecoderTable::get().find(domain, node.op_type(), opset);
  if (!decoder) // can only come from a version that a function asks for and its callers do not
    (void)reader.unsupported("this operator is not supported");
  if (!decoder || !checkSchema(reader))
    return bindOutputs(node, {});

  Block *block = b.getInsertionBlock();
  Operation *last = block->empty() ? nullptr : &block->back();
  SmallVector<Value> results;
  bool ok = true;
  if (auto values = evaluateShapeNode(reader, b)) {
    results = *values;
  } else {
    Decoded decoded = (*decoder)(reader, b);
    ok = decoded.succeeded();
    results.assign(decoded.values().begin(), decoded.values().end());
  }
  outer.restoreInsertionPoint(b.saveInsertionPoint());
  if (!ok && !reader.failed())
    (void)reader.fail(mlirErrors.empty() ? "it cannot be imported" : Twine(mlirErrors.front()));
  if (reader.failed() || !verifyNewOps(reader, block, last))
    return bindOutputs(node, {});
  for (int i = 0; i < node.output_size(); ++i)
    if (!node.output(i).empty() && (i >= static_cast<int>(results.size()) || !results[i])) {
      (void)reader.unsupported("its output " + Twine(i) + " is not supported");
      return bindOutputs(node, {});
    }
  bindOutputs(node, results);
}

// --- Functions and subgraphs ---------------------------------------------------------------------------------------------------------

/// Puts the caller's attributes (or the function's defaults) in the place of references to them.
static void resolveAttributes(onnx::NodeProto &node, const std::map<std::string, const onnx::AttributeProto *> &actuals) {
  auto *attributes = node.mutable_attribute();
  for (int i = attributes->size() - 1; i >= 0; --i) {
    onnx::AttributeProto &attribute = *attributes->Mutable(i);
    if (!attribute.ref_attr_name().empty()) {
      auto found = actuals.find(attribute.ref_attr_name());
      if (found == actuals.end()) {
        attributes->DeleteSubrange(i, 1);
        continue;
      }
      std::string name = attribute.name();
      attribute = *found->second;
      attribute.set_name(name);
    }
    if (attribute.has_g())
      for (onnx::NodeProto &inner : *attribute.mutable_g()->mutable_node())
        resolveAttributes(inner, actuals);
    for (onnx::GraphProto &graph : *attribute.mutable_graphs())
      for (onnx::NodeProto &inner : *graph.mutable_node())
        resolveAttributes(inner, actuals);
  }
}

bool GraphImporter::importCall(NodeReader &reader, const onnx::FunctionProto &function, ImportBuilder &b) {
  const onnx::NodeProto &node = reader.getProto();
  if (++callDepth > kMaxCallDepth) {
    --callDepth;
    return succeeded(reader.fail("functions call each other more than " + Twine(kMaxCallDepth) + " deep; is there a cycle?"));
  }
  auto leaveDepth = llvm::scope_exit([&] { --callDepth; });
  if (node.input_size() > function.input_size() || node.output_size() > function.output_size())
    return succeeded(reader.fail("it gives the function " + Twine(node.input_size()) + " inputs and takes " + Twine(node.output_size()) +
                                 " outputs, more than it has"));

  NameScope names;
  for (int i = 0; i < node.input_size(); ++i)
    if (!node.input(i).empty()) {
      Binding &actual = *find(node.input(i));
      // A variable keeps its own name.
      if (actual.variable)
        (void)valueOf(actual);
      names.names[function.input(i)] = actual;
      names.names[function.input(i)].name = function.input(i);
    }
  std::map<std::string, const onnx::AttributeProto *> actuals;
  for (const onnx::AttributeProto &attribute : function.attribute_proto())
    actuals[attribute.name()] = &attribute;
  for (const onnx::AttributeProto &attribute : node.attribute())
    actuals[attribute.name()] = &attribute;
  onnx::FunctionProto body = function;
  // An input that the caller leaves out is no input of the nodes inside either.
  llvm::StringMap<bool> absent;
  for (int i = 0; i < function.input_size(); ++i)
    if (i >= node.input_size() || node.input(i).empty())
      absent[function.input(i)] = true;
  for (onnx::NodeProto &inner : *body.mutable_node()) {
    resolveAttributes(inner, actuals);
    for (std::string &name : *inner.mutable_input())
      if (absent.count(name))
        name.clear();
  }

  Opsets innerOpsets = opsets;
  for (const onnx::OperatorSetIdProto &set : function.opset_import())
    innerOpsets[canonicalDomain(set.domain()).str()] = set.version();
  NameScope *outerScope = scope;
  auto outerSite = callSite;
  std::swap(opsets, innerOpsets);
  scope = &names;
  callSite = reader.location();
  importNodes(pointersTo(body.node()), b);
  SmallVector<Binding> results;
  bool ok = true;
  for (int i = 0; i < node.output_size(); ++i) {
    Binding *binding = find(function.output(i));
    if (!binding)
      ok = succeeded(reader.fail("the function does not define its output '" + function.output(i) + "'"));
    results.push_back(binding ? *binding : Binding());
  }
  scope = outerScope;
  callSite = outerSite;
  std::swap(opsets, innerOpsets);
  for (int i = 0; ok && i < node.output_size(); ++i)
    if (!node.output(i).empty()) {
      results[i].name = node.output(i);
      scope->names[node.output(i)] = results[i];
    }
  return ok;
}

FailureOr<SmallVector<Value>> GraphImporter::importSubgraph(NodeReader &node, const onnx::GraphProto &graph, ValueRange args,
                                                            ImportBuilder &b, bool sameBlock) {
  if (++graphDepth > kMaxGraphDepth) {
    --graphDepth;
    return node.fail("graphs are nested more than " + Twine(kMaxGraphDepth) + " deep");
  }
  auto leaveDepth = llvm::scope_exit([&] { --graphDepth; });
  NameScope names;
  names.outer = scope;
  std::optional<DimScope> dimScope;
  if (!sameBlock)
    dimScope.emplace(dims);
  size_t errors = diagnostics.all().size();
  if (!bindInitializers(graph, names))
    return failure();
  unsigned next = 0;
  for (const onnx::ValueInfoProto &info : graph.input()) {
    if (names.names.count(info.name()))
      continue;
    if (next == args.size())
      return node.fail("its graph takes more inputs than it is given");
    names.names[info.name()].value = args[next++];
    names.names[info.name()].name = info.name();
  }
  scope = &names;
  importNodes(pointersTo(graph.node()), b);
  SmallVector<Value> results;
  bool ok = true;
  for (const onnx::ValueInfoProto &info : graph.output()) {
    Binding *binding = find(info.name());
    if (!binding)
      ok = succeeded(node.fail("the output '" + info.name() + "' of its graph is not defined"));
    else
      results.push_back(valueOf(*binding));
    ok = ok && results.back();
  }
  scope = names.outer;
  // Errors inside have been reported where they are; the node itself only fails with them.
  if (!ok || diagnostics.all().size() != errors) {
    node.hasFailed = true;
    return failure();
  }
  return results;
}

} // namespace ingot

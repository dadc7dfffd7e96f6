//===- Decoder.cpp - One ONNX node and the table of its decoders --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Decoder.h"
#include "frontend/GraphImporter.h"
#include "frontend/ShapeValues.h"
#include "frontend/TensorData.h"

#include "frontend/proto/onnx.pb.h"

using namespace mlir;

namespace ingot {

NodeReader::NodeReader(GraphImporter &importer, const onnx::NodeProto &proto, int64_t opset, Location loc)
    : importer(importer), proto(proto), version(opset), loc(loc) {}

// --- Inputs --------------------------------------------------------------------------------------------------------------------------

bool NodeReader::hasInput(unsigned i) const { return i < static_cast<unsigned>(proto.input_size()) && !proto.input(i).empty(); }
unsigned NodeReader::numInputs() const { return proto.input_size(); }

Value NodeReader::input(unsigned i) {
  Binding *binding = hasInput(i) ? importer.find(proto.input(i)) : nullptr;
  return binding ? importer.valueOf(*binding) : Value();
}

Type NodeReader::inputElementType(unsigned i) {
  Binding *binding = hasInput(i) ? importer.find(proto.input(i)) : nullptr;
  if (!binding || binding->failed())
    return {};
  return binding->value ? elementTypeOf(binding->value) : binding->constant.getElementType();
}

int NodeReader::narrowBits(unsigned i) {
  Binding *binding = hasInput(i) ? importer.find(proto.input(i)) : nullptr;
  return binding ? binding->narrowBits : 0;
}

SmallVector<Value> NodeReader::inputs() {
  SmallVector<Value> result;
  for (unsigned i = 0; i < numInputs(); ++i)
    result.push_back(input(i));
  return result;
}

ElementsAttr NodeReader::constantInput(unsigned i) {
  Binding *binding = hasInput(i) ? importer.find(proto.input(i)) : nullptr;
  if (!binding || binding->failed() || binding->variable)
    return {};
  if (binding->constant)
    return binding->constant;
  auto op = binding->value.getDefiningOp<ConstantOp>();
  return op ? op.getValue() : ElementsAttr();
}

std::optional<SmallVector<int64_t>> NodeReader::constantInts(unsigned i) {
  if (ElementsAttr attr = constantInput(i))
    return readInts(attr);
  return std::nullopt;
}

std::optional<SmallVector<double>> NodeReader::constantFloats(unsigned i) {
  if (ElementsAttr attr = constantInput(i))
    return readFloats(attr);
  return std::nullopt;
}

std::optional<int64_t> NodeReader::constantInt(unsigned i) {
  ElementsAttr attr = constantInput(i);
  if (!attr || attr.getNumElements() != 1)
    return std::nullopt;
  return readInts(attr).front();
}

std::optional<double> NodeReader::constantFloat(unsigned i) {
  ElementsAttr attr = constantInput(i);
  if (!attr || attr.getNumElements() != 1)
    return std::nullopt;
  return readFloats(attr).front();
}

std::optional<HostTensor> NodeReader::hostInput(unsigned i) {
  if (ElementsAttr attr = constantInput(i))
    return hostTensorOf(attr);
  Value value = input(i);
  return value ? hostTensorOf(value) : std::nullopt;
}

FailureOr<Dims> NodeReader::shapeInput(unsigned i) {
  if (auto ints = constantInts(i))
    return builder->dimList(*ints);
  Value value = input(i);
  if (!value)
    return fail("its input " + Twine(i) + " is missing");
  if (!isa<IntegerType>(elementTypeOf(value)) || rankOf(value) > 1)
    return fail("its input " + Twine(i) + " must be a list of integers");
  if (!typeOf(value).hasStaticShape())
    return unsupported("the number of elements of its input " + Twine(i) + " is not known at compile time, so the rank of the result is not",
                       "fix the sizes of the model's inputs with --shape, or export the model with constant shapes");
  Dims result;
  for (int64_t k = 0; k < typeOf(value).getNumElements(); ++k)
    result.push_back(builder->extractDim(value, k));
  return result;
}

ParameterOp NodeReader::variable(unsigned i) {
  Value value = input(i);
  return value ? value.getDefiningOp<ParameterOp>() : ParameterOp();
}

ImportMode NodeReader::mode() const {
  return importer.getMode();
}

// --- Outputs -------------------------------------------------------------------------------------------------------------------------

unsigned NodeReader::numOutputs() const { return proto.output_size(); }
bool NodeReader::outputUsed(unsigned i) const { return i < numOutputs() && !proto.output(i).empty(); }

// --- Attributes ----------------------------------------------------------------------------------------------------------------------

const onnx::AttributeProto *NodeReader::find(StringRef name) const {
  for (const onnx::AttributeProto &attribute : proto.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

bool NodeReader::has(StringRef name) const { return find(name); }

std::optional<int64_t> NodeReader::i(StringRef name) {
  const onnx::AttributeProto *attribute = find(name);
  return attribute ? std::optional<int64_t>(attribute->i()) : std::nullopt;
}
int64_t NodeReader::i(StringRef name, int64_t defaultValue) { return i(name).value_or(defaultValue); }

std::optional<double> NodeReader::f(StringRef name) {
  const onnx::AttributeProto *attribute = find(name);
  return attribute ? std::optional<double>(attribute->f()) : std::nullopt;
}
double NodeReader::f(StringRef name, double defaultValue) { return f(name).value_or(defaultValue); }

StringRef NodeReader::s(StringRef name, StringRef defaultValue) {
  const onnx::AttributeProto *attribute = find(name);
  return attribute ? StringRef(attribute->s()) : defaultValue;
}

SmallVector<int64_t> NodeReader::ints(StringRef name, ArrayRef<int64_t> defaultValue) {
  const onnx::AttributeProto *attribute = find(name);
  return attribute ? SmallVector<int64_t>(attribute->ints().begin(), attribute->ints().end()) : SmallVector<int64_t>(defaultValue);
}

SmallVector<double> NodeReader::floats(StringRef name, ArrayRef<double> defaultValue) {
  const onnx::AttributeProto *attribute = find(name);
  return attribute ? SmallVector<double>(attribute->floats().begin(), attribute->floats().end()) : SmallVector<double>(defaultValue);
}

SmallVector<StringRef> NodeReader::strings(StringRef name) {
  SmallVector<StringRef> result;
  if (const onnx::AttributeProto *attribute = find(name))
    for (const std::string &value : attribute->strings())
      result.push_back(value);
  return result;
}

ElementsAttr NodeReader::tensor(StringRef name) {
  const onnx::AttributeProto *attribute = find(name);
  if (!attribute)
    return {};
  return attribute->has_sparse_tensor() ? importer.sparseAttr(*this, attribute->sparse_tensor()) : importer.tensorAttr(*this, attribute->t());
}

const onnx::GraphProto *NodeReader::graph(StringRef name) {
  const onnx::AttributeProto *attribute = find(name);
  return attribute && attribute->has_g() ? &attribute->g() : nullptr;
}

Type NodeReader::dtype(int64_t onnxType) {
  if (Type type = elementTypeFor(context(), onnxType))
    return type;
  if (!onnx::TensorProto::DataType_IsValid(static_cast<int>(onnxType)))
    (void)fail("there is no data type " + Twine(onnxType));
  else
    (void)unsupported("elements of " + onnxTypeName(onnxType) + " are not supported");
  return Float32Type::get(context());
}

int64_t NodeReader::normalizeAxis(int64_t axis, int64_t rank) {
  int64_t result = axis < 0 ? axis + rank : axis;
  if (result >= 0 && result < rank)
    return result;
  (void)fail("axis " + Twine(axis) + " is out of range for rank " + Twine(rank));
  return 0;
}

int64_t NodeReader::axis(StringRef name, int64_t defaultValue, int64_t rank) { return normalizeAxis(i(name, defaultValue), rank); }

SmallVector<int64_t> NodeReader::normalizeAxes(ArrayRef<int64_t> axes, int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t axis : axes) {
    int64_t normal = normalizeAxis(axis, rank);
    if (llvm::is_contained(result, normal))
      (void)fail("axis " + Twine(axis) + " is given more than once");
    else
      result.push_back(normal);
  }
  llvm::sort(result);
  return result;
}

// --- Subgraphs -----------------------------------------------------------------------------------------------------------------------

unsigned NodeReader::numGraphInputs(const onnx::GraphProto &graph) { return graph.input_size(); }
unsigned NodeReader::numGraphOutputs(const onnx::GraphProto &graph) { return graph.output_size(); }

RankedTensorType NodeReader::graphInputType(const onnx::GraphProto &graph, unsigned i) {
  return static_cast<int>(i) < graph.input_size() ? importer.declaredType(graph.input(i)) : RankedTensorType();
}

RankedTensorType NodeReader::graphOutputType(const onnx::GraphProto &graph, unsigned i) {
  return static_cast<int>(i) < graph.output_size() ? importer.declaredType(graph.output(i)) : RankedTensorType();
}

FailureOr<SmallVector<Value>> NodeReader::importSubgraph(const onnx::GraphProto &graph, ValueRange args, ImportBuilder &b, bool sameBlock) {
  return importer.importSubgraph(*this, graph, args, b, sameBlock);
}

// --- The node ------------------------------------------------------------------------------------------------------------------------

StringRef NodeReader::op() const { return proto.op_type(); }
StringRef NodeReader::domain() const { return canonicalDomain(proto.domain()); }

StringRef NodeReader::name() const {
  if (!proto.name().empty())
    return proto.name();
  for (const std::string &output : proto.output())
    if (!output.empty())
      return output;
  return "";
}

static void report(NodeReader &node, ErrorKind kind, const Twine &message, const Twine &remedy) {
  Diagnostic d;
  d.kind = kind;
  d.file = node.getImporter().fileName().str();
  d.node = node.name().str();
  d.op = node.domain().empty() ? node.op().str() : (node.domain() + ":" + node.op()).str();
  d.opset = node.opset();
  d.message = message.str();
  d.remedy = remedy.str();
  node.getImporter().getDiagnostics().add(std::move(d));
}

// Only the first error of a node counts: what follows it mostly follows from it.
LogicalResult NodeReader::fail(const Twine &message, const Twine &remedy) {
  if (!hasFailed)
    report(*this, ErrorKind::BadInput, message, remedy);
  hasFailed = true;
  return failure();
}

LogicalResult NodeReader::unsupported(const Twine &message, const Twine &remedy) {
  if (!hasFailed)
    report(*this, ErrorKind::Unsupported, message, remedy);
  hasFailed = true;
  return failure();
}

bool NodeReader::checkRank(Value v, int64_t low, int64_t high) {
  if (rankOf(v) >= low && rankOf(v) <= high)
    return true;
  if (low == high)
    (void)fail("an input has rank " + Twine(rankOf(v)) + " where rank " + Twine(low) + " is needed");
  else
    (void)fail("an input has rank " + Twine(rankOf(v)) + ", which is out of range");
  return false;
}

// --- DecoderTable --------------------------------------------------------------------------------------------------------------------

void DecoderTable::on(StringRef domain, StringRef op, int64_t since, Decoder decoder) {
  decoders[(domain + ":" + op).str()][since] = std::move(decoder);
}

const Decoder *DecoderTable::find(StringRef domain, StringRef op, int64_t opset) const {
  auto found = decoders.find((domain + ":" + op).str());
  if (found == decoders.end())
    return nullptr;
  auto after = found->second.upper_bound(opset);
  return after == found->second.begin() ? nullptr : &std::prev(after)->second;
}

std::optional<int64_t> DecoderTable::firstVersion(StringRef domain, StringRef op) const {
  auto found = decoders.find((domain + ":" + op).str());
  return found == decoders.end() ? std::nullopt : std::optional<int64_t>(found->second.begin()->first);
}

const DecoderTable &DecoderTable::get() {
  static const DecoderTable table = [] {
    DecoderTable t;
    registerElementwise(t);
    registerMovement(t);
    registerIndexing(t);
    registerResampling(t);
    registerRandom(t);
    registerContraction(t);
    registerConvolution(t);
    registerPooling(t);
    registerNormalization(t);
    registerRecurrent(t);
    registerLinearAttention(t);
    registerControlFlow(t);
    registerQuantization(t);
    registerSignal(t);
    registerReduction(t);
    registerContrib(t);
    registerTraining(t);
    registerRegions(t);
    return t;
  }();
  return table;
}

} // namespace ingot

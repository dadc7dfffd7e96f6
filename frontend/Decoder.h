//===- Decoder.h - One ONNX node and the table of its decoders --*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A decoder turns one node into `ingot` ops:
//
//     static Decoded softmax(NodeReader &node, ImportBuilder &b) {
//       Value x = node.input(0);
//       return b.create<SoftmaxOp>(x, node.axis("axis", /*defaultValue=*/-1, rankOf(x)));
//     }
//     void registerNormalization(DecoderTable &table) { table.on("Softmax", /*since=*/13, softmax); }
//
// Before a decoder runs, the node has been checked against ONNX's schema of its version: required inputs are there, attributes have the
// right kind, inputs that share a type variable have the same element type. What a decoder asks of ranks and sizes it checks itself.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_DECODER_H
#define INGOT_FRONTEND_DECODER_H

#include "frontend/ImportBuilder.h"
#include "utils/support/Diagnostics.h"

#include "llvm/ADT/StringMap.h"

#include <functional>
#include <map>

namespace onnx {
class AttributeProto;
class GraphProto;
class NodeProto;
} // namespace onnx

namespace ingot {

class GraphImporter;
enum class ImportMode;

/// A small tensor of rank 0 or 1 whose elements are known one by one: attributes (IntegerAttr of index type, FloatAttr of f64, BoolAttr)
/// or scalar values of type index, f64 or i1.
struct HostTensor {
  mlir::Type elementType; ///< of the tensor it stands for
  bool isScalar = false;  ///< rank 0
  llvm::SmallVector<mlir::OpFoldResult> elements;
};

/// The results of a node, or failure (which has been reported).
class Decoded {
public:
  Decoded(mlir::Value value) : ok(static_cast<bool>(value)), results{value} {}
  Decoded(llvm::SmallVector<mlir::Value> values) : ok(true), results(std::move(values)) {}
  Decoded(mlir::ValueRange values) : ok(true), results(values.begin(), values.end()) {}
  Decoded(mlir::OpResult value) : Decoded(mlir::Value(value)) {}
  Decoded(mlir::Operation::result_range values) : ok(true), results(values.begin(), values.end()) {}
  Decoded(llvm::LogicalResult result) : ok(llvm::succeeded(result)) {}
  Decoded(llvm::FailureOr<mlir::Value> value) : ok(llvm::succeeded(value)) {
    if (ok)
      results.push_back(*value);
  }
  Decoded(llvm::FailureOr<llvm::SmallVector<mlir::Value>> values) : ok(llvm::succeeded(values)) {
    if (ok)
      results = std::move(*values);
  }

  bool succeeded() const { return ok; }
  llvm::ArrayRef<mlir::Value> values() const { return results; }

private:
  bool ok;
  llvm::SmallVector<mlir::Value> results;
};

class NodeReader {
public:
  NodeReader(GraphImporter &importer, const onnx::NodeProto &proto, int64_t opset, mlir::Location loc);

  // --- Inputs ------------------------------------------------------------------------------------------------------------------------

  /// Null for an optional input that is not there.
  mlir::Value input(unsigned i);
  bool hasInput(unsigned i) const;
  unsigned numInputs() const;
  /// Without making a constant a value.
  mlir::Type inputElementType(unsigned i);
  /// 2 or 4 for an initializer of such integers, which are bytes here; else 0.
  int narrowBits(unsigned i);
  /// All inputs, for variadic operators.
  llvm::SmallVector<mlir::Value> inputs();
  /// The constant, when the input is known at import; else null.
  mlir::ElementsAttr constantInput(unsigned i);
  /// Its elements in row-major order, whatever the element type. `std::nullopt` when the input is not there or not constant.
  std::optional<llvm::SmallVector<int64_t>> constantInts(unsigned i);
  std::optional<llvm::SmallVector<double>> constantFloats(unsigned i);
  /// A one-element constant.
  std::optional<int64_t> constantInt(unsigned i);
  std::optional<double> constantFloat(unsigned i);
  /// An integer tensor of rank 0 or 1 and static size as sizes; elements that are not known are extracted at run time. Reports an
  /// unknown number of elements.
  llvm::FailureOr<Dims> shapeInput(unsigned i);
  /// Elements as far as import knows them.
  std::optional<HostTensor> hostInput(unsigned i);

  /// The variable that the input is, or null.
  ParameterOp variable(unsigned i);

  // --- Outputs -----------------------------------------------------------------------------------------------------------------------

  unsigned numOutputs() const;
  /// Whether output i has a name.
  bool outputUsed(unsigned i) const;

  // --- Attributes --------------------------------------------------------------------------------------------------------------------

  bool has(llvm::StringRef name) const;
  int64_t i(llvm::StringRef name, int64_t defaultValue);
  std::optional<int64_t> i(llvm::StringRef name);
  double f(llvm::StringRef name, double defaultValue);
  std::optional<double> f(llvm::StringRef name);
  llvm::StringRef s(llvm::StringRef name, llvm::StringRef defaultValue = "");
  llvm::SmallVector<int64_t> ints(llvm::StringRef name, llvm::ArrayRef<int64_t> defaultValue = {});
  llvm::SmallVector<double> floats(llvm::StringRef name, llvm::ArrayRef<double> defaultValue = {});
  llvm::SmallVector<llvm::StringRef> strings(llvm::StringRef name);
  /// Null if it is not there.
  mlir::ElementsAttr tensor(llvm::StringRef name);
  const onnx::GraphProto *graph(llvm::StringRef name);
  /// An ONNX data type number (as of Cast's `to`) as element type; reports one that is not supported and returns f32.
  mlir::Type dtype(int64_t onnxType);
  /// An axis in [0, rank): negative ones count from the end, a bad one is reported and read as 0.
  int64_t axis(llvm::StringRef name, int64_t defaultValue, int64_t rank);
  /// The same for a number from elsewhere.
  int64_t normalizeAxis(int64_t axis, int64_t rank);
  /// Sorted; reports duplicates.
  llvm::SmallVector<int64_t> normalizeAxes(llvm::ArrayRef<int64_t> axes, int64_t rank);

  // --- Subgraphs ---------------------------------------------------------------------------------------------------------------------

  /// Number of formal inputs and outputs.
  static unsigned numGraphInputs(const onnx::GraphProto &graph);
  static unsigned numGraphOutputs(const onnx::GraphProto &graph);
  /// Declared type of a formal input or output as far as it says one of a tensor (unknown rank: null). A hint, never to be trusted.
  mlir::RankedTensorType graphInputType(const onnx::GraphProto &graph, unsigned i);
  mlir::RankedTensorType graphOutputType(const onnx::GraphProto &graph, unsigned i);
  /// Imports a subgraph's nodes at the builder's insertion point with `args` for its formal inputs; names of outer scopes are seen.
  /// Sizes computed inside are forgotten afterwards, as they do not dominate what follows; with `sameBlock` (a branch known to be taken)
  /// they are kept.
  llvm::FailureOr<llvm::SmallVector<mlir::Value>> importSubgraph(const onnx::GraphProto &graph, mlir::ValueRange args, ImportBuilder &b,
                                                                 bool sameBlock = false);

  // --- The node ----------------------------------------------------------------------------------------------------------------------

  /// How nodes that training changes are read.
  ImportMode mode() const;
  llvm::StringRef op() const;
  llvm::StringRef domain() const;
  int64_t opset() const { return version; }
  llvm::StringRef name() const;
  mlir::Location location() const { return loc; }
  mlir::MLIRContext *context() const { return loc.getContext(); }

  /// The model breaks ONNX's rules. Names the file, the node, its op and opset; `remedy` says what to do.
  llvm::LogicalResult fail(const llvm::Twine &message, const llvm::Twine &remedy = "");
  /// The model is right, but Ingot cannot compile it.
  llvm::LogicalResult unsupported(const llvm::Twine &message, const llvm::Twine &remedy = "");
  bool failed() const { return hasFailed; }
  /// Reports a rank outside [low, high]; true if it is fine.
  bool checkRank(mlir::Value v, int64_t low, int64_t high = 64);
  bool check(bool condition, const llvm::Twine &message) { return condition || llvm::succeeded(fail(message)); }

  GraphImporter &getImporter() { return importer; }
  const onnx::NodeProto &getProto() const { return proto; }

private:
  const onnx::AttributeProto *find(llvm::StringRef name) const;

  GraphImporter &importer;
  const onnx::NodeProto &proto;
  int64_t version;
  mlir::Location loc;
  bool hasFailed = false;
  ImportBuilder *builder = nullptr; // set while the node is decoded

  friend class GraphImporter;
};

using Decoder = std::function<Decoded(NodeReader &, ImportBuilder &)>;

/// Decoders by domain, operator and the opset from which on they hold.
class DecoderTable {
public:
  /// ONNX's own domain.
  void on(llvm::StringRef op, int64_t since, Decoder decoder) { on("", op, since, std::move(decoder)); }
  void on(llvm::StringRef domain, llvm::StringRef op, int64_t since, Decoder decoder);

  /// The newest decoder that is not newer than `opset`; null if there is none.
  const Decoder *find(llvm::StringRef domain, llvm::StringRef op, int64_t opset) const;
  /// The lowest opset with a decoder, if there is any.
  std::optional<int64_t> firstVersion(llvm::StringRef domain, llvm::StringRef op) const;

  /// All decoders there are.
  static const DecoderTable &get();

private:
  llvm::StringMap<std::map<int64_t, Decoder>> decoders; // by "domain:op"
};

void registerElementwise(DecoderTable &table);
void registerMovement(DecoderTable &table);
void registerIndexing(DecoderTable &table);
void registerResampling(DecoderTable &table);
void registerRandom(DecoderTable &table);
void registerContraction(DecoderTable &table);
void registerConvolution(DecoderTable &table);
void registerPooling(DecoderTable &table);
void registerNormalization(DecoderTable &table);
void registerRecurrent(DecoderTable &table);
void registerLinearAttention(DecoderTable &table);
void registerControlFlow(DecoderTable &table);
void registerQuantization(DecoderTable &table);
void registerReduction(DecoderTable &table);
void registerContrib(DecoderTable &table);
void registerSignal(DecoderTable &table);
void registerTraining(DecoderTable &table);
void registerRegions(DecoderTable &table);

} // namespace ingot

#endif // INGOT_FRONTEND_DECODER_H

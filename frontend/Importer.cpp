//===- Importer.cpp - From an ONNX model to the ingot dialect -----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Importer.h"
#include "frontend/GraphImporter.h"
#include "frontend/TensorData.h"

#include "frontend/proto/onnx.pb.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace ingot {

void loadImportDialects(MLIRContext &context) {
  context.loadDialect<IngotDialect, arith::ArithDialect, func::FuncDialect, scf::SCFDialect, tensor::TensorDialect>();
}

static Status openModel(const ImportOptions &options, std::unique_ptr<Model> &model) {
  return options.memory ? Model::parse(*options.memory, options.path.empty() ? "model" : options.path, model)
                        : Model::open(options.path, model);
}

ImportResult importModel(const ImportOptions &options, MLIRContext &context) {
  loadImportDialects(context);
  ImportResult result;
  std::unique_ptr<Model> model;
  if (Status status = openModel(options, model); !status.ok()) {
    result.diagnostics.add(status.kind, llvm::sys::path::filename(options.path), status.message);
    return result;
  }
  GraphImporter importer(*model, options, &context, result.diagnostics);
  result.module = importer.import();
  result.nodes = importer.takeNodes();
  result.algorithms = importer.takeAlgorithms();
  result.weightInputs = importer.takeWeightInputs();
  return result;
}

static ValueSummary summarize(const onnx::ValueInfoProto &info) {
  ValueSummary summary;
  summary.name = info.name();
  summary.type = "?";
  if (!info.type().has_tensor_type())
    return summary;
  const onnx::TypeProto::Tensor &tensor = info.type().tensor_type();
  summary.type = llvm::StringRef(onnxTypeName(tensor.elem_type())).lower();
  if (summary.type == "float" || summary.type == "double")
    summary.type = summary.type == "float" ? "float32" : "float64";
  summary.ranked = tensor.has_shape();
  for (const auto &dim : tensor.shape().dim()) {
    if (dim.has_dim_value())
      summary.dims.push_back(std::to_string(dim.dim_value()));
    else
      summary.dims.push_back(dim.dim_param().empty() ? "?" : dim.dim_param());
  }
  return summary;
}

static int64_t countBytes(Model &model, const onnx::TensorProto &tensor) {
  TensorBytes bytes;
  int64_t count = model.getBytes(tensor, bytes).ok() ? bytes.data.size() : 0;
  return count + 4 * tensor.float_data_size() + 8 * tensor.int64_data_size() + 4 * tensor.int32_data_size() +
         8 * tensor.double_data_size() + 8 * tensor.uint64_data_size();
}

/// Counts nodes by operator, and the bytes of constants in them.
static void countNodes(Model &model, const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes, ModelSummary &summary, int depth) {
  if (depth > 64)
    return;
  for (const onnx::NodeProto &node : nodes) {
    llvm::StringRef domain = canonicalDomain(node.domain());
    ++summary.operators[domain.empty() ? node.op_type() : (domain + ":" + node.op_type()).str()];
    for (const onnx::AttributeProto &attribute : node.attribute()) {
      if (attribute.has_t())
        summary.parameterBytes += countBytes(model, attribute.t());
      if (!attribute.has_g())
        continue;
      for (const onnx::TensorProto &tensor : attribute.g().initializer())
        summary.parameterBytes += countBytes(model, tensor);
      countNodes(model, attribute.g().node(), summary, depth + 1);
    }
  }
}

Status summarizeModel(const std::string &path, ModelSummary &summary) {
  std::unique_ptr<Model> model;
  if (Status status = Model::open(path, model); !status.ok())
    return status;
  const onnx::ModelProto &proto = model->getProto();
  summary.name = proto.graph().name();
  summary.producer = proto.producer_name() + (proto.producer_version().empty() ? "" : " " + proto.producer_version());
  summary.irVersion = proto.ir_version();
  for (const onnx::OperatorSetIdProto &set : proto.opset_import())
    summary.opsets.emplace_back(canonicalDomain(set.domain()).str(), set.version());
  llvm::StringMap<bool> initializers;
  for (const onnx::TensorProto &tensor : proto.graph().initializer()) {
    initializers[tensor.name()] = true;
    summary.parameterBytes += countBytes(*model, tensor);
  }
  for (const onnx::ValueInfoProto &info : proto.graph().input())
    if (!initializers.count(info.name()))
      summary.inputs.push_back(summarize(info));
  for (const onnx::ValueInfoProto &info : proto.graph().output())
    summary.outputs.push_back(summarize(info));
  countNodes(*model, proto.graph().node(), summary, 0);
  for (const onnx::FunctionProto &function : proto.functions())
    countNodes(*model, function.node(), summary, 0);
  return Status::success();
}

} // namespace ingot

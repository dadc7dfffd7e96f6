//===- ModelReader.cpp - A model file, read and checked -----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/ModelReader.h"
#include "frontend/WireFormat.h"

#include "frontend/proto/onnx.pb.h"

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "llvm/Support/Path.h"

namespace ingot {

Model::Model() : proto(std::make_unique<onnx::ModelProto>()) {}
Model::~Model() = default;

Status Model::open(llvm::StringRef path, std::unique_ptr<Model> &model) {
  std::shared_ptr<MappedFile> file;
  if (Status status = MappedFile::open(path, file); !status.ok())
    return status;
  std::unique_ptr<Model> result(new Model());
  result->name = llvm::sys::path::filename(path).str();
  result->folder = llvm::sys::path::parent_path(path).str();
  result->hasFolder = true;
  result->owner = file;
  if (Status status = result->read(file->bytes()); !status.ok())
    return status;
  model = std::move(result);
  return Status::success();
}

Status Model::parse(llvm::ArrayRef<char> bytes, llvm::StringRef name, std::unique_ptr<Model> &model) {
  auto copy = std::make_shared<std::vector<char>>(bytes.begin(), bytes.end());
  std::unique_ptr<Model> result(new Model());
  result->name = name.str();
  result->owner = copy;
  if (Status status = result->read(*copy); !status.ok())
    return status;
  model = std::move(result);
  return Status::success();
}

Status Model::read(llvm::ArrayRef<char> bytes) {
  fileBytes = bytes;
  if (bytes.empty())
    return Status::badInput("the file is empty");
  std::string message;
  if (Status status = separateTensorData(bytes, message); !status.ok())
    return status;
  google::protobuf::io::ArrayInputStream stream(message.data(), static_cast<int>(std::min<size_t>(message.size(), INT_MAX)));
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetRecursionLimit(200);
  if (message.size() > INT_MAX)
    return Status::badInput("the file holds more than 2 GiB besides raw tensor data; store weights as raw_data or external data");
  if (!proto->ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage())
    return Status::badInput("not a valid ONNX file: its fields cannot be parsed");
  if (!proto->has_ir_version() && !proto->has_graph() && proto->opset_import_size() == 0)
    return Status::badInput("not an ONNX model: it has neither an IR version nor a graph");
  if (!proto->has_graph())
    return Status::badInput("the model has no graph (truncated?)");
  if (proto->ir_version() < 1)
    return Status::badInput("the model has no valid IR version");
  if (proto->ir_version() > kMaxIrVersion)
    return Status::unsupported("IR version " + llvm::Twine(proto->ir_version()) + " is newer than " + llvm::Twine(kMaxIrVersion) +
                               ", the newest one known; export the model with an older version");
  if (proto->opset_import_size() == 0 && proto->ir_version() >= 3)
    return Status::badInput("the model does not say which operator sets it uses (truncated?)");
  for (const onnx::OperatorSetIdProto &set : proto->opset_import()) {
    bool own = set.domain().empty() || set.domain() == "ai.onnx";
    if (set.version() < 1 && own)
      return Status::badInput("the model has no valid opset version");
    if (own && set.version() > kMaxOpset)
      return Status::unsupported("opset " + llvm::Twine(set.version()) + " is newer than " + llvm::Twine(kMaxOpset) +
                                 ", the newest one known; export the model with an older opset");
  }
  return Status::success();
}

Status Model::getBytes(const onnx::TensorProto &tensor, TensorBytes &bytes) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL)
    return getExternal(tensor, bytes);
  if (tensor.has_mapped_offset()) {
    if (tensor.mapped_offset() > fileBytes.size() || tensor.mapped_length() > fileBytes.size() - tensor.mapped_offset())
      return Status::badInput("tensor '" + tensor.name() + "' lies outside the file");
    bytes = {fileBytes.slice(tensor.mapped_offset(), tensor.mapped_length()), owner};
  } else {
    bytes = {llvm::ArrayRef<char>(tensor.raw_data().data(), tensor.raw_data().size()), nullptr};
  }
  return Status::success();
}

Status Model::getExternal(const onnx::TensorProto &tensor, TensorBytes &bytes) {
  auto refuse = [&](const llvm::Twine &why) { return Status::badInput("external data of tensor '" + tensor.name() + "' " + why); };
  if (!hasFolder)
    return refuse("cannot be found: the model was read from memory");
  std::string location;
  uint64_t offset = 0, length = 0;
  bool hasLength = false;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    llvm::StringRef value = entry.value();
    if (entry.key() == "location")
      location = entry.value();
    else if (entry.key() == "offset" && value.getAsInteger(10, offset))
      return refuse("has a wrong offset '" + value + "'");
    else if (entry.key() == "length" && (hasLength = true) && value.getAsInteger(10, length))
      return refuse("has a wrong length '" + value + "'");
  }
  std::shared_ptr<MappedFile> &file = externalFiles[location];
  if (!file)
    if (Status status = MappedFile::openBeneath(folder, location, file); !status.ok()) {
      externalFiles.erase(location);
      return status;
    }
  size_t size = file->bytes().size();
  if (offset > size || (hasLength && length > size - offset))
    return refuse("lies beyond the end of '" + location + "', which has " + llvm::Twine(size) + " bytes");
  bytes = {file->bytes().slice(offset, hasLength ? length : size - offset), file};
  return Status::success();
}

} // namespace ingot

//===- ModelWriter.cpp - Trained values back into the model's file ------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Works on the fields of the file, not on a parsed message: what is not changed is a slice of the mapped input, however large, and
// a message is only put together anew where a tensor in it changes.
//
//===----------------------------------------------------------------------===//

#include "frontend/ModelWriter.h"
#include "frontend/ModelReader.h"
#include "frontend/Variables.h"
#include "frontend/WireFormat.h"

#include "frontend/proto/onnx.pb.h"
#include "utils/support/MappedFile.h"
#include "utils/support/Npz.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <deque>
#include <set>

using namespace llvm;

namespace ingot {
namespace {

/// Bytes put together from slices of other memory.
class Rope {
public:
  void append(ArrayRef<char> bytes) {
    if (bytes.empty())
      return;
    size += bytes.size();
    if (!pieces.empty() && pieces.back().end() == bytes.begin())
      pieces.back() = ArrayRef(pieces.back().begin(), bytes.end());
    else
      pieces.push_back(bytes);
  }
  void append(const Rope &other) {
    for (ArrayRef<char> piece : other.pieces)
      append(piece);
  }
  void write(raw_ostream &out) const {
    for (ArrayRef<char> piece : pieces)
      out.write(piece.data(), piece.size());
  }

  SmallVector<ArrayRef<char>> pieces;
  uint64_t size = 0;
};

/// The external data of the new file, in the order in which it is written.
struct ExternalFile {
  constexpr static uint64_t alignment = 4096; // of every tensor, so that it can be mapped

  std::string location;
  std::vector<std::pair<uint64_t, ArrayRef<char>>> parts;
  std::vector<std::shared_ptr<const void>> owners;
  uint64_t size = 0;

  uint64_t add(ArrayRef<char> bytes) {
    uint64_t offset = (size + alignment - 1) / alignment * alignment;
    parts.push_back({offset, bytes});
    size = offset + bytes.size();
    return offset;
  }
};

// Fields of onnx.proto.
enum : uint64_t {
  kInitializer = 5,
  kNodeOutput = 2,
  kNodeOperator = 4,
  kAlgorithm = 2,
  kDims = 1,
  kDataType = 2,
  kRawData = 9,
  kName = 8,
  kExternalData = 13,
  kDataLocation = 14
};
bool holdsData(uint64_t field) {
  return is_contained({4, 5, 6, 7, 9, 10, 11}, field) || field == kExternalData;
}

class Writer {
public:
  Writer(Model &model, ArrayRef<TrainedTensor> tensors, const WriteOptions &options, std::string location)
      : model(model), options(options) {
    external.location = std::move(location);
    for (const TrainedTensor &tensor : tensors)
      byName[tensor.name] = &tensor;
  }

  /// Which tensor of the file each variable is.
  Status findTargets();
  Status rewrite(ArrayRef<char> file, Rope &out) {
    bool isChanged = false;
    return message(file, WireMessage::Model, {}, 0, out, isChanged);
  }

  ExternalFile external;

private:
  /// Where in the file a message is.
  struct Place {
    int graph = -1;     ///< 0: the model's graph, n: that of the n-th training algorithm, -1: another
    StringRef constant; ///< the output of the Constant node around it
  };

  Status message(ArrayRef<char> bytes, WireMessage kind, Place place, int depth, Rope &out, bool &isChanged);
  Status tensor(ArrayRef<char> bytes, const TrainedTensor *value, Rope &out, bool &isChanged);
  void addInitializers(Rope &out, bool &isChanged);
  const TrainedTensor *targetAt(Place place, StringRef name) const {
    auto found = targets.find({place.graph, name.str()});
    return found == targets.end() ? nullptr : found->second;
  }
  ArrayRef<char> own(std::string text) {
    texts.push_back(std::move(text));
    return {texts.back().data(), texts.back().size()};
  }
  /// Tag and length of a field of bytes.
  ArrayRef<char> header(uint64_t field, uint64_t length) {
    std::string text;
    writeVarint(text, field << 3 | 2);
    writeVarint(text, length);
    return own(std::move(text));
  }

  Model &model;
  const WriteOptions &options;
  StringMap<const TrainedTensor *> byName;
  std::map<std::pair<int, std::string>, const TrainedTensor *> targets; // by graph and initializer or output of a Constant node
  std::vector<const TrainedTensor *> added;                             // inputs, which had no value
  std::deque<std::string> texts;
  int trainings = 0;
};

Status Writer::findTargets() {
  const onnx::ModelProto &proto = model.getProto();
  ImportOptions import;
  import.algorithms = proto.training_info_size() > 0;
  Variables variables;
  auto noFunction = [](const onnx::NodeProto &) -> const onnx::FunctionProto * { return nullptr; };
  std::vector<std::string> weightInputs;
  if (Status status = findVariables(proto, import, noFunction, variables, weightInputs); !status.ok())
    return status;
  std::set<const TrainedTensor *> known;
  auto add = [&](int graph, const std::string &name, StringRef variable) {
    if (auto found = byName.find(variable); found != byName.end()) {
      targets[{graph, name}] = found->second;
      known.insert(found->second);
    }
  };
  for (const onnx::TensorProto &tensor : proto.graph().initializer())
    add(0, tensor.name(), tensor.name());
  for (const onnx::NodeProto &node : proto.graph().node())
    if (node.op_type() == "Constant" && node.output_size() == 1)
      add(0, node.output(0), node.output(0));
  // What only an algorithm has is a variable where a binding says so.
  for (auto [i, training] : enumerate(proto.training_info()))
    for (const onnx::TensorProto &tensor : training.algorithm().initializer())
      if (auto variable = variables.find(&tensor);
          variable != variables.end() && !variable->second.isFixed && !options.dropTraining)
        add(static_cast<int>(i) + 1, tensor.name(), variable->second.name);
  for (const onnx::ValueInfoProto &input : proto.graph().input())
    if (auto found = byName.find(input.name()); found != byName.end() && known.insert(found->second).second)
      added.push_back(found->second);
  for (auto &entry : byName)
    if (!known.count(entry.second))
      return Status::badInput("the model has no tensor '" + entry.getKey() + "' to write the trained value to");
  return Status::success();
}

Status Writer::tensor(ArrayRef<char> bytes, const TrainedTensor *value, Rope &out, bool &isChanged) {
  bool isExternal = false;
  int64_t type = 0;
  std::vector<int64_t> dims;
  WireField field;
  for (const char *p = bytes.begin(); p != bytes.end();) {
    if (!readField(p, bytes.end(), field))
      return Status::badInput("the model's file has a broken tensor");
    if (field.number == kDataLocation && !field.isBytes)
      isExternal = field.value == onnx::TensorProto::EXTERNAL;
    if (field.number == kDataType && !field.isBytes)
      type = static_cast<int64_t>(field.value);
    if (field.number == kDims && !field.isBytes)
      dims.push_back(static_cast<int64_t>(field.value));
    if (field.number == kDims && field.isBytes) // packed
      for (const char *q = field.content.begin(); q != field.content.end();) {
        uint64_t dim;
        if (!readVarint(q, field.content.end(), dim))
          return Status::badInput("the model's file has a broken tensor");
        dims.push_back(static_cast<int64_t>(dim));
      }
  }
  if (!value && !isExternal) {
    out.append(bytes);
    return Status::success();
  }
  ArrayRef<char> data;
  if (value) {
    if (value->dtype != type || value->dims != dims)
      return Status::badInput("the trained value of '" + value->name + "' has another type or other sizes than the model's tensor");
    data = value->bytes;
  } else {
    onnx::TensorProto proto;
    if (!proto.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())))
      return Status::badInput("the model's file has a broken tensor");
    TensorBytes old;
    if (Status status = model.getBytes(proto, old); !status.ok())
      return status;
    data = old.data;
    external.owners.push_back(old.owner);
  }
  isChanged = true;
  for (const char *p = bytes.begin(); p != bytes.end();) {
    (void)readField(p, bytes.end(), field);
    if (!holdsData(field.number))
      out.append(field.whole);
  }
  if (!isExternal) {
    out.append(header(kRawData, data.size()));
    out.append(data);
    return Status::success();
  }
  auto describe = [&](const char *key, std::string text) {
    onnx::StringStringEntryProto entry;
    entry.set_key(key);
    entry.set_value(std::move(text));
    std::string message = entry.SerializeAsString();
    out.append(header(kExternalData, message.size()));
    out.append(own(std::move(message)));
  };
  describe("location", external.location);
  describe("offset", std::to_string(external.add(data)));
  describe("length", std::to_string(data.size()));
  return Status::success();
}

Status Writer::message(ArrayRef<char> bytes, WireMessage kind, Place place, int depth, Rope &out, bool &isChanged) {
  // The reader has seen to all this before.
  constexpr int kMaxDepth = 100;
  auto broken = [] { return Status::badInput("the model's file is not well-formed"); };
  if (depth > kMaxDepth)
    return broken();
  WireField field;
  if (kind == WireMessage::Node) {
    StringRef op, output;
    for (const char *p = bytes.begin(); p != bytes.end();) {
      if (!readField(p, bytes.end(), field))
        return broken();
      if (field.number == kNodeOperator)
        op = field.text();
      if (field.number == kNodeOutput)
        output = field.text();
    }
    place.constant = op == "Constant" ? output : "";
  }
  for (const char *p = bytes.begin(); p != bytes.end();) {
    if (!readField(p, bytes.end(), field))
      return broken();
    WireMessage inner = field.isBytes ? fieldMessage(kind, field.number) : WireMessage::Other;
    if (inner == WireMessage::Other) {
      out.append(field.whole);
      continue;
    }
    Place next = place;
    if (inner == WireMessage::Training) {
      ++trainings;
      if (options.dropTraining) {
        isChanged = true;
        continue;
      }
    }
    if (inner == WireMessage::Graph)
      next.graph = kind == WireMessage::Model ? 0 : kind == WireMessage::Training && field.number == kAlgorithm ? trainings : -1;
    if (inner == WireMessage::Graph || inner == WireMessage::Function)
      next.constant = "";
    if (inner == WireMessage::Function)
      next.graph = -1;
    Rope content;
    bool changes = false;
    Status status;
    if (inner == WireMessage::Tensor) {
      StringRef name = kind == WireMessage::Attribute ? place.constant : "";
      WireField inside;
      for (const char *q = field.content.begin(); kind == WireMessage::Graph && q != field.content.end();) {
        if (!readField(q, field.content.end(), inside))
          return broken();
        if (inside.number == kName)
          name = inside.text();
      }
      status = tensor(field.content, name.empty() ? nullptr : targetAt(place, name), content, changes);
    } else {
      status = message(field.content, inner, next, depth + 1, content, changes);
    }
    if (!status.ok())
      return status;
    if (!changes) {
      out.append(field.whole);
      continue;
    }
    isChanged = true;
    out.append(header(field.number, content.size));
    out.append(content);
  }
  if (kind == WireMessage::Graph && place.graph == 0)
    addInitializers(out, isChanged);
  return Status::success();
}

// An input that is an initializer as well need not be given any more.
void Writer::addInitializers(Rope &out, bool &isChanged) {
  for (const TrainedTensor *value : added) {
    onnx::TensorProto tensor;
    tensor.set_name(value->name);
    tensor.set_data_type(value->dtype);
    for (int64_t dim : value->dims)
      tensor.add_dims(dim);
    std::string begin = tensor.SerializeAsString();
    ArrayRef<char> data = header(kRawData, value->bytes.size());
    out.append(header(kInitializer, begin.size() + data.size() + value->bytes.size()));
    out.append(own(std::move(begin)));
    out.append(data);
    out.append(value->bytes);
    isChanged = true;
  }
}

/// Names of the files that a former output's external data is in, as far as this writer made them.
StringSet<> formerData(const std::string &outputPath, ArrayRef<std::string> ours) {
  StringSet<> used;
  std::unique_ptr<Model> former;
  if (!sys::fs::exists(outputPath) || !Model::open(outputPath, former).ok())
    return used;
  for (const onnx::TensorProto &tensor : former->getProto().graph().initializer())
    for (const onnx::StringStringEntryProto &entry : tensor.external_data())
      if (entry.key() == "location" && is_contained(ours, entry.value()))
        used.insert(entry.value());
  return used;
}

void writeExternal(const ExternalFile &external, raw_ostream &out) {
  uint64_t at = 0;
  for (auto &[offset, bytes] : external.parts) {
    out.write_zeros(static_cast<unsigned>(offset - at));
    out.write(bytes.data(), bytes.size());
    MappedFile::releasePages(bytes);
    at = offset + bytes.size();
  }
}

} // namespace

Status writeTrainedModel(const std::string &inputPath, ArrayRef<TrainedTensor> tensors, const std::string &outputPath,
                         const WriteOptions &options) {
  std::unique_ptr<Model> model;
  if (Status status = Model::open(inputPath, model); !status.ok())
    return status;
  std::shared_ptr<MappedFile> file;
  if (Status status = MappedFile::open(inputPath, file); !status.ok())
    return status;
  // Two names take turns, so that the data of a former output is whole until the new model is in its place.
  std::string name = sys::path::filename(outputPath).str();
  std::vector<std::string> names = {name + ".data", name + ".1.data"};
  StringSet<> former = formerData(outputPath, names);
  std::string location = former.contains(names[0]) ? names[1] : names[0];

  Writer writer(*model, tensors, options, location);
  if (Status status = writer.findTargets(); !status.ok())
    return status;
  Rope rope;
  if (Status status = writer.rewrite(file->bytes(), rope); !status.ok())
    return status;
  auto beside = [&](StringRef other) {
    SmallString<128> path(sys::path::parent_path(outputPath));
    sys::path::append(path, other);
    return path.str().str();
  };
  bool hasData = !writer.external.parts.empty();
  if (hasData)
    if (Status status = writeFileAtomically(
            beside(location), [&](raw_ostream &out) { writeExternal(writer.external, out); }, /*durable=*/true);
        !status.ok())
      return status;
  if (Status status = writeFileAtomically(
          outputPath, [&](raw_ostream &out) { rope.write(out); }, /*durable=*/true);
      !status.ok())
    return status;
  for (const std::string &old : names)
    if (former.contains(old) && !(hasData && old == location))
      sys::fs::remove(beside(old));
  return Status::success();
}

} // namespace ingot

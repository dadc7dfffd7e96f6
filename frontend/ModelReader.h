//===- ModelReader.h - A model file, read and checked -----------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_MODELREADER_H
#define INGOT_FRONTEND_MODELREADER_H

#include "utils/support/Diagnostics.h"
#include "utils/support/MappedFile.h"

#include "llvm/ADT/StringMap.h"

#include <memory>

namespace onnx {
class ModelProto;
class TensorProto;
} // namespace onnx

namespace ingot {

constexpr int64_t kMaxIrVersion = 13;
constexpr int64_t kMaxOpset = 27;

/// Bytes of a tensor as they lie in a file, and what keeps them there.
struct TensorBytes {
  llvm::ArrayRef<char> data;
  std::shared_ptr<const void> owner;
};

/// A parsed model. The file stays mapped as long as the model, or any `TensorBytes` of it, lives.
class Model {
public:
  ~Model();

  static Status open(llvm::StringRef path, std::unique_ptr<Model> &model);
  /// A model in memory, which is copied; it has no folder for external data. `name` is used in messages.
  static Status parse(llvm::ArrayRef<char> bytes, llvm::StringRef name, std::unique_ptr<Model> &model);

  /// Without a file: only tensors that hold their data themselves can be read with it.
  static std::unique_ptr<Model> empty() { return std::unique_ptr<Model>(new Model()); }

  const onnx::ModelProto &getProto() const { return *proto; }
  /// The file's name without its folder.
  llvm::StringRef getName() const { return name; }

  /// Raw or external bytes of a tensor; `owner` is null where the elements lie in the message (typed fields or short raw data, to which
  /// `data` then refers).
  Status getBytes(const onnx::TensorProto &tensor, TensorBytes &bytes);

private:
  Model();
  Status read(llvm::ArrayRef<char> bytes);
  Status getExternal(const onnx::TensorProto &tensor, TensorBytes &bytes);

  std::string name, folder;
  bool hasFolder = false;
  std::unique_ptr<onnx::ModelProto> proto;
  std::shared_ptr<const void> owner;
  llvm::ArrayRef<char> fileBytes;
  llvm::StringMap<std::shared_ptr<MappedFile>> externalFiles;
};

} // namespace ingot

#endif // INGOT_FRONTEND_MODELREADER_H

//===- ModelWriter.h - Trained values back into the model's file -*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_MODELWRITER_H
#define INGOT_FRONTEND_MODELWRITER_H

#include "utils/support/Diagnostics.h"

#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <vector>

namespace ingot {

/// The new value of a variable. `name` is the variable's, which is the initializer's (or that of the output of a Constant node)
/// unless several graphs of the file have one of that name. `bytes` are the elements in row-major order, as they lie in memory.
struct TrainedTensor {
  std::string name;
  int32_t dtype = 0; ///< ONNX's number
  std::vector<int64_t> dims;
  llvm::ArrayRef<char> bytes;
};

struct WriteOptions {
  bool dropTraining = false; ///< leave the file's training algorithms out
};

/// Copies the model at `inputPath` to `outputPath` with new values of the tensors named; an input of that name gets an initializer.
/// All else is copied byte for byte, fields that nobody knows included. Where the model has external data, all of it goes into one new file beside the output, `OUTPUT.data`
/// or `OUTPUT.1.data`, which is complete before the model's file is replaced; the one of a former output is removed afterwards.
/// Input and output may be the same file. Fails, and leaves what was there, when a tensor is not in the model or has another type
/// or other sizes, or when the disk is full.
Status writeTrainedModel(const std::string &inputPath, llvm::ArrayRef<TrainedTensor> tensors, const std::string &outputPath,
                         const WriteOptions &options = {});

} // namespace ingot

#endif // INGOT_FRONTEND_MODELWRITER_H

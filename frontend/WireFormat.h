//===- WireFormat.h - Protobuf fields of a model file -----------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_WIREFORMAT_H
#define INGOT_FRONTEND_WIREFORMAT_H

#include "utils/support/Diagnostics.h"

#include "llvm/ADT/ArrayRef.h"

namespace ingot {

/// Copies a serialized ModelProto without the tensors' long `raw_data`; each is replaced by its place in the file (`mapped_offset` and
/// `mapped_length`). So weights are never copied, and what Protobuf parses is small. Also the first check of a hostile file: every
/// length is checked against its message, and nesting is bounded.
Status separateTensorData(llvm::ArrayRef<char> file, std::string &message);

} // namespace ingot

#endif // INGOT_FRONTEND_WIREFORMAT_H

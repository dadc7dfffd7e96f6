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

/// The messages on the way to a tensor; all others are only bytes.
enum class WireMessage { Model, Graph, Node, Attribute, Function, Tensor, SparseTensor, Training, Other };
WireMessage fieldMessage(WireMessage parent, uint64_t field);

/// One field of a message.
struct WireField {
  uint64_t number = 0;
  bool isBytes = false;
  uint64_t value = 0;           ///< of a number
  llvm::ArrayRef<char> content; ///< of bytes, a text or a message
  llvm::ArrayRef<char> whole;   ///< with its tag

  llvm::StringRef text() const { return {content.data(), content.size()}; }
};

/// Reads the field at `p`, which then is behind it; false where there is none.
bool readField(const char *&p, const char *end, WireField &field);
bool readVarint(const char *&p, const char *end, uint64_t &value);
void writeVarint(std::string &out, uint64_t value);

/// Copies a serialized ModelProto without the tensors' long `raw_data`; each is replaced by its place in the file (`mapped_offset` and
/// `mapped_length`). So weights are never copied, and what Protobuf parses is small. Also the first check of a hostile file: every
/// length is checked against its message, and nesting is bounded.
Status separateTensorData(llvm::ArrayRef<char> file, std::string &message);

} // namespace ingot

#endif // INGOT_FRONTEND_WIREFORMAT_H

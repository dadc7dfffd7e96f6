//===- WireFormat.cpp - Protobuf fields of a model file -----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/WireFormat.h"

#include <cstdint>
#include <string>

namespace ingot {

bool readVarint(const char *&p, const char *end, uint64_t &value) {
  value = 0;
  for (int shift = 0; shift < 64 && p != end; shift += 7) {
    auto byte = static_cast<unsigned char>(*p++);
    value |= uint64_t(byte & 127) << shift;
    if (byte < 128)
      return true;
  }
  return false;
}

void writeVarint(std::string &out, uint64_t value) {
  for (; value >= 128; value >>= 7)
    out.push_back(static_cast<char>(value | 128));
  out.push_back(static_cast<char>(value));
}

bool readField(const char *&p, const char *end, WireField &field) {
  const char *start = p;
  uint64_t tag;
  if (!readVarint(p, end, tag) || tag >> 3 == 0)
    return false;
  field.number = tag >> 3;
  field.isBytes = (tag & 7) == 2;
  field.content = {};
  switch (tag & 7) {
  case 0:
    if (!readVarint(p, end, field.value))
      return false;
    break;
  case 1:
  case 5: {
    ptrdiff_t width = (tag & 7) == 1 ? 8 : 4;
    if (end - p < width)
      return false;
    p += width;
    break;
  }
  case 2: {
    uint64_t length;
    if (!readVarint(p, end, length) || length > uint64_t(end - p))
      return false;
    field.content = llvm::ArrayRef<char>(p, length);
    p += length;
    break;
  }
  default:
    return false;
  }
  field.whole = llvm::ArrayRef<char>(start, p);
  return true;
}

using Message = WireMessage;

Message fieldMessage(Message parent, uint64_t field) {
  switch (parent) {
  case Message::Model:
    return field == 7 ? Message::Graph : field == 20 ? Message::Training : field == 25 ? Message::Function : Message::Other;
  case Message::Graph:
    return field == 1 ? Message::Node : field == 5 ? Message::Tensor : field == 15 ? Message::SparseTensor : Message::Other;
  case Message::Node:
    return field == 5 ? Message::Attribute : Message::Other;
  case Message::Function:
    return field == 7 ? Message::Node : field == 11 ? Message::Attribute : Message::Other;
  case Message::Attribute:
    if (field == 5 || field == 10)
      return Message::Tensor;
    if (field == 6 || field == 11)
      return Message::Graph;
    return field == 22 || field == 23 ? Message::SparseTensor : Message::Other;
  case Message::SparseTensor:
    return field == 1 || field == 2 ? Message::Tensor : Message::Other;
  case Message::Training:
    return field == 1 || field == 2 ? Message::Graph : Message::Other;
  case Message::Tensor:
  case Message::Other:
    return Message::Other;
  }
  return Message::Other;
}

namespace {

constexpr uint64_t kRawData = 9, kMappedOffset = 100001, kMappedLength = 100002;
constexpr uint64_t kShortData = 128; // shorter ones stay in the message
constexpr int kMaxDepth = 100;

class Scanner {
public:
  explicit Scanner(llvm::ArrayRef<char> file) : begin(file.data()) {}

  Status message(const char *p, const char *end, Message kind, int depth, std::string &out);

private:
  Status broken(const char *p, const char *what) {
    return Status::badInput("not a valid ONNX file: " + llvm::Twine(what) + " at byte " + llvm::Twine(uint64_t(p - begin)));
  }
  const char *begin;
};

Status Scanner::message(const char *p, const char *end, Message kind, int depth, std::string &out) {
  if (depth > kMaxDepth)
    return broken(p, "graphs are nested more than 100 messages deep");
  while (p != end) {
    const char *start = p;
    uint64_t tag, length;
    if (!readVarint(p, end, tag) || tag >> 3 == 0)
      return broken(start, "wrong field");
    uint64_t field = tag >> 3;
    switch (tag & 7) {
    case 0:
      if (!readVarint(p, end, length))
        return broken(start, "wrong number, or the file is truncated,");
      break;
    case 1:
    case 5: {
      ptrdiff_t width = (tag & 7) == 1 ? 8 : 4;
      if (end - p < width)
        return broken(start, "the file is truncated");
      p += width;
      break;
    }
    case 2: {
      if (!readVarint(p, end, length) || length > uint64_t(end - p))
        return broken(start, "a field is longer than what contains it (truncated?)");
      const char *content = p;
      p += length;
      Message inner = fieldMessage(kind, field);
      if (inner != Message::Other) {
        std::string copy;
        if (Status status = message(content, p, inner, depth + 1, copy); !status.ok())
          return status;
        writeVarint(out, tag);
        writeVarint(out, copy.size());
        out += copy;
        continue;
      }
      if (kind == Message::Tensor && field == kRawData && length > kShortData) {
        writeVarint(out, kMappedOffset << 3);
        writeVarint(out, content - begin);
        writeVarint(out, kMappedLength << 3);
        writeVarint(out, length);
        continue;
      }
      break;
    }
    default:
      return broken(start, "wrong kind of field");
    }
    if (kind == Message::Tensor && (field == kMappedOffset || field == kMappedLength))
      continue;
    out.append(start, p);
  }
  return Status::success();
}

} // namespace

Status separateTensorData(llvm::ArrayRef<char> file, std::string &message) {
  return Scanner(file).message(file.begin(), file.end(), Message::Model, 0, message);
}

} // namespace ingot

//===- Diagnostics.cpp - What went wrong, for the person with the model -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/support/Diagnostics.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace ingot {

llvm::StringRef describe(ErrorKind kind) {
  switch (kind) {
  case ErrorKind::None:
    return "ok";
  case ErrorKind::Usage:
    return "usage";
  case ErrorKind::BadInput:
    return "bad input";
  case ErrorKind::Unsupported:
    return "unsupported";
  case ErrorKind::Mismatch:
    return "mismatch";
  case ErrorKind::System:
    return "system error";
  case ErrorKind::Internal:
    return "internal error";
  }
  return "error";
}

std::string Diagnostic::str() const {
  std::string out;
  if (!file.empty())
    out += file + ": ";
  if (!op.empty()) {
    if (!node.empty())
      out += "\"" + node + "\" (" + op;
    else
      out += "(" + op;
    if (opset)
      out += ", opset " + std::to_string(opset);
    out += "): ";
  } else if (!node.empty()) {
    out += "\"" + node + "\": ";
  }
  out += message;
  if (count > 1)
    out += " (" + std::to_string(count) + " nodes)";
  if (!remedy.empty())
    out += "; " + remedy;
  return out;
}

void DiagnosticList::add(Diagnostic diagnostic) {
  auto same = [&](const Diagnostic &other) {
    return other.kind == diagnostic.kind && other.op == diagnostic.op && !diagnostic.op.empty() && other.opset == diagnostic.opset &&
           other.message == diagnostic.message;
  };
  auto found = llvm::find_if(entries, same);
  if (found != entries.end())
    found->count += diagnostic.count;
  else
    entries.push_back(std::move(diagnostic));
}

void DiagnosticList::add(ErrorKind kind, llvm::StringRef file, const llvm::Twine &message, const llvm::Twine &remedy) {
  Diagnostic d;
  d.kind = kind;
  d.file = file.str();
  d.message = message.str();
  d.remedy = remedy.str();
  add(std::move(d));
}

ErrorKind DiagnosticList::kind() const {
  for (ErrorKind kind : {ErrorKind::Internal, ErrorKind::System, ErrorKind::BadInput, ErrorKind::Unsupported, ErrorKind::Mismatch,
                         ErrorKind::Usage})
    if (llvm::any_of(entries, [&](const Diagnostic &d) { return d.kind == kind; }))
      return kind;
  return ErrorKind::None;
}

std::string DiagnosticList::str() const {
  std::string out;
  for (const Diagnostic &d : entries)
    out += d.str() + "\n";
  return out;
}

} // namespace ingot

//===- Schema.h - What ONNX asks of its operators ---------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_SCHEMA_H
#define INGOT_FRONTEND_SCHEMA_H

namespace ingot {

class NodeReader;

/// Checks number and element types of the inputs, and the attributes' kinds, against the operator's schema of this opset; reports what
/// is wrong. Operators without a schema (other domains) pass.
bool checkSchema(NodeReader &node);

} // namespace ingot

#endif // INGOT_FRONTEND_SCHEMA_H

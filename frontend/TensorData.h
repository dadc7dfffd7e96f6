//===- TensorData.h - ONNX tensors as attributes ----------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_TENSORDATA_H
#define INGOT_FRONTEND_TENSORDATA_H

#include "frontend/ModelReader.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

namespace onnx {
class SparseTensorProto;
class TensorProto;
} // namespace onnx

namespace ingot {

/// The element type of an ONNX data type number; null for strings, complex numbers and those of 8 bits or less that are no integers.
/// Integers of 4 and 2 bits are kept in 8.
mlir::Type elementTypeFor(mlir::MLIRContext *context, int64_t onnxType);
/// 2 or 4 for the integer types of so many bits, else 0.
int narrowBitsOf(int64_t onnxType);
/// "FLOAT16", or "type 77".
std::string onnxTypeName(int64_t onnxType);

/// Tensors of more elements stay where they are in the file.
constexpr int64_t kInlineElements = 64;

/// Checks a tensor (sizes, lengths, one data field) and makes an attribute of it; long ones refer to the file's mapping.
Status toElements(Model &model, const onnx::TensorProto &tensor, mlir::MLIRContext *context, int64_t maxBytes, mlir::ElementsAttr &out);
Status toElements(Model &model, const onnx::SparseTensorProto &tensor, mlir::MLIRContext *context, int64_t maxBytes,
                  mlir::ElementsAttr &out);

/// Reads a file that holds one TensorProto, as ONNX's test data does.
Status readTensorFile(const std::string &path, mlir::MLIRContext *context, mlir::ElementsAttr &out);

/// Elements in row-major order, converted. Any element type.
llvm::SmallVector<int64_t> readInts(mlir::ElementsAttr attr);
llvm::SmallVector<double> readFloats(mlir::ElementsAttr attr);

} // namespace ingot

#endif // INGOT_FRONTEND_TENSORDATA_H

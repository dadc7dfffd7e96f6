//===-------------------------------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------------===//

include "IngotBase.td"

def Ingot_WindowKind : Ingot_I32Enum<"WindowKind", "What `reduce_window` takes of a window", [
    I32EnumAttrCase<"Max", 0, "max">, I32EnumAttrCase<"Sum", 1, "sum">, I32EnumAttrCase<"Mean", 2, "mean">]>;
def Ingot_WindowKindAttr : Ingot_EnumAttr<Ingot_WindowKind, "window_kind">;

// window, strides, dilations and pads have an entry for every dimension of x; dimensions that are not pooled have a window of 1.
def Ingot_ReduceWindowOp : Ingot_CountedOp<"reduce_window", [Pure, DeclareOpInterfaceMethods<Ingot_AxisOpInterface>]> {
  let summary = "Maximum, sum or mean over a sliding window";
  let arguments = (ins Ingot_WindowKindAttr:$kind, Ingot_NumberTensor:$x, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low, DenseI64ArrayAttr:$pad_high,
                       UnitAttr:$count_padding);
  let results = (outs Ingot_NumberTensor:$result);
  let builders = [OpBuilder<(ins "::ingot::WindowKind":$kind, "::mlir::Value":$x, "::llvm::ArrayRef<int64_t>":$window, "::llvm::ArrayRef<int64_t>":$strides, "::llvm::ArrayRef<int64_t>":$dilations, "::llvm::ArrayRef<int64_t>":$padLow, "::llvm::ArrayRef<int64_t>":$padHigh,
    CArg<"bool", "false">:$countPadding)>];
  let assemblyFormat = [{ $kind $x `window` $window `strides` $strides `dilations` $dilations `pads` $pad_low `x` $pad_high
    attr-dict `:` functional-type($x, $result) }];
  let hasVerifier = 1;
}

def Ingot_ArgMaxWindowOp : Ingot_Op<"arg_max_window", [Pure]> {
  let summary = "Row-major index in x of the first maximum of each window";
  let arguments = (ins Ingot_NumberTensor:$x, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low, DenseI64ArrayAttr:$pad_high);
  let results = (outs Ingot_I64Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::llvm::ArrayRef<int64_t>":$window, "::llvm::ArrayRef<int64_t>":$strides, "::llvm::ArrayRef<int64_t>":$dilations, "::llvm::ArrayRef<int64_t>":$padLow, "::llvm::ArrayRef<int64_t>":$padHigh)>];
  let assemblyFormat = [{ $x `window` $window `strides` $strides `dilations` $dilations `pads` $pad_low `x` $pad_high
    attr-dict `:` functional-type($x, $result) }];
  let hasVerifier = 1;
}

def Ingot_MaxPoolGradOp : Ingot_Op<"max_pool_grad", [Pure]> {
  let summary = "Gradient of `reduce_window max`: each dy goes to the first maximum of its window";
  let arguments = (ins Ingot_FloatTensor:$x, Ingot_FloatTensor:$dy, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low, DenseI64ArrayAttr:$pad_high);
  let results = (outs Ingot_FloatTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$dy, "::llvm::ArrayRef<int64_t>":$window, "::llvm::ArrayRef<int64_t>":$strides, "::llvm::ArrayRef<int64_t>":$dilations, "::llvm::ArrayRef<int64_t>":$padLow, "::llvm::ArrayRef<int64_t>":$padHigh)>];
  let assemblyFormat = [{ $x `,` $dy `window` $window `strides` $strides `dilations` $dilations `pads` $pad_low `x` $pad_high
    attr-dict `:` functional-type(operands, $result) }];
  let hasVerifier = 1;
}

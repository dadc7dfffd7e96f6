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
  let description = [{
    `result[o] = op over k in window of x[o * strides + k * dilations - pad_low]`, for every dimension (one that is not pooled has
    a window of 1), over the elements that lie in x: their maximum, sum or mean. The mean is over them, with `count_padding` over
    the whole window.

    (C1) window, strides, dilations and pads have an entry for each dimension of x.
    (C2) window, strides and dilations are positive, pads not negative.
    (C3) the result has x's element type and the sizes that the windows leave.

    A window without elements has the least value as maximum, 0 as sum and NaN as mean. A maximum with NaN is NaN; f16 and bf16
    accumulate in f32. Gradient: `max_pool_grad`; of a sum, the sum of dy over the windows that an element is in; of a mean, that of dy
    divided by their counts.

    ```mlir
    %y = ingot.reduce_window max %x window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0]
       : (tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xf32>
    ```
  }];
  let arguments = (ins Ingot_WindowKindAttr:$kind, Ingot_NumberTensor:$x, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low, DenseI64ArrayAttr:$pad_high,
                       UnitAttr:$count_padding);
  let results = (outs Ingot_NumberTensor:$result);
  let builders = [OpBuilder<(ins "::ingot::WindowKind":$kind, CppValue:$x, CppInts:$window, CppInts:$strides, CppInts:$dilations,
    CppInts:$padLow, CppInts:$padHigh,
    CArg<"bool", "false">:$countPadding)>];
  let assemblyFormat = [{ $kind $x `window` $window `strides` $strides `dilations` $dilations `pads` $pad_low `x` $pad_high
    attr-dict `:` functional-type($x, $result) }];
  let hasVerifier = 1;
}

def Ingot_ArgMaxWindowOp : Ingot_Op<"arg_max_window", [Pure]> {
  let summary = "Row-major index in x of the first maximum of each window";
  let description = [{
    The row-major index in x of the first maximum of each window of `reduce_window max`.

    (C1) window, strides, dilations and pads have an entry for each dimension of x.
    (C2) window, strides and dilations are positive, pads not negative.
    (C3) the result is of i64 and has the sizes that the windows leave.

    NaN counts as a maximum; a window without elements gives -1. Gradient: none.

    ```mlir
    %y = ingot.arg_max_window %x window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0]
       : (tensor<?x5x4x3xf32>) -> tensor<?x3x2x3xi64>
    ```
  }];
  let arguments = (ins Ingot_NumberTensor:$x, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low, DenseI64ArrayAttr:$pad_high);
  let results = (outs Ingot_I64Tensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppInts:$window, CppInts:$strides, CppInts:$dilations, CppInts:$padLow,
    CppInts:$padHigh)>];
  let assemblyFormat = [{ $x `window` $window `strides` $strides `dilations` $dilations `pads` $pad_low `x` $pad_high
    attr-dict `:` functional-type($x, $result) }];
  let hasVerifier = 1;
}

def Ingot_MaxPoolGradOp : Ingot_Op<"max_pool_grad", [Pure]> {
  let summary = "Gradient of `reduce_window max`: each dy goes to the first maximum of its window";
  let description = [{
    `result[i]` is the sum of `dy[o]` over the windows `o` of `reduce_window max` whose first maximum is `x[i]`.

    (C1) window, strides, dilations and pads have an entry for each dimension of x.
    (C2) window, strides and dilations are positive, pads not negative.
    (C3) dy has x's element type and the sizes that the windows leave.
    (C4) the result has x's type.

    Gradient: `ddy` is gathered from where each window had its maximum; none for x.

    ```mlir
    %y = ingot.max_pool_grad %x, %d window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 0, 0]
       : (tensor<?x5x4x3xf32>, tensor<?x3x2x3xf32>) -> tensor<?x5x4x3xf32>
    ```
  }];
  let arguments = (ins Ingot_FloatTensor:$x, Ingot_FloatTensor:$dy, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pad_low, DenseI64ArrayAttr:$pad_high);
  let results = (outs Ingot_FloatTensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, CppValue:$dy, CppInts:$window, CppInts:$strides, CppInts:$dilations,
    CppInts:$padLow, CppInts:$padHigh)>];
  let assemblyFormat = [{ $x `,` $dy `window` $window `strides` $strides `dilations` $dilations `pads` $pad_low `x` $pad_high
    attr-dict `:` functional-type(operands, $result) }];
  let hasVerifier = 1;
}

//===-------------------------------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What only training says. None of these ops is left at the end of the phase `differentiate`.
//
//===-------------------------------------------------------------------------===//

include "IngotBase.td"

def Ingot_StopGradientOp : Ingot_Op<"stop_gradient", [Pure, SameOperandsAndResultType]> {
  let summary = "x, through which no gradient flows";
  let description = [{
    `result = x`. Until gradients are expanded nothing removes it. Gradient: none, by intent.

    ```mlir
    %y = ingot.stop_gradient %x : tensor<?x3xf32>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

def Ingot_StraightThroughOp : Ingot_Op<"straight_through", [Pure, SameOperandsAndResultType]> {
  let summary = "`value`, whose gradient flows to `proxy` instead";
  let description = [{
    `result = value`. What has no useful derivative, a rounding or a spike, gets that of a proxy. The proxy's type differs at most in
    what is static. Gradient: `dproxy = dy`; none for `value`.

    ```mlir
    %y = ingot.straight_through %v, %p : tensor<?x3xf32>
    ```
  }];
  let arguments = (ins Ingot_FloatTensor:$value, Ingot_FloatTensor:$proxy);
  let results = (outs Ingot_FloatTensor:$result);
  let assemblyFormat = "$value `,` $proxy attr-dict `:` custom<OneOrAllTypes>(type($value), type($proxy), type($result))";
}

def Ingot_GradOp : Ingot_Op<"grad", [Pure, AttrSizedOperandSegments]> {
  let summary = "Cotangents of `xs`, given those of `ys`";
  let description = [{
    `result[i]` is the sum over `j` of the cotangent that `cotangents[j]` of `ys[j]` gives to `xs[i]` through the ops between them: the
    derivative of `sum_j sum(cotangents[j] * ys[j])` with respect to `xs[i]`, along all paths. Without `cotangents` each y is a scalar and
    its cotangent is 1. It is 0 for an x that no y depends on. `expand-gradients` replaces it.

    (C1) there is a y and an x.
    (C2) there are no cotangents, or one for each y, of its type.
    (C3) without cotangents each y has rank 0.
    (C4) there is a result for each x, of its type.

    Gradient: that of what it is expanded to; inner ones are expanded first.

    ```mlir
    %dx, %dw = ingot.grad %y cotangents %dy wrt %x, %w
       : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x3xf32>, tensor<3x4xf32>) -> (tensor<?x3xf32>, tensor<3x4xf32>)
    ```
  }];
  let arguments = (ins Variadic<Ingot_FloatTensor>:$ys, Variadic<Ingot_FloatTensor>:$cotangents, Variadic<Ingot_FloatTensor>:$xs);
  let results = (outs Variadic<Ingot_FloatTensor>:$results);
  let assemblyFormat = "$ys (`cotangents` $cotangents^)? `wrt` $xs attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

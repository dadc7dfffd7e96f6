//===-------------------------------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------------===//

include "IngotBase.td"

def Ingot_ReduceKind : Ingot_I32Enum<"ReduceKind", "What `reduce` takes of the reduced elements", [
    I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Product", 1, "product">, I32EnumAttrCase<"Max", 2, "max">,
    I32EnumAttrCase<"Min", 3, "min">]>;
def Ingot_ReduceKindAttr : Ingot_EnumAttr<Ingot_ReduceKind, "reduce_kind">;

def Ingot_ReduceOp : Ingot_CountedOp<"reduce", [Pure, Ingot_InferType]> {
  let summary = "Sum, product, maximum or minimum over dimensions, which the result no longer has";
  let description = [{
    Sum, product, maximum or minimum of x over `dimensions`; the result has the others. Of bools the maximum is "any", the minimum
    "all".

    (C1) the entries of `dimensions` are distinct dimensions of x.
    (C2) bool has no sum and no product.
    (C3) the result has x's element type and its other sizes.

    Integers wrap; f16 and bf16 accumulate in f32. NaN gives NaN, in a maximum too. Over nothing: 0, 1, the least and the largest
    value (for floats the infinities). Gradient: `dx = dy` of a sum, dy shared by the elements that equal the result of a maximum
    or minimum, dy times the other factors of a product.

    ```mlir
    %y = ingot.reduce sum %x dimensions = [2, 0] : (tensor<?x3x4xf32>) -> tensor<3xf32>
    ```
  }];
  let arguments = (ins Ingot_ReduceKindAttr:$kind, Ingot_Tensor:$x, DenseI64ArrayAttr:$dimensions);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$kind $x `dimensions` `=` $dimensions attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Ingot_ArgKind : Ingot_I32Enum<"ArgKind", "Which element `arg_reduce` looks for", [
    I32EnumAttrCase<"Max", 0, "max">, I32EnumAttrCase<"Min", 1, "min">]>;
def Ingot_ArgKindAttr : Ingot_EnumAttr<Ingot_ArgKind, "arg_kind">;

def Ingot_ArgReduceOp : Ingot_CountedOp<"arg_reduce", [Pure, Ingot_InferType]> {
  let summary = "Index of the first (or last) extreme element along `axis`, which the result no longer has";
  let description = [{
    The index along `axis` of the maximum or minimum, the first of equal ones or the `last`.

    (C1) `axis < rank(x)`.
    (C2) the result is of i64 and has x's other sizes.

    NaN counts as extreme, as in NumPy. An empty axis is an error of the run. Gradient: none.

    ```mlir
    %y = ingot.arg_reduce max %x axis = 1 : (tensor<?x3xf32>) -> tensor<?xi64>
    ```
  }];
  let arguments = (ins Ingot_ArgKindAttr:$kind, Ingot_NumberTensor:$x, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis,
                       UnitAttr:$last);
  let results = (outs Ingot_I64Tensor:$result);
  let assemblyFormat = "$kind $x `axis` `=` $axis attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
}

def Ingot_SoftmaxOp : Ingot_Op<"softmax", [Pure, SameOperandsAndResultType, DeclareOpInterfaceMethods<Ingot_AxisOpInterface>]> {
  let summary = "Normalized exponential along one axis";
  let description = [{
    `result[i] = exp(x[i] - m) / sum_j exp(x[j] - m)` with `m = max_j x[j]`, `i` and `j` along `axis`.

    (C1) `axis < rank(x)`.

    A row that holds NaN is NaN; a row of `-inf` only is NaN, as in NumPy; an empty axis gives an empty result. f16 and bf16 rows
    accumulate in f32. Gradient: `dx = y * (dy - sum(dy * y))`.

    ```mlir
    %y = ingot.softmax %x axis = 1 : tensor<?x3xf32>
    ```
  }];
  let arguments = (ins Ingot_FloatTensor:$x, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs Ingot_FloatTensor:$result);
  let assemblyFormat = "$x `axis` `=` $axis attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def Ingot_LogSoftmaxOp : Ingot_Op<"log_softmax", [Pure, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<Ingot_AxisOpInterface>]> {
  let summary = "Logarithm of the normalized exponential along one axis";
  let description = [{
    `result[i] = x[i] - m - log(sum_j exp(x[j] - m))` with `m = max_j x[j]`, `i` and `j` along `axis`.

    (C1) `axis < rank(x)`.

    A row that holds NaN is NaN; a row of `-inf` only is NaN; an empty axis gives an empty result. f16 and bf16 rows accumulate in
    f32. Gradient: `dx = dy - exp(y) * sum(dy)`.

    ```mlir
    %y = ingot.log_softmax %x axis = 1 : tensor<?x3xf32>
    ```
  }];
  let arguments = (ins Ingot_FloatTensor:$x, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs Ingot_FloatTensor:$result);
  let assemblyFormat = "$x `axis` `=` $axis attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def Ingot_NormalizeOp : Ingot_Op<"normalize", [Pure, SameOperandsAndResultType, DeclareOpInterfaceMethods<Ingot_AxisOpInterface>]> {
  let summary = "x divided by its root mean square over `dimensions`, after subtracting the mean unless `rms`; no affine part";
  let description = [{
    `result = (x - mean) / sqrt(mean((x - mean)^2) + epsilon)`, the means over `dimensions`; with `rms` `result = x /
    sqrt(mean(x^2) + epsilon)`.

    (C1) `dimensions` are distinct dimensions of x, at least one.
    (C2) `epsilon` is not negative.

    f16 and bf16 compute in f32. A group that holds NaN is NaN; an empty one gives an empty result. Gradient: `dx = r * (dy -
    mean(dy) - y * mean(dy * y))`, `r` what x was multiplied by; with `rms` without `mean(dy)`.

    ```mlir
    %y = ingot.normalize %x dimensions = [2] epsilon = 1.000000e-05 : tensor<?x?x8xf32>
    ```
  }];
  let arguments = (ins Ingot_FloatTensor:$x, DenseI64ArrayAttr:$dimensions, F64Attr:$epsilon, UnitAttr:$rms);
  let results = (outs Ingot_FloatTensor:$result);
  let assemblyFormat = "$x `dimensions` `=` $dimensions `epsilon` `=` $epsilon attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def Ingot_AttentionOp : Ingot_CountedOp<"attention", [Pure]> {
  let summary = "`softmax(q k^T * scale + mask) v` for each batch and head";
  let description = [{
    `result[b, h] = softmax(q[b, h] k[b, g]^T * scale + mask[b, h]) v[b, g]` with `g = h / (heads / kv heads)`: q is [batch,
    heads, queries, d], k [batch, kv heads, keys, d], v [batch, kv heads, keys, e]. With `causal` a query sees no key after the
    place that is its own from the first one on.

    (C1) q, k and v have rank 4.
    (C2) q, k and v have one element type.
    (C3) their sizes fit.
    (C4) heads is a multiple of kv heads.
    (C5) the mask, of the same element type, broadcasts to [batch, heads, queries, keys].
    (C6) the result is [batch, heads, queries, e] of the same element type.

    A row of the softmax that is all `-inf` is NaN. f16 and bf16 compute in f32. Gradient: with `p` the softmax, `dv = p^T dy`, `ds = p *
    (dy v^T - sum(dy * y))`, `dmask = ds`, `dq = ds k * scale`, `dk = ds^T q * scale`.

    ```mlir
    %y = ingot.attention %q, %k, %v mask %m scale = 1.250000e-01
       : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x6xf32>, tensor<1x1x?x?xf32>) -> tensor<?x4x?x6xf32>
    ```
  }];
  // q is [batch, heads, queries, d], k [batch, kv heads, keys, d], v [batch, kv heads, keys, e]; heads is a multiple of kv heads.
  let arguments = (ins Ingot_FloatTensor:$q, Ingot_FloatTensor:$k, Ingot_FloatTensor:$v, Optional<Ingot_FloatTensor>:$mask,
                       F64Attr:$scale, UnitAttr:$causal);
  let results = (outs Ingot_FloatTensor:$result);
  let builders = [OpBuilder<(ins CppValue:$q, CppValue:$k, CppValue:$v, CppValue:$mask, "double":$scale, CArg<"bool",
    "false">:$causal)>];
  let assemblyFormat = "$q `,` $k `,` $v (`mask` $mask^)? `scale` `=` $scale attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Ingot_FftOp : Ingot_Op<"fft", [Pure]> {
  let summary = "Discrete Fourier transform along `axis`; the last dimension holds real and imaginary part";
  let description = [{
    `result[k] = sum over j of x[j] * e^(-2 pi i j k / n)` along `axis` of size `n`; the last dimension holds real and imaginary
    part, or the real part only. The `inverse` has `+` in the exponent and divides by `n`. With `onesided` a forward transform
    gives the first `n / 2 + 1` entries.

    (C1) x has rank 2 or more, and its last dimension size 1 or 2.
    (C2) `axis < rank(x) - 1`.
    (C3) the result has x's element type and sizes, but for `axis` if onesided and the last, which is 2.

    Gradient: the transform of dy in the other direction, without or with the factor `1 / n`.

    ```mlir
    %y = ingot.fft %x axis = 1 {onesided} : (tensor<?x16x1xf32>) -> tensor<?x9x2xf32>
    ```
  }];
  let arguments = (ins Ingot_FloatTensor:$x, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis, UnitAttr:$inverse, UnitAttr:$onesided);
  let results = (outs Ingot_FloatTensor:$result);
  let builders = [OpBuilder<(ins CppValue:$x, "int64_t":$axis, CArg<"bool", "false">:$inverse, CArg<"bool", "false">:$onesided)>];
  let assemblyFormat = "$x `axis` `=` $axis attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
}

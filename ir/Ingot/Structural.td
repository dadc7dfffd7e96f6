//===-------------------------------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------------===//

include "IngotBase.td"

def Ingot_ConstantOp : Ingot_Op<"constant", [Pure, ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "A tensor known at compile time";
  let description = [{
    `result = value`. Large constants are `dense_resource`, which the mapped file backs without a copy. Gradient: none.

    ```mlir
    %y = ingot.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def Ingot_IotaOp : Ingot_Op<"iota", [Pure]> {
  let summary = "The index along one dimension";
  let description = [{
    `result[i0, ..., in] = i_dimension`, converted to the element type.

    (C1) `sizes` are the result's sizes.
    (C2) `dimension < rank(result)`.

    Integers wrap. Gradient: none.

    ```mlir
    %y = ingot.iota dimension = 1 sizes [%n, 3] : tensor<?x3xi64>
    ```
  }];
  let arguments = (ins Variadic<Index>:$sizes, DenseI64ArrayAttr:$static_sizes, I64Attr:$dimension);
  let results = (outs Ingot_NumberTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Type":$elementType, "int64_t":$dimension, CppSizes:$sizes)>];
  let extraClassDeclaration = Ingot_Mixed<"Sizes">.decl;
  let hasCanonicalizer = 1;
  let assemblyFormat = [{ `dimension` `=` $dimension `sizes` custom<DynamicIndexList>($sizes, $static_sizes) attr-dict `:`
    type($result) }];
  let hasVerifier = 1;
}

def Ingot_RandomKind : Ingot_I32Enum<"RandomKind", "Distribution of `random`", [
    I32EnumAttrCase<"Uniform", 0, "uniform">, I32EnumAttrCase<"Normal", 1, "normal">]>;
def Ingot_RandomKindAttr : Ingot_EnumAttr<Ingot_RandomKind, "random_kind">;

def Ingot_RandomOp : Ingot_Op<"random", [Pure, Ingot_KnownAtRunTime, AttrSizedOperandSegments]> {
  let summary = "Random numbers from a counter-based generator (Philox 4x32-10)";
  let description = [{
    Numbers from Philox 4x32-10 with the element's row-major index in the counter, so that they do not depend on threads: `uniform` from
    [`first`, `second`), `normal` with mean `first` and deviation `second`. The key is `seed`; with `of` it is `seed` joined with
    a hash of `run_seed`, and `step` is the counter's upper half, so that every step of every run has numbers of its own, and `seed`
    tells the ops of a function apart. Executions with the same operands give the same numbers, so that what is recomputed is equal.

    (C1) `sizes` are the result's sizes.
    (C2) `run_seed` and `step` are both given, or neither.

    Gradient: none.

    ```mlir
    %y = ingot.random uniform(0.000000e+00, 1.000000e+00) seed = 7 sizes [%n] : tensor<?xf32>
    ```
  }];
  let arguments = (ins Variadic<Index>:$sizes, Optional<Ingot_I64Scalar>:$run_seed, Optional<Ingot_I64Scalar>:$step,
                       DenseI64ArrayAttr:$static_sizes, Ingot_RandomKindAttr:$kind, F64Attr:$first, F64Attr:$second, I64Attr:$seed);
  let results = (outs Ingot_FloatTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Type":$elementType, "::ingot::RandomKind":$kind, "double":$first, "double":$second,
    "int64_t":$seed, CppSizes:$sizes, CArg<CppValue, "{}">:$runSeed, CArg<CppValue, "{}">:$step)>];
  let extraClassDeclaration = Ingot_Mixed<"Sizes">.decl;
  let hasCanonicalizer = 1;
  let assemblyFormat = [{ $kind `(` $first `,` $second `)` `seed` `=` $seed (`of` `(` $run_seed^ `,` $step `)`)? `sizes` custom<DynamicIndexList>($sizes,
    $static_sizes) attr-dict `:` type($result) }];
  let hasVerifier = 1;
}

def Ingot_YieldOp : Op<Ingot_Dialect, "yield", [Pure, Terminator, ParentOneOf<["CompositeOp"]>]> {
  let summary = "Ends the region of `composite`";
  let description = [{
    The results of the `composite` around it. Gradient: that of the composite.

    ```mlir
    ingot.yield %p : tensor<?xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

def Ingot_CompositeOp : Ingot_Op<"composite", [Pure, IsolatedFromAbove, SingleBlock]> {
  let summary = "A named group of ops; the region is its definition";
  let description = [{
    The region applied to the inputs. A kernel may recognize `name` and `parameters` and compute the same otherwise.

    (C1) the region's arguments have the inputs' types.
    (C2) the region ends in a `yield` of values of the results' types.

    Gradient: that of the region.

    ```mlir
    %y = ingot.composite "swish"(%x) {parameters = {alpha = 1.0 : f64}} : (tensor<?xf32>) -> tensor<?xf32> {
    ^bb0(%a: tensor<?xf32>):
      %s = ingot.sigmoid %a : tensor<?xf32>
      %p = ingot.mul %a, %s : tensor<?xf32>
      ingot.yield %p : tensor<?xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$inputs, StrAttr:$name, OptionalAttr<DictionaryAttr>:$parameters);
  let results = (outs Variadic<Ingot_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$name `(` $inputs `)` attr-dict `:` functional-type($inputs, $results) $body";
  let hasVerifier = 1;
}

def Ingot_CustomCallOp : Ingot_Op<"custom_call", [Pure]> {
  let summary = "A call of a C function of the runtime's kernel library";
  let description = [{
    What the kernel library's function `callee` computes from the inputs and `parameters`. It has no side effects; sizes of
    results that are dynamic are its own to decide.

    (C1) `callee` is not empty.

    Gradient: none of results that are no floats; otherwise it cannot be differentiated.

    ```mlir
    %y = ingot.custom_call "non_max_suppression"(%x, %n) {parameters = {center = 1 : i64}}
       : (tensor<?x4xf32>, index) -> tensor<?x3xi64>
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$inputs, StrAttr:$callee, OptionalAttr<DictionaryAttr>:$parameters);
  let results = (outs Variadic<Ingot_Tensor>:$results);
  let assemblyFormat = "$callee `(` $inputs `)` attr-dict `:` functional-type($inputs, $results)";
  let hasVerifier = 1;
}

def Ingot_AssertOp : Ingot_Op<"assert"> {
  let summary = "Stops the run with an error when the condition is false";
  let description = [{
    Ends the run with an error that holds `message` unless `condition` is true. Gradient: none.

    ```mlir
    ingot.assert %c, "the batch is not 1"
    ```
  }];
  let arguments = (ins I1:$condition, StrAttr:$message);
  let assemblyFormat = "$condition `,` $message attr-dict";
}

//===-------------------------------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------------===//

include "IngotBase.td"

class Ingot_ElementwiseOp<string mnemonic, list<Trait> traits = []> : Ingot_Op<mnemonic, traits # [
    Pure, DeclareOpInterfaceMethods<Ingot_AxisOpInterface>]>;

class Ingot_UnaryOp<string mnemonic, Type operand> : Ingot_ElementwiseOp<mnemonic, [SameOperandsAndResultType]> {
  let arguments = (ins operand:$x);
  let results = (outs operand:$result);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

class Ingot_BinaryOp<string mnemonic, Type operand, list<Trait> traits = []>
    : Ingot_ElementwiseOp<mnemonic, traits # [SameOperandsAndResultType]> {
  let arguments = (ins operand:$lhs, operand:$rhs);
  let results = (outs operand:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` custom<OneOrAllTypes>(type($lhs), type($rhs), type($result))";
}

class Ingot_PredicateOp<string mnemonic> : Ingot_ElementwiseOp<mnemonic, [SameOperandsAndResultShape, Ingot_InferType]> {
  let arguments = (ins Ingot_FloatTensor:$x);
  let results = (outs Ingot_BoolTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type($x, $result)";
}

def Ingot_AbsOp : Ingot_UnaryOp<"abs", Ingot_NumberTensor> {
  let summary = "`|x|`";
  let description = [{
    `result = |x|` for each element. The smallest integer of a signed type stays what it is; NaN stays NaN. f16 and bf16 compute
    in f32. An empty tensor gives an empty one. Gradient: `dx = dy * sign(x)`, 0 at 0.

    ```mlir
    %y = ingot.abs %x : tensor<?x3xf32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_NegOp : Ingot_UnaryOp<"neg", Ingot_NumberTensor> {
  let summary = "`-x`";
  let description = [{
    `result = -x` for each element. Integers wrap, unsigned ones too; the sign of NaN is not specified. f16 and bf16 compute in
    f32. An empty tensor gives an empty one. Gradient: `dx = -dy`.

    ```mlir
    %y = ingot.neg %x : tensor<?x3xf32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_SignOp : Ingot_UnaryOp<"sign", Ingot_NumberTensor> {
  let summary = "-1, 0 or 1";
  let description = [{
    `result = -1`, `0` or `1`, as x is below, at or above 0, for each element. NaN stays NaN; unsigned integers give 0 or 1. f16
    and bf16 compute in f32. An empty tensor gives an empty one. Gradient: none, the result only jumps.

    ```mlir
    %y = ingot.sign %x : tensor<?x3xf32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_CeilOp : Ingot_UnaryOp<"ceil", Ingot_FloatTensor> {
  let summary = "The smallest integer not below x";
  let description = [{
    `result` is the smallest integer that is not below x, for each element. NaN and infinities stay what they are. f16 and bf16
    compute in f32. An empty tensor gives an empty one. Gradient: none, the result only jumps.

    ```mlir
    %y = ingot.ceil %x : tensor<?x3xf32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_FloorOp : Ingot_UnaryOp<"floor", Ingot_FloatTensor> {
  let summary = "The largest integer not above x";
  let description = [{
    `result` is the largest integer that is not above x, for each element. NaN and infinities stay what they are. f16 and bf16
    compute in f32. An empty tensor gives an empty one. Gradient: none, the result only jumps.

    ```mlir
    %y = ingot.floor %x : tensor<?x3xf32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_RoundOp : Ingot_UnaryOp<"round", Ingot_FloatTensor> {
  let summary = "The nearest integer, ties to even";
  let description = [{
    `result` is the integer nearest to x, the even one of two, for each element. NaN and infinities stay what they are. f16 and
    bf16 compute in f32. An empty tensor gives an empty one. Gradient: none, the result only jumps.

    ```mlir
    %y = ingot.round %x : tensor<?x3xf32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_SqrtOp : Ingot_UnaryOp<"sqrt", Ingot_FloatTensor> {
  let summary = "Square root";
  let description = [{
    `result = sqrt(x)` for each element. NaN below 0. f16 and bf16 compute in f32. An empty tensor gives an empty one. Gradient:
    `dx = dy / (2 result)`, 0 at 0.

    ```mlir
    %y = ingot.sqrt %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_RsqrtOp : Ingot_UnaryOp<"rsqrt", Ingot_FloatTensor> {
  let summary = "`1 / sqrt(x)`";
  let description = [{
    `result = 1 / sqrt(x)` for each element. NaN below 0, an infinity at 0. f16 and bf16 compute in f32. An empty tensor gives an
    empty one. Gradient: `dx = -dy result^3 / 2`.

    ```mlir
    %y = ingot.rsqrt %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_ExpOp : Ingot_UnaryOp<"exp", Ingot_FloatTensor> {
  let summary = "`e^x`";
  let description = [{
    `result = e^x` for each element. Overflows to infinity, underflows to 0. f16 and bf16 compute in f32. An empty tensor gives an
    empty one. Gradient: `dx = dy * result`.

    ```mlir
    %y = ingot.exp %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_Expm1Op : Ingot_UnaryOp<"expm1", Ingot_FloatTensor> {
  let summary = "`e^x - 1`";
  let description = [{
    `result = e^x - 1`, accurate near 0, for each element. Overflows to infinity. f16 and bf16 compute in f32. An empty tensor
    gives an empty one. Gradient: `dx = dy * (result + 1)`.

    ```mlir
    %y = ingot.expm1 %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_LogOp : Ingot_UnaryOp<"log", Ingot_FloatTensor> {
  let summary = "Natural logarithm";
  let description = [{
    `result = log(x)`, to base e, for each element. NaN below 0, -infinity at 0. f16 and bf16 compute in f32. An empty tensor
    gives an empty one. Gradient: `dx = dy / x`.

    ```mlir
    %y = ingot.log %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_Log1pOp : Ingot_UnaryOp<"log1p", Ingot_FloatTensor> {
  let summary = "`log(1 + x)`";
  let description = [{
    `result = log(1 + x)`, accurate near 0, for each element. NaN below -1, -infinity at -1. f16 and bf16 compute in f32. An empty
    tensor gives an empty one. Gradient: `dx = dy / (1 + x)`.

    ```mlir
    %y = ingot.log1p %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_SinOp : Ingot_UnaryOp<"sin", Ingot_FloatTensor> {
  let summary = "Sine";
  let description = [{
    `result = sin(x)`, in radians, for each element. NaN at infinities. f16 and bf16 compute in f32. An empty tensor gives an
    empty one. Gradient: `dx = dy * cos(x)`.

    ```mlir
    %y = ingot.sin %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_CosOp : Ingot_UnaryOp<"cos", Ingot_FloatTensor> {
  let summary = "Cosine";
  let description = [{
    `result = cos(x)`, in radians, for each element. NaN at infinities. f16 and bf16 compute in f32. An empty tensor gives an
    empty one. Gradient: `dx = -dy * sin(x)`.

    ```mlir
    %y = ingot.cos %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_TanOp : Ingot_UnaryOp<"tan", Ingot_FloatTensor> {
  let summary = "Tangent";
  let description = [{
    `result = tan(x)`, in radians, for each element. NaN at infinities. f16 and bf16 compute in f32. An empty tensor gives an
    empty one. Gradient: `dx = dy * (1 + result^2)`.

    ```mlir
    %y = ingot.tan %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_AsinOp : Ingot_UnaryOp<"asin", Ingot_FloatTensor> {
  let summary = "Arc sine";
  let description = [{
    `result = asin(x)` in [-pi/2, pi/2] for each element. NaN outside of [-1, 1]. f16 and bf16 compute in f32. An empty tensor
    gives an empty one. Gradient: `dx = dy / sqrt(1 - x^2)`.

    ```mlir
    %y = ingot.asin %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_AcosOp : Ingot_UnaryOp<"acos", Ingot_FloatTensor> {
  let summary = "Arc cosine";
  let description = [{
    `result = acos(x)` in [0, pi] for each element. NaN outside of [-1, 1]. f16 and bf16 compute in f32. An empty tensor gives an
    empty one. Gradient: `dx = -dy / sqrt(1 - x^2)`.

    ```mlir
    %y = ingot.acos %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_AtanOp : Ingot_UnaryOp<"atan", Ingot_FloatTensor> {
  let summary = "Arc tangent";
  let description = [{
    `result = atan(x)` in [-pi/2, pi/2] for each element. NaN stays NaN. f16 and bf16 compute in f32. An empty tensor gives an
    empty one. Gradient: `dx = dy / (1 + x^2)`.

    ```mlir
    %y = ingot.atan %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_SinhOp : Ingot_UnaryOp<"sinh", Ingot_FloatTensor> {
  let summary = "Hyperbolic sine";
  let description = [{
    `result = sinh(x)` for each element. Overflows to an infinity. f16 and bf16 compute in f32. An empty tensor gives an empty
    one. Gradient: `dx = dy * cosh(x)`.

    ```mlir
    %y = ingot.sinh %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_CoshOp : Ingot_UnaryOp<"cosh", Ingot_FloatTensor> {
  let summary = "Hyperbolic cosine";
  let description = [{
    `result = cosh(x)` for each element. Overflows to infinity. f16 and bf16 compute in f32. An empty tensor gives an empty one.
    Gradient: `dx = dy * sinh(x)`.

    ```mlir
    %y = ingot.cosh %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_AsinhOp : Ingot_UnaryOp<"asinh", Ingot_FloatTensor> {
  let summary = "Inverse hyperbolic sine";
  let description = [{
    `result = asinh(x)` for each element. NaN and infinities stay what they are. f16 and bf16 compute in f32. An empty tensor
    gives an empty one. Gradient: `dx = dy / sqrt(x^2 + 1)`.

    ```mlir
    %y = ingot.asinh %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_AcoshOp : Ingot_UnaryOp<"acosh", Ingot_FloatTensor> {
  let summary = "Inverse hyperbolic cosine";
  let description = [{
    `result = acosh(x)` for each element. NaN below 1. f16 and bf16 compute in f32. An empty tensor gives an empty one. Gradient:
    `dx = dy / sqrt(x^2 - 1)`.

    ```mlir
    %y = ingot.acosh %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_AtanhOp : Ingot_UnaryOp<"atanh", Ingot_FloatTensor> {
  let summary = "Inverse hyperbolic tangent";
  let description = [{
    `result = atanh(x)` for each element. NaN outside of [-1, 1], an infinity at its ends. f16 and bf16 compute in f32. An empty
    tensor gives an empty one. Gradient: `dx = dy / (1 - x^2)`.

    ```mlir
    %y = ingot.atanh %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_TanhOp : Ingot_UnaryOp<"tanh", Ingot_FloatTensor> {
  let summary = "Hyperbolic tangent";
  let description = [{
    `result = tanh(x)` for each element. 1 and -1 at infinities; NaN stays NaN. f16 and bf16 compute in f32. An empty tensor gives
    an empty one. Gradient: `dx = dy * (1 - result^2)`.

    ```mlir
    %y = ingot.tanh %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_ErfOp : Ingot_UnaryOp<"erf", Ingot_FloatTensor> {
  let summary = "Gauss error function";
  let description = [{
    `result = erf(x) = 2/sqrt(pi) * integral of e^(-t^2) from 0 to x` for each element. 1 and -1 at infinities; NaN stays NaN. f16
    and bf16 compute in f32. An empty tensor gives an empty one. Gradient: `dx = dy * 2/sqrt(pi) * e^(-x^2)`.

    ```mlir
    %y = ingot.erf %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_SigmoidOp : Ingot_UnaryOp<"sigmoid", Ingot_FloatTensor> {
  let summary = "`1 / (1 + e^-x)`";
  let description = [{
    `result = 1 / (1 + e^-x)` for each element. 0 and 1 at infinities, without overflow before; NaN stays NaN. f16 and bf16
    compute in f32. An empty tensor gives an empty one. Gradient: `dx = dy * result * (1 - result)`.

    ```mlir
    %y = ingot.sigmoid %x : tensor<?x3xf32>
    ```
  }];
}

def Ingot_NotOp : Ingot_UnaryOp<"not", Ingot_IntOrBoolTensor> {
  let summary = "Bitwise, and for bool logical, negation";
  let description = [{
    Inverts every bit of an integer and the truth of a bool. An empty tensor gives an empty one. Gradient: none.

    ```mlir
    %y = ingot.not %x : tensor<?xi1>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_IsNanOp : Ingot_PredicateOp<"is_nan"> {
  let summary = "Whether x is NaN";
  let description = [{
    `result = x != x` for each element. An empty tensor gives an empty one. Gradient: none.

    ```mlir
    %y = ingot.is_nan %x : (tensor<?xf32>) -> tensor<?xi1>
    ```
  }];
}

def Ingot_IsInfOp : Ingot_PredicateOp<"is_inf"> {
  let summary = "Whether x is an infinity";
  let description = [{
    Whether an element is +infinity (counted when `positive`) or -infinity (counted when `negative`). Gradient: none.

    ```mlir
    %y = ingot.is_inf %x : (tensor<?xf32>) -> tensor<?xi1>
    ```
  }];
  let arguments = (ins Ingot_FloatTensor:$x, DefaultValuedAttr<BoolAttr, "true">:$positive,
                       DefaultValuedAttr<BoolAttr, "true">:$negative);
}

def Ingot_CastOp : Ingot_ElementwiseOp<"cast", [SameOperandsAndResultShape]> {
  let builders = [OpBuilder<(ins CppValue:$x, "::mlir::Type":$elementType)>];
  let summary = "Conversion to another element type";
  let description = [{
    Each element in another type, as ONNX's Cast: a float is truncated toward zero to an integer and rounded to the nearest float,
    ties to even; an integer wraps to a narrower one; bool is 0 or 1, and true is what is not 0, NaN included. A float too large
    for the integer type, and NaN, gives a value that is not specified; one too large for the float type gives an infinity. An
    empty tensor gives an empty one. Gradient: `dx = cast(dy)` between floats, none else.

    ```mlir
    %y = ingot.cast %x : (tensor<?xf32>) -> tensor<?xui8>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type($x, $result)";
  let hasFolder = 1;
}

def Ingot_BitcastOp : Ingot_ElementwiseOp<"bitcast", [SameOperandsAndResultShape]> {
  let builders = [OpBuilder<(ins CppValue:$x, "::mlir::Type":$elementType)>];
  let summary = "The same bits as another element type of the same width";
  let description = [{
    The bits of each element read as another type.

    (C1) both element types have the same width.

    Every bit pattern is kept, NaN payloads too. Gradient: none.

    ```mlir
    %y = ingot.bitcast %x : (tensor<?xf32>) -> tensor<?xui32>
    ```
  }];
  let arguments = (ins Ingot_Tensor:$x);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
}

def Ingot_AddOp : Ingot_BinaryOp<"add", Ingot_NumberTensor, [Commutative]> {
  let summary = "Sum; integers wrap";
  let description = [{
    `result = lhs + rhs` for each element. Integers wrap; the sign of a float sum of zero is not specified. The operands have one
    shape. f16 and bf16 compute in f32. Empty tensors give an empty one. Gradient: `dlhs = drhs = dy`.

    ```mlir
    %y = ingot.add %x, %y : tensor<?x3xf32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_SubOp : Ingot_BinaryOp<"sub", Ingot_NumberTensor> {
  let summary = "Difference; integers wrap";
  let description = [{
    `result = lhs - rhs` for each element. Integers wrap; the sign of a float difference of zero is not specified. The operands
    have one shape. f16 and bf16 compute in f32. Empty tensors give an empty one. Gradient: `dlhs = dy`, `drhs = -dy`.

    ```mlir
    %y = ingot.sub %x, %y : tensor<?x3xf32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_MulOp : Ingot_BinaryOp<"mul", Ingot_NumberTensor, [Commutative]> {
  let summary = "Product; integers wrap";
  let description = [{
    `result = lhs * rhs` for each element. Integers wrap. The operands have one shape. f16 and bf16 compute in f32. Empty tensors
    give an empty one. Gradient: `dlhs = dy * rhs`, `drhs = dy * lhs`.

    ```mlir
    %y = ingot.mul %x, %y : tensor<?x3xf32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_DivOp : Ingot_BinaryOp<"div", Ingot_NumberTensor> {
  let summary = "Quotient; integers truncate toward zero";
  let description = [{
    `result = lhs / rhs` for each element. Integers truncate toward zero; dividing one by 0 gives a value that is not specified,
    and does not trap. The operands have one shape. f16 and bf16 compute in f32. Empty tensors give an empty one. Gradient: `dlhs
    = dy / rhs`, `drhs = -dy * result / rhs`.

    ```mlir
    %y = ingot.div %x, %y : tensor<?x3xf32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_MaxOp : Ingot_BinaryOp<"max", Ingot_NumberTensor, [Commutative]> {
  let summary = "Maximum; NaN where an operand is NaN";
  let description = [{
    `result` is the larger of lhs and rhs, for each element. NaN where either is NaN; the sign of a zero is not specified. The
    operands have one shape. f16 and bf16 compute in f32. Empty tensors give an empty one. Gradient: dy to the operand that is the
    result, half to each of two equal ones, but none to one that equals a constant: relu has the derivative 0 at 0.

    ```mlir
    %y = ingot.max %x, %y : tensor<?x3xf32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_MinOp : Ingot_BinaryOp<"min", Ingot_NumberTensor, [Commutative]> {
  let summary = "Minimum; NaN where an operand is NaN";
  let description = [{
    `result` is the smaller of lhs and rhs, for each element. NaN where either is NaN; the sign of a zero is not specified. The
    operands have one shape. f16 and bf16 compute in f32. Empty tensors give an empty one. Gradient: dy to the operand that is the
    result, half to each of two equal ones, but none to one that equals a constant: relu has the derivative 0 at 0.

    ```mlir
    %y = ingot.min %x, %y : tensor<?x3xf32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_AndOp : Ingot_BinaryOp<"and", Ingot_IntOrBoolTensor, [Commutative]> {
  let summary = "Bitwise, and for bool logical, conjunction";
  let description = [{
    `result = lhs & rhs` bit by bit; of bools, whether both are true. Empty tensors give an empty one. Gradient: none.

    ```mlir
    %y = ingot.and %x, %y : tensor<?xi1>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_OrOp : Ingot_BinaryOp<"or", Ingot_IntOrBoolTensor, [Commutative]> {
  let summary = "Bitwise, and for bool logical, disjunction";
  let description = [{
    `result = lhs | rhs` bit by bit; of bools, whether one is true. Empty tensors give an empty one. Gradient: none.

    ```mlir
    %y = ingot.or %x, %y : tensor<?xi1>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_XorOp : Ingot_BinaryOp<"xor", Ingot_IntOrBoolTensor, [Commutative]> {
  let summary = "Bitwise, and for bool logical, exclusive or";
  let description = [{
    `result = lhs ^ rhs` bit by bit; of bools, whether they differ. Empty tensors give an empty one. Gradient: none.

    ```mlir
    %y = ingot.xor %x, %y : tensor<?xi1>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_ShlOp : Ingot_BinaryOp<"shl", Ingot_IntTensor> {
  let summary = "Shift left; 0 when the count is the width or more";
  let description = [{
    `result = lhs << rhs`; 0 where rhs, read as unsigned, is the width or more. Empty tensors give an empty one. Gradient: none.

    ```mlir
    %y = ingot.shl %x, %y : tensor<?xui32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_ShrOp : Ingot_BinaryOp<"shr", Ingot_IntTensor> {
  let summary = "Shift right, logical for unsigned and arithmetic for signed; the count is capped at the width";
  let description = [{
    `result = lhs >> rhs`: zeros come in for unsigned types, copies of the sign for signed ones, also where rhs, read as unsigned,
    is the width or more. Empty tensors give an empty one. Gradient: none.

    ```mlir
    %y = ingot.shr %x, %y : tensor<?xui32>
    ```
  }];
  let hasFolder = 1;
}

def Ingot_RemOp : Ingot_BinaryOp<"rem", Ingot_NumberTensor> {
  let summary = "Remainder, with the sign of the divisor or (`fmod`) of the dividend";
  let description = [{
    `result = lhs - rhs * floor(lhs / rhs)`, which has the sign of rhs, or with `fmod` `lhs - rhs * trunc(lhs / rhs)`, which has
    the sign of lhs. An integer remainder by 0 is a value that is not specified, and does not trap; a float one is NaN. Empty
    tensors give an empty one. Gradient: `dlhs = dy`, `drhs = -dy * (lhs - result) / rhs`.

    ```mlir
    %y = ingot.rem %x, %y : tensor<?xf32>
    ```
  }];
  let arguments = (ins Ingot_NumberTensor:$lhs, Ingot_NumberTensor:$rhs, UnitAttr:$fmod);
}

def Ingot_PowOp : Ingot_ElementwiseOp<"pow", [SameOperandsAndResultShape,
    AllElementTypesMatch<["lhs", "result"]>, Ingot_InferType]> {
  let summary = "`lhs^rhs`, in the type of lhs";
  let description = [{
    `result = lhs^rhs` for each element, in the type of lhs, as C's `pow`. Integers to a negative power are 0, unless lhs is 1 or
    -1; 0 to the power 0 is 1. NaN as C says. Empty tensors give an empty one. Gradient: `dlhs = dy * rhs * lhs^(rhs - 1)`, 0
    where rhs is 0; `drhs = dy * result * log(lhs)`, 0 where lhs is 0.

    ```mlir
    %y = ingot.pow %x, %y : (tensor<?xf32>, tensor<?xi64>) -> tensor<?xf32>
    ```
  }];
  let hasFolder = 1;
  let arguments = (ins Ingot_NumberTensor:$lhs, Ingot_NumberTensor:$rhs);
  let results = (outs Ingot_NumberTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, $result)";
}

def Ingot_Comparison : Ingot_I32Enum<"Comparison", "Relation of `compare`", [
    I32EnumAttrCase<"EQ", 0, "eq">, I32EnumAttrCase<"NE", 1, "ne">, I32EnumAttrCase<"LT", 2, "lt">,
    I32EnumAttrCase<"LE", 3, "le">, I32EnumAttrCase<"GT", 4, "gt">, I32EnumAttrCase<"GE", 5, "ge">]>;
def Ingot_ComparisonAttr : Ingot_EnumAttr<Ingot_Comparison, "comparison">;

def Ingot_CompareOp : Ingot_ElementwiseOp<"compare", [SameOperandsAndResultShape, SameOperandsElementType,
    Ingot_InferType]> {
  let summary = "Elementwise relation; every relation with NaN but `ne` is false";
  let description = [{
    Whether lhs stands in `relation` to rhs, element by element. Every relation with NaN but `ne` is false. false is less than
    true. The operands have one element type and one shape. Empty tensors give an empty one. Gradient: none.

    ```mlir
    %y = ingot.compare eq %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
    ```
  }];
  let arguments = (ins Ingot_ComparisonAttr:$relation, Ingot_Tensor:$lhs, Ingot_Tensor:$rhs);
  let results = (outs Ingot_BoolTensor:$result);
  let assemblyFormat = "$relation $lhs `,` $rhs attr-dict `:` functional-type(operands, $result)";
}

def Ingot_SelectOp : Ingot_ElementwiseOp<"select", [SameOperandsAndResultShape,
    AllElementTypesMatch<["on_true", "on_false", "result"]>, Ingot_InferType]> {
  let summary = "`condition ? on_true : on_false`, element by element";
  let description = [{
    `result = condition ? on_true : on_false` for each element. The operands have one shape. Empty tensors give an empty one.
    Gradient: dy to the operand that was taken.

    ```mlir
    %y = ingot.select %c, %x, %y : (tensor<?xi1>, tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    ```
  }];
  let arguments = (ins Ingot_BoolTensor:$condition, Ingot_Tensor:$on_true, Ingot_Tensor:$on_false);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$condition `,` $on_true `,` $on_false attr-dict `:` functional-type(operands, $result)";
  let hasFolder = 1;
}

def Ingot_ClampOp : Ingot_ElementwiseOp<"clamp", [SameOperandsAndResultType]> {
  let summary = "`min(max(x, low), high)`";
  let description = [{
    `result = min(max(x, low), high)` for each element, so that `high` wins where it is below `low`. NaN in any operand gives NaN.
    Empty tensors give an empty one. Gradient: dy to the operand that is the result.

    ```mlir
    %y = ingot.clamp %x, %l, %h : tensor<?xf32>
    ```
  }];
  let hasFolder = 1;
  let arguments = (ins Ingot_NumberTensor:$x, Ingot_NumberTensor:$low, Ingot_NumberTensor:$high);
  let results = (outs Ingot_NumberTensor:$result);
  let assemblyFormat = [{ $x `,` $low `,` $high attr-dict `:`
    custom<OneOrAllTypes>(type($x), type($low), type($high), type($result)) }];
}

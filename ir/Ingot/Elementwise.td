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
  let hasFolder = 1;
}

def Ingot_NegOp : Ingot_UnaryOp<"neg", Ingot_NumberTensor> {
  let summary = "`-x`";
  let hasFolder = 1;
}

def Ingot_SignOp : Ingot_UnaryOp<"sign", Ingot_NumberTensor> {
  let summary = "-1, 0 or 1";
  let hasFolder = 1;
}

def Ingot_CeilOp : Ingot_UnaryOp<"ceil", Ingot_FloatTensor> {
  let summary = "The smallest integer not below x";
  let hasFolder = 1;
}

def Ingot_FloorOp : Ingot_UnaryOp<"floor", Ingot_FloatTensor> {
  let summary = "The largest integer not above x";
  let hasFolder = 1;
}

def Ingot_RoundOp : Ingot_UnaryOp<"round", Ingot_FloatTensor> {
  let summary = "The nearest integer, ties to even";
  let hasFolder = 1;
}

def Ingot_SqrtOp : Ingot_UnaryOp<"sqrt", Ingot_FloatTensor> {
  let summary = "Square root";
}

def Ingot_RsqrtOp : Ingot_UnaryOp<"rsqrt", Ingot_FloatTensor> {
  let summary = "`1 / sqrt(x)`";
}

def Ingot_ExpOp : Ingot_UnaryOp<"exp", Ingot_FloatTensor> {
  let summary = "`e^x`";
}

def Ingot_Expm1Op : Ingot_UnaryOp<"expm1", Ingot_FloatTensor> {
  let summary = "`e^x - 1`";
}

def Ingot_LogOp : Ingot_UnaryOp<"log", Ingot_FloatTensor> {
  let summary = "Natural logarithm";
}

def Ingot_Log1pOp : Ingot_UnaryOp<"log1p", Ingot_FloatTensor> {
  let summary = "`log(1 + x)`";
}

def Ingot_SinOp : Ingot_UnaryOp<"sin", Ingot_FloatTensor> {
  let summary = "Sine";
}

def Ingot_CosOp : Ingot_UnaryOp<"cos", Ingot_FloatTensor> {
  let summary = "Cosine";
}

def Ingot_TanOp : Ingot_UnaryOp<"tan", Ingot_FloatTensor> {
  let summary = "Tangent";
}

def Ingot_AsinOp : Ingot_UnaryOp<"asin", Ingot_FloatTensor> {
  let summary = "Arc sine";
}

def Ingot_AcosOp : Ingot_UnaryOp<"acos", Ingot_FloatTensor> {
  let summary = "Arc cosine";
}

def Ingot_AtanOp : Ingot_UnaryOp<"atan", Ingot_FloatTensor> {
  let summary = "Arc tangent";
}

def Ingot_SinhOp : Ingot_UnaryOp<"sinh", Ingot_FloatTensor> {
  let summary = "Hyperbolic sine";
}

def Ingot_CoshOp : Ingot_UnaryOp<"cosh", Ingot_FloatTensor> {
  let summary = "Hyperbolic cosine";
}

def Ingot_AsinhOp : Ingot_UnaryOp<"asinh", Ingot_FloatTensor> {
  let summary = "Inverse hyperbolic sine";
}

def Ingot_AcoshOp : Ingot_UnaryOp<"acosh", Ingot_FloatTensor> {
  let summary = "Inverse hyperbolic cosine";
}

def Ingot_AtanhOp : Ingot_UnaryOp<"atanh", Ingot_FloatTensor> {
  let summary = "Inverse hyperbolic tangent";
}

def Ingot_TanhOp : Ingot_UnaryOp<"tanh", Ingot_FloatTensor> {
  let summary = "Hyperbolic tangent";
}

def Ingot_ErfOp : Ingot_UnaryOp<"erf", Ingot_FloatTensor> {
  let summary = "Gauss error function";
}

def Ingot_SigmoidOp : Ingot_UnaryOp<"sigmoid", Ingot_FloatTensor> {
  let summary = "`1 / (1 + e^-x)`";
}

def Ingot_NotOp : Ingot_UnaryOp<"not", Ingot_IntOrBoolTensor> {
  let summary = "Bitwise, and for bool logical, negation";
  let hasFolder = 1;
}

def Ingot_IsNanOp : Ingot_PredicateOp<"is_nan"> {
  let summary = "Whether x is NaN";
}

def Ingot_IsInfOp : Ingot_PredicateOp<"is_inf"> {
  let summary = "Whether x is an infinity";
  let arguments = (ins Ingot_FloatTensor:$x, DefaultValuedAttr<BoolAttr, "true">:$positive,
                       DefaultValuedAttr<BoolAttr, "true">:$negative);
}

def Ingot_CastOp : Ingot_ElementwiseOp<"cast", [SameOperandsAndResultShape]> {
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Type":$elementType)>];
  let summary = "Conversion to another element type";
  let arguments = (ins Ingot_Tensor:$x);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type($x, $result)";
  let hasFolder = 1;
}

def Ingot_BitcastOp : Ingot_ElementwiseOp<"bitcast", [SameOperandsAndResultShape]> {
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Type":$elementType)>];
  let summary = "The same bits as another element type of the same width";
  let arguments = (ins Ingot_Tensor:$x);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type($x, $result)";
  let hasVerifier = 1;
}

def Ingot_AddOp : Ingot_BinaryOp<"add", Ingot_NumberTensor, [Commutative]> {
  let summary = "Sum; integers wrap";
  let hasFolder = 1;
}

def Ingot_SubOp : Ingot_BinaryOp<"sub", Ingot_NumberTensor> {
  let summary = "Difference; integers wrap";
  let hasFolder = 1;
}

def Ingot_MulOp : Ingot_BinaryOp<"mul", Ingot_NumberTensor, [Commutative]> {
  let summary = "Product; integers wrap";
  let hasFolder = 1;
}

def Ingot_DivOp : Ingot_BinaryOp<"div", Ingot_NumberTensor> {
  let summary = "Quotient; integers truncate toward zero";
  let hasFolder = 1;
}

def Ingot_MaxOp : Ingot_BinaryOp<"max", Ingot_NumberTensor, [Commutative]> {
  let summary = "Maximum; NaN where an operand is NaN";
  let hasFolder = 1;
}

def Ingot_MinOp : Ingot_BinaryOp<"min", Ingot_NumberTensor, [Commutative]> {
  let summary = "Minimum; NaN where an operand is NaN";
  let hasFolder = 1;
}

def Ingot_AndOp : Ingot_BinaryOp<"and", Ingot_IntOrBoolTensor, [Commutative]> {
  let summary = "Bitwise, and for bool logical, conjunction";
  let hasFolder = 1;
}

def Ingot_OrOp : Ingot_BinaryOp<"or", Ingot_IntOrBoolTensor, [Commutative]> {
  let summary = "Bitwise, and for bool logical, disjunction";
  let hasFolder = 1;
}

def Ingot_XorOp : Ingot_BinaryOp<"xor", Ingot_IntOrBoolTensor, [Commutative]> {
  let summary = "Bitwise, and for bool logical, exclusive or";
  let hasFolder = 1;
}

def Ingot_ShlOp : Ingot_BinaryOp<"shl", Ingot_IntTensor> {
  let summary = "Shift left; 0 when the count is the width or more";
  let hasFolder = 1;
}

def Ingot_ShrOp : Ingot_BinaryOp<"shr", Ingot_IntTensor> {
  let summary = "Shift right, logical for unsigned and arithmetic for signed; the count is capped at the width";
  let hasFolder = 1;
}

def Ingot_RemOp : Ingot_BinaryOp<"rem", Ingot_NumberTensor> {
  let summary = "Remainder, with the sign of the divisor or (`fmod`) of the dividend";
  let arguments = (ins Ingot_NumberTensor:$lhs, Ingot_NumberTensor:$rhs, UnitAttr:$fmod);
}

def Ingot_PowOp : Ingot_ElementwiseOp<"pow", [SameOperandsAndResultShape,
    AllElementTypesMatch<["lhs", "result"]>, Ingot_InferType]> {
  let summary = "`lhs^rhs`, in the type of lhs";
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
  let arguments = (ins Ingot_ComparisonAttr:$relation, Ingot_Tensor:$lhs, Ingot_Tensor:$rhs);
  let results = (outs Ingot_BoolTensor:$result);
  let assemblyFormat = "$relation $lhs `,` $rhs attr-dict `:` functional-type(operands, $result)";
}

def Ingot_SelectOp : Ingot_ElementwiseOp<"select", [SameOperandsAndResultShape,
    AllElementTypesMatch<["on_true", "on_false", "result"]>, Ingot_InferType]> {
  let summary = "`condition ? on_true : on_false`, element by element";
  let arguments = (ins Ingot_BoolTensor:$condition, Ingot_Tensor:$on_true, Ingot_Tensor:$on_false);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$condition `,` $on_true `,` $on_false attr-dict `:` functional-type(operands, $result)";
  let hasFolder = 1;
}

def Ingot_ClampOp : Ingot_ElementwiseOp<"clamp", [SameOperandsAndResultType]> {
  let summary = "`min(max(x, low), high)`";
  let hasFolder = 1;
  let arguments = (ins Ingot_NumberTensor:$x, Ingot_NumberTensor:$low, Ingot_NumberTensor:$high);
  let results = (outs Ingot_NumberTensor:$result);
  let assemblyFormat = "$x `,` $low `,` $high attr-dict `:` custom<OneOrAllTypes>(type($x), type($low), type($high), type($result))";
}

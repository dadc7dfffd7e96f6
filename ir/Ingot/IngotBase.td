//===- IngotBase.td - Dialect, types and base classes ------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What every op of the dialect shares. Signless integers are ONNX's signed ones, `ui8` ... `ui64` the unsigned ones,
// `i1` is bool. Broadcasting is always explicit: the operands of an elementwise op have one shape.
//
//===-------------------------------------------------------------------------===//

#ifndef INGOT_BASE_TD
#define INGOT_BASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "IngotInterfaces.td"

def Ingot_Dialect : Dialect {
  let name = "ingot";
  let cppNamespace = "::ingot";
  let summary = "ONNX models as value-semantics tensor programs";
  let description = [{
    About 85 ops with one meaning each, onto which the frontend decomposes ONNX's operators. All ops work on ranked tensors
    whose dimensions may be dynamic; an op that has sizes takes them mixed, static in an attribute and dynamic as `index`
    operands. The evaluator (`ir/Eval`) is the executable form of this specification.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
  let hasConstantMaterializer = 1;
  let hasCanonicalizer = 1;
  let useDefaultAttributePrinterParser = 1;
}

def Ingot_Float : AnyTypeOf<[F64, F32, F16, BF16], "float">;
def Ingot_SignedInt : AnyTypeOf<[I8, I16, I32, I64]>;
def Ingot_UnsignedInt : AnyTypeOf<[UI8, UI16, UI32, UI64]>;
def Ingot_Int : AnyTypeOf<[I8, I16, I32, I64, UI8, UI16, UI32, UI64], "integer">;
def Ingot_Number : AnyTypeOf<[F64, F32, F16, BF16, I8, I16, I32, I64, UI8, UI16, UI32, UI64], "number">;
def Ingot_IntOrBool : AnyTypeOf<[I1, I8, I16, I32, I64, UI8, UI16, UI32, UI64], "integer or bool">;
def Ingot_Element : AnyTypeOf<[F64, F32, F16, BF16, I1, I8, I16, I32, I64, UI8, UI16, UI32, UI64], "number or bool">;

def Ingot_Tensor : RankedTensorOf<[Ingot_Element]>;
def Ingot_FloatTensor : RankedTensorOf<[Ingot_Float]>;
def Ingot_IntTensor : RankedTensorOf<[Ingot_Int]>;
def Ingot_IntOrBoolTensor : RankedTensorOf<[Ingot_IntOrBool]>;
def Ingot_NumberTensor : RankedTensorOf<[Ingot_Number]>;
def Ingot_BoolTensor : RankedTensorOf<[I1]>;
def Ingot_IndexTensor : RankedTensorOf<[I32, I64]>;
def Ingot_I64Tensor : RankedTensorOf<[I64]>;
def Ingot_I64Scalar : Type<And<[Ingot_I64Tensor.predicate, HasAnyRankOfPred<[0]>]>, "tensor<i64>", "::mlir::RankedTensorType">,
    BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getI64Type())">;

class Ingot_I32Enum<string name, string summary, list<I32EnumAttrCase> cases> : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::ingot";
  let genSpecializedAttr = 0;
}
class Ingot_EnumAttr<EnumAttrInfo info, string mnemonic> : EnumAttr<Ingot_Dialect, info, mnemonic>;

// Every op can be evaluated, says what its gradient is and which sizes its results have.
class Ingot_OpWithoutCost<string mnemonic, list<Trait> traits> : Op<Ingot_Dialect, mnemonic, traits # [
    DeclareOpInterfaceMethods<Ingot_EvalOpInterface>,
    DeclareOpInterfaceMethods<Ingot_DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<Ingot_SizeOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]>;

// The value is known only when the function runs, so that nothing may fold the op, even without operands.
def Ingot_KnownAtRunTime : NativeOpTrait<"KnownAtRunTime"> { let cppNamespace = "::ingot"; }

// What `assign` writes.
def Ingot_VariableResource : Resource<"::ingot::VariableResource">;

// One operation for each element of the result.
class Ingot_Op<string mnemonic, list<Trait> traits = []> : Ingot_OpWithoutCost<mnemonic, traits # [Ingot_CostOpInterface]>;

// The op counts its operations itself.
class Ingot_CountedOp<string mnemonic, list<Trait> traits = []>
    : Ingot_OpWithoutCost<mnemonic, traits # [DeclareOpInterfaceMethods<Ingot_CostOpInterface, ["getOperationCount"]>]>;

// Result types can be inferred; a declared result type may be more or less static than the inferred one.
defvar Ingot_InferType = InferTypeOpAdaptorWithIsCompatible;

// C++ types of builders' parameters.
defvar CppValue = "::mlir::Value";
defvar CppInts = "::llvm::ArrayRef<int64_t>";
defvar CppSizes = "::llvm::ArrayRef<::mlir::OpFoldResult>";

// Accessors of mixed lists: static entries in the attribute, dynamic ones as operands.
class Ingot_Mixed<string name> {
  code decl = "::llvm::SmallVector<::mlir::OpFoldResult> getMixed" # name # "() {\n" #
    "  return ::mlir::getMixedValues(getStatic" # name # "(), get" # name # "(), getContext());\n}\n";
}

#endif // INGOT_BASE_TD

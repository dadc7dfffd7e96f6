//===- LinalgExtOps.td - What linalg cannot say ------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Destination-style ops that live between `to-linalg` and `to-llvm`. None of them mirrors a linalg op.
//
//===-------------------------------------------------------------------------===//

#ifndef LINALG_EXT_OPS_TD
#define LINALG_EXT_OPS_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def LinalgExt_Dialect : Dialect {
  let name = "linalg_ext";
  let cppNamespace = "::ingot::linalg_ext";
  let summary = "Destination-style ops beside linalg";
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect", "::mlir::memref::MemRefDialect"];
  let useDefaultAttributePrinterParser = 1;
}

def LinalgExt_Shaped : AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>;

class LinalgExt_Op<string mnemonic, list<Trait> traits = []> : Op<LinalgExt_Dialect, mnemonic, traits>;

// A destination-style op: `inputs` are read, `outputs` are written and, on tensors, returned. The memory effects on buffers, and
// the BufferizableOpInterface, come from the destination-style interface.
class LinalgExt_DpsOp<string mnemonic, list<Trait> traits = []> : LinalgExt_Op<mnemonic, traits # [
    DestinationStyleOpInterface, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  code extraDps = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutputsMutable(); }
  }];
  let extraClassDeclaration = extraDps;
  let extraClassDefinition = [{
    void $cppClass::getEffects(
        ::llvm::SmallVectorImpl<::mlir::SideEffects::EffectInstance<::mlir::MemoryEffects::Effect>> &effects) {
      for (::mlir::OpOperand &operand : getOperation()->getOpOperands()) {
        if (!::llvm::isa<::mlir::MemRefType>(operand.get().getType()))
          continue;
        effects.emplace_back(::mlir::MemoryEffects::Read::get(), &operand);
        if (isDpsInit(&operand))
          effects.emplace_back(::mlir::MemoryEffects::Write::get(), &operand);
      }
    }
  }];
}

// Ops without scalars.
class LinalgExt_TensorOp<string mnemonic> : LinalgExt_DpsOp<mnemonic, [AttrSizedOperandSegments]> {
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let hasVerifier = 1;
}

class LinalgExt_I32Enum<string name, string summary, list<I32EnumAttrCase> cases> : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::ingot::linalg_ext";
  let genSpecializedAttr = 0;
}
class LinalgExt_EnumAttr<EnumAttrInfo info, string mnemonic> : EnumAttr<LinalgExt_Dialect, info, mnemonic>;

def LinalgExt_ScatterKind : LinalgExt_I32Enum<"ScatterKind", "How `scatter` joins an update with what is there", [
    I32EnumAttrCase<"Replace", 0, "replace">, I32EnumAttrCase<"Add", 1, "add">, I32EnumAttrCase<"Mul", 2, "mul">,
    I32EnumAttrCase<"Min", 3, "min">, I32EnumAttrCase<"Max", 4, "max">]>;
def LinalgExt_ScatterKindAttr : LinalgExt_EnumAttr<LinalgExt_ScatterKind, "scatter_kind">;

def LinalgExt_ScanKind : LinalgExt_I32Enum<"ScanKind", "What `scan` runs up", [
    I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Product", 1, "product">]>;
def LinalgExt_ScanKindAttr : LinalgExt_EnumAttr<LinalgExt_ScanKind, "scan_kind">;

def LinalgExt_ArgKind : LinalgExt_I32Enum<"ArgKind", "Which element `arg_reduce` looks for", [
    I32EnumAttrCase<"Max", 0, "max">, I32EnumAttrCase<"Min", 1, "min">]>;
def LinalgExt_ArgKindAttr : LinalgExt_EnumAttr<LinalgExt_ArgKind, "arg_kind">;

def LinalgExt_DispatchOp : LinalgExt_DpsOp<"dispatch", [AttrSizedOperandSegments]> {
  let summary = "Runs an outlined kernel";
  let description = [{
    `kernel` names a function of this module marked `ingot.kernel`, whose arguments are `inputs`, `scalars` and `outputs` in this
    order and whose results are the new values of `outputs`. Every element of every output is written; an output's old content
    is only read when `accumulates` is set.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<LinalgExt_Shaped>:$inputs, Variadic<AnyType>:$scalars,
                       Variadic<LinalgExt_Shaped>:$outputs, UnitAttr:$accumulates);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{ $kernel `ins` `(` ($inputs^ `:` type($inputs))? `)` `scalars` `(` ($scalars^ `:` type($scalars))? `)`
    `outs` `(` ($outputs^ `:` type($outputs))? `)` attr-dict (`->` type($results)^)? }];
}

def LinalgExt_ScatterOp : LinalgExt_TensorOp<"scatter"> {
  let summary = "Joins updates with the elements of the output that indices name, in row-major order of the updates";
  let description = [{
    Inputs are `indices` and `updates`. With `axis`, update `u[i]` goes to position `i` whose coordinate along `axis` is replaced by
    `indices[i]`; without, the last dimension of `indices` holds coordinates of the leading dimensions and each names a slice. A
    negative index counts from the end; one that is out of range is clamped.
  }];
  let arguments = (ins LinalgExt_ScatterKindAttr:$kind, Variadic<LinalgExt_Shaped>:$inputs, Variadic<LinalgExt_Shaped>:$outputs,
                       OptionalAttr<I64Attr>:$axis, UnitAttr:$is_unsigned);
  let assemblyFormat = [{ $kind `ins` `(` $inputs `:` type($inputs) `)` `outs` `(` $outputs `:` type($outputs) `)` attr-dict
    (`->` type($results)^)? }];
}

def LinalgExt_ScanOp : LinalgExt_TensorOp<"scan"> {
  let summary = "Running sum or product along `axis`";
  let arguments = (ins LinalgExt_ScanKindAttr:$kind, Variadic<LinalgExt_Shaped>:$inputs, Variadic<LinalgExt_Shaped>:$outputs,
                       I64Attr:$axis, UnitAttr:$exclusive, UnitAttr:$reverse);
  let assemblyFormat = [{ $kind `ins` `(` $inputs `:` type($inputs) `)` `outs` `(` $outputs `:` type($outputs) `)` `axis` `=` $axis
    attr-dict (`->` type($results)^)? }];
}

def LinalgExt_ArgReduceOp : LinalgExt_TensorOp<"arg_reduce"> {
  let summary = "Index of the first (or last) extreme element along `axis`; the first NaN where there is one";
  let arguments = (ins LinalgExt_ArgKindAttr:$kind, Variadic<LinalgExt_Shaped>:$inputs, Variadic<LinalgExt_Shaped>:$outputs,
                       I64Attr:$axis, UnitAttr:$last, UnitAttr:$is_unsigned);
  let assemblyFormat = [{ $kind `ins` `(` $inputs `:` type($inputs) `)` `outs` `(` $outputs `:` type($outputs) `)` `axis` `=` $axis
    attr-dict (`->` type($results)^)? }];
}

def LinalgExt_NonzeroOp : LinalgExt_TensorOp<"nonzero"> {
  let summary = "Coordinates of the elements that are not zero, a column each, in row-major order; the output has a column for each";
  let arguments = (ins Variadic<LinalgExt_Shaped>:$inputs, Variadic<LinalgExt_Shaped>:$outputs);
  let assemblyFormat = [{ `ins` `(` $inputs `:` type($inputs) `)` `outs` `(` $outputs `:` type($outputs) `)` attr-dict
    (`->` type($results)^)? }];
}

def LinalgExt_KernelCallOp : LinalgExt_DpsOp<"kernel_call", [AttrSizedOperandSegments]> {
  let summary = "Calls a C function of the runtime's kernel library";
  let description = [{
    `callee` is the C symbol. It gets, in one array (`ingot/kernel.h`), each input and output with its address, type, sizes and
    strides, then the scalars, which are `index`, `i64` or `f64`. Every element of every output is written.
  }];
  let arguments = (ins StrAttr:$callee, Variadic<LinalgExt_Shaped>:$inputs, Variadic<AnyType>:$scalars,
                       Variadic<LinalgExt_Shaped>:$outputs, DenseI64ArrayAttr:$dtypes);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{ $callee `ins` `(` ($inputs^ `:` type($inputs))? `)` `scalars` `(` ($scalars^ `:` type($scalars))? `)`
    `outs` `(` ($outputs^ `:` type($outputs))? `)` `dtypes` $dtypes attr-dict (`->` type($results)^)? }];
}

def LinalgExt_AssertOp : LinalgExt_Op<"assert"> {
  let summary = "Ends the run with an error when the condition is false";
  let arguments = (ins I1:$condition, StrAttr:$message);
  let assemblyFormat = "$condition `,` $message attr-dict";
}

#endif // LINALG_EXT_OPS_TD

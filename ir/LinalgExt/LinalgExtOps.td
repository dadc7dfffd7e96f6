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
}

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

#endif // LINALG_EXT_OPS_TD

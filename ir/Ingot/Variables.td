//===- Variables.td - What lives from step to step ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values that the steps of a training change. A function reads each variable as it is at the begin of the step and says once what it
// is at the end; which memory that is, and who fills the scalars of a step, `build-training` decides.
//
//===-------------------------------------------------------------------------===//

include "IngotBase.td"

def Ingot_VariableKind : Ingot_I32Enum<"VariableKind", "What a variable is to the training", [
    I32EnumAttrCase<"Parameter", 0, "parameter">, I32EnumAttrCase<"Buffer", 1, "buffer">,
    I32EnumAttrCase<"Gradient", 2, "gradient">, I32EnumAttrCase<"Slot", 3, "slot">]>;
def Ingot_VariableKindAttr : Ingot_EnumAttr<Ingot_VariableKind, "variable_kind">;

def Ingot_ParameterOp : Ingot_Op<"parameter", [Pure, Ingot_KnownAtRunTime, AllTypesMatch<["value", "result"]>]> {
  let summary = "A variable's value at the begin of the step";
  let description = [{
    The variable `name` before anything of the step has changed it, wherever in the function the op stands. `value` is what it is before
    the first step. An optimizer changes a `parameter`; a `buffer` changes by `assign` alone. Nothing folds it, though it has a value.

    (C1) `name` is not empty.

    Gradient: none, it is a leaf.

    ```mlir
    %w = ingot.parameter parameter "fc1.weight" dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
    ```
  }];
  let arguments = (ins Ingot_VariableKindAttr:$kind, StrAttr:$name, ElementsAttr:$value);
  let results = (outs Ingot_Tensor:$result);
  let assemblyFormat = "$kind $name attr-dict $value";
  let hasVerifier = 1;
}

def Ingot_AssignOp : Ingot_Op<"assign", [MemoryEffects<[MemWrite<Ingot_VariableResource>]>]> {
  let summary = "A variable's value at the end of the step";
  let description = [{
    The variable `name` is `value` when the step has ended. `parameter` ops of the same step do not see it. A variable that nothing
    assigns keeps its value.

    (C1) `name` is not empty.

    That the variable is there, has `value`'s type and is assigned once is a contract of the phase `import`. Gradient: none.

    ```mlir
    ingot.assign "bn1.running_mean", %m : tensor<8xf32>
    ```
  }];
  let arguments = (ins StrAttr:$name, Ingot_Tensor:$value);
  let assemblyFormat = "$name `,` $value attr-dict `:` type($value)";
  let hasVerifier = 1;
}

def Ingot_StepScalarOp : Ingot_Op<"step_scalar", [Pure, Ingot_KnownAtRunTime]> {
  let summary = "A number that the runtime gives with each step";
  let description = [{
    The scalar called `name` of the step at hand: `seed`, the training's seed, or `step`, how many steps there were before it. Without a
    runtime both are 0; others are 1.

    (C1) `name` is not empty.
    (C2) the result has rank 0.

    Gradient: none.

    ```mlir
    %s = ingot.step_scalar "seed" : tensor<i64>
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs Ingot_NumberTensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
  let hasVerifier = 1;
}

//===- Passes.td - The passes of the phases up to to-linalg ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every pass and option of this floor is declared here. Pass `some-name` is `SomeNamePass` in `SomeName.cpp` of its phase's
// folder and is tested by `test/passes/<phase>/some-name.mlir`.
//
//===-------------------------------------------------------------------------===//

#ifndef INGOT_PASSES_TD
#define INGOT_PASSES_TD

include "mlir/Pass/PassBase.td"

//===-------------------------------------------------------------------------===//
// differentiate
//===-------------------------------------------------------------------------===//

def ExpandGradientsPass : Pass<"expand-gradients"> {
  let summary = "Replace `grad` by the ops that compute the gradient";
  let description = [{
    Reverse mode: the rule of each op between the xs and the ys, from the last to the first. Nothing is built for what does not lead from an
    x to a y. An op on such a path that cannot be differentiated is an error; the notes say how its result gets to the y.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def DropGradientMarksPass : Pass<"drop-gradient-marks"> {
  let summary = "Replace `stop_gradient` and `straight_through` by their values, when all gradients have been built";
}

def SurrogateGradientsPass : Pass<"surrogate-gradients", "::mlir::ModuleOp"> {
  let summary = "Derivatives for spikes, roundings and signs";
  let description = [{
    `surrogates` holds entries `RE=KIND:PARAMETERS`. Where RE matches the name of an ONNX node that rounds or takes a sign, or of one of the
    two that compare and make a number of the answer, its value gets a `straight_through`, whose proxy has the surrogate as its derivative:
    `fast_sigmoid:slope` 1 / (1 + slope |x|)^2, `atan:alpha` alpha / 2 / (1 + (pi / 2 alpha x)^2), `sigmoid:slope` that of sigmoid(slope x),
    `triangle:width,height`, `rectangle:width,height`, `gaussian:width,height` or `straight_through:limit` 1 (where |x| is within the
    limit). x is what is rounded, or how far the comparison is from its threshold. What no entry names has the derivative 0.
  }];
  let options = [ListOption<"surrogates", "surrogates", "std::string", "Entries RE=KIND:PARAMETERS">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def InsertAdaptersPass : Pass<"insert-adapters", "::mlir::ModuleOp"> {
  let summary = "Weights become constants with low-rank parameters beside them";
  let description = [{
    `adapters` holds entries `RE:r=RANK,alpha=NUMBER,init=RULE`. A product with a weight whose name matches (a parameter, or a quantized
    constant) gets `(alpha / r) (x A^T) B^T` added, where A, `NAME.lora_A`, is [r, in] and B, `NAME.lora_B`, [out, r]; NAME is the weight's
    without `.weight`. The weight becomes a constant. The attribute `ingot.adapters` of the module says what belongs together, for merging.
  }];
  let options = [ListOption<"adapters", "adapters", "std::string", "Entries RE:r=RANK,alpha=NUMBER,init=RULE">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def MaskParametersPass : Pass<"mask-parameters", "::mlir::ModuleOp"> {
  let summary = "Give parameters masks that keep some of their elements zero";
  let description = [{
    Parameters whose names match an entry of `masks` get the attribute `ingot.mask`, ones; those of `prunes`, `RE:sparsity=FRACTION` or
    `RE:pattern=KEPT:GROUP`, one that is zero for the elements of the least magnitude, which are also zero in the parameter's first value.
  }];
  let options = [
    ListOption<"masks", "masks", "std::string", "Regular expressions">,
    ListOption<"prunes", "prunes", "std::string", "Entries RE:sparsity=FRACTION or RE:pattern=KEPT:GROUP">];
}

def BuildInputGradientsPass : Pass<"build-input-gradients", "::mlir::ModuleOp"> {
  let summary = "Functions that return gradients by the model's inputs";
  let description = [{
    For the entries `OUTPUT:INPUT,...` of an output the function `grad_OUTPUT`: the model's inputs and `grad.OUTPUT`, the cotangent (left
    out where OUTPUT has one element, then it is 1), to OUTPUT and `grad.INPUT` of each input. With `losses` the output may be `loss`:
    their sum, whose labels are further inputs.
  }];
  let options = [
    Option<"inferenceName", "inference", "std::string", "", "The model's function; empty: the first">,
    ListOption<"gradients", "gradients", "std::string", "Entries OUTPUT:INPUT,...">,
    ListOption<"losses", "losses", "std::string", "Entries KIND:OPERANDS:PARAMETERS, whose sum is the output `loss`">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def BuildTrainingPass : Pass<"build-training", "::mlir::ModuleOp"> {
  let summary = "The functions of a training algorithm from a model in training mode";
  let description = [{
    From the function `forward`, which reads parameters by `parameter` and says by `assign` what becomes of running statistics, and
    `inference`, the same model as it is used, come `ALGORITHM` (one step: inputs and labels to loss, metrics and outputs; parameters
    and optimizer slots are assigned), `ALGORITHM_gradient` (adds to gradients instead), `ALGORITHM_apply` (changes parameters by them)
    and `ALGORITHM_evaluate`. Nothing changes where the loss is not finite. `forward` is marked for `bind-variables` to drop.
  }];
  let options = [
    Option<"forwardName", "forward", "std::string", "", "The function in training mode">,
    Option<"inferenceName", "inference", "std::string", "", "The function in inference mode; empty: forward">,
    Option<"algorithm", "algorithm", "std::string", "\"train\"", "Its name">,
    ListOption<"losses", "losses", "std::string", "Entries KIND:OPERANDS:PARAMETERS, whose sum is minimized">,
    Option<"optimizer", "optimizer", "std::string", "\"sgd\"", "KIND:PARAMETERS">,
    ListOption<"groups", "groups", "std::string", "Entries RE:lr=FACTOR,weight_decay=DECAY">,
    Option<"train", "train", "std::string", "", "A regular expression for the names of the parameters that change; empty: all">,
    Option<"clipNorm", "clip-norm", "double", "0", "The largest norm of all gradients together; 0: any">,
    Option<"clipValue", "clip-value", "double", "0", "The largest absolute value in a gradient; 0: any">,
    Option<"checkGradients", "check-gradients", "bool", "false", "Change nothing where a gradient is not finite">,
    Option<"scaleLoss", "scale-loss", "bool", "false", "Compute gradients of the loss times `loss_scale`; implies check-gradients">,
    Option<"ema", "ema", "double", "0", "Keep an average of the parameters with this decay">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def GuardUpdatesPass : Pass<"guard-updates", "::mlir::ModuleOp"> {
  let summary = "Steps of the file's algorithms change all or nothing";
  let description = [{
    In functions of the role `step`, every `assign` keeps the variable's value where the loss is not finite, or where in the new value of
    any variable an element is not finite that was finite before. The further result `found_inf` is then 1, else 0.
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def BindVariablesPass : Pass<"bind-variables", "::mlir::ModuleOp"> {
  let summary = "Variables and scalars of a step become arguments, assignments results";
  let description = [{
    Scalars first, then variables, behind a function's other arguments, with the attributes `ingot.scalar` and `ingot.variable`; what
    is assigned is a result with `ingot.variable`, and its argument has `ingot.written`. All variables with their kinds and first values
    are listed on the module, `ingot.variables`.
  }];
}

def FreezeParametersPass : Pass<"freeze-parameters"> {
  let summary = "Variables become constants, and what changes them goes away";
  let description = [{
    Outside of a training a variable always has its initial value: `parameter` becomes `constant`, `assign` is dropped, and a
    `step_scalar` is what it is without a runtime. `build-training` has made arguments of those that a training changes.
  }];
}

//===-------------------------------------------------------------------------===//
// simplify
//===-------------------------------------------------------------------------===//

def BindSymbolsPass : Pass<"bind-symbols"> {
  let summary = "Give named dimensions of the inputs a fixed size";
  let description = [{
    `shapes` holds entries `NAME=SIZES`. With a single size NAME may be a symbol of `ingot.symbols`, and the size is bound
    wherever the symbol stands. Otherwise NAME is an input and SIZES its shape, `1x3x224x224`, `?` leaving a dimension as it
    is; a symbol among its dimensions is bound in every other input as well. Types are refined by `refine-shapes`.
  }];
  let options = [ListOption<"shapes", "shapes", "std::string", "Entries NAME=1x3x224x224 or SYMBOL=4">];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def RefineShapesPass : Pass<"refine-shapes"> {
  let summary = "Make result types as static as operands and constant sizes allow";
  let description = [{
    Folds constants into mixed sizes, simplifies the arithmetic on sizes and propagates static dimensions forward, to a fix-point.
    Uses that need the old type (`scf` ops and unknown ones) get a `tensor.cast`; the results of a function take the refined
    types. What follows an assertion that the sizes make fail is dropped.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def FormStatePass : Pass<"form-state"> {
  let summary = "Pairs of an input and an output become slots of the context's state";
  let description = [{
    `states` holds entries `INPUT=OUTPUT[:CAPACITY[:AXIS]]`; one `*` on both sides stands for the same text. What OUTPUT is after a run
    INPUT is in the next one. Where OUTPUT is a `concat` of INPUT with new rows, it may grow up to CAPACITY rows: argument and result get
    the axis that grows as their first dimension, so that the valid rows are the beginning of the slot's memory. Both move behind the
    function's other arguments and results and get the attribute `ingot.state`: on the argument a dictionary of `output`, `axis` (-1:
    does not grow) and `capacity`, on the result the name of the input.
  }];
  let options = [ListOption<"states", "states", "std::string", "Entries INPUT=OUTPUT[:CAPACITY[:AXIS]]">];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def ConstantFoldPass : Pass<"constant-fold"> {
  let summary = "Evaluate ops whose operands are constants, within a budget of bytes";
  let description = [{
    The reference evaluator computes the value. Broadcasts, iotas and random numbers stay ops: they are cheaper to compute than
    to load. A result may be larger than its constant operands only by `growth`, which lets integer weights become floats.
  }];
  let options = [
    Option<"budget", "budget", "int64_t", "2147483648", "Bytes of new constants in a function">,
    Option<"growth", "growth", "int64_t", "4", "How many times its operands' bytes a result may have">];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def DedupeConstantsPass : Pass<"dedupe-constants"> {
  let summary = "One op for equal constants, also when the data lies in different places";
}

def FoldBatchNormPass : Pass<"fold-batch-norm"> {
  let summary = "Scale and shift by constants per channel after a convolution or contraction, into weights and one bias";
  let description = [{
    `mul(conv(x, w), s)` is `conv(x, mul(w, s))` when `w` and `s` are constants and `s` varies along output channels only;
    `add(add(y, a), b)` is `add(y, a + b)`. Transposes and unit dimensions between the two do not matter. The products are
    ops for `constant-fold` to evaluate.
  }];
}

def SplitWeightScalesPass : Pass<"split-weight-scales"> {
  let summary = "Products with scaled 8-bit weights become scaled products with the 8-bit weights";
  let description = [{
    `contract(x, q * s)`, where `q` is a constant of whole numbers from -128 to 127 and `s` one of scales that do not vary along the
    contracted dimensions, is `contract(x, q) * s`. Runs before `constant-fold` would multiply: what is read at run time is then a
    quarter. `dequantize` by constants counts as such a product.
  }];
}

def NarrowIntegerProductsPass : Pass<"narrow-integer-products"> {
  let summary = "Integer products of zero-based 8-bit values with constant weights; zero points become a correction of the result";
  let description = [{
    `contract(cast(x) - z, w)` is `contract(x, w) - z * sum(w)`, in the wrapping arithmetic of i32 exactly; a signed x is x + 128 as an
    unsigned number, with the zero point z + 128. Convolutions likewise, whose padding becomes one of x by the zero point. Weights
    of nine bits that differ by eight (unsigned ones less a zero point) move by what is then added as a multiple of the sum of x. The sums
    of the weights are computed here. What kernels read is then a byte where it was four, and fits instructions that multiply bytes.
  }];
}

def SimplifyAlgebraPass : Pass<"simplify-algebra"> {
  let summary = "Cheaper equal forms of elementwise ops: pow, division, double casts, chains of scalar factors";
}

def SimplifyMovementPass : Pass<"simplify-movement"> {
  let summary = "Slices of concats, concats of slices, transposes that only move unit dimensions";
}

def SinkUnitReshapesPass : Pass<"sink-unit-reshapes"> {
  let summary = "Move reshapes that add or remove unit dimensions behind elementwise ops and into broadcasts";
  let description = [{
    A reduction that keeps its dimensions is imported as `reduce`, `reshape`, elementwise ops and `broadcast`. Computing on the
    reduced shape and broadcasting along the right dimensions lets fusion see the chain as one.
  }];
}

def SimplifyReductionsPass : Pass<"simplify-reductions"> {
  let summary = "Windows that cover all of their dimensions become reductions";
}

def VerifyImportContractPass : Pass<"verify-import-contract"> {
  let summary = "Check what `import`, `simplify` and `layout` promise: allowed dialects, ranked tensors, locations";
}

def SpecializePass : Pass<"specialize"> {
  let summary = "Copies of functions for some sizes of their named dimensions";
  let description = [{
    `sizes` holds entries `NAME=SIZE`; several of a name are alternatives, those of different names are combined. Function `f` gets a copy
    `f$SIZE` (`f$SIZExSIZE`) for each combination, with the sizes in the types of its inputs, the name of `f` as `ingot.specializes` and the
    sizes in words as `ingot.sizes`.
  }];
  let options = [ListOption<"sizes", "sizes", "std::string", "Entries NAME=SIZE">];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

//===-------------------------------------------------------------------------===//
// layout
//===-------------------------------------------------------------------------===//

def SinkTransposesPass : Pass<"sink-transposes"> {
  let summary = "Choose for each op the order of dimensions that leaves the fewest transposed elements";
  let description = [{
    The values between transposes are either in their own order of dimensions or in that of the transposed one; which, for
    every op at once, is a minimum cut whose edges weigh the elements to transpose. Transposes of constants and of
    broadcast vectors cost nothing.
  }];
  let options = [Option<"rounds", "rounds", "int64_t", "1000", "Upper limit of improvements">];
}

def FoldTransposeIntoContractPass : Pass<"fold-transpose-into-contract"> {
  let summary = "Let `contract` read transposed operands in place";
}

//===-------------------------------------------------------------------------===//
// to-linalg
//===-------------------------------------------------------------------------===//

def ToLinalgPass : Pass<"to-linalg"> {
  let summary = "Lower every `ingot` op to linalg, tensor, scf and linalg_ext";
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def VerifyLinalgContractPass : Pass<"verify-linalg-contract"> {
  let summary = "Check what `to-linalg` promises: no `ingot` op, signless integers, no tensor of i1, ranked tensors, locations";
}

#endif // INGOT_PASSES_TD

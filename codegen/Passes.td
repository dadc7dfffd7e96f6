//===- Passes.td - The passes from fuse to to-llvm ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every pass and option of this floor is declared here. Pass `some-name` is `SomeName` in `SomeName.cpp` of its phase's folder and
// is tested by `test/codegen/<phase>/some-name.mlir`. The checks that end the phases, `verify-<phase>-contract`, are together in
// `VerifyContracts.cpp`.
//
//===-------------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_PASSES_TD
#define INGOT_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

//===-------------------------------------------------------------------------===//
// fuse
//===-------------------------------------------------------------------------===//

def ResolveSizes : Pass<"resolve-sizes", "::mlir::ModuleOp"> {
  let summary = "Ask for the size of a computed tensor where it comes from, also across loops that carry it";
  let dependentDialects = ["::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect"];
}

def LowerPrecision : Pass<"lower-precision", "::mlir::ModuleOp"> {
  let summary = "Products of f32 values with constant weights become products of bf16 with sums in f32";
  let description = [{
    Weights are rounded here, activations by an op of their own right behind their producer, which fusion makes a part of it. Everything
    else stays f32. Convolutions that Winograd's form serves with a quarter of the multiplications stay as well. With `run-time` products
    of any two operands count, as in training: contractions, convolutions and their gradients; with `type=f16` those of constants do not.
  }];
  let options = [Option<"cpu", "cpu", "std::string", "\"native\"", "Processor: native, x86-64-v2, x86-64-v3, x86-64-v4 or LLVM's name">,
                 Option<"accuracy", "accuracy", "std::string", "\"default\"", "What Winograd's forms may cost: strict, default or fast">,
                 Option<"type", "type", "std::string", "\"bf16\"", "bf16 or f16">,
                 Option<"runTime", "run-time", "bool", "false", "Of operands that are made at run time as well">];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect"];
}

def Rematerialize : Pass<"rematerialize", "::mlir::ModuleOp"> {
  let summary = "Compute values of the forward pass again where the backward pass needs them";
  let description = [{
    In functions with the role `step` or `gradient`: of what is computed up to the loss and read behind it, the values of the fewest bytes
    from which elementwise ops and views make the others stay; those ops are repeated in front of the first use. Contractions, convolutions
    and reductions are not. Only as many of the largest values are computed again as the budget, a part of the bytes kept without it, asks
    for. The copies carry `ingot.recomputed`, which keeps them apart from what they repeat. In all functions with a role sums
    get the order in which they are made (`ingot.sum_order`), and elementwise products and those in such sums lose the flag `contract`, so that
    their bits do not depend on the kernel that computes them.
  }];
  let options = [Option<"budget", "budget", "double", "0", "The part of the bytes that may be kept, from 0 to 1">];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def SimplifyLoopSlices : Pass<"simplify-loop-slices", "::mlir::ModuleOp"> {
  let summary = "Rows that loops read and write: no zeros below rows that are all written, no dimensions of one element around";
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def FormKernels : Pass<"form-kernels", "::mlir::ModuleOp"> {
  let summary = "Group linalg ops and outline each group as a kernel; equal kernels are one";
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect",
                           "::ingot::linalg_ext::LinalgExtDialect"];
}

def PlaceConcatenations : Pass<"place-concatenations", "::mlir::ModuleOp"> {
  let summary = "Let the kernels that make the parts of a concatenation store them in their place";
  let dependentDialects = ["::mlir::tensor::TensorDialect", "::ingot::linalg_ext::LinalgExtDialect"];
}

//===-------------------------------------------------------------------------===//
// strategy
//===-------------------------------------------------------------------------===//

def PackWeights : Pass<"pack-weights", "::mlir::ModuleOp"> {
  let summary = "Store constant operands of contractions as kernels read them; decide which convolutions take the form of Winograd";
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let options = [Option<"cpu", "cpu", "std::string", "\"native\"", "Processor: native, x86-64-v2, x86-64-v3, x86-64-v4 or LLVM's name">,
                 Option<"accuracy", "accuracy", "std::string", "\"default\"", "What Winograd's forms may cost: strict, default or fast">,
                 Option<"lazy", "lazy", "bool", "false",
                        "Leave the recipe on the module in place of the data, for the writer of the weights">];
}

def AlternateTurns : Pass<"alternate-turns", "::mlir::ModuleOp"> {
  let summary = "Kernels that read large weights in a loop read them backwards every other time";
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def ChooseConfig : Pass<"choose-config", "::mlir::ModuleOp"> {
  let summary = "Decide tiles, vectors and tasks of every kernel, once";
  let description = [{
    Writes the dictionary `ingot.config` on each kernel: for contractions `rows`, `vectors`, `lanes`, `chains`, `block_rows`, and `dot`
    where weights are packed in groups, `pack_rows`, `pack_columns`, `pack_steps`, `parts` where they are not packed; for attention `rows`, `vectors`, `lanes`, `block_keys`, `few_queries`; for convolutions in the
    form `winograd` `rows`, `vectors`, `lanes`, `block_tiles`, `tasks`, `shared`; for windows `columns`, `lanes`, `band_lines`; for rows
    `width`, `task_elements`; for all `serial`, which says that the work is not worth a second thread. Later phases obey. A library for
    several instruction sets is decided anew for each.
  }];
  let options = [Option<"cpu", "cpu", "std::string", "\"native\"", "Processor: native, x86-64-v2, x86-64-v3, x86-64-v4 or LLVM's name">];
}

//===-------------------------------------------------------------------------===//
// tile-vectorize
//===-------------------------------------------------------------------------===//

def EmitKernels : Pass<"emit-kernels", "::mlir::ModuleOp"> {
  let summary = "Kernels become loops of vectors over flat buffers; dispatches become calls";
  let dependentDialects = ["::mlir::vector::VectorDialect", "::mlir::scf::SCFDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::math::MathDialect",
                           "::mlir::LLVM::LLVMDialect"];
  let options = [Option<"cpu", "cpu", "std::string", "\"native\"", "Processor: native, x86-64-v2, x86-64-v3, x86-64-v4 or LLVM's name">];
}

//===-------------------------------------------------------------------------===//
// bufferize
//===-------------------------------------------------------------------------===//

def ScheduleUpdates : Pass<"schedule-updates", "::mlir::ModuleOp"> {
  let summary = "Dispatches that change variables move up to where their operands are there and the old values are read no more";
}

def PlaceVariables : Pass<"place-variables", "::mlir::ModuleOp"> {
  let summary = "The dispatch that makes a variable's next value writes to the variable itself";
  let description = [{
    For each result with `ingot.variable`, the dispatch that makes it (seen through reshapes) gets the argument of that name as its
    destination and moves behind whatever else reads the argument. Where its result is needed earlier, it stays, and the variable is
    copied.
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def SettleVariables : Pass<"settle-variables", "::mlir::ModuleOp"> {
  let summary = "Drops the results that are variables, after a copy of those that are not in place";
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def PlaceConstants : Pass<"place-constants", "::mlir::ModuleOp"> {
  let summary = "Move the constant tensors of main functions to the constants section";
  let description = [{
    A main function that uses constants gets one more argument, `memref<?xi8>` with the attribute `ingot.constants`, the section's
    address. Equal constants are placed once, each aligned to 64 bytes. The module's `ingot.weights` lists the entries with their
    offsets for `package`, and `ingot.weights_bytes` is the section's size, so that no weight is ever seen by LLVM.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::bufferization::BufferizationDialect"];
}

def BufferizeMain : Pass<"bufferize-main", "::mlir::ModuleOp"> {
  let summary = "One-shot bufferization of everything but the kernels";
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::arith::ArithDialect"];
}

def ContiguousOperands : Pass<"contiguous-operands", "::mlir::ModuleOp"> {
  let summary = "Give dispatches and other linalg_ext ops row-major operands, by copies where need be";
  let description = [{
    `memref.reshape` becomes a `memref.reinterpret_cast` whose sizes are SSA values, which the plan can compute.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect"];
}

//===-------------------------------------------------------------------------===//
// tile-vectorize, what linalg_ext says itself
//===-------------------------------------------------------------------------===//

def LinalgExtToLoops : Pass<"linalg-ext-to-loops", "::mlir::ModuleOp"> {
  let summary = "linalg_ext ops on buffers become loops, kernel calls become calls of C functions";
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::func::FuncDialect", "::mlir::math::MathDialect", "::ingot::linalg_ext::LinalgExtDialect", "::mlir::vector::VectorDialect"];
}

//===-------------------------------------------------------------------------===//
// plan-memory
//===-------------------------------------------------------------------------===//

def StabilizeLoopBuffers : Pass<"stabilize-loop-buffers", "::mlir::ModuleOp"> {
  let summary = "Carry buffers of unchanging sizes from iteration to iteration in one place";
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def PlanMemory : Pass<"plan-memory", "::mlir::ModuleOp"> {
  let summary = "Main functions become the entry points `run` and `plan` with one arena";
  let description = [{
    Buffers whose sizes are constants get offsets in the arena at compile time; those whose sizes follow from input sizes share
    slots, as large as the largest of them, whose offsets the entry computes. Every other `memref.alloc` stays and is served by
    the environment. `plan` computes the sizes of outputs and arena only.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::cf::ControlFlowDialect"];
  let statistics = [Statistic<"arenaBytes", "arena-bytes", "Bytes of the static part of the arena">,
                    Statistic<"liveBytes", "live-bytes", "Largest sum of static buffers that are alive at once">];
}

def ExpandCopies : Pass<"expand-copies", "::mlir::ModuleOp"> {
  let summary = "Copies become loops around copies of contiguous runs";
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

//===-------------------------------------------------------------------------===//
// parallelize
//===-------------------------------------------------------------------------===//

def PassEnvironment : Pass<"pass-environment", "::mlir::ModuleOp"> {
  let summary = "The environment becomes the first argument of every kernel, and calls are bracketed for the profile";
  let description = [{
    Each call of a kernel has a number of its own, its index in the manifest's kernels; the module's `ingot.calls` lists them. The
    profile's branches are blocks at once: from structured control flow they would be made from the beginning to the end, each moving
    the rest of the function, which takes the square of its length.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect", "::mlir::cf::ControlFlowDialect"];
}

def OutlineTasks : Pass<"outline-tasks", "::mlir::ModuleOp"> {
  let summary = "The body of each scf.forall becomes a function that the environment's parallel_for calls";
  let description = [{
    A loop marked `ingot.serial`, or with a single task, runs in place.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect"];
}

//===-------------------------------------------------------------------------===//
// to-llvm
//===-------------------------------------------------------------------------===//

def LowerVectors : Pass<"lower-vectors", "::mlir::func::FuncOp"> {
  let summary = "Vector ops that LLVM has no counterpart for become simpler ones; transfers are unrolled";
  let dependentDialects = ["::mlir::vector::VectorDialect", "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

def ExpandMath : Pass<"expand-math", "::mlir::func::FuncOp"> {
  let summary = "Elementary functions become polynomials; no call of a math library is left";
  let dependentDialects = ["::mlir::math::MathDialect", "::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect",
                           "::mlir::LLVM::LLVMDialect"];
  let options = [Option<"fma", "fma", "bool", "true", "The processor multiplies and adds in one rounding">,
                 Option<"scalef", "scalef", "bool", "false", "The processor multiplies by powers of two, AVX-512 with VL">];
}

def LowerErrors : Pass<"lower-errors", "::mlir::ModuleOp"> {
  let summary = "Run-time checks and allocations that fail leave the entry point with a code";
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::cf::ControlFlowDialect"];
}

def ConvertToLLVM : Pass<"ingot-convert-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Everything that is left becomes the LLVM dialect";
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

//===-------------------------------------------------------------------------===//
// Contracts: each ends its phase
//===-------------------------------------------------------------------------===//

def VerifyFuseContract : Pass<"verify-fuse-contract", "::mlir::ModuleOp"> {
  let summary = "Check what `fuse` promises: outside of kernels only dispatches, views and scalars";
  let description = [{
    Main functions hold `linalg_ext` ops, `scf` but `forall`, changes of shape, slices, `arith` and `math` on scalars, constants and
    reads of single elements. Every dispatch names a kernel and passes what that takes; every kernel has `ingot.form`.
  }];
}

def VerifyStrategyContract : Pass<"verify-strategy-contract", "::mlir::ModuleOp"> {
  let summary = "Check what `strategy` promises: `ingot.config` with the decisions of its form on every kernel";
  let description = [{
    Which decisions a form has is said at `choose-config`; copies have none.
  }];
}

def VerifyBufferizeContract : Pass<"verify-bufferize-contract", "::mlir::ModuleOp"> {
  let summary = "Check what `bufferize` promises: no tensors outside of kernels";
  let description = [{
    Neither values of tensor types nor ops of the `tensor`, `bufferization` and `linalg` dialects are left in main functions.
  }];
}

def VerifyPlanMemoryContract : Pass<"verify-plan-memory-contract", "::mlir::ModuleOp"> {
  let summary = "Check what `plan-memory` promises: `plan` and `run` of each function, allocations of data-dependent size only";
  let description = [{
    A size that follows by arithmetic from constants and the frame could have been planned. Allocations in loops are let through:
    what reaches the next iteration cannot lie at a fixed place.
  }];
}

def VerifyTileVectorizeContract : Pass<"verify-tile-vectorize-contract", "::mlir::ModuleOp"> {
  let summary = "Check what `tile-vectorize` promises: loops on flat buffers, nothing of linalg, tensor and linalg_ext";
  let description = [{
    Kernels take flat buffers (`memref<?xT, strided<[1], offset: ?>>`) and scalars and return nothing. Of `linalg_ext`, `assert` stays.
  }];
}

def VerifyParallelizeContract : Pass<"verify-parallelize-contract", "::mlir::ModuleOp"> {
  let summary = "Check what `parallelize` promises: no loop over tasks left, kernels take the environment";
  let description = [{
    No `scf.forall` and no `scf.parallel`; the first argument of a kernel is the environment's address.
  }];
}

def VerifyToLLVMContract : Pass<"verify-to-llvm-contract", "::mlir::ModuleOp"> {
  let summary = "Check what `to-llvm` promises: the LLVM dialect only";
  let description = [{
    Casts between types of different dialects are left nowhere either.
  }];
}

#endif // INGOT_CODEGEN_PASSES_TD

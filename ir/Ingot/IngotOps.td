//===- IngotOps.td - The ops, by family --------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===-------------------------------------------------------------------------===//

#ifndef INGOT_OPS_TD
#define INGOT_OPS_TD

include "Structural.td"
include "Elementwise.td"
include "Movement.td"
include "Contraction.td"
include "Window.td"
include "Reduction.td"
include "Quantization.td"
include "Training.td"
include "Variables.td"

#endif // INGOT_OPS_TD

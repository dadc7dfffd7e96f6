//===- Indexing.cpp - Gather, scatter, resize, cumulate, sort, topk ------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Grad/Grad.h"

INGOT_NOT_DIFFERENTIABLE(NonzeroOp)

INGOT_NO_RULE_YET(GatherOp)
INGOT_NO_RULE_YET(GatherNdOp)
INGOT_NO_RULE_YET(GatherElementsOp)
INGOT_NO_RULE_YET(ScatterNdOp)
INGOT_NO_RULE_YET(ScatterElementsOp)
INGOT_NO_RULE_YET(ResizeOp)
INGOT_NO_RULE_YET(CumulateOp)
INGOT_NO_RULE_YET(SortOp)
INGOT_NO_RULE_YET(TopkOp)

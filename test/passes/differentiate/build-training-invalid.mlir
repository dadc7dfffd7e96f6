// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:out}}" 2>&1 | FileCheck %s --check-prefix=OPERANDS
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:logits,t}}" 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mean:out,t}}" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:out,t}} optimizer=sgdm" 2>&1 | FileCheck %s --check-prefix=OPTIMIZER
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:out,t}} train=^v" 2>&1 | FileCheck %s --check-prefix=NOTHING
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:out,t}} train=(" 2>&1 | FileCheck %s --check-prefix=PATTERN
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:out,t}} groups={w}" 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:out,t}} groups={v:lr=2}" 2>&1 | FileCheck %s --check-prefix=NOBODY
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:out,t}} ema=1.5" 2>&1 | FileCheck %s --check-prefix=AVERAGE
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:x,t}}" 2>&1 | FileCheck %s --check-prefix=APART
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:out,other}}" 2>&1 | FileCheck %s --check-prefix=SHAPE
// RUN: not ingot-opt %s "--build-training=forward=forward algorithm=a losses={{mse:out,t}}" "--build-training=forward=forward algorithm=a_apply losses={{mse:out,t}}" "--build-training=forward=forward algorithm=a losses={{mse:out,t}}" 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not ingot-opt %s "--build-training=forward=backward losses={{mse:out,t}}" 2>&1 | FileCheck %s --check-prefix=FORWARD

// OPERANDS: error: --loss: loss 'mse' is written mse:OUTPUT,TARGET, not 'mse:out'
// NAME: error: --loss: the model has no output 'logits'; it has: out
// KIND: error: --loss: there is no loss 'mean'; there are: softmax_cross_entropy
// OPTIMIZER: error: --optimizer: there is no optimizer 'sgdm'; there are: sgd, adagrad
// NOTHING: error: --only ^v: matches no parameter that is trained
// PATTERN: error: --only (: parentheses not balanced
// GROUP: error: --group: 'w': expected RE:lr=FACTOR,weight_decay=DECAY
// NOBODY: error: --group: 'v:lr=2' matches no parameter that is trained; there are: w
// AVERAGE: error: --ema must lie in [0, 1)
// APART: error: --loss: it depends on no parameter that is trained
// SHAPE: error: --loss: 'other' is [2, 4], not [2, 3] as 'out' asks for
// TWICE: error: --loss: there is a function 'a_apply' already; give the algorithm another name
// FORWARD: error: there is no function 'backward' to train

func.func @forward(%x: tensor<2x3xf32> {ingot.name = "x"}, %other: tensor<2x4xf32> {ingot.name = "other"}) -> (tensor<2x3xf32> {ingot.name = "out"}) {
  %w = ingot.parameter parameter "w" dense<1.0> : tensor<2x3xf32>
  %y = ingot.mul %x, %w : tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

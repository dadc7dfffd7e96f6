// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:out}}" 2>&1 | FileCheck %s --check-prefix=OPERANDS
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:logits,t}}" 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mean:out,t}}" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:out,t}} optimizer=sgdm" 2>&1 | FileCheck %s --check-prefix=OPTIMIZER
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:out,t}} train=^v" 2>&1 | FileCheck %s --check-prefix=NOTHING
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:out,t}} train=(" 2>&1 | FileCheck %s --check-prefix=PATTERN
// RUN: not ingot-opt %s "--build-training=forward=forward losses={{mse:out,t}} groups={w}" 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: not ingot-opt %s "--build-training=forward=backward losses={{mse:out,t}}" 2>&1 | FileCheck %s --check-prefix=FORWARD

// OPERANDS: error: --loss: loss 'mse' is written mse:OUTPUT,TARGET, not 'mse:out'
// NAME: error: --loss: the model has no output 'logits'; it has: out
// KIND: error: --loss: there is no loss 'mean'; there are: softmax_cross_entropy
// OPTIMIZER: error: --optimizer: there is no optimizer 'sgdm'; there are: sgd, adagrad
// NOTHING: error: --train: no parameter of the model is trained
// PATTERN: error: --train (: parentheses not balanced
// GROUP: error: --group: 'w': expected RE:lr=FACTOR,weight_decay=DECAY
// FORWARD: error: there is no function 'backward' to train

func.func @forward(%x: tensor<2x3xf32> {ingot.name = "x"}) -> (tensor<2x3xf32> {ingot.name = "out"}) {
  %w = ingot.parameter parameter "w" dense<1.0> : tensor<2x3xf32>
  %y = ingot.mul %x, %w : tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

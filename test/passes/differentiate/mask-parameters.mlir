// RUN: ingot-opt %s --mask-parameters="prunes=^a$:sparsity=0.5,^b$:pattern=2:4 masks=^c" | FileCheck %s
// RUN: ingot-opt %s --mask-parameters="masks=^c" --build-training="forward=main losses=output:y optimizer=sgd:momentum=0.9 train=^c" | FileCheck %s --check-prefix=STEP
// RUN: not ingot-opt %s --mask-parameters="masks=d" 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not ingot-opt %s --mask-parameters="prunes=a:sparsity=2" 2>&1 | FileCheck %s --check-prefix=SPARSITY
// RUN: not ingot-opt %s --mask-parameters="prunes=b:pattern=4:4" 2>&1 | FileCheck %s --check-prefix=PATTERN
// RUN: not ingot-opt %s --mask-parameters="prunes=b:pattern=2:5" 2>&1 | FileCheck %s --check-prefix=MULTIPLE

// NAME: --mask: 'd' matches no parameter of the model; there are: a, b, c
// SPARSITY: --prune: 'a:sparsity=2': expected RE:sparsity=FRACTION or RE:pattern=KEPT:GROUP
// PATTERN: --prune: 'b:pattern=4:4': expected pattern=KEPT:GROUP, as 2:4
// MULTIPLE: --prune: the last dimension of 'b', 4, is no multiple of 5

// The smallest are zero from the begin; of equal ones the later.
// CHECK: ingot.parameter parameter "a" {ingot.mask = dense<[1.000000e+00, 0.000000e+00, 1.000000e+00, 0.000000e+00]> : tensor<4xf32>} dense<[3.000000e+00, 0.000000e+00, -2.000000e+00, 0.000000e+00]>
// CHECK: ingot.parameter parameter "b" {ingot.mask = dense<{{\[}}[0.000000e+00, 0.000000e+00, 1.000000e+00, 1.000000e+00], [1.000000e+00, 0.000000e+00, 0.000000e+00, 1.000000e+00]]>
// CHECK: ingot.parameter parameter "c" {ingot.mask = dense<1.000000e+00> : tensor<2xf32>} dense<[1.000000e+00, 2.000000e+00]>

// After momentum and decay; nothing assigns the mask.
// STEP-LABEL: func.func @train(
// STEP: %[[M:.*]] = ingot.parameter slot "mask:c"
// STEP: %[[NEXT:.*]] = ingot.mul %{{.*}}, %[[M]]
// STEP: %[[KEPT:.*]] = ingot.select %{{.*}}, %[[NEXT]]
// STEP-NOT: ingot.assign "mask:c"
// STEP: ingot.assign "c", %[[KEPT]]
// STEP-LABEL: func.func @train_apply(
// STEP: ingot.parameter slot "mask:c"
func.func @main() -> (tensor<f32> {ingot.name = "y"}) {
  %a = ingot.parameter parameter "a" dense<[3.0, 1.0, -2.0, 0.5]> : tensor<4xf32>
  %b = ingot.parameter parameter "b" dense<[[1.0, 2.0, 3.0, 4.0], [-4.0, 3.0, 3.0, 4.0]]> : tensor<2x4xf32>
  %c = ingot.parameter parameter "c" dense<[1.0, 2.0]> : tensor<2xf32>
  %s = ingot.mul %c, %c : tensor<2xf32>
  %y = ingot.reduce sum %s dimensions = [0] : (tensor<2xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

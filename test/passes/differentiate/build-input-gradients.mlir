// RUN: ingot-opt %s --build-input-gradients="gradients=y:x,e:x,e:t" | FileCheck %s
// RUN: ingot-opt %s --build-input-gradients="gradients=loss:t losses=output:e" | FileCheck %s --check-prefix=LOSS
// RUN: not ingot-opt %s --build-input-gradients="gradients=z:x" 2>&1 | FileCheck %s --check-prefix=OUTPUT
// RUN: not ingot-opt %s --build-input-gradients="gradients=y:z" 2>&1 | FileCheck %s --check-prefix=INPUT
// RUN: not ingot-opt %s --build-input-gradients="gradients=y:i" 2>&1 | FileCheck %s --check-prefix=INTEGERS
// RUN: not ingot-opt %s --build-input-gradients="losses=output:e" 2>&1 | FileCheck %s --check-prefix=NOTHING
// RUN: not ingot-opt %s --build-input-gradients="gradients=loss:x losses=no_such" 2>&1 | FileCheck %s --check-prefix=KIND

// OUTPUT: --grad: 'z:x' does not begin with an output and a colon; there are: y, e
// INPUT: --grad: the model has no input 'z'; it has: x, t, i
// INTEGERS: --grad: the input 'i' does not hold floats
// NOTHING: --grad-loss: say by what to differentiate: --grad loss:INPUT
// KIND: --grad-loss: there is no loss 'no_such'; there are:

// The model itself stays as it is.
// CHECK-LABEL: func.func @main
// CHECK: return %{{.*}}, %{{.*}} : tensor<?x3xf32>, tensor<f32>

// The cotangent is one more input, of the output's sizes.
// CHECK-LABEL: func.func @grad_y
// CHECK-SAME: %[[X:.*]]: tensor<?x3xf32> {ingot.name = "x", ingot.symbols = ["n", ""]}, %[[T:.*]]: tensor<?x3xf32> {{{.*}}}, %{{.*}}: tensor<2xi64> {{{.*}}}, %[[DY:.*]]: tensor<?x3xf32> {ingot.name = "grad.y", ingot.symbols = ["n", ""]})
// CHECK-SAME: -> (tensor<?x3xf32> {ingot.name = "y", ingot.symbols = ["n", ""]}, tensor<?x3xf32> {ingot.name = "grad.x", ingot.symbols = ["n", ""]})
// CHECK: %[[D:.*]] = ingot.mul %[[DY]], %[[T]]
// CHECK: %[[L:.*]] = ingot.mul %[[D]], %[[X]]
// CHECK: %[[R:.*]] = ingot.mul %[[D]], %[[X]]
// CHECK: %[[DX:.*]] = ingot.add %[[L]], %[[R]]
// CHECK: return %{{.*}}, %[[DX]]

// That of a scalar is 1, and there is one function for all inputs.
// CHECK-LABEL: func.func @grad_e
// CHECK-NOT: grad.e
// CHECK-SAME: -> (tensor<f32> {ingot.name = "e"}, tensor<?x3xf32> {ingot.name = "grad.x", ingot.symbols = ["n", ""]}, tensor<?x3xf32> {ingot.name = "grad.t", ingot.symbols = ["n", ""]})

// LOSS-LABEL: func.func @grad_loss
// LOSS-SAME: -> (tensor<f32> {ingot.name = "loss", ingot.symbols = []}, tensor<?x3xf32> {ingot.name = "grad.t", ingot.symbols = ["n", ""]})
func.func @main(%x: tensor<?x3xf32> {ingot.name = "x", ingot.symbols = ["n", ""]}, %t: tensor<?x3xf32> {ingot.name = "t", ingot.symbols = ["n", ""]},
                %i: tensor<2xi64> {ingot.name = "i"})
    -> (tensor<?x3xf32> {ingot.name = "y", ingot.symbols = ["n", ""]}, tensor<f32> {ingot.name = "e"}) {
  %0 = ingot.mul %x, %x : tensor<?x3xf32>
  %1 = ingot.mul %0, %t : tensor<?x3xf32>
  %e = ingot.reduce sum %1 dimensions = [0, 1] : (tensor<?x3xf32>) -> tensor<f32>
  return %1, %e : tensor<?x3xf32>, tensor<f32>
}

// RUN: ingot-opt %s "--build-training=forward=forward inference=model losses={{mse:out,t}} optimizer=sgd:momentum=0.5" | FileCheck %s
// RUN: ingot-opt %s "--build-training=forward=forward inference=model losses={{mse:out,t}} groups={{^w$:lr=0.25,weight_decay=0}} optimizer=adamw clip-norm=2 clip-value=3 ema=0.5 algorithm=slow" | FileCheck %s --check-prefix=MORE
// RUN: ingot-opt %s "--build-training=forward=forward inference=model losses={{mse:out,t}} optimizer=onnx_adam" | FileCheck %s --check-prefix=EPSILON
// RUN: ingot-opt %s "--build-training=forward=forward inference=model losses={{mse:out,t}} optimizer=onnx_adagrad" | FileCheck %s --check-prefix=EPSILON

// ONNX's operators have a default of their own.
// EPSILON: dense<9.99999997E-7> : tensor<3x2xf32>

// The model in training mode is kept for further algorithms, and marked.
// CHECK: module attributes {ingot.algorithms = ["train"]}
// CHECK: func.func @forward({{.*}} attributes {ingot.forward}

// One step: the label is an input with the sizes that the output has by name; everything changes only where the loss is finite.
// CHECK-LABEL: func.func @train(
// CHECK-SAME: %[[X:.*]]: tensor<?x3xf32> {ingot.name = "x", ingot.symbols = ["batch", ""]}
// CHECK-SAME: %[[T:.*]]: tensor<?x2xf32> {ingot.name = "t", ingot.symbols = ["batch", ""]}
// CHECK-SAME: tensor<f32> {ingot.name = "loss", ingot.output_role = "loss", ingot.symbols = []}
// CHECK-SAME: tensor<?x2xf32> {ingot.name = "out"
// CHECK-SAME: ingot.role = "step"
// CHECK-NOT: ingot.forward
// CHECK-DAG: %[[RATE:.*]] = ingot.step_scalar "lr" : tensor<f64>
// CHECK-DAG: %[[SLOT:.*]] = ingot.parameter slot "momentum:w" {ingot.of = "w", ingot.role = "momentum"} dense<0.000000e+00> : tensor<3x2xf32>
// CHECK-DAG: %[[MEAN:.*]] = ingot.parameter buffer "mean"
// CHECK-DAG: %[[W:.*]] = ingot.parameter parameter "w"
// CHECK: %[[SUM:.*]] = ingot.add %[[MEAN]]
// CHECK: %[[Y:.*]] = ingot.contract %[[X]], %[[W]]
// CHECK: %[[LOSS:.*]] = ingot.div
// CHECK: %[[DW:.*]] = ingot.contract %[[X]], %{{.*}} batch [] x [] contracting [0] x [0]
// CHECK: %[[SIZE:.*]] = ingot.abs %[[LOSS]]
// CHECK: %[[GOOD:.*]] = ingot.compare lt %[[SIZE]], %{{.*}}
// CHECK: %[[OLD:.*]] = ingot.mul %[[SLOT]]
// CHECK: %[[NEW:.*]] = ingot.add %[[OLD]], %[[DW]]
// CHECK: %[[RATE32:.*]] = ingot.cast %[[RATE]] : (tensor<f64>) -> tensor<f32>
// CHECK: %[[STEP:.*]] = ingot.mul %[[NEW]]
// CHECK: %[[NEXT:.*]] = ingot.sub %[[W]], %[[STEP]]
// CHECK: %[[CHOSEN:.*]] = ingot.select %{{.*}}, %[[NEW]], %[[SLOT]]
// CHECK: ingot.assign "momentum:w", %[[CHOSEN]]
// CHECK: %[[CHOSEN:.*]] = ingot.select %{{.*}}, %[[NEXT]], %[[W]]
// CHECK: ingot.assign "w", %[[CHOSEN]]
// CHECK: %[[CHOSEN:.*]] = ingot.select %{{.*}}, %[[SUM]], %[[MEAN]]
// CHECK: ingot.assign "mean", %[[CHOSEN]]
// CHECK: return %[[LOSS]], %[[Y]]

// Gradients are added to what is there, or take its place.
// CHECK-LABEL: func.func @train_gradient(
// CHECK-SAME: ingot.role = "gradient"
// CHECK-NOT: "momentum:w"
// CHECK-DAG: %[[G:.*]] = ingot.parameter gradient "gradient:w" {ingot.of = "w", ingot.role = "gradient"}
// CHECK-DAG: %[[KEEP:.*]] = ingot.step_scalar "keep"
// CHECK: %[[DW:.*]] = ingot.contract %{{.*}} contracting [0] x [0]
// CHECK: %[[KEPT:.*]] = ingot.compare gt %[[KEEP]]
// CHECK: %[[BASE:.*]] = ingot.select %{{.*}}, %[[G]], %{{.*}}
// CHECK: %[[SUM:.*]] = ingot.add %[[BASE]], %[[DW]]
// CHECK: %[[CHOSEN:.*]] = ingot.select %{{.*}}, %[[SUM]], %[[G]]
// CHECK: ingot.assign "gradient:w", %[[CHOSEN]]
// CHECK: ingot.assign "mean"
// CHECK-NOT: ingot.assign "w"

// The update has no inputs, and leaves statistics alone.
// CHECK-LABEL: func.func @train_apply() attributes {ingot.role = "apply"}
// CHECK-DAG: %[[SCALE:.*]] = ingot.step_scalar "grad_scale"
// CHECK-NOT: "mean"
// CHECK: ingot.assign "momentum:w"
// CHECK: ingot.assign "w"
// CHECK-NEXT: return

// The loss of the model in inference mode; nothing changes.
// CHECK-LABEL: func.func @train_evaluate(
// CHECK-SAME: ingot.role = "evaluate"
// CHECK-NOT: ingot.assign
// CHECK: return

// Limits first on elements, then of the norm; a group has its own rate and decay; an average follows.
// MORE: ingot.algorithms = ["slow"]
// MORE-LABEL: func.func @slow(
// MORE-SAME: tensor<f64> {ingot.name = "gradient_norm", ingot.output_role = "gradient_norm"
// MORE-DAG: ingot.parameter slot "ema:w" {ingot.of = "w", ingot.role = "ema"} dense<1.000000e+00>
// MORE-DAG: ingot.step_scalar "power:0.90000000000000002"
// MORE-DAG: ingot.step_scalar "power:0.999"
// MORE-DAG: %[[VALUE:.*]] = ingot.step_scalar "clip_value:3"
// MORE-DAG: %[[LIMIT:.*]] = ingot.step_scalar "clip_norm:2"
// MORE: ingot.clamp
// MORE: %[[SQUARES:.*]] = ingot.cast %{{.*}} : (tensor<f32>) -> tensor<f64>
// MORE: %[[NORM:.*]] = ingot.sqrt %[[SQUARES]] : tensor<f64>
// MORE: ingot.div %[[LIMIT]], %{{.*}} : tensor<f64>
// MORE: ingot.and
// MORE: ingot.constant dense<2.500000e-01> : tensor<f64>
// MORE: ingot.assign "exp_avg:w"
// MORE: ingot.assign "exp_avg_sq:w"
// MORE: ingot.assign "w"
// MORE: ingot.assign "ema:w"
// MORE: func.func @slow_gradient
// MORE: func.func @slow_apply() -> (tensor<f64> {ingot.name = "gradient_norm"
// MORE: func.func @slow_evaluate
func.func @forward(%x: tensor<?x3xf32> {ingot.name = "x", ingot.symbols = ["batch", ""]}) -> (tensor<?x2xf32> {ingot.name = "out", ingot.symbols = ["batch", ""]}) {
  %w = ingot.parameter parameter "w" dense<1.0> : tensor<3x2xf32>
  %m = ingot.parameter buffer "mean" dense<0.0> : tensor<3xf32>
  %s = ingot.reduce sum %x dimensions = [0] : (tensor<?x3xf32>) -> tensor<3xf32>
  %n = ingot.add %m, %s : tensor<3xf32>
  ingot.assign "mean", %n : tensor<3xf32>
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
func.func @model(%x: tensor<?x3xf32> {ingot.name = "x", ingot.symbols = ["batch", ""]}) -> (tensor<?x2xf32> {ingot.name = "out", ingot.symbols = ["batch", ""]}) {
  %w = ingot.parameter parameter "w" dense<1.0> : tensor<3x2xf32>
  %y = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

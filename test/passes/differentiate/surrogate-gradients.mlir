// RUN: ingot-opt %s --surrogate-gradients="surrogates=^spike$=fast_sigmoid:slope=25,^below/Cast$=atan,^round$=straight_through" | FileCheck %s
// RUN: not ingot-opt %s --surrogate-gradients="surrogates=none=atan" 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not ingot-opt %s --surrogate-gradients="surrogates=spike=tan" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not ingot-opt %s --surrogate-gradients="surrogates=spike=atan:slope=2" 2>&1 | FileCheck %s --check-prefix=PARAMETER
// RUN: not ingot-opt %s --surrogate-gradients="surrogates=spike=atan:alpha=0" 2>&1 | FileCheck %s --check-prefix=VALUE
// RUN: not ingot-opt %s --surrogate-gradients="surrogates=(=atan" 2>&1 | FileCheck %s --check-prefix=RE

// NAME: --surrogate: 'none=atan' names no comparison that becomes a number, rounding or sign of the model; there are: spike/Cast, spike, below/Cast, below, reset/Cast, reset, round
// KIND: --surrogate: 'spike=tan': expected RE=KIND[:PARAMETER=VALUE]; kinds are: fast_sigmoid, atan, sigmoid, triangle, rectangle, gaussian, straight_through
// PARAMETER: --surrogate: 'spike=atan:slope=2': atan has no parameter 'slope'; it has: alpha
// VALUE: --surrogate: 'spike=atan:alpha=0': the parameters of a surrogate must be positive
// RE: --surrogate: '(' is not a regular expression

// By the name of the comparison: x is how far it is above the threshold.
// CHECK-LABEL: func.func @spike
// CHECK-SAME: %[[U:.*]]: tensor<?xf32>, %[[V:.*]]: tensor<?xf32>
// CHECK: %[[C:.*]] = ingot.compare gt %[[U]], %[[V]]
// CHECK: %[[S:.*]] = ingot.cast %[[C]]
// CHECK: %[[X:.*]] = ingot.sub %[[U]], %[[V]]
// CHECK: %[[A:.*]] = ingot.abs %[[X]]
// CHECK: ingot.constant dense<2.500000e+01>
// CHECK: %[[K:.*]] = ingot.mul %[[A]]
// CHECK: %[[ROOT:.*]] = ingot.add %[[K]]
// CHECK: %[[SQUARE:.*]] = ingot.mul %[[ROOT]], %[[ROOT]]
// CHECK: %[[D:.*]] = ingot.div %{{.*}}, %[[SQUARE]]
// CHECK: %[[STOP:.*]] = ingot.stop_gradient %[[D]]
// CHECK: %[[P:.*]] = ingot.mul %[[X]], %[[STOP]]
// CHECK: %[[Y:.*]] = ingot.straight_through %[[S]], %[[P]]
// CHECK: return %[[Y]]
func.func @spike(%u: tensor<?xf32>, %v: tensor<?xf32>) -> tensor<?xf32> {
  %0 = ingot.compare gt %u, %v : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1> loc("spike"("Greater, opset 17"))
  %1 = ingot.cast %0 : (tensor<?xi1>) -> tensor<?xf32> loc("spike/Cast"("Cast, opset 17"))
  return %1 : tensor<?xf32>
}

// By that of the cast; of `less` the other way around.
// CHECK-LABEL: func.func @below
// CHECK-SAME: %[[U:.*]]: tensor<?xf32>, %[[V:.*]]: tensor<?xf32>
// CHECK: ingot.sub %[[V]], %[[U]]
// CHECK: ingot.straight_through
func.func @below(%u: tensor<?xf32>, %v: tensor<?xf32>) -> tensor<?xf32> {
  %0 = ingot.compare lt %u, %v : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1> loc("below"("Less, opset 17"))
  %1 = ingot.cast %0 : (tensor<?xi1>) -> tensor<?xf32> loc("below/Cast"("Cast, opset 17"))
  return %1 : tensor<?xf32>
}

// A reset that no entry names, nor any comparison for equality, passes no gradient.
// CHECK-LABEL: func.func @reset
// CHECK-NOT: straight_through
// CHECK: return
func.func @reset(%u: tensor<?xf32>, %v: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %0 = ingot.compare gt %u, %v : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1> loc("reset"("Greater, opset 17"))
  %1 = ingot.cast %0 : (tensor<?xi1>) -> tensor<?xf32> loc("reset/Cast"("Cast, opset 17"))
  %2 = ingot.compare eq %u, %v : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1> loc("spike"("Equal, opset 17"))
  %3 = ingot.cast %2 : (tensor<?xi1>) -> tensor<?xf32> loc("spike"("Cast, opset 17"))
  return %1, %3 : tensor<?xf32>, tensor<?xf32>
}

// CHECK-LABEL: func.func @round
// CHECK-SAME: %[[U:.*]]: tensor<?xf32>
// CHECK: %[[R:.*]] = ingot.round %[[U]]
// CHECK: ingot.straight_through %[[R]], %[[U]]
func.func @round(%u: tensor<?xf32>) -> tensor<?xf32> {
  %0 = ingot.round %u : tensor<?xf32> loc("round"("Round, opset 17"))
  return %0 : tensor<?xf32>
}

// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @type() {
  // expected-error@+1 {{failed to verify that all of {value, result} have same type}}
  %r = "ingot.constant"() {value = dense<1.0> : tensor<2xf32>} : () -> tensor<3xf32>
  return
}

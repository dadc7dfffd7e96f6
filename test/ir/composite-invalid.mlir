// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2xf32>) {
  // expected-error@+1 {{(C1) the region's arguments do not have the types of the inputs}}
  %r = ingot.composite "same"(%x) : (tensor<2xf32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<3xf32>):
    ingot.yield %a : tensor<3xf32>
  }
  return
}

// -----

func.func @c2(%x: tensor<2xf32>) {
  // expected-error@+1 {{(C2) the region does not yield values of the results' types}}
  %r = ingot.composite "same"(%x) : (tensor<2xf32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<2xf32>):
    ingot.yield %a : tensor<2xf32>
  }
  return
}

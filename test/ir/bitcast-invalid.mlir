// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<2xf32>) {
  // expected-error@+1 {{(C1) 'f32' and 'i16' differ in width}}
  %r = ingot.bitcast %x : (tensor<2xf32>) -> tensor<2xi16>
  return
}

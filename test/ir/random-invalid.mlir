// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1() {
  // expected-error@+1 {{(C1) sizes has the entry -4, less than 0}}
  %r = ingot.random uniform(0.0, 1.0) seed = 1 sizes [-4] : tensor<4xf32>
  return
}

// -----

func.func @c2(%seed: tensor<i64>) {
  // expected-error@+1 {{(C2) run_seed and step must be given together}}
  %r = "ingot.random"(%seed) <{first = 0.0 : f64, kind = #ingot<random_kind uniform>, operandSegmentSizes = array<i32: 0, 1, 0>, second = 1.0 : f64, seed = 1 : i64, static_sizes = array<i64: 4>}> : (tensor<i64>) -> tensor<4xf32>
  return
}

// RUN: ingot-opt %s --verify-import-contract --split-input-file --verify-diagnostics

func.func @fine(%x: tensor<?xf32> {ingot.name = "x", ingot.symbols = ["n"]}) -> tensor<?xf32> {
  %0 = ingot.exp %x : tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

func.func @dialect(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{'math.exp' op is not allowed at the end of import}}
  %0 = math.exp %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error@+1 {{has an unranked tensor}}
func.func @unranked(%x: tensor<*xf32>) {
  return
}

// -----

// expected-error@unknown {{'ingot.exp' op has no location}}
func.func @unlocated(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = ingot.exp %x : tensor<4xf32> loc(unknown)
  return %0 : tensor<4xf32>
}

// -----

// expected-error@+1 {{argument 0: ingot.symbols must be one string for each dimension}}
func.func @symbols(%x: tensor<?x4xf32> {ingot.symbols = ["n"]}) {
  return
}

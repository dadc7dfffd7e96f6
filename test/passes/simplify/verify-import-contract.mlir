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

// -----

func.func @read(%x: tensor<4xf32>) -> tensor<4xf32> {
  %w = ingot.parameter parameter "w" dense<0.0> : tensor<4xf32>
  return %w : tensor<4xf32>
}
func.func @changed(%x: tensor<3xf32>) {
  // expected-error@+1 {{gives the variable 'w' of 'tensor<4xf32>' a value of 'tensor<3xf32>'}}
  ingot.assign "w", %x : tensor<3xf32>
  return
}

// -----

func.func @one() -> tensor<4xf32> {
  %w = ingot.parameter parameter "w" dense<0.0> : tensor<4xf32>
  return %w : tensor<4xf32>
}
func.func @other() -> tensor<4xf32> {
  // expected-error@+1 {{is another kind or type of variable than the one called 'w' elsewhere}}
  %w = ingot.parameter buffer "w" dense<0.0> : tensor<4xf32>
  return %w : tensor<4xf32>
}

// -----

func.func @twice(%x: tensor<4xf32>) {
  ingot.assign "w", %x : tensor<4xf32>
  // expected-error@+1 {{assigns 'w' a second time}}
  ingot.assign "w", %x : tensor<4xf32>
  return
}

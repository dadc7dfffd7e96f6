// RUN: ingot-opt %s --verify-tile-vectorize-contract --split-input-file --verify-diagnostics

func.func @main_run(%x: memref<4xf32>, %c: i1) {
  linalg_ext.assert %c, "sizes differ"
  return
}
func.func private @k(%x: memref<?xf32, strided<[1], offset: ?>>, %n: index, %scale: f32) attributes {ingot.kernel} {
  return
}

// -----

func.func @main_run(%x: memref<4xf32>) {
  // expected-error@+1 {{'linalg_ext.dispatch' op is not allowed at the end of tile-vectorize}}
  linalg_ext.dispatch @k ins() scalars() outs(%x : memref<4xf32>)
  return
}

// -----

func.func private @k(%x: memref<4xf32>, %o: memref<4xf32>) {
  // expected-error@+1 {{'linalg.exp' op is not allowed at the end of tile-vectorize}}
  linalg.exp ins(%x : memref<4xf32>) outs(%o : memref<4xf32>)
  return
}

// -----

// expected-error@+1 {{takes 'memref<4xf32>' instead of a flat buffer or a scalar at the end of tile-vectorize}}
func.func private @k(%x: memref<4xf32>) attributes {ingot.kernel} {
  return
}

// -----

// expected-error@+1 {{takes 'tensor<4xf32>' instead of a flat buffer or a scalar at the end of tile-vectorize}}
func.func private @k(%x: tensor<4xf32>) attributes {ingot.kernel} {
  return
}

// -----

// expected-error@+1 {{has results at the end of tile-vectorize}}
func.func private @k(%n: index) -> index attributes {ingot.kernel} {
  return %n : index
}

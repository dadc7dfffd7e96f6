// RUN: ingot-opt %s --verify-strategy-contract --split-input-file --verify-diagnostics

func.func private @fine(%o: tensor<4xf32>) -> tensor<4xf32>
    attributes {ingot.kernel, ingot.form = "map", ingot.config = {width = 32 : i64, task_elements = 256 : i64, serial = true}} {
  return %o : tensor<4xf32>
}
func.func private @copy(%o: tensor<4xf32>) -> tensor<4xf32> attributes {ingot.kernel, ingot.form = "copy"} {
  return %o : tensor<4xf32>
}

// -----

// expected-error@+1 {{of form "window" has no 'columns' in ingot.config at the end of strategy}}
func.func private @undecided(%o: tensor<4xf32>) -> tensor<4xf32> attributes {ingot.kernel, ingot.form = "window"} {
  return %o : tensor<4xf32>
}

// -----

// expected-error@+1 {{of form "contract" has no 'vectors' in ingot.config at the end of strategy}}
func.func private @incomplete(%o: tensor<4xf32>) -> tensor<4xf32> attributes {ingot.kernel, ingot.form = "contract", ingot.config = {rows = 8 : i64}} {
  return %o : tensor<4xf32>
}

// -----

// expected-error@+1 {{has no known ingot.form at the end of strategy}}
func.func private @form(%o: tensor<4xf32>) -> tensor<4xf32> attributes {ingot.kernel, ingot.form = "spiral"} {
  return %o : tensor<4xf32>
}

// -----

// expected-error@+1 {{of form "attention" has no 'few_queries' in ingot.config at the end of strategy}}
func.func private @attention(%o: tensor<4xf32>) -> tensor<4xf32> attributes {ingot.kernel, ingot.form = "attention",
    ingot.config = {rows = 8 : i64, vectors = 2 : i64, lanes = 16 : i64, block_keys = 128 : i64}} {
  return %o : tensor<4xf32>
}

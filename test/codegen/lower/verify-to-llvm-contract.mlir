// RUN: ingot-opt %s --verify-to-llvm-contract --split-input-file --verify-diagnostics

llvm.func @fine(%x: i64) -> i64 {
  llvm.return %x : i64
}

// -----

// expected-error@+1 {{'func.func' op is not allowed at the end of to-llvm}}
func.func private @f()

// -----

llvm.func @cast(%x: i64) -> i64 {
  // expected-error@+1 {{'builtin.unrealized_conversion_cast' op is not allowed at the end of to-llvm}}
  %0 = builtin.unrealized_conversion_cast %x : i64 to index
  llvm.return %x : i64
}

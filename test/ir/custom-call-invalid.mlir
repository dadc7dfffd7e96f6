// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1() {
  // expected-error@+1 {{(C1) the callee has no name}}
  %r = ingot.custom_call ""() : () -> tensor<?xf32>
  return
}

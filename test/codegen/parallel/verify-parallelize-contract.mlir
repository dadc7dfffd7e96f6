// RUN: ingot-opt %s --verify-parallelize-contract --split-input-file --verify-diagnostics

func.func private @fine(%env: !llvm.ptr, %n: index) attributes {ingot.kernel} {
  return
}

// -----

func.func private @tasks(%env: !llvm.ptr, %n: index) attributes {ingot.kernel} {
  // expected-error@+1 {{'scf.forall' op is not allowed at the end of parallelize}}
  scf.forall (%i) in (%n) {
  }
  return
}

// -----

// expected-error@+1 {{does not take the environment first at the end of parallelize}}
func.func private @environment(%n: index) attributes {ingot.kernel} {
  return
}

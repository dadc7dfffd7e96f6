// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @message(%c: i1) {
  // expected-error@+1 {{requires attribute 'message'}}
  "ingot.assert"(%c) : (i1) -> ()
  return
}

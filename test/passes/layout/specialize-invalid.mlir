// RUN: not ingot-opt %s --specialize='sizes=depth=8' 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not ingot-opt %s --specialize='sizes=batch' 2>&1 | FileCheck %s --check-prefix=TEXT
// RUN: not ingot-opt %s --specialize='sizes=batch=1,batch=2,batch=3,batch=4,batch=5,seq=1,seq=2,seq=3,seq=4' 2>&1 | FileCheck %s --check-prefix=MANY

// NAME: --specialize depth=8: no input has a dimension of this name
// TEXT: --specialize batch: expected NAME=SIZE
// MANY: --specialize: these are 20 combinations of sizes or more, at most 16 are possible
func.func @main(%x: tensor<?x?xf32> {ingot.name = "x", ingot.symbols = ["batch", "seq"]}) -> tensor<?x?xf32> {
  return %x : tensor<?x?xf32>
}

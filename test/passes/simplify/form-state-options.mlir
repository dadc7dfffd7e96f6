// RUN: not ingot-opt %s --form-state='states=a' 2>&1 | FileCheck %s --check-prefix=TEXT
// RUN: not ingot-opt %s --form-state='states=a*=b:4' 2>&1 | FileCheck %s --check-prefix=STAR
// RUN: not ingot-opt %s --form-state='states=a=b' 2>&1 | FileCheck %s --check-prefix=CAPACITY
// RUN: not ingot-opt %s --form-state='states=a=b:4:0' 2>&1 | FileCheck %s --check-prefix=AXIS
// RUN: not ingot-opt %s --form-state='states=a=b:4,*=b:4' 2>&1 | FileCheck %s --check-prefix=STAR2
// RUN: not ingot-opt %s --form-state='states=a=b:4,a=c:4' 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: ingot-opt %s --form-state='states=a=b:4:1'

// TEXT: --state a: expected INPUT=OUTPUT or INPUT=OUTPUT:CAPACITY
// STAR: --state a*=b:4: expected
// STAR2: --state *=b:4: expected
// CAPACITY: --state a=b: 'b' grows along axis 1: say how far, as in a=b:1024
// AXIS: --state a=b:4:0: 'b' grows along axis 1, not 0
// TWICE: --state a=c:4: the input 'a' is state by --state a=b:4 already
func.func @main(%x: tensor<2x?xf32> {ingot.name = "a"}, %y: tensor<2x1xf32> {ingot.name = "y"})
    -> (tensor<2x?xf32> {ingot.name = "b"}, tensor<2x1xf32> {ingot.name = "c"}) {
  %0 = ingot.concat %x, %y axis = 1 : (tensor<2x?xf32>, tensor<2x1xf32>) -> tensor<2x?xf32>
  return %0, %y : tensor<2x?xf32>, tensor<2x1xf32>
}

// RUN: ingot-opt %s | ingot-opt | FileCheck %s
// RUN: ingot-opt %s --mlir-print-op-generic | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @f0
// CHECK: ingot.compare eq %{{.*}}, %{{.*}} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
func.func @f0(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.compare eq %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// CHECK-LABEL: func.func @f1
// CHECK: ingot.compare ne %{{.*}}, %{{.*}} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
func.func @f1(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.compare ne %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// CHECK-LABEL: func.func @f2
// CHECK: ingot.compare lt %{{.*}}, %{{.*}} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
func.func @f2(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.compare lt %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// CHECK-LABEL: func.func @f3
// CHECK: ingot.compare le %{{.*}}, %{{.*}} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
func.func @f3(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.compare le %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// CHECK-LABEL: func.func @f4
// CHECK: ingot.compare gt %{{.*}}, %{{.*}} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
func.func @f4(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.compare gt %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

// CHECK-LABEL: func.func @f5
// CHECK: ingot.compare ge %{{.*}}, %{{.*}} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
func.func @f5(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xi1> {
  %r = ingot.compare ge %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi1>
  return %r : tensor<?xi1>
}

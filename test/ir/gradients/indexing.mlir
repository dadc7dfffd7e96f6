// RUN: ingot-opt %s --split-input-file | FileCheck %s
// CHECK: func.func

func.func @gather(%x: tensor<3x4xf64>) -> (tensor<2x2x4xf64>) {
  %i = ingot.constant dense<[[2, 0], [-1, 2]]> : tensor<2x2xi64>
  %y = ingot.gather %x[%i] axis = 0 : (tensor<3x4xf64>, tensor<2x2xi64>) -> tensor<2x2x4xf64>
  return %y : tensor<2x2x4xf64>
}

// -----

func.func @gather_axis(%x: tensor<2x3x4xf64>) -> (tensor<2x2x2x4xf64>) {
  %i = ingot.constant dense<[[2, 0], [-1, 2]]> : tensor<2x2xi64>
  %y = ingot.gather %x[%i] axis = 1 : (tensor<2x3x4xf64>, tensor<2x2xi64>) -> tensor<2x2x2x4xf64>
  return %y : tensor<2x2x2x4xf64>
}

// -----

func.func @gather_scalar(%x: tensor<2x?x4xf64>) -> (tensor<2x4xf64>) {
  %i = ingot.constant dense<-2> : tensor<i32>
  %y = ingot.gather %x[%i] axis = 1 : (tensor<2x?x4xf64>, tensor<i32>) -> tensor<2x4xf64>
  return %y : tensor<2x4xf64>
}

// -----

func.func @gather_dynamic(%x: tensor<?x4xf64>, %i: tensor<?xi64>) -> (tensor<?x4xf64>) {
  %e = ingot.exp %x : tensor<?x4xf64>
  %y = ingot.gather %e[%i] axis = 0 : (tensor<?x4xf64>, tensor<?xi64>) -> tensor<?x4xf64>
  return %y : tensor<?x4xf64>
}

// -----

func.func @gather_nd(%x: tensor<3x2x4xf64>) -> (tensor<3x4xf64>) {
  %i = ingot.constant dense<[[2, 0], [-1, 0], [0, 1]]> : tensor<3x2xi64>
  %y = ingot.gather_nd %x[%i] : (tensor<3x2x4xf64>, tensor<3x2xi64>) -> tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

func.func @gather_nd_batch(%x: tensor<2x3x4xf64>) -> (tensor<2x3x4xf64>) {
  %i = ingot.constant dense<[[[2], [0], [2]], [[1], [-1], [0]]]> : tensor<2x3x1xi64>
  %y = ingot.gather_nd %x[%i] {batch_dims = 1 : i64} : (tensor<2x3x4xf64>, tensor<2x3x1xi64>) -> tensor<2x3x4xf64>
  return %y : tensor<2x3x4xf64>
}

// -----

func.func @gather_elements(%x: tensor<3x4xf64>) -> (tensor<2x3xf64>) {
  %i = ingot.constant dense<[[2, 0, -1], [2, 1, 0]]> : tensor<2x3xi64>
  %y = ingot.gather_elements %x[%i] axis = 0 : (tensor<3x4xf64>, tensor<2x3xi64>) -> tensor<2x3xf64>
  return %y : tensor<2x3xf64>
}

// -----

func.func @gather_elements_label(%x: tensor<3x4xf64>) -> (tensor<3x1xf64>) {
  %i = ingot.constant dense<[[2], [-1], [0]]> : tensor<3x1xi64>
  %y = ingot.gather_elements %x[%i] axis = 1 : (tensor<3x4xf64>, tensor<3x1xi64>) -> tensor<3x1xf64>
  return %y : tensor<3x1xf64>
}

// -----

func.func @gather_elements_label_dynamic(%x: tensor<?x2x?xf64>, %i: tensor<?x1x?xi64> {ingot.sizes = array<i64: 3,1,3>}) -> (tensor<?x1x?xf64>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %n = tensor.dim %x, %c0 : tensor<?x2x?xf64>
  %m = tensor.dim %x, %c2 : tensor<?x2x?xf64>
  %j = ingot.slice %i[0, 0, 0] [%n, 1, %m] [1, 1, 1] : (tensor<?x1x?xi64>) -> tensor<?x1x?xi64>
  %y = ingot.gather_elements %x[%j] axis = 1 : (tensor<?x2x?xf64>, tensor<?x1x?xi64>) -> tensor<?x1x?xf64>
  return %y : tensor<?x1x?xf64>
}

// -----

func.func @scatter_nd_replace(%x: tensor<3x4xf64>, %u: tensor<2x4xf64>) -> (tensor<3x4xf64>) {
  %i = ingot.constant dense<[[2], [0]]> : tensor<2x1xi64>
  %y = ingot.scatter_nd replace %u into %x[%i] : (tensor<3x4xf64>, tensor<2x1xi64>, tensor<2x4xf64>) -> tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

func.func @scatter_elements_replace(%x: tensor<3x3xf64>, %u: tensor<2x2xf64>) -> (tensor<3x3xf64>) {
  %i = ingot.constant dense<[[2, 0], [0, 1]]> : tensor<2x2xi64>
  %y = ingot.scatter_elements replace %u into %x[%i] axis = 0 : (tensor<3x3xf64>, tensor<2x2xi64>, tensor<2x2xf64>) -> tensor<3x3xf64>
  return %y : tensor<3x3xf64>
}

// -----

func.func @scatter_nd_add(%x: tensor<3x4xf64>, %u: tensor<2x4xf64>) -> (tensor<3x4xf64>) {
  %i = ingot.constant dense<[[2], [2]]> : tensor<2x1xi64>
  %y = ingot.scatter_nd add %u into %x[%i] : (tensor<3x4xf64>, tensor<2x1xi64>, tensor<2x4xf64>) -> tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

func.func @scatter_elements_add(%x: tensor<3x3xf64>, %u: tensor<2x2xf64>) -> (tensor<3x3xf64>) {
  %i = ingot.constant dense<[[2, 0], [2, -3]]> : tensor<2x2xi64>
  %y = ingot.scatter_elements add %u into %x[%i] axis = 0 : (tensor<3x3xf64>, tensor<2x2xi64>, tensor<2x2xf64>) -> tensor<3x3xf64>
  return %y : tensor<3x3xf64>
}

// -----

func.func @scatter_nd_mul(%x: tensor<3x4xf64>, %u: tensor<2x4xf64>) -> (tensor<3x4xf64>) {
  %i = ingot.constant dense<[[2], [2]]> : tensor<2x1xi64>
  %y = ingot.scatter_nd mul %u into %x[%i] : (tensor<3x4xf64>, tensor<2x1xi64>, tensor<2x4xf64>) -> tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

func.func @scatter_elements_mul(%x: tensor<3x3xf64>, %u: tensor<2x2xf64>) -> (tensor<3x3xf64>) {
  %i = ingot.constant dense<[[2, 0], [2, -3]]> : tensor<2x2xi64>
  %y = ingot.scatter_elements mul %u into %x[%i] axis = 0 : (tensor<3x3xf64>, tensor<2x2xi64>, tensor<2x2xf64>) -> tensor<3x3xf64>
  return %y : tensor<3x3xf64>
}

// -----

// FIRST ORDER
func.func @scatter_nd_min(%x: tensor<3x4xf64>, %u: tensor<2x4xf64>) -> (tensor<3x4xf64>) {
  %i = ingot.constant dense<[[2], [2]]> : tensor<2x1xi64>
  %y = ingot.scatter_nd min %u into %x[%i] : (tensor<3x4xf64>, tensor<2x1xi64>, tensor<2x4xf64>) -> tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

// FIRST ORDER
func.func @scatter_elements_min(%x: tensor<3x3xf64>, %u: tensor<2x2xf64>) -> (tensor<3x3xf64>) {
  %i = ingot.constant dense<[[2, 0], [2, -3]]> : tensor<2x2xi64>
  %y = ingot.scatter_elements min %u into %x[%i] axis = 0 : (tensor<3x3xf64>, tensor<2x2xi64>, tensor<2x2xf64>) -> tensor<3x3xf64>
  return %y : tensor<3x3xf64>
}

// -----

// FIRST ORDER
func.func @scatter_nd_max(%x: tensor<3x4xf64>, %u: tensor<2x4xf64>) -> (tensor<3x4xf64>) {
  %i = ingot.constant dense<[[2], [2]]> : tensor<2x1xi64>
  %y = ingot.scatter_nd max %u into %x[%i] : (tensor<3x4xf64>, tensor<2x1xi64>, tensor<2x4xf64>) -> tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

// FIRST ORDER
func.func @scatter_elements_max(%x: tensor<3x3xf64>, %u: tensor<2x2xf64>) -> (tensor<3x3xf64>) {
  %i = ingot.constant dense<[[2, 0], [2, -3]]> : tensor<2x2xi64>
  %y = ingot.scatter_elements max %u into %x[%i] axis = 0 : (tensor<3x3xf64>, tensor<2x2xi64>, tensor<2x2xf64>) -> tensor<3x3xf64>
  return %y : tensor<3x3xf64>
}

// -----

// FIRST ORDER
func.func @scatter_nd_mul_zero(%x: tensor<3xf64>, %u: tensor<3xf64>) -> (tensor<3xf64>) {
  %i = ingot.constant dense<[[2], [2], [0]]> : tensor<3x1xi64>
  %m = ingot.constant dense<[1.0, 0.0, 1.0]> : tensor<3xf64>
  %c = ingot.constant dense<[1.0, 0.0, 1.0]> : tensor<3xf64>
  %v = ingot.mul %u, %m : tensor<3xf64>
  %y = ingot.scatter_nd mul %v into %x[%i] : (tensor<3xf64>, tensor<3x1xi64>, tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// -----

func.func @scatter_elements_add_dynamic(%x: tensor<?x?xf64>, %i: tensor<?x?xi64> {ingot.sizes = array<i64: 2,3>}, %u: tensor<?x?xf64> {ingot.sizes = array<i64: 2,3>}) -> (tensor<?x?xf64>) {
  %y = ingot.scatter_elements add %u into %x[%i] axis = 1 : (tensor<?x?xf64>, tensor<?x?xi64>, tensor<?x?xf64>) -> tensor<?x?xf64>
  return %y : tensor<?x?xf64>
}

// -----

// LOW: 0.5
func.func @cumulate_sum_plain(%x: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %y = ingot.cumulate sum %x axis = 1  : tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

// LOW: 0.5
func.func @cumulate_sum_exclusive(%x: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %y = ingot.cumulate sum %x axis = 1 {exclusive} : tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

// LOW: 0.5
func.func @cumulate_sum_reverse(%x: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %y = ingot.cumulate sum %x axis = 1 {reverse} : tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

// LOW: 0.5
func.func @cumulate_sum_exclusive_reverse(%x: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %y = ingot.cumulate sum %x axis = 1 {exclusive, reverse} : tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

// LOW: 0.5
func.func @cumulate_product_plain(%x: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %y = ingot.cumulate product %x axis = 1  : tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

// LOW: 0.5
// FIRST ORDER
func.func @cumulate_zeros_plain(%x: tensor<2x5xf64>) -> (tensor<2x5xf64>) {
  %c = ingot.constant dense<[[0.0, 0.0, 0.65, 0.0, 0.0], [0.0, 0.7, 0.0, 0.3, 0.0]]> : tensor<2x5xf64>
  %m = ingot.constant dense<[[1.0, 1.0, 0.0, 1.0, 1.0], [1.0, 0.0, 1.0, 0.0, 1.0]]> : tensor<2x5xf64>
  %z = ingot.mul %x, %m : tensor<2x5xf64>
  %y = ingot.cumulate product %z axis = 1  : tensor<2x5xf64>
  return %y : tensor<2x5xf64>
}

// -----

// LOW: 0.5
func.func @cumulate_product_exclusive(%x: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %y = ingot.cumulate product %x axis = 1 {exclusive} : tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

// LOW: 0.5
// FIRST ORDER
func.func @cumulate_zeros_exclusive(%x: tensor<2x5xf64>) -> (tensor<2x5xf64>) {
  %c = ingot.constant dense<[[0.0, 0.0, 0.65, 0.0, 0.0], [0.0, 0.7, 0.0, 0.3, 0.0]]> : tensor<2x5xf64>
  %m = ingot.constant dense<[[1.0, 1.0, 0.0, 1.0, 1.0], [1.0, 0.0, 1.0, 0.0, 1.0]]> : tensor<2x5xf64>
  %z = ingot.mul %x, %m : tensor<2x5xf64>
  %y = ingot.cumulate product %z axis = 1 {exclusive} : tensor<2x5xf64>
  return %y : tensor<2x5xf64>
}

// -----

// LOW: 0.5
func.func @cumulate_product_reverse(%x: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %y = ingot.cumulate product %x axis = 1 {reverse} : tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

// LOW: 0.5
// FIRST ORDER
func.func @cumulate_zeros_reverse(%x: tensor<2x5xf64>) -> (tensor<2x5xf64>) {
  %c = ingot.constant dense<[[0.0, 0.0, 0.65, 0.0, 0.0], [0.0, 0.7, 0.0, 0.3, 0.0]]> : tensor<2x5xf64>
  %m = ingot.constant dense<[[1.0, 1.0, 0.0, 1.0, 1.0], [1.0, 0.0, 1.0, 0.0, 1.0]]> : tensor<2x5xf64>
  %z = ingot.mul %x, %m : tensor<2x5xf64>
  %y = ingot.cumulate product %z axis = 1 {reverse} : tensor<2x5xf64>
  return %y : tensor<2x5xf64>
}

// -----

// LOW: 0.5
func.func @cumulate_product_exclusive_reverse(%x: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %y = ingot.cumulate product %x axis = 1 {exclusive, reverse} : tensor<3x4xf64>
  return %y : tensor<3x4xf64>
}

// -----

// LOW: 0.5
// FIRST ORDER
func.func @cumulate_zeros_exclusive_reverse(%x: tensor<2x5xf64>) -> (tensor<2x5xf64>) {
  %c = ingot.constant dense<[[0.0, 0.0, 0.65, 0.0, 0.0], [0.0, 0.7, 0.0, 0.3, 0.0]]> : tensor<2x5xf64>
  %m = ingot.constant dense<[[1.0, 1.0, 0.0, 1.0, 1.0], [1.0, 0.0, 1.0, 0.0, 1.0]]> : tensor<2x5xf64>
  %z = ingot.mul %x, %m : tensor<2x5xf64>
  %y = ingot.cumulate product %z axis = 1 {exclusive, reverse} : tensor<2x5xf64>
  return %y : tensor<2x5xf64>
}

// -----

// FIRST ORDER
func.func @sort(%x: tensor<2x5xf64>) -> (tensor<2x5xf64>) {
  %y, %i = ingot.sort %x axis = 1 : (tensor<2x5xf64>) -> (tensor<2x5xf64>, tensor<2x5xi64>)
  return %y : tensor<2x5xf64>
}

// -----

// FIRST ORDER
func.func @sort_descending(%x: tensor<?x5xf64>) -> (tensor<?x5xf64>) {
  %y, %i = ingot.sort %x axis = 0 {descending} : (tensor<?x5xf64>) -> (tensor<?x5xf64>, tensor<?x5xi64>)
  return %y : tensor<?x5xf64>
}

// -----

// FIRST ORDER
func.func @topk(%x: tensor<2x6xf64>) -> (tensor<2x3xf64>) {
  %y, %i = ingot.topk %x k [3] axis = 1 : (tensor<2x6xf64>) -> (tensor<2x3xf64>, tensor<2x3xi64>)
  return %y : tensor<2x3xf64>
}

// -----

// FIRST ORDER
func.func @topk_smallest(%x: tensor<6x2xf64>) -> (tensor<2x2xf64>) {
  %y, %i = ingot.topk %x k [2] axis = 0 {largest = false} : (tensor<6x2xf64>) -> (tensor<2x2xf64>, tensor<2x2xi64>)
  return %y : tensor<2x2xf64>
}

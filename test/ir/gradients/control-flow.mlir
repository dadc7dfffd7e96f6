// RUN: ingot-opt %s --split-input-file | FileCheck %s
// CHECK: func.func

func.func @if_true(%x: tensor<3xf64>, %z: tensor<3xf64>) -> (tensor<3xf64>) {
  %c = arith.constant true
  %e = ingot.exp %x : tensor<3xf64>
  %y = scf.if %c -> (tensor<3xf64>) {
  %a = ingot.mul %e, %z : tensor<3xf64>
  %b = ingot.tanh %a : tensor<3xf64>
  scf.yield %b : tensor<3xf64>
  } else {
  %a = ingot.add %e, %x : tensor<3xf64>
  scf.yield %a : tensor<3xf64>
  }
  return %y : tensor<3xf64>
}

// -----

func.func @if_false(%x: tensor<3xf64>, %z: tensor<3xf64>) -> (tensor<3xf64>) {
  %c = arith.constant false
  %e = ingot.exp %x : tensor<3xf64>
  %y = scf.if %c -> (tensor<3xf64>) {
  %a = ingot.mul %e, %z : tensor<3xf64>
  %b = ingot.tanh %a : tensor<3xf64>
  scf.yield %b : tensor<3xf64>
  } else {
  %a = ingot.add %e, %x : tensor<3xf64>
  scf.yield %a : tensor<3xf64>
  }
  return %y : tensor<3xf64>
}

// -----

func.func @for_power(%x: tensor<3xf64>) -> (tensor<3xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %i = ingot.constant dense<1.0> : tensor<3xf64>
  %y = scf.for %k = %c0 to %c4 step %c1 iter_args(%p = %i) -> (tensor<3xf64>) {
  %q = ingot.mul %p, %x : tensor<3xf64>
  scf.yield %q : tensor<3xf64>
  }
  return %y : tensor<3xf64>
}

// -----

func.func @for_never(%x: tensor<3xf64>, %z: tensor<3xf64>) -> (tensor<3xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = scf.for %k = %c1 to %c0 step %c1 iter_args(%p = %x) -> (tensor<3xf64>) {
  %q = ingot.mul %p, %z : tensor<3xf64>
  scf.yield %q : tensor<3xf64>
  }
  return %y : tensor<3xf64>
}

// -----

func.func @for_steps(%x: tensor<7x3xf64>, %s: tensor<3xf64>) -> (tensor<3xf64>, tensor<7x3xf64>) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c6 = arith.constant 6 : index
  %zero = ingot.constant dense<0.0> : tensor<7x3xf64>
  %y, %all = scf.for %k = %c1 to %c6 step %c2 iter_args(%p = %s, %o = %zero) -> (tensor<3xf64>, tensor<7x3xf64>) {
  %r = ingot.slice %x[%k, 0] [1, 3] [1, 1] : (tensor<7x3xf64>) -> tensor<1x3xf64>
  %f = ingot.reshape %r sizes [3] : (tensor<1x3xf64>) -> tensor<3xf64>
  %m = ingot.mul %p, %f : tensor<3xf64>
  %t = ingot.tanh %m : tensor<3xf64>
  %u = ingot.reshape %t sizes [1, 3] : (tensor<3xf64>) -> tensor<1x3xf64>
  %n = ingot.update_slice %u into %o[%k, 0] : (tensor<7x3xf64>, tensor<1x3xf64>, index) -> tensor<7x3xf64>
  scf.yield %t, %n : tensor<3xf64>, tensor<7x3xf64>
  }
  return %y, %all : tensor<3xf64>, tensor<7x3xf64>
}

// -----

func.func @for_recurrent(%x: tensor<4x2x3xf64>, %w: tensor<3x3xf64>, %b: tensor<3xf64>, %h: tensor<2x3xf64>) -> (tensor<2x3xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %y = scf.for %k = %c0 to %c4 step %c1 iter_args(%p = %h) -> (tensor<2x3xf64>) {
  %r = ingot.slice %x[%k, 0, 0] [1, 2, 3] [1, 1, 1] : (tensor<4x2x3xf64>) -> tensor<1x2x3xf64>
  %f = ingot.reshape %r sizes [2, 3] : (tensor<1x2x3xf64>) -> tensor<2x3xf64>
  %m = ingot.contract %p, %w batch [] x [] contracting [1] x [1] : (tensor<2x3xf64>, tensor<3x3xf64>) -> tensor<2x3xf64>
  %d = ingot.broadcast %b dimensions = [1] sizes [2, 3] : (tensor<3xf64>) -> tensor<2x3xf64>
  %a = ingot.add %m, %f : tensor<2x3xf64>
  %e = ingot.add %a, %d : tensor<2x3xf64>
  %t = ingot.tanh %e : tensor<2x3xf64>
  scf.yield %t : tensor<2x3xf64>
  }
  return %y : tensor<2x3xf64>
}

// -----

func.func @for_dynamic(%x: tensor<?x?x3xf64> {ingot.sizes = array<i64: 4,2,3>}, %w: tensor<3x3xf64>, %h: tensor<?x3xf64> {ingot.sizes = array<i64: 2,3>}) -> (tensor<?x3xf64>, tensor<?x?x3xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?x?x3xf64>
  %m = tensor.dim %x, %c1 : tensor<?x?x3xf64>
  %z = ingot.constant dense<0.0> : tensor<f64>
  %zero = ingot.broadcast %z dimensions = [] sizes [%n, %m, 3] : (tensor<f64>) -> tensor<?x?x3xf64>
  %y, %all = scf.for %k = %c0 to %n step %c1 iter_args(%p = %h, %o = %zero) -> (tensor<?x3xf64>, tensor<?x?x3xf64>) {
  %r = ingot.slice %x[%k, 0, 0] [1, %m, 3] [1, 1, 1] : (tensor<?x?x3xf64>) -> tensor<1x?x3xf64>
  %f = ingot.reshape %r sizes [%m, 3] : (tensor<1x?x3xf64>) -> tensor<?x3xf64>
  %g = ingot.contract %p, %w batch [] x [] contracting [1] x [0] : (tensor<?x3xf64>, tensor<3x3xf64>) -> tensor<?x3xf64>
  %a = ingot.add %g, %f : tensor<?x3xf64>
  %t = ingot.sigmoid %a : tensor<?x3xf64>
  %u = ingot.reshape %t sizes [1, %m, 3] : (tensor<?x3xf64>) -> tensor<1x?x3xf64>
  %q = ingot.update_slice %u into %o[%k, 0, 0] : (tensor<?x?x3xf64>, tensor<1x?x3xf64>, index) -> tensor<?x?x3xf64>
  scf.yield %t, %q : tensor<?x3xf64>, tensor<?x?x3xf64>
  }
  return %y, %all : tensor<?x3xf64>, tensor<?x?x3xf64>
}

// -----

func.func @for_in_for(%x: tensor<3xf64>, %z: tensor<3xf64>) -> (tensor<3xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %y = scf.for %k = %c0 to %c3 step %c1 iter_args(%p = %x) -> (tensor<3xf64>) {
  %e = ingot.exp %p : tensor<3xf64>
  %q = scf.for %l = %c0 to %c2 step %c1 iter_args(%o = %p) -> (tensor<3xf64>) {
  %m = ingot.mul %o, %z : tensor<3xf64>
  %s = ingot.sin %m : tensor<3xf64>
  scf.yield %s : tensor<3xf64>
  }
  %r = ingot.mul %q, %e : tensor<3xf64>
  scf.yield %r : tensor<3xf64>
  }
  return %y : tensor<3xf64>
}

// -----

func.func @if_in_for(%x: tensor<3xf64>, %z: tensor<3xf64>) -> (tensor<3xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %y = scf.for %k = %c0 to %c3 step %c1 iter_args(%p = %x) -> (tensor<3xf64>) {
  %c = arith.cmpi eq, %k, %c1 : index
  %q = scf.if %c -> (tensor<3xf64>) {
  %m = ingot.mul %p, %z : tensor<3xf64>
  scf.yield %m : tensor<3xf64>
  } else {
  %m = ingot.exp %p : tensor<3xf64>
  scf.yield %m : tensor<3xf64>
  }
  %r = ingot.mul %q, %p : tensor<3xf64>
  scf.yield %r : tensor<3xf64>
  }
  return %y : tensor<3xf64>
}

// -----

func.func @while_counted(%x: tensor<3xf64>, %z: tensor<3xf64>) -> (tensor<3xf64>) {
  %c1 = arith.constant 1 : index
  %start = arith.constant 0 : index
  %bound = arith.constant 5 : index
  %k, %y = scf.while (%i = %start, %p = %x) : (index, tensor<3xf64>) -> (index, tensor<3xf64>) {
  %c = arith.cmpi slt, %i, %bound : index
  scf.condition(%c) %i, %p : index, tensor<3xf64>
  } do {
  ^bb0(%j: index, %q: tensor<3xf64>):
  %n = arith.addi %j, %c1 : index
  %m = ingot.mul %q, %z : tensor<3xf64>
  %s = ingot.sin %m : tensor<3xf64>
  scf.yield %n, %s : index, tensor<3xf64>
  }
  return %y : tensor<3xf64>
}

// -----

func.func @while_uncounted(%x: tensor<3xf64>, %z: tensor<3xf64>) -> (tensor<3xf64>) {
  %c1 = arith.constant 1 : index
  %start = arith.constant 2 : index
  %bound = arith.constant 5 : index
  %k, %y = scf.while (%i = %start, %p = %x) : (index, tensor<3xf64>) -> (index, tensor<3xf64>) {
  %c = arith.cmpi slt, %i, %bound : index
  scf.condition(%c) %i, %p : index, tensor<3xf64>
  } do {
  ^bb0(%j: index, %q: tensor<3xf64>):
  %n = arith.addi %j, %c1 : index
  %m = ingot.mul %q, %z : tensor<3xf64>
  %s = ingot.sin %m : tensor<3xf64>
  scf.yield %n, %s : index, tensor<3xf64>
  }
  return %y : tensor<3xf64>
}

// -----

func.func @while_on_data(%x: tensor<3xf64>, %z: tensor<3xf64>) -> (tensor<3xf64>) {
  %k = ingot.constant dense<0.05> : tensor<f64>
  %y = scf.while (%p = %x) : (tensor<3xf64>) -> (tensor<3xf64>) {
  %e = ingot.mul %p, %p : tensor<3xf64>
  %r = ingot.reduce sum %e dimensions = [0] : (tensor<3xf64>) -> tensor<f64>
  %c = ingot.compare gt %r, %k : (tensor<f64>, tensor<f64>) -> tensor<i1>
  %b = tensor.extract %c[] : tensor<i1>
  scf.condition(%b) %e : tensor<3xf64>
  } do {
  ^bb0(%q: tensor<3xf64>):
  %m = ingot.mul %q, %z : tensor<3xf64>
  scf.yield %m : tensor<3xf64>
  }
  return %y : tensor<3xf64>
}

// -----

func.func @gather_in_for(%x: tensor<5x3xf64>, %w: tensor<3x3xf64>) -> (tensor<3xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %i = ingot.constant dense<[2, 0, 2, 4]> : tensor<4xi64>
  %h = ingot.constant dense<0.5> : tensor<3xf64>
  %y = scf.for %k = %c0 to %c4 step %c1 iter_args(%p = %h) -> (tensor<3xf64>) {
  %j = ingot.slice %i[%k] [1] [1] : (tensor<4xi64>) -> tensor<1xi64>
  %g = ingot.gather %x[%j] axis = 0 : (tensor<5x3xf64>, tensor<1xi64>) -> tensor<1x3xf64>
  %r = ingot.reshape %g sizes [3] : (tensor<1x3xf64>) -> tensor<3xf64>
  %m = ingot.contract %w, %p batch [] x [] contracting [1] x [0] : (tensor<3x3xf64>, tensor<3xf64>) -> tensor<3xf64>
  %a = ingot.mul %m, %r : tensor<3xf64>
  %t = ingot.tanh %a : tensor<3xf64>
  scf.yield %t : tensor<3xf64>
  }
  return %y : tensor<3xf64>
}

// -----

func.func @growing(%x: tensor<2x3xf64>, %z: tensor<2x3xf64>) -> (tensor<?x3xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %s = tensor.cast %x : tensor<2x3xf64> to tensor<?x3xf64>
  %y = scf.for %k = %c0 to %c3 step %c1 iter_args(%p = %s) -> (tensor<?x3xf64>) {
  %t = ingot.tanh %p : tensor<?x3xf64>
  %m = ingot.mul %z, %z : tensor<2x3xf64>
  %n = ingot.concat %t, %m axis = 0 : (tensor<?x3xf64>, tensor<2x3xf64>) -> tensor<?x3xf64>
  scf.yield %n : tensor<?x3xf64>
  }
  return %y : tensor<?x3xf64>
}

// -----

func.func @tied_embedding(%x: tensor<4x3xf64>) -> (tensor<2x4xf64>) {
  %i = ingot.constant dense<[2, 2]> : tensor<2xi64>
  %e = ingot.gather %x[%i] axis = 0 : (tensor<4x3xf64>, tensor<2xi64>) -> tensor<2x3xf64>
  %t = ingot.tanh %e : tensor<2x3xf64>
  %y = ingot.contract %t, %x batch [] x [] contracting [1] x [1] : (tensor<2x3xf64>, tensor<4x3xf64>) -> tensor<2x4xf64>
  return %y : tensor<2x4xf64>
}

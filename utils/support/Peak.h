//===- Peak.h - What the machine can do -------------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_SUPPORT_PEAK_H
#define INGOT_SUPPORT_PEAK_H

#include <cstddef>

namespace ingot {

/// The instructions that the probe uses here: "AVX-512 FMA", "AVX2 FMA" or "no FMA".
const char *peakInstructions();

/// f32 operations of one core in a nanosecond (GF/s), measured now by multiply-adds on registers alone; takes about 150 us.
double probePeak();

/// Bytes that each of `threads` cores reads in a nanosecond (GB/s) when all read at once, again and again, memory of `bytes` of its
/// own. Takes some milliseconds, and time to fill that memory.
double probeBandwidth(size_t bytes, unsigned threads);

} // namespace ingot

#endif // INGOT_SUPPORT_PEAK_H

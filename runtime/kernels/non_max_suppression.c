/*===- non_max_suppression.c - Boxes that overlap less than a threshold with better ones ------------------------------------===*\
|*
|* Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* Inputs: boxes [batches, boxes, 4], scores [batches, classes, boxes], the most boxes of a class (i64), the overlap and the score
|* thresholds (f32). Outputs: rows of batch, class, box; their number; working memory of three times the boxes. Scalar: whether
|* boxes are centre and size instead of two corners (y, x).
|*
\*===----------------------------------------------------------------------------------------------------------------------===*/
#include "ingot/kernel.h"

typedef struct corners {
  float y0, x0, y1, x1;
} corners;

static corners box_at(const ingot_kernel_tensor *boxes, int64_t batch, int64_t box, int64_t centre) {
  const float *data = (const float *)boxes->data + batch * boxes->strides[0] + box * boxes->strides[1];
  int64_t s = boxes->strides[2];
  float a = data[0], b = data[s], c = data[2 * s], d = data[3 * s];
  corners result;
  if (centre) { /* x, y, width, height */
    result.x0 = a - c / 2, result.x1 = a + c / 2;
    result.y0 = b - d / 2, result.y1 = b + d / 2;
    return result;
  }
  result.y0 = a < c ? a : c, result.y1 = a < c ? c : a;
  result.x0 = b < d ? b : d, result.x1 = b < d ? d : b;
  return result;
}

static int overlaps(corners a, corners b, float threshold) {
  float top = a.y0 > b.y0 ? a.y0 : b.y0, bottom = a.y1 < b.y1 ? a.y1 : b.y1;
  float left = a.x0 > b.x0 ? a.x0 : b.x0, right = a.x1 < b.x1 ? a.x1 : b.x1;
  float area_a = (a.y1 - a.y0) * (a.x1 - a.x0), area_b = (b.y1 - b.y0) * (b.x1 - b.x0), common;
  if (bottom <= top || right <= left || area_a <= 0 || area_b <= 0)
    return 0;
  common = (bottom - top) * (right - left);
  return common / (area_a + area_b - common) > threshold;
}

static float scalar_or(const ingot_kernel_tensor *tensor, float otherwise) {
  return tensor->rank == 0 || tensor->dims[0] > 0 ? *(const float *)tensor->data : otherwise;
}

/* Candidates by score, the lower index first among equals: a heap with the best on top. */
static int better(const float *scores, int64_t stride, int64_t a, int64_t b) {
  float x = scores[a * stride], y = scores[b * stride];
  return x > y || (x == y && a < b);
}

static void sift(const float *scores, int64_t stride, int64_t *heap, int64_t at, int64_t count) {
  int64_t moved = heap[at];
  for (;;) {
    int64_t child = 2 * at + 1;
    if (child >= count)
      break;
    if (child + 1 < count && better(scores, stride, heap[child + 1], heap[child]))
      ++child;
    if (!better(scores, stride, heap[child], moved))
      break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = moved;
}

int32_t ingot_kernel_non_max_suppression(const int64_t *arguments);
int32_t ingot_kernel_non_max_suppression(const int64_t *arguments) {
  ingot_kernel_tensor boxes, scores, most, overlap, threshold, chosen, found, memory;
  int64_t centre, batch, cls, i, rows = 0, limit, count;
  int64_t *heap, *kept;
  float overlap_limit, score_limit = 0;
  int has_score_limit;
  arguments = ingot_kernel_read(arguments, &boxes);
  arguments = ingot_kernel_read(arguments, &scores);
  arguments = ingot_kernel_read(arguments, &most);
  arguments = ingot_kernel_read(arguments, &overlap);
  arguments = ingot_kernel_read(arguments, &threshold);
  arguments = ingot_kernel_read(arguments, &chosen);
  arguments = ingot_kernel_read(arguments, &found);
  arguments = ingot_kernel_read(arguments, &memory);
  centre = arguments[0];
  count = boxes.dims[1];
  limit = most.rank == 0 || most.dims[0] > 0 ? *(const int64_t *)most.data : 0;
  overlap_limit = scalar_or(&overlap, 0);
  has_score_limit = threshold.rank == 0 || threshold.dims[0] > 0;
  if (has_score_limit)
    score_limit = *(const float *)threshold.data;
  if (scores.dims[2] != count || scores.dims[0] != boxes.dims[0])
    return 1;
  heap = (int64_t *)memory.data;
  kept = heap + count;
  for (batch = 0; batch < scores.dims[0]; ++batch) {
    for (cls = 0; cls < scores.dims[1]; ++cls) {
      const float *row = (const float *)scores.data + batch * scores.strides[0] + cls * scores.strides[1];
      int64_t stride = scores.strides[2], candidates = 0, taken = 0;
      for (i = 0; i < count; ++i)
        if (!has_score_limit || row[i * stride] > score_limit)
          heap[candidates++] = i;
      for (i = candidates / 2 - 1; i >= 0; --i)
        sift(row, stride, heap, i, candidates);
      while (candidates > 0 && taken < limit) {
        int64_t best = heap[0], *out;
        corners box = box_at(&boxes, batch, best, centre);
        int suppressed = 0;
        heap[0] = heap[--candidates];
        if (candidates > 0)
          sift(row, stride, heap, 0, candidates);
        for (i = 0; i < taken && !suppressed; ++i)
          suppressed = overlaps(box, box_at(&boxes, batch, kept[i], centre), overlap_limit);
        if (suppressed)
          continue;
        kept[taken++] = best;
        out = (int64_t *)chosen.data + rows++ * chosen.strides[0];
        out[0] = batch;
        out[chosen.strides[1]] = cls;
        out[2 * chosen.strides[1]] = best;
      }
    }
  }
  *(int64_t *)found.data = rows;
  return 0;
}

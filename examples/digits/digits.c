/*===- digits.c - Learns to read digits -----------------------------------------------------------------------------------===*\
|*
|* Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*   digits DATA [--model digits_net.so] [--epochs N] [--seed N] [--threads N] [--least ACCURACY]
|*
|* Trains a small network, from random weights, on 6,000 pictures of digits (MNIST), tests it on 1,000 others, saves what it learned, loads
|* it again as a program would that only reads digits, and shows some pictures with the answers. Fails when it is right less often
|* than --least.
|*
\*===----------------------------------------------------------------------------------------------------------------------===*/
#include "digits_net.h" /* made by `ingot train` */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10, BATCH = 64 };

typedef struct pictures {
  long count;
  float *pixels; /* count x 1 x 28 x 28, from 0 to 1 */
  int64_t *labels;
} pictures;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The bytes of an IDX file behind its header, whose sizes are compared with `sizes` (-1: any, and returned). NULL after an error. */
static unsigned char *read_idx(const char *folder, const char *name, int rank, long *sizes) {
  char path[4096];
  unsigned char word[4], *bytes = NULL;
  snprintf(path, sizeof(path), "%s/%s.gz", folder, name);
  gzFile file = gzopen(path, "rb");
  long total = 1;
  int ok = file && gzread(file, word, 4) == 4 && word[0] == 0 && word[1] == 0 && word[2] == 8 && word[3] == rank;
  for (int d = 0; ok && d < rank; ++d) {
    ok = gzread(file, word, 4) == 4;
    long size = ok ? (long)word[0] << 24 | (long)word[1] << 16 | (long)word[2] << 8 | (long)word[3] : 0;
    ok = ok && size > 0 && size <= 100000 && (sizes[d] < 0 || sizes[d] == size);
    sizes[d] = size;
    total *= size;
  }
  if (ok && (bytes = malloc((size_t)total)) && gzread(file, bytes, (unsigned)total) != total) {
    free(bytes);
    bytes = NULL;
  }
  if (file)
    gzclose(file);
  if (!bytes)
    fprintf(stderr, "digits: '%s' is no IDX file of pictures of %d x %d or of their labels\n", path, SIDE, SIDE);
  return bytes;
}

static int read_pictures(const char *folder, const char *which, pictures *out) {
  char name[64];
  long sizes[3] = {-1, SIDE, SIDE};
  snprintf(name, sizeof(name), "%s-images-idx3-ubyte", which);
  unsigned char *pixels = read_idx(folder, name, 3, sizes);
  snprintf(name, sizeof(name), "%s-labels-idx1-ubyte", which);
  unsigned char *labels = pixels ? read_idx(folder, name, 1, sizes) : NULL;
  out->count = sizes[0];
  out->pixels = labels ? malloc((size_t)out->count * PIXELS * sizeof(float)) : NULL;
  out->labels = labels ? malloc((size_t)out->count * sizeof(int64_t)) : NULL;
  int ok = out->pixels && out->labels;
  for (long i = 0; ok && i < out->count * PIXELS; ++i)
    out->pixels[i] = (float)pixels[i] / 255;
  for (long i = 0; ok && i < out->count; ++i)
    out->labels[i] = labels[i];
  free(pixels);
  free(labels);
  return ok;
}

static uint64_t next_random(uint64_t *state) { /* SplitMix64 */
  uint64_t z = *state += 0x9E3779B97F4A7C15ull;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ z >> 27) * 0x94D049BB133111EBull;
  return z ^ z >> 31;
}

/* A copy that is moved by up to two pixels, so that the network does not learn where digits lie. */
static void copy_moved(const float *from, float *to, uint64_t *random) {
  uint64_t draw = next_random(random);
  int right = (int)(draw % 5) - 2, down = (int)(draw / 5 % 5) - 2;
  for (int y = 0; y < SIDE; ++y)
    for (int x = 0; x < SIDE; ++x) {
      int from_x = x - right, from_y = y - down;
      int inside = from_x >= 0 && from_x < SIDE && from_y >= 0 && from_y < SIDE;
      to[y * SIDE + x] = inside ? from[from_y * SIDE + from_x] : 0;
    }
}

/* One pass over the pictures, in a new order. */
static ingot_status train_epoch(ingot_context *context, ingot_state *state, const pictures *data, long *order, uint64_t *random, int epoch,
                                int epochs) {
  static float image[BATCH * PIXELS];
  static int64_t label[BATCH];
  double loss = 0, right = 0, start = seconds();
  for (long i = data->count - 1; i > 0; --i) {
    long other = (long)(next_random(random) % (uint64_t)(i + 1)), kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
  for (long begin = 0; begin < data->count; begin += BATCH) {
    long rows = data->count - begin < BATCH ? data->count - begin : BATCH;
    for (long i = 0; i < rows; ++i) {
      copy_moved(data->pixels + order[begin + i] * PIXELS, image + i * PIXELS, random);
      label[i] = data->labels[order[begin + i]];
    }
    float accuracy;
    ingot_step_info info = INGOT_STEP_INFO;
    info.struct_bytes = sizeof(info);
    ingot_status status = digits_net_train(context, state, image, label, rows, &accuracy, NULL, 0, &info);
    if (status)
      return status;
    loss += info.loss * (double)rows;
    right += accuracy * (double)rows;
  }
  printf("epoch %2d/%d  loss %.4f  accuracy %.4f  %.0f pictures/s\n", epoch, epochs, loss / (double)data->count, right / (double)data->count,
         (double)data->count / (seconds() - start));
  fflush(stdout);
  return INGOT_STATUS_OK;
}

/* The answers for all pictures. */
static ingot_status read_digits(ingot_context *context, ingot_state *state, const pictures *data, int *answers) {
  for (long begin = 0; begin < data->count; begin += BATCH) {
    long rows = data->count - begin < BATCH ? data->count - begin : BATCH;
    ingot_tensor logits;
    ingot_status status = digits_net_run(context, state, data->pixels + begin * PIXELS, rows, &logits);
    if (status)
      return status;
    const float *scores = logits.data;
    for (long i = 0; i < rows; ++i) {
      int best = 0;
      for (int c = 1; c < CLASSES; ++c)
        if (scores[i * CLASSES + c] > scores[i * CLASSES + best])
          best = c;
      answers[begin + i] = best;
    }
  }
  return INGOT_STATUS_OK;
}

static void show(const pictures *data, const int *answers, int count) {
  for (int y = 0; y < SIDE; y += 2) {
    for (int k = 0; k < count; ++k) {
      for (int x = 2; x < SIDE - 2; ++x) {
        const float *p = data->pixels + k * PIXELS + y * SIDE + x;
        float gray = (p[0] + p[SIDE]) / 2;
        putchar(" .:-=+*#%@"[(int)(gray * 9.99f)]);
      }
      putchar(' ');
    }
    putchar('\n');
  }
  for (int k = 0; k < count; ++k)
    printf("%11d%s%12s", answers[k], answers[k] == data->labels[k] ? " " : "!", "");
  printf("\n\n");
}

int main(int argc, char **argv) {
  const char *model_path = "./digits_net.so";
  int epochs = 12, threads = 0;
  uint64_t seed = 0;
  double least = 0, start = seconds();
  for (int i = 2; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "--model"))
      model_path = argv[i + 1];
    else if (!strcmp(argv[i], "--epochs"))
      epochs = atoi(argv[i + 1]);
    else if (!strcmp(argv[i], "--seed"))
      seed = strtoull(argv[i + 1], NULL, 10);
    else if (!strcmp(argv[i], "--threads"))
      threads = atoi(argv[i + 1]);
    else if (!strcmp(argv[i], "--least"))
      least = atof(argv[i + 1]);
    else
      argc = 0;
  }
  if (argc < 2 || argc % 2 || epochs < 1) {
    fprintf(stderr, "usage: digits DATA [--model digits_net.so] [--epochs N] [--seed N] [--threads N] [--least ACCURACY]\n");
    return 1;
  }
  pictures train, test;
  if (!read_pictures(argv[1], "train", &train) || !read_pictures(argv[1], "test", &test))
    return 1;

  ingot_model *model = NULL;
  ingot_context *context = NULL;
  ingot_state *state = NULL, *reader = NULL;
  ingot_context_options options = {0};
  options.struct_bytes = sizeof(options);
  options.threads = (uint32_t)threads;
  ingot_state_options fresh = {0};
  fresh.struct_bytes = sizeof(fresh);
  fresh.seed = seed;
  fresh.initialization = INGOT_INIT_KAIMING_NORMAL;
  ingot_schedule schedule;
  char text[64];
  long *order = malloc((size_t)train.count * sizeof(long));
  int *answers = malloc((size_t)test.count * sizeof(int));
  uint64_t random = seed + 1;
  for (long i = 0; i < train.count; ++i)
    order[i] = i;

  ingot_status status = ingot_model_open_file(model_path, &model);
  if (!status)
    status = ingot_context_create(model, &options, &context);
  if (!status)
    status = ingot_state_create(model, &fresh, &state);
  /* The rate falls along a cosine wave to 0 at the last step. */
  snprintf(text, sizeof(text), "cosine:T=%ld", epochs * ((train.count + BATCH - 1) / BATCH));
  if (!status)
    status = ingot_schedule_parse(text, 2e-3, &schedule);
  if (!status)
    status = ingot_state_set_schedule(state, 0, &schedule);
  for (int epoch = 1; !status && epoch <= epochs; ++epoch)
    status = train_epoch(context, state, &train, order, &random, epoch, epochs);
  if (!status)
    printf("trained in %.1f s\n", seconds() - start);

  /* What was learned goes to a file and comes back into another state. */
  if (!status)
    status = ingot_checkpoint_save(state, "digits.ckpt", NULL);
  if (!status)
    status = ingot_state_create(model, NULL, &reader);
  if (!status)
    status = ingot_checkpoint_load(reader, "digits.ckpt", NULL);
  if (!status)
    status = read_digits(context, reader, &test, answers);
  if (status) {
    fprintf(stderr, "digits: %s\n", ingot_last_error());
    return 1;
  }
  long right = 0;
  for (long i = 0; i < test.count; ++i)
    right += answers[i] == test.labels[i];
  show(&test, answers, 5);
  double accuracy = (double)right / (double)test.count;
  printf("%ld of %ld new pictures read right (%.1f %%)\n", right, test.count, 100 * accuracy);
  ingot_state_destroy(reader);
  ingot_state_destroy(state);
  ingot_context_destroy(context);
  ingot_model_close(model);
  free(answers);
  free(order);
  free(train.pixels);
  free(train.labels);
  free(test.pixels);
  free(test.labels);
  return accuracy >= least ? 0 : 1;
}

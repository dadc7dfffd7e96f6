/*===- vad.c - Finds speech in a recording --------------------------------------------------------------------------------===*\
|*
|* Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*   vad SPEECH.wav [--model silero.so] [--probabilities OUT.txt] [--expected FILE.txt]
|*
|* The recording (16 kHz, mono, 16 bits) is cut into chunks of 512 samples. The network gets the last 64 samples before a chunk and the
|* chunk, and hands a state from each chunk to the next. --expected compares with probabilities, one a line, within 0.001.
|*
\*===----------------------------------------------------------------------------------------------------------------------===*/
#include "silero.h" /* made by `ingot compile` */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHUNK = 512, CONTEXT = 64, STATE = 2 * 1 * 128, RATE = 16000 };

static uint32_t read32(const unsigned char *p) { return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }
static uint32_t read16(const unsigned char *p) { return p[0] | (uint32_t)p[1] << 8; }

/* The samples of a recording, padded by zeros to whole chunks; NULL after an error. To be freed. */
static float *read_wav(const char *path, long *chunks) {
  unsigned char header[12], chunk[8], format[16] = {0};
  float *samples = NULL;
  FILE *file = fopen(path, "rb");
  if (!file || fread(header, 1, 12, file) != 12 || memcmp(header, "RIFF", 4) || memcmp(header + 8, "WAVE", 4)) {
    fprintf(stderr, "vad: '%s' is no WAV file\n", path);
    if (file)
      fclose(file);
    return NULL;
  }
  while (!samples && fread(chunk, 1, 8, file) == 8) {
    uint32_t size = read32(chunk + 4);
    if (!memcmp(chunk, "fmt ", 4) && size >= 16) {
      if (fread(format, 1, 16, file) != 16 || fseek(file, (long)(size - 16 + size % 2), SEEK_CUR))
        break;
    } else if (!memcmp(chunk, "data", 4)) {
      if (read16(format) != 1 || read16(format + 2) != 1 || read32(format + 4) != RATE || read16(format + 14) != 16) {
        fprintf(stderr, "vad: '%s' is not 16 kHz, mono, 16 bits\n", path);
        break;
      }
      long count = (long)(size / 2);
      *chunks = (count + CHUNK - 1) / CHUNK;
      samples = calloc((size_t)*chunks * CHUNK + 1, sizeof(float));
      unsigned char sample[2];
      for (long i = 0; samples && i < count && fread(sample, 1, 2, file) == 2; ++i)
        samples[i] = (float)(int16_t)read16(sample) / 32768;
    } else if (fseek(file, (long)(size + size % 2), SEEK_CUR)) {
      break;
    }
  }
  fclose(file);
  if (!samples)
    fprintf(stderr, "vad: '%s' holds no samples that can be read\n", path);
  return samples;
}

/* Runs the network over all chunks; 0 on success. */
static int find_speech(const char *path, const float *samples, long chunks, float *probabilities) {
  float input[CONTEXT + CHUNK] = {0}, state[STATE] = {0};
  int64_t rate = RATE;
  ingot_model *model = NULL;
  ingot_context *context = NULL;
  ingot_context_options options = {0};
  options.struct_bytes = sizeof(options);
  options.threads = 1; /* a chunk is too little work to share */
  ingot_status status = ingot_model_open_file(path, &model);
  if (!status)
    status = ingot_context_create(model, &options, &context);
  for (long i = 0; !status && i < chunks; ++i) {
    ingot_tensor probability, next;
    memmove(input, input + CHUNK, CONTEXT * sizeof(float));
    memcpy(input + CONTEXT, samples + i * CHUNK, CHUNK * sizeof(float));
    status = silero_run(context, input, state, &rate, 1, CONTEXT + CHUNK, 1, &probability, &next);
    if (status)
      break;
    probabilities[i] = *(const float *)probability.data;
    memcpy(state, next.data, sizeof(state)); /* the outputs are the context's, until it runs again */
  }
  if (status)
    fprintf(stderr, "vad: %s\n", ingot_last_error());
  ingot_context_destroy(context);
  ingot_model_close(model);
  return status != INGOT_STATUS_OK;
}

static void print_speech(const float *probabilities, long chunks) {
  double seconds = (double)CHUNK / RATE;
  long start = -1;
  for (long i = 0; i <= chunks; ++i) {
    int speech = i < chunks && probabilities[i] > 0.5f;
    if (speech && start < 0)
      start = i;
    if (!speech && start >= 0) {
      printf("speech from %6.2f s to %6.2f s\n", (double)start * seconds, (double)i * seconds);
      start = -1;
    }
  }
}

/* 0 when all probabilities are those of the file within 0.001. */
static int compare(const float *probabilities, long chunks, const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) {
    fprintf(stderr, "vad: cannot read '%s'\n", path);
    return 1;
  }
  double worst = 0, expected;
  long count = 0;
  while (count < chunks && fscanf(file, "%lf", &expected) == 1) {
    double difference = fabs((double)probabilities[count++] - expected);
    worst = difference > worst || difference != difference ? difference : worst;
  }
  fclose(file);
  printf("%ld of %ld probabilities compared, largest difference %.6f\n", count, chunks, worst);
  return count != chunks || !(worst <= 1e-3);
}

int main(int argc, char **argv) {
  const char *wav = NULL, *model = NULL, *out = NULL, *expected = NULL;
  char beside[4096];
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] != '-')
      wav = argv[i];
    else if (i + 1 < argc && !strcmp(argv[i], "--model"))
      model = argv[++i];
    else if (i + 1 < argc && !strcmp(argv[i], "--probabilities"))
      out = argv[++i];
    else if (i + 1 < argc && !strcmp(argv[i], "--expected"))
      expected = argv[++i];
    else
      wav = NULL, i = argc;
  }
  if (!wav) {
    fprintf(stderr, "usage: vad SPEECH.wav [--model silero.so] [--probabilities OUT.txt] [--expected FILE.txt]\n");
    return 1;
  }
  if (!model) { /* silero.so beside the program */
    const char *slash = strrchr(argv[0], '/');
    snprintf(beside, sizeof(beside), "%.*ssilero.so", slash ? (int)(slash - argv[0]) + 1 : 2, slash ? argv[0] : "./");
    model = beside;
  }
  long chunks = 0;
  float *samples = read_wav(wav, &chunks);
  float *probabilities = samples ? calloc((size_t)chunks + 1, sizeof(float)) : NULL;
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  int failed = !probabilities || find_speech(model, samples, chunks, probabilities);
  clock_gettime(CLOCK_MONOTONIC, &end);
  if (!failed) {
    double seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    double length = (double)chunks * CHUNK / RATE;
    print_speech(probabilities, chunks);
    printf("%ld chunks, %.2f s of sound in %.1f ms\n", chunks, length, seconds * 1000);
  }
  if (!failed && out) {
    FILE *file = fopen(out, "w");
    for (long i = 0; file && i < chunks; ++i)
      fprintf(file, "%.6f\n", (double)probabilities[i]);
    failed = !file || fclose(file);
    if (failed)
      fprintf(stderr, "vad: cannot write '%s'\n", out);
  }
  if (!failed && expected)
    failed = compare(probabilities, chunks, expected);
  free(probabilities);
  free(samples);
  return failed;
}

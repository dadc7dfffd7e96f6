/*===- ingot/training.h - Train compiled models ---------------------------------------------------------------------------===*\
|*
|* Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* The interface to a library that `ingot train` made. Plain C11, beside ingot/runtime.h.
|*
|*   ingot_state *state;
|*   if (ingot_state_create(model, NULL, &state)) ...
|*   for (;;) {
|*     ingot_step_info info = INGOT_STEP_INFO;
|*     if (ingot_train_step(context, state, 0, inputs, 2, NULL, 0, 0, &info)) ...
|*   }
|*
|* A state holds what training changes: parameters, gradients, the optimizer's slots and buffers (running statistics) by name, and the
|* numbers of steps, the seed, learning rates and the loss scale. The compiled functions change it in place. It belongs to one thread at
|* a time; states of the same model are independent, and any context of the model runs with any of its states.
|*
\*===----------------------------------------------------------------------------------------------------------------------===*/
#ifndef INGOT_TRAINING_H
#define INGOT_TRAINING_H

#include "ingot/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/*===----------------------------------------------------------------------------------------------------------------------===*\
|* What a model trains
\*===----------------------------------------------------------------------------------------------------------------------===*/

typedef enum ingot_variable_kind {
  INGOT_PARAMETER = 0,
  INGOT_GRADIENT = 1, /* of one parameter; zero or what was added up since the last update */
  INGOT_SLOT = 2,     /* of the optimizer, of one parameter: a momentum, a mask, an average of weights */
  INGOT_BUFFER = 3    /* anything else that a step changes: running statistics */
} ingot_variable_kind;

typedef struct ingot_variable_info {
  ingot_tensor_info tensor;
  int32_t kind;         /* ingot_variable_kind */
  int32_t parameter;    /* gradients and slots: index of the parameter, else -1 */
  const char *role;     /* "momentum", "ema", ...; "" when it has none */
  int64_t bytes;
} ingot_variable_info;

typedef struct ingot_algorithm_info {
  const char *name;
  int32_t step; /* functions; -1: there is none */
  int32_t gradient;
  int32_t apply;
  int32_t evaluate;
} ingot_algorithm_info;

typedef struct ingot_training_info {
  int32_t variable_count;
  int32_t algorithm_count;
  int32_t infer; /* the model's own function */
  uint64_t model_hash;
  const char *loss;
  const char *optimizer;
  const char *precision;
  const char *schedule;
  double learning_rate; /* what a state starts with */
} ingot_training_info;

/* What an output is to the training. */
typedef enum ingot_output_role {
  INGOT_OUTPUT_MODEL = 0,         /* of the model, or of an algorithm of its file */
  INGOT_OUTPUT_LOSS = 1,          /* what is minimized; in ingot_step_info, like the next two */
  INGOT_OUTPUT_FOUND_INF = 2,     /* 1 where something was not finite, so that nothing has changed */
  INGOT_OUTPUT_GRADIENT_NORM = 3, /* of all gradients together, before they are clipped */
  INGOT_OUTPUT_METRIC = 4         /* an accuracy */
} ingot_output_role;

/* INGOT_STATUS_NOT_FOUND when the library was compiled for inference alone. */
INGOT_API ingot_status ingot_model_training(const ingot_model *model, ingot_training_info *info);
INGOT_API ingot_status ingot_model_variable(const ingot_model *model, int32_t index, ingot_variable_info *info);
INGOT_API ingot_status ingot_model_algorithm(const ingot_model *model, int32_t index, ingot_algorithm_info *info);
/* The first variable of that kind whose own name, or whose parameter's name, is `name` and whose role is `role` (NULL: any). -1 when there
   is none. */
INGOT_API int32_t ingot_model_find_variable(const ingot_model *model, int32_t kind, const char *name, const char *role);
/* The ingot_output_role of an output as ingot_model_output counts them, -1 where there is none. Steps and evaluations return those of the
   model and metrics, in this order; ingot_state_run returns all. In a library without training all outputs are the model's. */
INGOT_API int32_t ingot_model_output_role(const ingot_model *model, int32_t function, int32_t index);
INGOT_API int32_t ingot_model_find_algorithm(const ingot_model *model, const char *name);

/*===----------------------------------------------------------------------------------------------------------------------===*\
|* Schedules: from the number of a step to a learning rate
\*===----------------------------------------------------------------------------------------------------------------------===*/

typedef enum ingot_schedule_kind {
  INGOT_SCHEDULE_CONSTANT = 0,
  INGOT_SCHEDULE_STEP = 1,            /* base * factor^floor(t / period) */
  INGOT_SCHEDULE_MULTISTEP = 2,       /* base * factor^(milestones <= t) */
  INGOT_SCHEDULE_EXPONENTIAL = 3,     /* base * factor^t */
  INGOT_SCHEDULE_LINEAR = 4,          /* base * (1 + (factor - 1) * min(t, period) / period) */
  INGOT_SCHEDULE_COSINE = 5,          /* minimum + (base - minimum) * (1 + cos(pi t / period)) / 2; holds at t >= period */
  INGOT_SCHEDULE_COSINE_RESTARTS = 6, /* the same again after each period, which becomes `factor` times as long */
  INGOT_SCHEDULE_POLYNOMIAL = 7,      /* base * (1 - min(t, period) / period)^factor */
  INGOT_SCHEDULE_ONE_CYCLE = 8,       /* see ingot_schedule.first_factor */
  INGOT_SCHEDULE_PLATEAU = 9          /* times `factor` whenever a metric stays; see ingot_state_report */
} ingot_schedule_kind;

#define INGOT_MAX_MILESTONES 16

/* Plain data. Make one by ingot_schedule_parse, or fill it in: fields that a kind does not name have no meaning for it. */
typedef struct ingot_schedule {
  int32_t kind;
  int32_t milestone_count;
  double base;             /* of ONE_CYCLE: the highest rate */
  double minimum;          /* COSINE, COSINE_RESTARTS, PLATEAU */
  double factor;           /* gamma, power, growth of the period */
  int64_t period;          /* T; of ONE_CYCLE: all steps */
  int64_t warmup;          /* the first steps have base * (t + 1) / warmup instead, and the others count from there */
  int64_t milestones[INGOT_MAX_MILESTONES]; /* ascending */
  double first_factor;     /* ONE_CYCLE: starts at base / first_factor, ends at base / first_factor / last_factor */
  double last_factor;
  double rise;             /* ONE_CYCLE: the part of the steps in which the rate rises; along half a cosine wave, as it falls */
  double threshold;        /* PLATEAU: relative change that counts */
  int64_t patience;        /* PLATEAU: reports without one that are let pass */
  int64_t cooldown;        /* PLATEAU: reports after a reduction that are not looked at */
  int32_t maximize;        /* PLATEAU: larger is better */
} ingot_schedule;

/* What a PLATEAU schedule has seen. Part of a state; only for use without one. */
typedef struct ingot_plateau {
  double scale; /* the learning rate's, from 1 */
  double best;
  int64_t bad;
  int64_t cooldown;
  int32_t started;
} ingot_plateau;

/* The rate of step `t`, counted from 0. PLATEAU: without what it has seen. */
INGOT_API double ingot_schedule_value(const ingot_schedule *schedule, int64_t t);
/* Looks at one more value of the metric. */
INGOT_API void ingot_plateau_report(const ingot_schedule *schedule, ingot_plateau *plateau, double metric);
/* INGOT_STATUS_ARGUMENT says what a schedule lacks. */
INGOT_API ingot_status ingot_schedule_check(const ingot_schedule *schedule);
/* From a text: KIND[:NAME=VALUE,...] as "cosine:T=1000,min=1e-5,warmup=100". `base` is used where the text has no `lr`. The kinds are constant,
   step, multistep, exponential, linear, cosine, cosine_restarts, polynomial, one_cycle and plateau; names: lr, T, gamma, min, warmup,
   milestones (3;5;9), power, growth, end, div, final_div, rise, patience, threshold, cooldown, mode (min or max). */
INGOT_API ingot_status ingot_schedule_parse(const char *text, double base, ingot_schedule *schedule);
/* The text from which ingot_schedule_parse makes the same schedule. Returns its length without the final zero; writes at most `size` bytes. */
INGOT_API size_t ingot_schedule_print(const ingot_schedule *schedule, char *text, size_t size);

/*===----------------------------------------------------------------------------------------------------------------------===*\
|* States
\*===----------------------------------------------------------------------------------------------------------------------===*/

typedef struct ingot_state ingot_state;

/* How parameters start. All but MODEL change those of two and more dimensions; ones with fewer become zeros or ones where the library says
   that they are biases or scales, and start as the model says elsewhere. */
typedef enum ingot_initialization {
  INGOT_INIT_MODEL = 0, /* with the values of the ONNX model */
  INGOT_INIT_KAIMING_UNIFORM = 1,
  INGOT_INIT_KAIMING_NORMAL = 2,
  INGOT_INIT_XAVIER_UNIFORM = 3,
  INGOT_INIT_XAVIER_NORMAL = 4,
  INGOT_INIT_UNIFORM = 5, /* in [-gain, gain) */
  INGOT_INIT_NORMAL = 6   /* with the standard deviation `gain` */
} ingot_initialization;

/* "model", "kaiming_uniform", ...; -1 for another name. */
INGOT_API int32_t ingot_initialization_find(const char *name);

/* What happens when the loss is not finite, or a gradient is where the library looks at them (--check-gradients, a limit of their norm, f16),
   or in an algorithm of the model's file what a variable would become. No variable is changed then. */
typedef enum ingot_numeric_policy {
  INGOT_NUMERIC_ERROR = 0, /* the step fails with INGOT_STATUS_NUMERIC */
  INGOT_NUMERIC_SKIP = 1   /* the step succeeds, and says that it was skipped */
} ingot_numeric_policy;

typedef struct ingot_state_options {
  size_t struct_bytes; /* sizeof(ingot_state_options); fields behind it are zero for defaults */
  uint64_t seed;
  int32_t initialization; /* ingot_initialization */
  int32_t numeric_policy; /* ingot_numeric_policy */
  double gain;            /* 0: sqrt(2) for KAIMING, 1 for XAVIER, 0.05 for UNIFORM, 0.02 for NORMAL */
  /* 0: 65536 where the library computes in f16, and 1 elsewhere. With f16 the scale is doubled after `scale_interval` (0: 2000) updates and
     halved, down to 1, when a gradient is not finite; that update is skipped. */
  double loss_scale;
  int64_t scale_interval;
  void *user; /* passed to the functions below */
  /* Memory, aligned to `alignment` (a power of two). Both or neither. */
  void *(*allocate)(void *user, size_t bytes, size_t alignment);
  void (*release)(void *user, void *memory, size_t bytes);
} ingot_state_options;

/* `options` may be NULL. The model must outlive the state. Memory for gradients is allocated, as zeros, when they are first used: by a step
   that adds to them, by a function that gives or sets them, or with a collective. Where it is missing then (INGOT_STATUS_MEMORY), nothing has changed. */
INGOT_API ingot_status ingot_state_create(const ingot_model *model, const ingot_state_options *options, ingot_state **state);
/* All of it: variables, counters, properties. The collective is not passed on. */
INGOT_API ingot_status ingot_state_clone(const ingot_state *state, ingot_state **clone);
/* Makes `state` what `source`, of the same model, is; views of its variables stay valid. */
INGOT_API ingot_status ingot_state_assign(ingot_state *state, const ingot_state *source);
/* NULL is allowed. */
INGOT_API void ingot_state_destroy(ingot_state *state);

/* A view of a variable: what is written there is the variable's value. Valid until the state is destroyed. See ingot_model_find_variable. */
INGOT_API ingot_status ingot_state_tensor(ingot_state *state, int32_t kind, const char *name, const char *role, ingot_tensor *tensor);
INGOT_API ingot_status ingot_state_variable(ingot_state *state, int32_t index, ingot_tensor *tensor);

/* All variables of a kind, one after another in the order of ingot_model_variable without gaps. `bytes` must be what the first function
   says. */
INGOT_API int64_t ingot_state_flat_bytes(const ingot_state *state, int32_t kind);
INGOT_API ingot_status ingot_state_flat_get(const ingot_state *state, int32_t kind, void *buffer, int64_t bytes);
INGOT_API ingot_status ingot_state_flat_set(ingot_state *state, int32_t kind, const void *buffer, int64_t bytes);

INGOT_API uint64_t ingot_state_seed(const ingot_state *state);
INGOT_API void ingot_state_set_seed(ingot_state *state, uint64_t seed);
/* Updates that an algorithm has done. */
INGOT_API int64_t ingot_state_step(const ingot_state *state, int32_t algorithm);
INGOT_API ingot_status ingot_state_set_step(ingot_state *state, int32_t algorithm, int64_t step);
/* Batches of all algorithms that went through a gradient. */
INGOT_API int64_t ingot_state_batch(const ingot_state *state);
INGOT_API ingot_status ingot_state_set_batch(ingot_state *state, int64_t batch);
INGOT_API double ingot_state_loss_scale(const ingot_state *state);

/* What an update may be told. A field below 0 (loss_scale: 0 or below) leaves the value as it is. */
typedef struct ingot_hyper {
  size_t struct_bytes; /* sizeof(ingot_hyper) */
  double learning_rate; /* instead of the schedule's */
  double weight_decay;  /* a factor of the weight decay that was compiled */
  double clip_value;
  double clip_norm;
  double loss_scale;
} ingot_hyper;
#define INGOT_HYPER_UNCHANGED {sizeof(ingot_hyper), -1.0, -1.0, -1.0, -1.0, 0.0}

/* From now on, for an algorithm (-1: all). clip_value and clip_norm count only where clipping was compiled. A learning rate ends a schedule. */
INGOT_API ingot_status ingot_state_set_hyper(ingot_state *state, int32_t algorithm, const ingot_hyper *hyper);
/* Likewise; NULL: the constant rate of now. */
INGOT_API ingot_status ingot_state_set_schedule(ingot_state *state, int32_t algorithm, const ingot_schedule *schedule);
/* INGOT_STATUS_NOT_FOUND when the algorithm has none. */
INGOT_API ingot_status ingot_state_schedule(const ingot_state *state, int32_t algorithm, ingot_schedule *schedule);
/* A value of the metric that a PLATEAU schedule watches: once an epoch. Others ignore it. */
INGOT_API ingot_status ingot_state_report(ingot_state *state, int32_t algorithm, double metric);
/* The rate of the next update. */
INGOT_API double ingot_state_learning_rate(const ingot_state *state, int32_t algorithm);

/*===----------------------------------------------------------------------------------------------------------------------===*\
|* Steps
\*===----------------------------------------------------------------------------------------------------------------------===*/

typedef struct ingot_step_info {
  size_t struct_bytes; /* sizeof(ingot_step_info) */
  int64_t step;        /* updates done, this one included */
  double loss;         /* of more than one rank: the mean */
  double gradient_norm;
  double learning_rate;
  double loss_scale;   /* the one that was used */
  int32_t has_loss;
  int32_t has_gradient_norm;
  int32_t found_inf;   /* the loss, a gradient, or what a variable would have become was not finite */
  int32_t skipped;     /* and therefore the update was left out */
  int32_t updated;     /* parameters were changed */
} ingot_step_info;
#define INGOT_STEP_INFO {sizeof(ingot_step_info), 0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0}

/* Add to the gradients only; a later step, or ingot_optimizer_step, updates by the mean of all batches since the last update. */
#define INGOT_TRAIN_ACCUMULATE 1u

/* One step: gradients and update, in one compiled function where there is nothing accumulated and no collective. `outputs` are those of the
   model's outputs that the function returns, metrics included (ingot_model_output_role), as in ingot_context_run; the loss is in `info`, which may be NULL. A step that fails changes
   no parameter, and the counters stay: a label out of range, a size that does not fit, a loss that is not finite. */
INGOT_API ingot_status ingot_train_step(ingot_context *context, ingot_state *state, int32_t algorithm, const ingot_tensor *inputs,
                                        int32_t input_count, ingot_tensor *outputs, int32_t output_count, uint32_t flags,
                                        ingot_step_info *info);
/* The update, from what was accumulated. `hyper` holds for this update and may be NULL. */
INGOT_API ingot_status ingot_optimizer_step(ingot_context *context, ingot_state *state, int32_t algorithm, const ingot_hyper *hyper,
                                            ingot_step_info *info);
/* The compiled step itself; fails where ingot_train_step would need more than one function. */
INGOT_API ingot_status ingot_fused_step(ingot_context *context, ingot_state *state, int32_t algorithm, const ingot_hyper *hyper,
                                        const ingot_tensor *inputs, int32_t input_count, ingot_tensor *outputs, int32_t output_count,
                                        ingot_step_info *info);
/* Forgets accumulated gradients. Lazily: the next gradient overwrites them. */
INGOT_API ingot_status ingot_zero_grad(ingot_state *state, int32_t algorithm);
/* Says that the gradients, which the caller has written, are the sum of those of that many batches. */
INGOT_API ingot_status ingot_set_accumulated(ingot_state *state, int32_t algorithm, int32_t batches);
INGOT_API int32_t ingot_accumulated(const ingot_state *state, int32_t algorithm);
/* Loss and outputs as in inference; nothing changes. */
INGOT_API ingot_status ingot_evaluate_step(ingot_context *context, ingot_state *state, int32_t algorithm, const ingot_tensor *inputs,
                                           int32_t input_count, ingot_tensor *outputs, int32_t output_count, ingot_step_info *info);
/* The model's own function. */
INGOT_API ingot_status ingot_infer(ingot_context *context, ingot_state *state, const ingot_tensor *inputs, int32_t input_count,
                                   ingot_tensor *outputs, int32_t output_count);
/* Any function with the variables of a state, as ingot_context_run without them; all outputs, whatever their role, are outputs. The counters
   stay. */
INGOT_API ingot_status ingot_state_run(ingot_context *context, ingot_state *state, int32_t function, const ingot_tensor *inputs,
                                       int32_t input_count, ingot_tensor *outputs, int32_t output_count);

/*===----------------------------------------------------------------------------------------------------------------------===*\
|* Properties, early stopping
\*===----------------------------------------------------------------------------------------------------------------------===*/

/* What the program keeps with a state and finds again in a checkpoint: the number of the epoch, where it is in the data. */
INGOT_API ingot_status ingot_state_set_whole(ingot_state *state, const char *name, int64_t value);
INGOT_API ingot_status ingot_state_set_number(ingot_state *state, const char *name, double value);
INGOT_API ingot_status ingot_state_set_text(ingot_state *state, const char *name, const char *value);
/* INGOT_STATUS_NOT_FOUND when there is none of that name and kind; the value is left as it is then. */
INGOT_API ingot_status ingot_state_get_whole(const ingot_state *state, const char *name, int64_t *value);
INGOT_API ingot_status ingot_state_get_number(const ingot_state *state, const char *name, double *value);
/* The text is valid until the property is set. */
INGOT_API ingot_status ingot_state_get_text(const ingot_state *state, const char *name, const char **value);
/* Name of property `index`, from 0 on; NULL behind the last. */
INGOT_API const char *ingot_state_property(const ingot_state *state, int32_t index);

/* Keeps the state with the best value of a metric, and says when to stop: after more than `patience` values that are not better by more
   than `min_delta`. */
typedef struct ingot_early_stopping ingot_early_stopping;
INGOT_API ingot_status ingot_early_stopping_create(int64_t patience, double min_delta, int32_t maximize, ingot_early_stopping **stopping);
INGOT_API void ingot_early_stopping_destroy(ingot_early_stopping *stopping);
INGOT_API ingot_status ingot_early_stopping_update(ingot_early_stopping *stopping, const ingot_state *state, double metric, int32_t *stop);
/* INGOT_STATUS_NOT_FOUND when no value was a number. */
INGOT_API ingot_status ingot_early_stopping_best(const ingot_early_stopping *stopping, double *metric);
/* Makes `state` what the best one was. */
INGOT_API ingot_status ingot_early_stopping_restore(const ingot_early_stopping *stopping, ingot_state *state);

/*===----------------------------------------------------------------------------------------------------------------------===*\
|* Files
\*===----------------------------------------------------------------------------------------------------------------------===*/

#define INGOT_KIND_BIT(kind) (1u << (kind))

/* Load what fits, parameters and buffers of the same name, type and sizes, from a checkpoint of whatever model, and report the rest. */
#define INGOT_FILE_PARTIAL 1u

typedef struct ingot_file_options {
  size_t struct_bytes; /* sizeof(ingot_file_options); fields behind it are zero for defaults */
  uint32_t kinds;      /* INGOT_KIND_BIT of each kind; 0: all of a checkpoint, parameters and buffers elsewhere */
  uint32_t flags;      /* INGOT_FILE_* */
  const char *names;   /* a POSIX extended regular expression that the name (of gradients and slots: of the parameter) must match; NULL: all */
  void *user;          /* passed to the function below */
  void (*report)(void *user, const char *text); /* a sentence for each variable that INGOT_FILE_PARTIAL left out */
} ingot_file_options;

/* All of a state in a file from which training goes on as if it had never stopped. `options` may be NULL; with `kinds` or `names` the file
   has those variables alone (an adapter), and loading it changes nothing else.
   The file is written beside its place, forced to the disk, and then takes the place of what was there: whatever fails, and when the program
   is killed, the old file stays. */
INGOT_API ingot_status ingot_checkpoint_save(const ingot_state *state, const char *path, const ingot_file_options *options);
/* Changes nothing unless the whole file is sound (INGOT_STATUS_STATE says what is not) and fits the model. */
INGOT_API ingot_status ingot_checkpoint_load(ingot_state *state, const char *path, const ingot_file_options *options);

/* Variables in the format of safetensors, under their names; a gradient or slot that has its parameter's name gets "@gradient" or "@ROLE"
   behind it. Loading wants each variable that the options name, and no other, unless INGOT_FILE_PARTIAL. */
INGOT_API ingot_status ingot_safetensors_save(const ingot_state *state, const char *path, const ingot_file_options *options);
INGOT_API ingot_status ingot_safetensors_load(ingot_state *state, const char *path, const ingot_file_options *options);

/*===----------------------------------------------------------------------------------------------------------------------===*\
|* More than one rank: threads, processes or machines that train the same model on different data
\*===----------------------------------------------------------------------------------------------------------------------===*/

/* How ranks talk. Every rank calls the same functions in the same order. They return 0, or another number when the others cannot be reached. */
typedef struct ingot_collective {
  size_t struct_bytes; /* sizeof(ingot_collective) */
  void *user;          /* passed to the functions below */
  int32_t rank;        /* from 0 on */
  int32_t size;
  /* Replaces each of `count` elements by the sum of those of all ranks: the same bits on each. */
  int32_t (*allreduce)(void *user, void *data, int64_t count, int32_t dtype);
  /* Replaces the bytes by those of rank `root`. */
  int32_t (*broadcast)(void *user, void *data, int64_t bytes, int32_t root);
  int32_t (*barrier)(void *user);
  /* Why a function failed; may be NULL. */
  const char *(*error)(void *user);
  /* Frees `user`; may be NULL. Called by ingot_collective_close alone. */
  void (*destroy)(void *user);
  uint32_t flags; /* INGOT_COLLECTIVE_ANY_THREAD */
} ingot_collective;

/* The functions may be called by any thread, one at a time: gradients are exchanged while others are still computed. Otherwise the thread that
   steps calls them, behind the backward pass; results are the same. */
#define INGOT_COLLECTIVE_ANY_THREAD 1u

/* A plug-in is a shared library with this function: fills `collective` from the text behind the plug-in's name, or writes why it cannot. */
typedef int32_t (*ingot_collective_create_fn)(const char *options, ingot_collective *collective, char *error, size_t error_bytes);
#define INGOT_COLLECTIVE_CREATE "ingot_collective_create"

/* "shm:NAME,RANK,SIZE": threads and processes of one machine that agree on a name. "mpi": what mpirun started. "nccl:FILE,RANK,SIZE": GPUs;
   rank 0 writes how to reach it to the file. The plug-in is the library libingot_collective_KIND.so in the folder INGOT_PLUGINS (of the
   environment), beside this library or program, in ../lib from there, or where the system looks; or, with a slash in it, KIND is a path. */
INGOT_API ingot_status ingot_collective_open(const char *text, ingot_collective **collective);
/* NULL is allowed. After the states that use it. */
INGOT_API void ingot_collective_close(ingot_collective *collective);

/* From now on the gradients of all ranks are averaged before each update, in buckets in the order in which the backward pass ends them, and
   while it goes on where the collective allows that. NULL: no more. What it points to must outlive
   its use. Random numbers of a step then differ from rank to rank. A step that fails on one rank fails on all, and changes nothing; the
   batches accumulated for it are forgotten. */
INGOT_API ingot_status ingot_state_set_collective(ingot_state *state, const ingot_collective *collective);
/* Makes the variables, counters and seed of all ranks those of `root`. */
INGOT_API ingot_status ingot_state_broadcast(ingot_state *state, int32_t root);

#ifdef __cplusplus
}
#endif

#endif /* INGOT_TRAINING_H */

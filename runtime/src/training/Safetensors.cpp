//===- Safetensors.cpp - Variables in the format of safetensors ----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file is the size of its header (8 bytes, little endian), the header, and the bytes of the tensors one after another. The header is a JSON
// object: from names to {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, and from "__metadata__" to an object of strings. The
// reader takes this and nothing else.
//
//===----------------------------------------------------------------------===//

#include "Files.h"

#include <stdio.h>
#include <stdlib.h>

using namespace ingot::runtime;

static constexpr uint64_t longestHeader = 100'000'000; ///< as other readers have it

namespace {
struct TypeName {
  const char *name;
  int32_t dtype; ///< 0: a type that no variable has
  int64_t bytes;
};
} // namespace

static const TypeName typeNames[] = {{"F32", INGOT_F32, 4}, {"F64", INGOT_F64, 8}, {"F16", INGOT_F16, 2},   {"BF16", INGOT_BF16, 2},
                                     {"I64", INGOT_I64, 8}, {"I32", INGOT_I32, 4}, {"I16", INGOT_I16, 2},   {"I8", INGOT_I8, 1},
                                     {"U64", INGOT_U64, 8}, {"U32", INGOT_U32, 4}, {"U16", INGOT_U16, 2},   {"U8", INGOT_U8, 1},
                                     {"BOOL", INGOT_BOOL, 1}, {"F8_E5M2", 0, 1},   {"F8_E4M3", 0, 1},       {"F8_E8M0", 0, 1}};

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// What a variable is called in a file: its name, and a suffix where its parameter has that name, too.
static const char *suffixOf(const m::TrainingInfo *training, int32_t variable) {
  const m::VariableInfo *info = training->variables()->Get(uint32_t(variable));
  bool belongs = info->kind() == m::VariableKind_Gradient || info->kind() == m::VariableKind_Slot;
  if (!belongs || info->parameter() < 0 || strcmp(info->tensor()->name()->c_str(), ownerName(training, variable)))
    return "";
  return info->kind() == m::VariableKind_Gradient ? "gradient" : textOf(info->role());
}

static bool isCalled(const m::TrainingInfo *training, int32_t variable, const char *name) {
  const auto *own = training->variables()->Get(uint32_t(variable))->tensor()->name();
  const char *suffix = suffixOf(training, variable);
  if (strncmp(own->c_str(), name, own->size()))
    return false;
  name += own->size();
  return *suffix ? *name == '@' && !strcmp(name + 1, suffix) : !*name;
}

//===----------------------------------------------------------------------===//
// Saving
//===----------------------------------------------------------------------===//

static void addString(Growing &out, const char *text) {
  for (; *text; ++text) {
    auto byte = static_cast<unsigned char>(*text);
    char escape[8];
    if (byte < 0x20 || byte == 0x7f)
      snprintf(escape, sizeof(escape), "\\u%04x", byte);
    else
      snprintf(escape, sizeof(escape), byte == '"' || byte == '\\' ? "\\%c" : "%c", byte);
    out.addText(escape);
  }
}

/// Variables in the order of the file: those of large elements first, so that each is aligned.
template <typename Visit> static ingot_status forEach(const ingot_state &state, const Selection &selection, Visit visit) {
  for (int64_t size = 8; size; size /= 2)
    for (int32_t i = 0; i < state.variableCount; ++i)
      if (selection.has(state.training, i) && ingot_dtype_bytes(state.training->variables()->Get(uint32_t(i))->tensor()->dtype()) == size)
        if (ingot_status status = visit(i))
          return status;
  return INGOT_STATUS_OK;
}

ingot_status ingot_safetensors_save(const ingot_state *state, const char *path, const ingot_file_options *options) {
  if (!state || !path)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_safetensors_save: a null pointer");
  Selection selection;
  if (ingot_status status = selection.read(options, INGOT_KIND_BIT(INGOT_PARAMETER) | INGOT_KIND_BIT(INGOT_BUFFER)))
    return status;
  Growing header;
  header.add(nullptr, 8);
  header.addText("{\"__metadata__\":{\"format\":\"pt\"}"); // the name of the layout that other libraries ask for
  int64_t at = 0;
  int32_t count = 0;
  ingot_status status = forEach(*state, selection, [&](int32_t index) {
    if (ingot_status status = needVariable(*state, index))
      return status;
    ingot_variable_info info;
    describeVariable(state->model, index, info);
    const TypeName *type = typeNames;
    while (type->dtype != info.tensor.dtype)
      ++type;
    header.addText(",\"");
    addString(header, info.tensor.name);
    const char *suffix = suffixOf(state->training, index);
    if (*suffix) {
      header.addText("@");
      addString(header, suffix);
    }
    char text[96];
    snprintf(text, sizeof(text), "\":{\"dtype\":\"%s\",\"shape\":[", type->name);
    header.addText(text);
    for (int32_t i = 0; i < info.tensor.rank; ++i) {
      snprintf(text, sizeof(text), i ? ",%lld" : "%lld", static_cast<long long>(info.tensor.dims[i]));
      header.addText(text);
    }
    snprintf(text, sizeof(text), "],\"data_offsets\":[%lld,%lld]}", static_cast<long long>(at), static_cast<long long>(at + info.bytes));
    header.addText(text);
    at += info.bytes;
    ++count;
    return INGOT_STATUS_OK;
  });
  if (status)
    return status;
  header.addText("}");
  while (header.ok() && header.size() % 64)
    header.addText(" ");
  if (!header.ok())
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  uint64_t size = header.size() - 8;
  if (!count && options)
    return fail(INGOT_STATUS_NOT_FOUND, "the model has no variable of that name and kind: nothing to save");
  if (size > longestHeader)
    return fail(INGOT_STATUS_STATE, "the names of the variables are too long for a file of safetensors");
  for (int i = 0; i < 8; ++i)
    header.data()[i] = char(size >> 8 * i);
  NewFile file(path);
  if (ingot_status status = file.open())
    return status;
  if (ingot_status status = file.write(header.data(), header.size()))
    return status;
  status = forEach(*state, selection,
                   [&](int32_t index) { return file.write(state->variables[index].data, size_t(state->variables[index].bytes)); });
  return status ? status : file.commit();
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

namespace {

struct Entry {
  size_t name; ///< in the names, which move while they grow
  const TypeName *type;
  int32_t rank;
  int32_t variable; ///< -1: none takes it
  int64_t dims[INGOT_MAX_RANK];
  int64_t begin, end;
};

/// Reads a header. Every function returns false at the first thing that it does not expect, and says what in `wrong`.
class HeaderReader {
public:
  HeaderReader(const char *text, size_t size) : at(text), end(text + size) {}
  Growing names, entries;
  const char *wrong = "its header is no JSON object";

  size_t count() const { return entries.size() / sizeof(Entry); }
  Entry &entry(size_t index) { return reinterpret_cast<Entry *>(entries.data())[index]; }

  bool read() {
    // No space before it, so that no header passes for a text.
    if (at == end || *at != '{' || !members([this] { return member(); }))
      return false;
    skip();
    return at == end && names.ok() && entries.ok();
  }

private:
  void skip() {
    while (at != end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
      ++at;
  }
  bool take(char expected) {
    skip();
    if (at == end || *at != expected)
      return false;
    ++at;
    return true;
  }
  /// `{`, members with commas between, `}`.
  template <typename Read> bool members(Read readMember) {
    if (!take('{'))
      return false;
    if (take('}'))
      return true;
    do
      if (!readMember())
        return false;
    while (take(','));
    return take('}');
  }

  bool hex(uint32_t &value) {
    value = 0;
    for (int i = 0; i < 4; ++i, ++at) {
      if (at == end)
        return false;
      char digit = *at;
      int worth = digit >= '0' && digit <= '9'   ? digit - '0'
                  : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                  : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                                 : -1;
      if (worth < 0)
        return false;
      value = value << 4 | uint32_t(worth);
    }
    return true;
  }
  void addCharacter(uint32_t code) {
    char bytes[4];
    size_t count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = count; i-- > 1; code >>= 6)
      bytes[i] = char(0x80 | (code & 0x3f));
    bytes[0] = char(leads[count] | code);
    names.add(bytes, count);
  }
  /// A string, appended to the names with a final zero.
  bool string(size_t &where) {
    where = names.size();
    if (!take('"'))
      return false;
    for (;;) {
      if (at == end || static_cast<unsigned char>(*at) < 0x20)
        return false;
      char c = *at++;
      if (c == '"')
        break;
      if (c != '\\') {
        names.add(&c, 1);
        continue;
      }
      if (at == end)
        return false;
      static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
      char escape = *at++;
      if (escape != 'u') {
        const char *found = escape ? strchr(escapes, escape) : nullptr;
        if (!found)
          return false;
        names.add(&meanings[found - escapes], 1);
        continue;
      }
      uint32_t code, low;
      if (!hex(code) || !code || (code >= 0xdc00 && code < 0xe000))
        return false;
      if (code >= 0xd800 && code < 0xdc00) {
        if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
          return false;
        at += 2;
        if (!hex(low) || low < 0xdc00 || low >= 0xe000)
          return false;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      }
      addCharacter(code);
    }
    names.add("", 1);
    return names.ok();
  }
  /// A string that is compared and forgotten; null when it is none.
  const char *word() {
    static const char none[] = "";
    size_t where;
    if (!string(where))
      return nullptr;
    return names.ok() ? names.data() + where : none;
  }
  bool whole(int64_t &value) {
    skip();
    const char *begin = at;
    value = 0;
    for (; at != end && *at >= '0' && *at <= '9'; ++at)
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *at - '0', &value))
        return false;
    return at != begin && (*begin != '0' || at == begin + 1);
  }
  /// `[`, whole numbers, `]`.
  bool wholes(int64_t *values, int32_t most, int32_t &count) {
    count = 0;
    if (!take('['))
      return false;
    if (take(']'))
      return true;
    do {
      if (count == most || !whole(values[count]))
        return false;
      ++count;
    } while (take(','));
    return take(']');
  }

  bool member() {
    size_t name;
    if (!string(name) || !take(':'))
      return false;
    if (!strcmp(names.data() + name, "__metadata__")) {
      if (hasMetadata)
        return wrong = "its header has metadata twice", false;
      hasMetadata = true;
      return members([this] {
        const char *key = word();
        return key && take(':') && word();
      });
    }
    Entry made = {};
    made.name = name;
    made.variable = -1;
    bool has[3] = {};
    auto field = [&] {
      const char *key = word();
      if (!key)
        return false;
      int which = !strcmp(key, "dtype") ? 0 : !strcmp(key, "shape") ? 1 : !strcmp(key, "data_offsets") ? 2 : 3;
      if (which == 3 || has[which])
        return wrong = "its header describes a tensor by unknown names, or twice", false;
      has[which] = true;
      if (!take(':'))
        return false;
      if (which == 0) {
        const char *type = word();
        for (const TypeName &known : typeNames)
          if (type && !strcmp(known.name, type))
            made.type = &known;
        return made.type || (wrong = "its header names an unknown type", false);
      }
      if (which == 1)
        return wholes(made.dims, INGOT_MAX_RANK, made.rank) || (wrong = "its header has a shape that is none", false);
      int64_t offsets[2] = {};
      int32_t count;
      if (!wholes(offsets, 2, count) || count != 2)
        return wrong = "its header has offsets that are none", false;
      made.begin = offsets[0];
      made.end = offsets[1];
      return true;
    };
    if (!members(field))
      return false;
    if (!has[0] || !has[1] || !has[2])
      return wrong = "its header lacks a tensor's type, shape or offsets", false;
    int64_t bytes = made.type->bytes;
    bool isEmpty = false;
    for (int32_t i = 0; i < made.rank; ++i)
      isEmpty |= !made.dims[i];
    for (int32_t i = 0; i < made.rank && !isEmpty; ++i)
      if (__builtin_mul_overflow(bytes, made.dims[i], &bytes))
        return wrong = "its header has a tensor of impossible size", false;
    if (made.end < made.begin || made.end - made.begin != (isEmpty ? 0 : bytes))
      return wrong = "its header has offsets that do not fit the shape", false;
    entries.add(&made, sizeof(made));
    return entries.ok();
  }

  const char *at, *end;
  bool hasMetadata = false;
};

} // namespace

static int byPlace(const void *a, const void *b) {
  auto &x = *static_cast<const Entry *>(a), &y = *static_cast<const Entry *>(b);
  if (x.begin != y.begin)
    return x.begin < y.begin ? -1 : 1;
  return x.end < y.end ? -1 : x.end > y.end;
}

static ingot_status damaged(const OldFile &file, const char *what) {
  return fail(INGOT_STATUS_STATE, "'%s' is damaged or no file of safetensors: %s", file.name(), what);
}

/// Checks that the tensors fill the file without gaps, in the order of their places.
static ingot_status checkPlaces(const OldFile &file, HeaderReader &header, uint64_t dataBytes) {
  if (header.count())
    qsort(header.entries.data(), header.count(), sizeof(Entry), byPlace);
  int64_t at = 0;
  for (size_t i = 0; i < header.count(); ++i) {
    if (header.entry(i).begin != at)
      return damaged(file, "its tensors overlap, or leave gaps");
    at = header.entry(i).end;
  }
  if (uint64_t(at) != dataBytes)
    return damaged(file, "its tensors do not fill it");
  return INGOT_STATUS_OK;
}

static ingot_status match(const ingot_state &state, const OldFile &file, HeaderReader &header, const Selection &selection, Staged &staged) {
  int32_t next = 0, wanted = 0;
  for (size_t i = 0; i < header.count(); ++i) {
    Entry &entry = header.entry(i);
    const char *name = header.names.data() + entry.name;
    int32_t found = -1;
    for (int32_t j = 0; j < state.variableCount && found < 0; ++j)
      if (isCalled(state.training, (next + j) % state.variableCount, name))
        found = (next + j) % state.variableCount;
    if (found < 0) {
      if (!selection.isPartial())
        return fail(INGOT_STATUS_STATE, "'%s' has the tensor '%s', which the model does not have", file.name(), name);
      selection.report("'%s' of the file is not in the model", name);
      continue;
    }
    next = found + 1;
    if (!selection.has(state.training, found))
      continue;
    ingot_variable_info info;
    describeVariable(state.model, found, info);
    if (entry.type->dtype != info.tensor.dtype || entry.rank != info.tensor.rank ||
        memcmp(entry.dims, info.tensor.dims, size_t(entry.rank) * sizeof(int64_t))) {
      if (!selection.isPartial())
        return fail(INGOT_STATUS_STATE, "'%s' has '%s' with another type or other sizes than the model", file.name(), name);
      selection.report("'%s' has another type or other sizes in the file than in the model", name);
      continue;
    }
    if (staged.wants(found))
      return damaged(file, "it has a tensor twice");
    staged.want(found);
    entry.variable = found;
    ++wanted;
  }
  for (int32_t i = 0; i < state.variableCount; ++i) {
    if (staged.wants(i) || !selection.has(state.training, i))
      continue;
    const char *name = state.training->variables()->Get(uint32_t(i))->tensor()->name()->c_str();
    if (!selection.isPartial())
      return fail(INGOT_STATUS_STATE, "'%s' lacks '%s' of the model", file.name(), name);
    selection.report("'%s' of the model is not in the file", name);
  }
  if (!wanted && selection.isPartial())
    return fail(INGOT_STATUS_STATE, "'%s' has nothing that fits the model", file.name());
  return INGOT_STATUS_OK;
}

ingot_status ingot_safetensors_load(ingot_state *state, const char *path, const ingot_file_options *options) {
  if (!state || !path)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_safetensors_load: a null pointer");
  Selection selection;
  if (ingot_status status = selection.read(options, INGOT_KIND_BIT(INGOT_PARAMETER) | INGOT_KIND_BIT(INGOT_BUFFER)))
    return status;
  OldFile file(path);
  if (ingot_status status = file.open())
    return status;
  if (file.size() < 10)
    return damaged(file, "it is too short");
  unsigned char prefix[8];
  if (ingot_status status = file.read(0, prefix, sizeof(prefix)))
    return status;
  uint64_t size = 0;
  for (int i = 8; i-- > 0;)
    size = size << 8 | prefix[i];
  if (size > longestHeader || size > file.size() - 8)
    return damaged(file, "its header would be longer than it may be");
  Growing text;
  text.add(nullptr, size_t(size));
  if (!text.ok())
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  if (ingot_status status = file.read(8, text.data(), size_t(size)))
    return status;
  HeaderReader header(text.data(), size_t(size));
  if (!header.read())
    return header.names.ok() && header.entries.ok() ? damaged(file, header.wrong) : fail(INGOT_STATUS_MEMORY, "out of memory");
  if (ingot_status status = checkPlaces(file, header, file.size() - 8 - size))
    return status;
  Staged staged(*state);
  if (ingot_status status = staged.begin())
    return status;
  if (ingot_status status = match(*state, file, header, selection, staged))
    return status;
  if (ingot_status status = staged.reserve())
    return status;
  for (size_t i = 0; i < header.count(); ++i) {
    const Entry &entry = header.entry(i);
    if (entry.variable >= 0)
      if (ingot_status status = file.read(8 + size + uint64_t(entry.begin), staged.of(entry.variable), size_t(entry.end - entry.begin)))
        return status;
  }
  staged.commit();
  return INGOT_STATUS_OK;
}

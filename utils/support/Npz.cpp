//===- Npz.cpp - NumPy's archives of arrays -------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The zip part follows PKWARE's APPNOTE 6.3.9, the array part numpy.lib.format (versions 1 to 3).
//
//===----------------------------------------------------------------------===//

#include "utils/support/Npz.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cerrno>
#include <cstring>
#include <optional>

#include <unistd.h>
#include <zlib.h>

using namespace llvm;
using namespace llvm::support;

namespace ingot {

bool NpzArray::allocate(uint64_t size) {
  bytes = size;
  if (!size)
    return true;
  storage.reset(static_cast<char *>(std::aligned_alloc(64, (size + 63) / 64 * 64)));
  data = storage.get();
  return data;
}

namespace {

//===----------------------------------------------------------------------===//
// Array headers
//===----------------------------------------------------------------------===//

/// What the header of a .npy says.
struct ArrayHeader {
  int32_t dtype = 0;
  unsigned elementBytes = 0;
  bool swapped = false; ///< big-endian
  bool fortran = false;
  std::vector<int64_t> dims;
  uint64_t headerBytes = 0;
  uint64_t dataBytes = 0;
};

struct DType {
  const char *code; // numpy's kind and size
  int32_t number;   // ONNX's
};
constexpr DType dtypes[] = {{"f4", 1}, {"u1", 2}, {"i1", 3},  {"u2", 4},  {"i2", 5},  {"i4", 6}, {"i8", 7},
                            {"b1", 9}, {"f2", 10}, {"f8", 11}, {"u4", 12}, {"u8", 13}, {"V2", 16}};

/// Reads the literal that numpy writes: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }.
class HeaderParser {
public:
  HeaderParser(StringRef text) : rest(text) {}

  /// An explanation, or nothing when all is well.
  std::optional<std::string> parse(ArrayHeader &header) {
    bool hasType = false, hasOrder = false, hasShape = false;
    if (!take("{"))
      return "its header is no dictionary";
    while (!take("}")) {
      StringRef key;
      if (!takeString(key) || !take(":"))
        return "its header is malformed";
      if (key == "descr") {
        StringRef descr;
        if (!takeString(descr))
          return "records (structured arrays) are not supported";
        if (!parseType(descr, header))
          return ("its element type '" + descr + "' is not supported").str();
        hasType = true;
      } else if (key == "fortran_order") {
        header.fortran = take("True");
        if (!header.fortran && !take("False"))
          return "its header is malformed";
        hasOrder = true;
      } else if (key == "shape") {
        if (!parseShape(header))
          return "its shape is malformed";
        hasShape = true;
      } else {
        return ("its header has the unknown key '" + key + "'").str();
      }
      if (!take(",") && !rest.ltrim().starts_with("}"))
        return "its header is malformed";
    }
    if (!hasType || !hasOrder || !hasShape || !rest.trim().empty())
      return "its header is malformed";
    return std::nullopt;
  }

private:
  bool take(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  bool takeString(StringRef &text) {
    rest = rest.ltrim();
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      return false;
    size_t end = rest.find(rest[0], 1);
    if (end == StringRef::npos)
      return false;
    text = rest.slice(1, end);
    rest = rest.drop_front(end + 1);
    return true;
  }

  static bool parseType(StringRef descr, ArrayHeader &header) {
    if (descr.empty() || !StringRef("<>|=").contains(descr[0]))
      return false;
    for (const DType &dtype : dtypes)
      if (descr.drop_front() == dtype.code) {
        header.dtype = dtype.number;
        header.elementBytes = unsigned(dtype.code[1] - '0');
        header.swapped = descr[0] == '>' && header.elementBytes > 1;
        return true;
      }
    return false;
  }

  bool parseShape(ArrayHeader &header) {
    if (!take("("))
      return false;
    while (!take(")")) {
      rest = rest.ltrim();
      int64_t size;
      if (rest.consumeInteger(10, size) || size < 0 || header.dims.size() == 64)
        return false;
      rest.consume_front("L"); // written by Python 2
      header.dims.push_back(size);
      if (!take(",") && !rest.ltrim().starts_with(")"))
        return false;
    }
    return true;
  }

  StringRef rest;
};

/// The first bytes of a .npy that must be there before its header's length is known.
constexpr size_t preambleBytes = 12;

/// The length of the whole header, 0 when `start` is no .npy.
uint64_t headerLength(StringRef start) {
  if (start.size() < preambleBytes || !start.starts_with("\x93NUMPY"))
    return 0;
  unsigned version = uint8_t(start[6]);
  if (version < 1 || version > 3)
    return 0;
  return version == 1 ? 10 + uint64_t(endian::read16le(start.data() + 8)) : 12 + uint64_t(endian::read32le(start.data() + 8));
}

/// Parses the header; `total` is the size of the whole .npy, with which it must agree.
std::optional<std::string> parseHeader(StringRef start, uint64_t total, ArrayHeader &header) {
  header.headerBytes = headerLength(start);
  if (!header.headerBytes || header.headerBytes > start.size())
    return "it is no .npy array";
  size_t begin = uint8_t(start[6]) == 1 ? 10 : 12;
  if (auto error = HeaderParser(start.slice(begin, header.headerBytes)).parse(header))
    return error;
  uint64_t bytes = header.elementBytes;
  for (int64_t size : header.dims)
    if (size == 0)
      bytes = 0;
  for (int64_t size : header.dims)
    if (bytes && __builtin_mul_overflow(bytes, uint64_t(size), &bytes))
      return "its shape is too large";
  header.dataBytes = bytes;
  if (total - header.headerBytes != bytes)
    return ("it has " + Twine(total - header.headerBytes) + " bytes of data, its shape needs " + Twine(bytes)).str();
  return std::nullopt;
}

/// Reverses the bytes of each element.
void swapBytes(char *data, uint64_t bytes, unsigned elementBytes) {
  for (uint64_t i = 0; i < bytes; i += elementBytes)
    std::reverse(data + i, data + i + elementBytes);
}

/// Copies an array whose first index runs fastest into row-major order.
void transposeCopy(const char *from, char *to, ArrayRef<int64_t> dims, unsigned elementBytes) {
  uint64_t count = 1;
  for (int64_t size : dims)
    count *= uint64_t(size);
  std::vector<int64_t> index(dims.size(), 0);
  std::vector<uint64_t> strides(dims.size());
  uint64_t stride = 1;
  for (size_t i = 0; i < dims.size(); ++i, stride *= uint64_t(dims[i - 1]))
    strides[i] = stride;
  uint64_t at = 0;
  for (uint64_t i = 0; i < count; ++i) {
    std::memcpy(to + i * elementBytes, from + at * elementBytes, elementBytes);
    for (size_t d = dims.size(); d-- > 0;) {
      at += strides[d];
      if (++index[d] < dims[d])
        break;
      at -= strides[d] * uint64_t(dims[d]);
      index[d] = 0;
    }
  }
}

/// Brings data read as it lay in the file into our order.
std::optional<std::string> normalize(const ArrayHeader &header, NpzArray &array) {
  array.dtype = header.dtype;
  array.dims = header.dims;
  if (header.swapped)
    swapBytes(array.data, array.bytes, header.elementBytes);
  if (!header.fortran || header.dims.size() < 2 || !array.bytes)
    return std::nullopt;
  NpzArray ordered;
  if (!ordered.allocate(array.bytes))
    return "out of memory";
  transposeCopy(array.data, ordered.data, array.dims, header.elementBytes);
  array.data = ordered.data;
  array.storage = std::move(ordered.storage);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Zip archives
//===----------------------------------------------------------------------===//

/// A member as the central directory describes it.
struct Member {
  std::string name;
  uint16_t method = 0;
  uint32_t crc = 0;
  uint64_t packed = 0;
  uint64_t unpacked = 0;
  uint64_t header = 0; ///< where its local header starts
};

class ZipReader {
public:
  ZipReader(StringRef bytes) : bytes(bytes) {}

  std::optional<std::string> readDirectory(std::vector<Member> &members) {
    uint64_t count, size, offset;
    if (!findDirectory(count, size, offset))
      return "it is no zip archive, or a truncated one";
    if (offset > bytes.size() || size > bytes.size() - offset)
      return "its directory lies outside of the file";
    uint64_t at = offset, end = offset + size;
    for (uint64_t i = 0; i < count; ++i) {
      if (end - at < 46 || endian::read32le(bytes.data() + at) != 0x02014b50)
        return "its directory is damaged";
      const char *p = bytes.data() + at;
      uint16_t flags = endian::read16le(p + 8), nameBytes = endian::read16le(p + 28), extraBytes = endian::read16le(p + 30),
               commentBytes = endian::read16le(p + 32);
      if (end - at - 46 < uint64_t(nameBytes) + extraBytes + commentBytes)
        return "its directory is damaged";
      Member member;
      member.method = endian::read16le(p + 10);
      member.crc = endian::read32le(p + 16);
      member.packed = endian::read32le(p + 20);
      member.unpacked = endian::read32le(p + 24);
      member.header = endian::read32le(p + 42);
      member.name.assign(p + 46, nameBytes);
      if (flags & 1)
        return "it is encrypted";
      if (!readExtra(bytes.substr(at + 46 + nameBytes, extraBytes), member))
        return "its directory is damaged";
      members.push_back(std::move(member));
      at += 46 + uint64_t(nameBytes) + extraBytes + commentBytes;
    }
    return std::nullopt;
  }

  /// The packed bytes of a member; false when they are not inside the file.
  bool locate(const Member &member, StringRef &packed) const {
    if (bytes.size() < 30 || member.header > bytes.size() - 30 || endian::read32le(bytes.data() + member.header) != 0x04034b50)
      return false;
    const char *p = bytes.data() + member.header;
    uint64_t begin = member.header + 30 + endian::read16le(p + 26) + endian::read16le(p + 28);
    if (begin > bytes.size() || member.packed > bytes.size() - begin)
      return false;
    packed = bytes.substr(begin, member.packed);
    return true;
  }

private:
  bool findDirectory(uint64_t &count, uint64_t &size, uint64_t &offset) const {
    if (bytes.size() < 22)
      return false;
    // The end record is last, before a comment of at most 64 KiB.
    uint64_t lowest = bytes.size() > 22 + 65535 ? bytes.size() - 22 - 65535 : 0;
    for (uint64_t at = bytes.size() - 22;; --at) {
      const char *p = bytes.data() + at;
      if (endian::read32le(p) == 0x06054b50) {
        count = endian::read16le(p + 10);
        size = endian::read32le(p + 12);
        offset = endian::read32le(p + 16);
        return (count != 0xffff && size != 0xffffffff && offset != 0xffffffff) || findDirectory64(at, count, size, offset);
      }
      if (at == lowest)
        return false;
    }
  }

  bool findDirectory64(uint64_t endRecord, uint64_t &count, uint64_t &size, uint64_t &offset) const {
    if (endRecord < 20 || endian::read32le(bytes.data() + endRecord - 20) != 0x07064b50)
      return true; // the largest values may be meant as they are
    uint64_t at = endian::read64le(bytes.data() + endRecord - 20 + 8);
    if (bytes.size() < 56 || at > bytes.size() - 56 || endian::read32le(bytes.data() + at) != 0x06064b50)
      return false;
    count = endian::read64le(bytes.data() + at + 32);
    size = endian::read64le(bytes.data() + at + 40);
    offset = endian::read64le(bytes.data() + at + 48);
    return true;
  }

  /// The 64-bit field of a member: there is one value for each field that has no room in the entry itself, in this order.
  static bool readExtra(StringRef extra, Member &member) {
    while (extra.size() >= 4) {
      uint16_t tag = endian::read16le(extra.data()), size = endian::read16le(extra.data() + 2);
      extra = extra.drop_front(4);
      if (size > extra.size())
        return false;
      StringRef field = extra.take_front(size);
      extra = extra.drop_front(size);
      if (tag != 1)
        continue;
      for (uint64_t *value : {&member.unpacked, &member.packed, &member.header}) {
        if (*value != 0xffffffff)
          continue;
        if (field.size() < 8)
          return false;
        *value = endian::read64le(field.data());
        field = field.drop_front(8);
      }
    }
    return true;
  }

  StringRef bytes;
};

/// Gives the bytes of a member in order.
class MemberStream {
public:
  MemberStream(StringRef packed, uint16_t method) : packed(packed), deflated(method == 8) {
    std::memset(&stream, 0, sizeof(stream));
    ready = !deflated || inflateInit2(&stream, -MAX_WBITS) == Z_OK;
  }
  MemberStream(const MemberStream &) = delete;
  ~MemberStream() {
    if (deflated && ready)
      inflateEnd(&stream);
  }

  bool read(char *to, uint64_t size) {
    if (!ready)
      return false;
    if (!deflated) {
      if (size > packed.size())
        return false;
      if (size)
        std::memcpy(to, packed.data(), size);
      packed = packed.drop_front(size);
    } else if (!inflateTo(to, size)) {
      return false;
    }
    for (uint64_t done = 0; done < size;) {
      uInt part = uInt(std::min<uint64_t>(size - done, 1u << 30));
      crc = uint32_t(crc32(crc, reinterpret_cast<const Bytef *>(to) + done, part));
      done += part;
    }
    return true;
  }

  uint32_t checksum() const { return crc; }

private:
  bool inflateTo(char *to, uint64_t size) {
    while (size) {
      uInt room = uInt(std::min<uint64_t>(size, 1u << 30)), given = uInt(std::min<uint64_t>(packed.size(), 1u << 30));
      stream.next_out = reinterpret_cast<Bytef *>(to);
      stream.avail_out = room;
      stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(packed.data()));
      stream.avail_in = given;
      int code = inflate(&stream, Z_NO_FLUSH);
      uint64_t wrote = room - stream.avail_out, took = given - stream.avail_in;
      packed = packed.drop_front(took);
      to += wrote;
      size -= wrote;
      if ((code != Z_OK && code != Z_STREAM_END) || (!wrote && !took) || (code == Z_STREAM_END && size))
        return false;
    }
    return true;
  }

  StringRef packed;
  bool deflated, ready;
  z_stream stream;
  uint32_t crc = 0;
};

std::optional<std::string> readMember(const ZipReader &zip, const Member &member, NpzArray &array) {
  StringRef packed;
  if (!zip.locate(member, packed))
    return "it lies outside of the file";
  if (member.method != 0 && member.method != 8)
    return ("it is packed by method " + Twine(member.method) + ", only 'stored' and 'deflate' can be read").str();
  // Deflate gains 1032 times at most: a larger promise is refused before it costs memory.
  if (member.method == 0 ? member.unpacked != member.packed : member.unpacked / 1032 > member.packed + 64)
    return "its sizes contradict each other";
  MemberStream stream(packed, member.method);
  std::string start(preambleBytes, 0);
  if (member.unpacked < preambleBytes || !stream.read(start.data(), preambleBytes))
    return "it is no .npy array";
  uint64_t header = headerLength(start);
  if (header < preambleBytes || header > member.unpacked || header > (1u << 20))
    return "it is no .npy array";
  start.resize(header);
  if (!stream.read(start.data() + preambleBytes, header - preambleBytes))
    return "it is damaged";
  ArrayHeader parsed;
  if (auto error = parseHeader(start, member.unpacked, parsed))
    return error;
  if (!array.allocate(parsed.dataBytes))
    return "out of memory";
  if (!stream.read(array.data, parsed.dataBytes) || stream.checksum() != member.crc)
    return "it is damaged (its checksum is wrong)";
  return normalize(parsed, array);
}

} // namespace

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

Status readNpz(ArrayRef<char> content, StringRef file, std::vector<NpzArray> &arrays) {
  StringRef bytes(content.data(), content.size());
  if (bytes.starts_with("\x93NUMPY")) {
    ArrayHeader header;
    NpzArray array;
    auto error = parseHeader(bytes, bytes.size(), header);
    if (!error && !array.allocate(header.dataBytes))
      error = "out of memory";
    if (!error) {
      if (header.dataBytes)
        std::memcpy(array.data, bytes.data() + header.headerBytes, header.dataBytes);
      error = normalize(header, array);
    }
    if (error)
      return Status::badInput("'" + file + "': " + *error);
    arrays.push_back(std::move(array));
    return Status::success();
  }
  ZipReader zip(bytes);
  std::vector<Member> members;
  if (auto error = zip.readDirectory(members))
    return Status::badInput("'" + file + "' is no .npz file: " + *error);
  for (const Member &member : members) {
    NpzArray array;
    StringRef name = member.name;
    name.consume_back(".npy");
    array.name = name.str();
    for (const NpzArray &other : arrays)
      if (other.name == array.name)
        return Status::badInput("'" + file + "' has two arrays named '" + name + "'");
    if (auto error = readMember(zip, member, array))
      return Status::badInput("'" + file + "', array '" + name + "': " + *error);
    arrays.push_back(std::move(array));
  }
  return Status::success();
}

Status readNpz(StringRef path, std::vector<NpzArray> &arrays) {
  auto file = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return Status::badInput("cannot read '" + path + "': " + file.getError().message());
  return readNpz(ArrayRef<char>((*file)->getBufferStart(), (*file)->getBufferSize()), path, arrays);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static std::string makeArrayHeader(const NpzArray &array) {
  std::string text = "{'descr': '";
  for (const DType &dtype : dtypes)
    if (dtype.number == array.dtype)
      text += std::string(dtype.code[1] == '1' ? "|" : "<") + dtype.code;
  text += "', 'fortran_order': False, 'shape': (";
  for (int64_t size : array.dims)
    text += std::to_string(size) + (array.dims.size() == 1 ? "," : &size == &array.dims.back() ? "" : ", ");
  text += "), }";
  // The data starts at a multiple of 64, as numpy does it for mapping.
  while ((10 + text.size() + 1) % 64)
    text += ' ';
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += char(text.size() & 0xff);
  header += char(text.size() >> 8);
  return header + text;
}

static void put16(std::string &to, uint64_t value) {
  char bytes[2];
  endian::write16le(bytes, uint16_t(value));
  to.append(bytes, 2);
}
static void put32(std::string &to, uint64_t value) {
  char bytes[4];
  endian::write32le(bytes, uint32_t(value));
  to.append(bytes, 4);
}
static void put64(std::string &to, uint64_t value) {
  char bytes[8];
  endian::write64le(bytes, value);
  to.append(bytes, 8);
}

static void writeArchive(raw_ostream &out, ArrayRef<NpzArray> arrays) {
  constexpr uint64_t limit = 0xffffffff;
  std::string directory;
  uint64_t at = 0;
  for (const NpzArray &array : arrays) {
    std::string header = makeArrayHeader(array), name = array.name + ".npy";
    uint64_t size = header.size() + array.bytes;
    auto crc = crc32(0, reinterpret_cast<const Bytef *>(header.data()), uInt(header.size()));
    for (uint64_t done = 0; done < array.bytes;) {
      uInt part = uInt(std::min<uint64_t>(array.bytes - done, 1u << 30));
      crc = crc32(crc, reinterpret_cast<const Bytef *>(array.data) + done, part);
      done += part;
    }
    bool large = size >= limit, far = at >= limit;
    unsigned flags = isASCII(name) ? 0 : 0x800; // names in UTF-8
    unsigned version = large || far ? 45 : 20;
    // Version, flags, method (stored), time and date (1 January 1980: the same arrays give the same file), checksum, sizes.
    std::string common;
    put16(common, version);
    put16(common, flags);
    put16(common, 0);
    put16(common, 0);
    put16(common, 0x21);
    put32(common, crc);
    put32(common, large ? limit : size);
    put32(common, large ? limit : size);
    put16(common, name.size());

    std::string extra;
    if (large) {
      put16(extra, 1);
      put16(extra, 16);
      put64(extra, size);
      put64(extra, size);
    }
    std::string local;
    put32(local, 0x04034b50);
    local += common;
    put16(local, extra.size());
    out << local << name << extra << header;
    out.write(array.data, array.bytes);

    std::string wide;
    if (large || far) {
      put16(wide, 1);
      put16(wide, (large ? 16 : 0) + (far ? 8 : 0));
      if (large) {
        put64(wide, size);
        put64(wide, size);
      }
      if (far)
        put64(wide, at);
    }
    put32(directory, 0x02014b50);
    put16(directory, version);
    directory += common;
    put16(directory, wide.size());
    put16(directory, 0); // comment
    put16(directory, 0); // disk
    put16(directory, 0);
    put32(directory, 0);
    put32(directory, far ? limit : at);
    directory += name + wide;
    at += local.size() + name.size() + extra.size() + size;
  }
  std::string end;
  if (at >= limit || arrays.size() >= 0xffff) {
    put32(end, 0x06064b50);
    put64(end, 44);
    put16(end, 45);
    put16(end, 45);
    put32(end, 0);
    put32(end, 0);
    put64(end, arrays.size());
    put64(end, arrays.size());
    put64(end, directory.size());
    put64(end, at);
    put32(end, 0x07064b50);
    put32(end, 0);
    put64(end, at + directory.size());
    put32(end, 1);
  }
  put32(end, 0x06054b50);
  put16(end, 0);
  put16(end, 0);
  put16(end, std::min<uint64_t>(arrays.size(), 0xffff));
  put16(end, std::min<uint64_t>(arrays.size(), 0xffff));
  put32(end, directory.size());
  put32(end, std::min(at, limit));
  put16(end, 0);
  out << directory << end;
}

Status writeFileAtomically(StringRef path, function_ref<void(raw_ostream &)> write, bool durable) {
  auto failed = [&](const std::error_code &code) { return Status::system("cannot write '" + path + "': " + code.message()); };
  sys::fs::file_status status;
  if (!sys::fs::status(path, status) && status.type() != sys::fs::file_type::regular_file) {
    std::error_code code;
    raw_fd_ostream out(path, code, sys::fs::CD_OpenExisting);
    if (code)
      return failed(code);
    write(out);
    out.flush();
    code = out.error();
    out.clear_error();
    return code ? failed(code) : Status::success();
  }
  auto file = sys::fs::TempFile::create(path + "-%%%%%%%%.tmp");
  if (!file)
    return failed(errorToErrorCode(file.takeError()));
  std::error_code code;
  {
    raw_fd_ostream out(file->FD, /*shouldClose=*/false);
    write(out);
    out.flush();
    code = out.error();
    out.clear_error();
  }
  if (!code && durable && ::fsync(file->FD) != 0)
    code = std::error_code(errno, std::generic_category());
  if (code) {
    consumeError(file->discard());
    return failed(code);
  }
  if (Error error = file->keep(path)) {
    code = errorToErrorCode(std::move(error));
    return failed(code);
  }
  return Status::success();
}

Status writeNpz(StringRef path, ArrayRef<NpzArray> arrays) {
  return writeFileAtomically(path, [&](raw_ostream &out) { writeArchive(out, arrays); });
}

} // namespace ingot

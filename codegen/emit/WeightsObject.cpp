//===- WeightsObject.cpp - Weights in objects, libraries and files -----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Written directly: hundreds of megabytes need not pass through an assembler, nor through the linker, which would map them twice. A
// shared library is linked with an empty place for them, and they are added to the file afterwards. Each weight goes from the
// mapped model to the file, packed on the way, so that few of them are in memory at once.
//
//===----------------------------------------------------------------------===//

#include "codegen/emit/Package.h"
#include "codegen/memory/Weights.h"

#include "ingot/abi.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <thread>
#include <unistd.h>

using namespace llvm;

namespace ingot {

namespace {

constexpr uint64_t pageSize = 4096;
constexpr StringLiteral sectionName = ".ingot.weights";

// A file that is written at given places, by several threads.
class Output {
public:
  explicit Output(std::string path) : path(std::move(path)) {}
  ~Output() {
    if (fd >= 0)
      ::close(fd);
  }

  llvm::Error open(int flags) {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
    return fd < 0 ? error() : Error::success();
  }
  // 0, or the reason.
  int write(const void *data, size_t size, uint64_t offset) {
    const char *from = static_cast<const char *>(data);
    while (size) {
      ssize_t done = ::pwrite(fd, from, size, offset);
      if (done < 0 && errno == EINTR)
        continue;
      if (done <= 0)
        return done ? errno : EIO;
      from += done, offset += done, size -= done;
    }
    return 0;
  }
  llvm::Error put(const void *data, size_t size, uint64_t offset) {
    int code = write(data, size, offset);
    return code ? error(code) : Error::success();
  }
  llvm::Error get(void *data, size_t size, uint64_t offset) {
    errno = EIO;
    return ::pread(fd, data, size, offset) == static_cast<ssize_t>(size) ? Error::success() : error();
  }
  llvm::Error close() {
    int code = ::close(fd) ? errno : 0;
    fd = -1;
    return code ? error(code) : Error::success();
  }
  llvm::Error error(int code = errno) const {
    return make_error<SystemError>("cannot write '" + path + "': " + std::strerror(code));
  }

private:
  std::string path;
  int fd = -1;
};

// The pieces of a weight, some of them of few bytes, in larger writes.
class WeightWriter {
public:
  WeightWriter(Output &output, uint64_t offset) : output(output), offset(offset) {}
  void operator()(ArrayRef<char> piece) {
    if (buffer.size() + piece.size() > capacity)
      flush();
    if (piece.size() >= capacity)
      return send(piece);
    buffer.append(piece.begin(), piece.end());
  }
  int finish() {
    flush();
    return code;
  }

private:
  static constexpr size_t capacity = 1 << 20;
  void flush() {
    send(buffer);
    buffer.clear();
  }
  void send(ArrayRef<char> bytes) {
    if (!code)
      code = output.write(bytes.data(), bytes.size(), offset);
    offset += bytes.size();
  }
  Output &output;
  uint64_t offset;
  SmallVector<char, 0> buffer;
  int code = 0;
};

// All weights, the first at `base`; what lies between them is a hole, which reads as zeros.
llvm::Error writeWeights(mlir::ModuleOp module, Output &output, uint64_t base, unsigned threads) {
  std::vector<Weight> weights = getWeights(module);
  std::atomic<size_t> next{0};
  std::atomic<int> failure{0};
  auto work = [&] {
    for (size_t i; (i = next++) < weights.size() && !failure;) {
      WeightWriter writer(output, base + weights[i].offset);
      readWeight(weights[i], [&](ArrayRef<char> piece) { writer(piece); });
      if (int code = writer.finish())
        failure = code;
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 1; i < threads; ++i)
    workers.emplace_back(work);
  work();
  for (std::thread &worker : workers)
    worker.join();
  return failure ? output.error(failure) : Error::success();
}

} // namespace

llvm::Error writeWeightsObject(mlir::ModuleOp module, const std::string &symbol, const std::string &path, bool reserve,
                               unsigned threads) {
  Output output(path);
  if (Error error = output.open(O_RDWR | O_CREAT | O_TRUNC))
    return error;
  // Sections: null, weights, symbol table, strings, section names.
  const std::string names = std::string("\0.ingot.weights\0.symtab\0.strtab\0.shstrtab\0.note.GNU-stack\0", 59);
  const std::string strings = std::string(1, '\0') + symbol + '\0';
  uint64_t weightsBytes = getWeightsBytes(module);
  ELF::Elf64_Sym symbols[2] = {};
  symbols[1].st_name = 1;
  symbols[1].setBindingAndType(ELF::STB_GLOBAL, ELF::STT_OBJECT);
  symbols[1].st_other = ELF::STV_HIDDEN;
  symbols[1].st_shndx = 1;
  symbols[1].st_size = weightsBytes;

  uint64_t symbolsAt = alignTo(pageSize + (reserve ? 0 : weightsBytes), 8), stringsAt = symbolsAt + sizeof(symbols);
  uint64_t namesAt = stringsAt + strings.size(), headersAt = alignTo(namesAt + names.size(), 8);
  ELF::Elf64_Shdr sections[6] = {};
  auto nameAt = [&](StringRef name) {
    return static_cast<uint32_t>(StringRef(names).find((Twine(name) + StringRef("\0", 1)).str()));
  };
  sections[1] = {nameAt(sectionName),
                 reserve ? ELF::SHT_NOBITS : ELF::SHT_PROGBITS,
                 ELF::SHF_ALLOC,
                 0,
                 pageSize,
                 weightsBytes,
                 0,
                 0,
                 pageSize,
                 0};
  sections[2] = {nameAt(".symtab"), ELF::SHT_SYMTAB, 0, 0, symbolsAt, sizeof(symbols), 3, 1, 8, sizeof(ELF::Elf64_Sym)};
  sections[3] = {nameAt(".strtab"), ELF::SHT_STRTAB, 0, 0, stringsAt, strings.size(), 0, 0, 1, 0};
  sections[4] = {nameAt(".shstrtab"), ELF::SHT_STRTAB, 0, 0, namesAt, names.size(), 0, 0, 1, 0};
  sections[5] = {nameAt(".note.GNU-stack"), ELF::SHT_PROGBITS, 0, 0, headersAt, 0, 0, 0, 1, 0};

  ELF::Elf64_Ehdr header = {};
  memcpy(header.e_ident, ELF::ElfMagic, 4);
  header.e_ident[ELF::EI_CLASS] = ELF::ELFCLASS64;
  header.e_ident[ELF::EI_DATA] = ELF::ELFDATA2LSB;
  header.e_ident[ELF::EI_VERSION] = ELF::EV_CURRENT;
  header.e_type = ELF::ET_REL;
  header.e_machine = ELF::EM_X86_64;
  header.e_version = ELF::EV_CURRENT;
  header.e_shoff = headersAt;
  header.e_ehsize = sizeof(header);
  header.e_shentsize = sizeof(ELF::Elf64_Shdr);
  header.e_shnum = 6;
  header.e_shstrndx = 4;

  if (!reserve)
    if (Error error = writeWeights(module, output, pageSize, threads))
      return error;
  struct {
    const void *data;
    size_t size;
    uint64_t offset;
  } parts[] = {{&header, sizeof(header), 0},
               {symbols, sizeof(symbols), symbolsAt},
               {strings.data(), strings.size(), stringsAt},
               {names.data(), names.size(), namesAt},
               {sections, sizeof(sections), headersAt}};
  for (auto &part : parts)
    if (Error error = output.put(part.data, part.size, part.offset))
      return error;
  return output.close();
}

// The linker ends a segment with the reserved section, as it does with .bss. Here the segment is cut before it and one of its own
// follows, in the place of the program header that only programs need.
llvm::Error addWeights(mlir::ModuleOp module, const std::string &path, unsigned threads) {
  Output output(path);
  if (Error error = output.open(O_RDWR))
    return error;
  auto unexpected = [](const char *what) { return createStringError(Twine("the linked library has an unexpected form: ") + what); };
  ELF::Elf64_Ehdr header;
  if (Error error = output.get(&header, sizeof(header), 0))
    return error;
  std::vector<ELF::Elf64_Phdr> segments(header.e_phnum);
  std::vector<ELF::Elf64_Shdr> sections(header.e_shnum);
  if (Error error = output.get(segments.data(), segments.size() * sizeof(segments[0]), header.e_phoff))
    return error;
  if (Error error = output.get(sections.data(), sections.size() * sizeof(sections[0]), header.e_shoff))
    return error;
  if (header.e_shstrndx >= sections.size())
    return unexpected("section names");
  std::string names(sections[header.e_shstrndx].sh_size, '\0');
  if (Error error = output.get(names.data(), names.size(), sections[header.e_shstrndx].sh_offset))
    return error;
  auto section = find_if(
      sections, [&](const ELF::Elf64_Shdr &s) { return s.sh_name < names.size() && names.c_str() + s.sh_name == sectionName; });
  auto table = find_if(segments, [](const ELF::Elf64_Phdr &s) { return s.p_type == ELF::PT_PHDR; });
  auto holder = find_if(segments, [&](const ELF::Elf64_Phdr &s) {
    return section != sections.end() && s.p_type == ELF::PT_LOAD && s.p_vaddr + s.p_memsz == section->sh_addr + section->sh_size;
  });
  if (holder == segments.end() || table == segments.end() || section->sh_type != ELF::SHT_NOBITS || section->sh_addr % pageSize ||
      holder->p_vaddr + holder->p_filesz > section->sh_addr)
    return unexpected("the place of the weights");

  uint64_t end = header.e_shoff + sections.size() * sizeof(sections[0]);
  for (const ELF::Elf64_Shdr &s : sections)
    if (s.sh_type != ELF::SHT_NOBITS)
      end = std::max<uint64_t>(end, s.sh_offset + s.sh_size);
  uint64_t at = alignTo(end, pageSize);
  section->sh_type = ELF::SHT_PROGBITS;
  section->sh_offset = at;
  holder->p_memsz = holder->p_filesz;
  ELF::Elf64_Phdr own = {ELF::PT_LOAD,     ELF::PF_R,        at,      section->sh_addr, section->sh_addr,
                         section->sh_size, section->sh_size, pageSize};
  // Segments to load are in the order of their addresses.
  segments.insert(std::next(holder), own);
  segments.erase(find_if(segments, [](const ELF::Elf64_Phdr &s) { return s.p_type == ELF::PT_PHDR; }));
  if (Error error = output.put(segments.data(), segments.size() * sizeof(segments[0]), header.e_phoff))
    return error;
  if (Error error = output.put(sections.data(), sections.size() * sizeof(sections[0]), header.e_shoff))
    return error;
  if (Error error = writeWeights(module, output, at, threads))
    return error;
  return output.close();
}

llvm::Error writeWeightsFile(mlir::ModuleOp module, const std::string &path, uint64_t hash, unsigned threads) {
  Output output(path);
  if (Error error = output.open(O_RDWR | O_CREAT | O_TRUNC))
    return error;
  if (Error error = writeWeights(module, output, 0, threads))
    return error;
  ingot_weights_end tail = {};
  memcpy(tail.magic, INGOT_WEIGHTS_MAGIC, sizeof(tail.magic));
  tail.bytes = getWeightsBytes(module);
  tail.hash = hash;
  if (Error error = output.put(&tail, sizeof(tail), alignTo(tail.bytes, weightAlignment)))
    return error;
  return output.close();
}

} // namespace ingot

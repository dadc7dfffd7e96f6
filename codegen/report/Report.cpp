//===- Report.cpp - What a compiled model will do, and at what cost --------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/report/Report.h"
#include "codegen/emit/NodeTable.h"
#include "codegen/memory/Weights.h"
#include "codegen/report/KernelCost.h"
#include "codegen/report/Sizes.h"
#include "ir/LinalgExt/LinalgExt.h"

#include "ingot/abi.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include <map>

using namespace mlir;

namespace ingot {
namespace {

std::vector<std::string> nodesOf(Location loc) {
  NodeTable table;
  std::vector<std::string> names;
  for (int32_t index : table.indicesOf(loc))
    names.push_back(cast<StringAttr>(table.names()[index]).str());
  return names;
}

std::vector<std::pair<std::string, std::string>> describeConfig(DictionaryAttr config) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (!config)
    return fields;
  for (NamedAttribute field : config) {
    std::string text;
    if (auto flag = dyn_cast<BoolAttr>(field.getValue()))
      text = flag.getValue() ? "true" : "false";
    else if (auto number = dyn_cast<IntegerAttr>(field.getValue()))
      text = std::to_string(number.getInt());
    else if (auto word = dyn_cast<StringAttr>(field.getValue()))
      text = '"' + word.str() + '"';
    else if (auto type = dyn_cast<TypeAttr>(field.getValue())) {
      llvm::raw_string_ostream os(text);
      os << '"' << type.getValue() << '"';
    } else
      continue;
    fields.push_back({field.getName().str(), text});
  }
  return fields;
}

class Distances;

class Reporter {
public:
  Reporter(ModuleOp module, func::FuncOp entry, DictionaryAttr description, const TargetInfo &target, const AssumedSize &assumed)
      : module(module), entry(entry), target(target), sizes(entry, describe(description, assumed)) {
    for (const Weight &weight : getWeights(module))
      weightNames[weight.offset] = weight.name;
  }

  FunctionReport run();

private:
  SmallVector<int64_t> describe(DictionaryAttr description, const AssumedSize &assumed);
  void visit(Operation *op);
  void addDispatch(linalg_ext::DispatchOp op, GroupReport &group);
  void finish();
  Access accessOf(Value memref, bool isWrite, std::optional<int64_t> moved);
  std::optional<int64_t> bytesOf(Value memref);
  std::optional<int64_t> callsOf(Operation *op);
  int bufferOf(memref::ViewOp view, bool isWrite, bool isWhole);
  void addCosts();
  void addCost(GroupReport &group, const KernelCost &cost, Distances &distances, bool counts);

  ModuleOp module;
  func::FuncOp entry;
  const TargetInfo &target;
  FunctionReport report;
  std::vector<std::string> outputNames;
  Sizes sizes; // needs the two above
  llvm::DenseMap<int64_t, std::string> weightNames;
  // The newest lifetime of each place of the arena, and whether it was read since it was written.
  DenseMap<Operation *, std::pair<int, bool>> newest;
  std::vector<KernelCost> costs; // of each group
  int profileIndex = 0;
};

SmallVector<int64_t> Reporter::describe(DictionaryAttr description, const AssumedSize &assumed) {
  SmallVector<int64_t> dims;
  report.name = entry->getAttrOfType<StringAttr>("ingot.function").str();
  for (auto [i, attr] : llvm::enumerate(description.getAs<ArrayAttr>("inputs"))) {
    auto fields = cast<DictionaryAttr>(attr);
    auto type = cast<RankedTensorType>(fields.getAs<TypeAttr>("type").getValue());
    auto name = fields.getAs<StringAttr>("ingot.name");
    auto symbols = fields.getAs<ArrayAttr>("ingot.symbols");
    FunctionReport::Input input;
    input.name = name ? name.str() : "input" + std::to_string(i);
    for (int64_t d = 0; d < type.getRank(); ++d) {
      int64_t size = type.getDimSize(d);
      input.declared.push_back(ShapedType::isDynamic(size) ? -1 : size);
      if (ShapedType::isDynamic(size)) {
        StringRef symbol =
            symbols && d < static_cast<int64_t>(symbols.size()) ? cast<StringAttr>(symbols[d]).getValue() : StringRef();
        size = assumed(input.name, d, symbol);
      }
      input.dims.push_back(size < 0 ? -1 : size);
      dims.push_back(size < 0 ? ShapedType::kDynamic : size);
    }
    report.inputs.push_back(std::move(input));
  }
  for (auto [i, attr] : llvm::enumerate(description.getAs<ArrayAttr>("outputs"))) {
    auto name = cast<DictionaryAttr>(attr).getAs<StringAttr>("ingot.name");
    outputNames.push_back(name ? name.str() : "output" + std::to_string(i));
  }
  return dims;
}

std::optional<int64_t> Reporter::bytesOf(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  auto count = countOf(sizes.shapeOf(memref));
  return count ? std::optional<int64_t>(*count * denseBytes(MemRefType::get({1}, type.getElementType()))) : std::nullopt;
}

std::optional<int64_t> Reporter::callsOf(Operation *op) {
  std::optional<int64_t> calls = 1;
  for (Operation *parent = op->getParentOp(); parent && parent != entry; parent = parent->getParentOp()) {
    if (auto loop = dyn_cast<scf::ForOp>(parent)) {
      auto from = sizes.valueOf(loop.getLowerBound()), to = sizes.valueOf(loop.getUpperBound()),
           step = sizes.valueOf(loop.getStep());
      bool known = calls && from && to && step && *step > 0;
      calls =
          known ? std::optional<int64_t>(*calls * std::max<int64_t>(llvm::divideCeilSigned(*to - *from, *step), 0)) : std::nullopt;
    } else if (isa<scf::WhileOp>(parent)) {
      calls = std::nullopt;
    }
  }
  return calls;
}

// Buffers of one place and type are one view: each time that all of it is written after it was read, another lifetime begins.
int Reporter::bufferOf(memref::ViewOp view, bool isWrite, bool isWhole) {
  int group = report.groups.size();
  auto [it, isNew] = newest.try_emplace(view, std::pair<int, bool>{-1, false});
  auto &[index, wasRead] = it->second;
  bool touchedHere = !isNew && report.buffers[index].last == group;
  if (isNew || (isWrite && isWhole && wasRead && !touchedHere)) {
    ArenaBuffer buffer;
    buffer.offset = sizes.valueOf(view.getByteShift());
    if (auto bytes = bytesOf(view))
      buffer.bytes = llvm::alignTo(std::max<int64_t>(*bytes, 1), 64);
    buffer.first = buffer.last = group;
    index = report.buffers.size();
    report.buffers.push_back(buffer);
    wasRead = false;
  }
  report.buffers[index].last = group;
  wasRead |= !isWrite;
  return index;
}

Access Reporter::accessOf(Value memref, bool isWrite, std::optional<int64_t> moved) {
  Access access;
  access.moved = moved;
  bool isWhole = true;
  Value value = memref;
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>()) {
    if (isa<memref::ViewOp>(view.getOperation()))
      break;
    isWhole &= !isa<memref::SubViewOp>(view.getOperation());
    value = view.getViewSource();
  }
  auto view = value.getDefiningOp<memref::ViewOp>();
  if (!view)
    return access;
  auto cast = view.getSource().getDefiningOp<UnrealizedConversionCastOp>();
  if (!cast)
    return access;
  Value pointer = cast.getOperand(0);
  while (auto insert = pointer.getDefiningOp<LLVM::InsertValueOp>()) {
    if (isa<LLVM::LLVMPointerType>(insert.getValue().getType())) {
      pointer = insert.getValue();
      break;
    }
    pointer = insert.getContainer();
  }
  auto place = sizes.framePlace(pointer);
  if (!place)
    return access;
  if (place->depth == 0 && place->field == offsetof(ingot_frame, arena)) {
    access.place = Place::Arena;
    access.buffer = bufferOf(view, isWrite, isWhole);
    access.offset = report.buffers[access.buffer].offset;
  } else if (place->depth == 0 && place->field == offsetof(ingot_frame, constants)) {
    access.place = Place::Weight;
    access.offset = sizes.valueOf(view.getByteShift());
    if (access.offset)
      access.name = weightNames.lookup(*access.offset);
  } else if (place->depth == 1 && place->field == offsetof(ingot_frame, inputs)) {
    access.place = Place::Input;
    if (place->element < static_cast<int64_t>(report.inputs.size()))
      access.name = report.inputs[place->element].name;
  } else if (place->depth == 1 && place->field == offsetof(ingot_frame, outputs)) {
    access.place = Place::Output;
    if (place->element < static_cast<int64_t>(outputNames.size()))
      access.name = outputNames[place->element];
  }
  return access;
}

void Reporter::addDispatch(linalg_ext::DispatchOp op, GroupReport &group) {
  auto kernel = module.lookupSymbol<func::FuncOp>(op.getKernel());
  group.kernel = op.getKernel().str();
  group.form = kernel->getAttrOfType<StringAttr>("ingot.form").str();
  group.profileIndex = profileIndex++;
  auto config = kernel->getAttrOfType<DictionaryAttr>("ingot.config");
  group.config = describeConfig(config);
  if (auto serial = config ? config.getAs<BoolAttr>("serial") : BoolAttr())
    group.serial = serial.getValue();

  Sizes inside;
  for (auto [argument, operand] : llvm::zip(kernel.getArguments(), op->getOperands())) {
    if (isa<MemRefType>(operand.getType()))
      // Packed weights have another shape; the kernel's own is static then.
      inside.bindShape(argument, cast<ShapedType>(argument.getType()).hasStaticShape()
                                     ? SmallVector<int64_t>(cast<ShapedType>(argument.getType()).getShape())
                                     : sizes.shapeOf(operand));
    else if (auto value = argument.getType().isIntOrIndex() ? sizes.valueOf(operand) : std::nullopt)
      inside.bind(argument, *value);
  }
  KernelCost cost = costOfKernel(kernel, inside, target);
  unsigned index = 0;
  for (Value operand : op.getInputs()) {
    auto moved = cost.readBytes[index];
    // Packed weights are padded, and perhaps of a narrower type.
    auto packed = config ? config.getAs<IntegerAttr>("packed") : IntegerAttr();
    if (packed && packed.getInt() == index)
      moved = bytesOf(operand);
    else if (auto whole = bytesOf(operand); whole && (!moved || *moved > *whole))
      moved = whole;
    group.reads.push_back(accessOf(operand, /*isWrite=*/false, moved));
    ++index;
  }
  for (Value operand : op.getOutputs())
    group.writes.push_back(accessOf(operand, /*isWrite=*/true, bytesOf(operand)));
  group.flops = cost.flops;
  group.directFlops = cost.directFlops;
  group.reasons = cost.reasons;
  costs.push_back(std::move(cost));
}

void Reporter::visit(Operation *op) {
  GroupReport group;
  if (auto dispatch = dyn_cast<linalg_ext::DispatchOp>(op)) {
    addDispatch(dispatch, group);
  } else if (auto copy = dyn_cast<LLVM::MemcpyOp>(op)) {
    group.form = "memcpy";
    auto memrefBehind = [](Value pointer) -> Value {
      // An address is the sum of a buffer's and an offset.
      Value value = pointer;
      while (Operation *op = value.getDefiningOp()) {
        if (auto extract = dyn_cast<memref::ExtractAlignedPointerAsIndexOp>(op))
          return extract.getSource();
        if (op->getNumOperands() == 0)
          return {};
        value = op->getOperand(0);
      }
      return {};
    };
    auto bytes = sizes.valueOf(copy.getLen());
    if (Value from = memrefBehind(copy.getSrc()))
      group.reads.push_back(accessOf(from, false, bytes));
    if (Value to = memrefBehind(copy.getDst()))
      group.writes.push_back(accessOf(to, true, bytes));
    group.flops = 0;
    costs.push_back(KernelCost());
    costs.back().flops = costs.back().work = 0;
  } else if (auto dps = dyn_cast<DestinationStyleOpInterface>(op);
             dps && op->getDialect()->getNamespace() == linalg_ext::LinalgExtDialect::getDialectNamespace()) {
    group.form = op->getName().stripDialect().str();
    for (OpOperand &operand : op->getOpOperands())
      if (isa<MemRefType>(operand.get().getType()) && !dps.isDpsInit(&operand))
        group.reads.push_back(accessOf(operand.get(), false, bytesOf(operand.get())));
    for (Value output : dps.getDpsInits())
      group.writes.push_back(accessOf(output, true, bytesOf(output)));
    group.reasons.push_back("one thread: the op has no kernel of its own");
    group.serial = true;
    // Scalar code: about a cycle for each element that is read or written.
    KernelCost cost;
    std::optional<double> elements = 0;
    for (const auto *list : {&group.reads, &group.writes})
      for (const Access &access : *list)
        elements = elements && access.moved ? std::optional<double>(*elements + *access.moved / 4.0) : std::nullopt;
    if (elements)
      cost.work = cost.busyWork = *elements * 2 * target.lanes(32) * target.multiplyAddsPerCycle;
    costs.push_back(std::move(cost));
  } else {
    return;
  }
  group.nodes = nodesOf(op->getLoc());
  group.calls = callsOf(op);
  for (Operation *parent = op->getParentOp(); parent != entry; parent = parent->getParentOp())
    group.conditional |= isa<scf::IfOp, scf::IndexSwitchOp>(parent);
  report.groups.push_back(std::move(group));
}

// How much else was touched since a place was touched last, which tells the cache that still has it.
class Distances {
public:
  Distances(int64_t arenaBytes, int64_t footprint) : footprint(footprint), arena(arenaBytes / chunkBytes(arenaBytes) + 1, 0) {
    chunk = chunkBytes(arenaBytes);
  }

  /// The distance of an access, which becomes the place's newest.
  int64_t touch(const Access &access, const ArenaBuffer *buffer) {
    int64_t bytes = access.moved.value_or(0), since = 0;
    if (buffer && buffer->offset) {
      // Parts of a buffer were last used by different others.
      int64_t from = *buffer->offset / chunk, to = std::min<int64_t>((*buffer->offset + bytes) / chunk + 1, arena.size()), sum = 0;
      for (int64_t i = from; i < to; ++i)
        sum += clock - std::exchange(arena[i], clock + bytes);
      since = to > from ? sum / (to - from) : 0;
    } else {
      auto key = std::pair<int, int64_t>(static_cast<int>(access.place),
                                         access.offset.value_or(static_cast<int64_t>(llvm::hash_value(access.name) >> 1)));
      since = clock - std::exchange(others.insert({key, 0}).first->second, clock + bytes);
    }
    clock += bytes;
    // What is touched twice in between takes its room once.
    return std::min(since + bytes, footprint);
  }

private:
  // Some hundred parts.
  static int64_t chunkBytes(int64_t arenaBytes) { return std::max<int64_t>(arenaBytes / 512, 64); }

  int64_t clock = 0, footprint, chunk;
  std::vector<int64_t> arena;
  std::map<std::pair<int, int64_t>, int64_t> others;
};

void Reporter::addCosts() {
  int64_t arenaBytes = 0, footprint = getWeightsBytes(module);
  for (const ArenaBuffer &buffer : report.buffers)
    arenaBytes = std::max(arenaBytes, buffer.offset.value_or(0) + buffer.bytes.value_or(0));
  footprint += arenaBytes;
  for (GroupReport &group : report.groups) {
    group.bytesRead = group.bytesWritten = group.weightBytes = 0;
    for (auto [list, sum] : {std::pair(&group.reads, &group.bytesRead), std::pair(&group.writes, &group.bytesWritten)})
      for (const Access &access : *list) {
        *sum = *sum && access.moved ? std::optional<int64_t>(**sum + *access.moved) : std::nullopt;
        if (access.place == Place::Weight)
          *group.weightBytes += access.moved.value_or(0);
        else if (access.place != Place::Arena)
          footprint += access.moved.value_or(0);
      }
  }
  // A model is run again and again: the first round only tells what a run finds in the caches.
  Distances distances(arenaBytes, footprint);
  for (bool counts : {false, true})
    for (size_t i = 0; i < costs.size(); ++i)
      addCost(report.groups[i], costs[i], distances, counts);
}

void Reporter::addCost(GroupReport &group, const KernelCost &cost, Distances &distances, bool counts) {
  double seconds[3] = {0, 0, 0};
  auto rate = [&](Level level) { // bytes in a microsecond
    double perCycle = level == Level::L2 ? target.l2BytesPerCycle : target.l3BytesPerCycle;
    return 1e3 * (level == Level::Dram ? target.dramGigabytesPerSecond : perCycle * target.gigahertz);
  };
  for (const auto *list : {&group.reads, &group.writes})
    for (const Access &access : *list) {
      int64_t distance = distances.touch(access, access.buffer >= 0 ? &report.buffers[access.buffer] : nullptr);
      // In a loop it is mostly the loop's own work that lies between.
      if (group.calls.value_or(2) > 1)
        distance = std::max(access.moved.value_or(0), group.bytesRead.value_or(0));
      // Up to a cache's size it has everything, and nothing from twice its size on.
      auto hits = [&](int64_t cacheBytes) { return std::clamp(2 - double(distance) / double(cacheBytes), 0.0, 1.0); };
      double l2 = hits(target.l2Bytes), l3 = (1 - l2) * hits(target.l3Bytes), bytes = double(access.moved.value_or(0));
      seconds[0] += bytes * l2 / rate(Level::L2);
      seconds[1] += bytes * l3 / rate(Level::L3);
      seconds[2] += bytes * (1 - l2 - l3) / rate(Level::Dram);
    }
  if (!counts || !group.bytesRead || !group.bytesWritten || !group.calls)
    return;
  group.level = static_cast<Level>(std::max_element(seconds, seconds + 3) - seconds);
  group.memoryUs = *group.calls * (seconds[0] + seconds[1] + seconds[2]);
  if (!cost.work)
    return;
  double peak = 1e3 * target.peakGigaflops();
  group.computeUs = *group.calls * *cost.work / peak;
  double busy = *group.calls * cost.busyWork.value_or(*cost.work) / peak;
  // Measured on convolutions with large weights: what comes from memory is hardly fetched while something else is computed; what a
  // cache holds is. Then passing arguments and starting loops.
  double dram = *group.calls * seconds[static_cast<int>(Level::Dram)];
  group.predictedUs = std::max(busy, *group.memoryUs - dram) + dram + 0.05 * *group.calls;
}

void Reporter::finish() {
  addCosts();
  for (GroupReport &group : report.groups) {
    if (group.predictedUs && *group.memoryUs > 1 && *group.memoryUs > 0.3 * *group.predictedUs) {
      bool weights = group.weightBytes && group.bytesRead && *group.weightBytes * 2 > *group.bytesRead + *group.bytesWritten;
      const char *names[] = {"the second-level cache", "the third-level cache", "memory"};
      group.reasons.push_back(
          std::string("waits for ") + names[static_cast<int>(group.level)] +
          (weights ? ": its weights are read for little arithmetic each" : ": little arithmetic for each byte"));
    }
    if (group.serial && !group.kernel.empty() && group.predictedUs && *group.predictedUs > 1)
      group.reasons.push_back("one thread: too little work in a call for a second one");
  }
  auto end = std::optional<int64_t>(0);
  for (const ArenaBuffer &buffer : report.buffers)
    end = end && buffer.offset && buffer.bytes ? std::optional<int64_t>(std::max(*end, *buffer.offset + *buffer.bytes))
                                               : std::nullopt;
  report.arenaBytes = end;
  if (end) {
    int64_t most = 0;
    std::vector<int64_t> change(report.groups.size() + 1);
    for (const ArenaBuffer &buffer : report.buffers) {
      change[buffer.first] += *buffer.bytes;
      change[buffer.last + 1] -= *buffer.bytes;
    }
    int64_t now = 0;
    for (int64_t step : change)
      most = std::max(most, now += step);
    report.liveBytes = most;
  }
}

FunctionReport Reporter::run() {
  entry.walk<WalkOrder::PreOrder>([&](Operation *op) { visit(op); });
  finish();
  report.weightBytes = getWeightsBytes(module);
  return std::move(report);
}

// Entry points in the order in which their calls are numbered.
template <typename CallbackT> void forEachEntry(ModuleOp module, CallbackT callback) {
  auto described = module->getAttrOfType<ArrayAttr>("ingot.functions");
  if (!described)
    return;
  for (auto function : module.getOps<func::FuncOp>()) {
    auto entry = function->getAttrOfType<StringAttr>("ingot.entry");
    auto of = function->getAttrOfType<StringAttr>("ingot.function");
    if (!entry || !of || entry.getValue() != "run")
      continue;
    // Copies for certain sizes have none.
    DictionaryAttr description;
    for (Attribute attr : described)
      if (auto fields = cast<DictionaryAttr>(attr); of == fields.getAs<StringAttr>("name"))
        description = fields;
    callback(function, description);
  }
}

} // namespace

std::vector<FunctionReport> reportFunctions(ModuleOp module, const TargetInfo &target, const AssumedSize &assumed) {
  std::vector<FunctionReport> reports;
  int profileIndex = 0;
  forEachEntry(module, [&](func::FuncOp entry, DictionaryAttr fields) {
    if (!fields) {
      entry.walk([&](linalg_ext::DispatchOp) { ++profileIndex; });
      return;
    }
    reports.push_back(Reporter(module, entry, fields, target, assumed).run());
    // Calls are numbered through all functions.
    int calls = 0;
    for (GroupReport &group : reports.back().groups)
      if (group.profileIndex >= 0)
        group.profileIndex += profileIndex, ++calls;
    profileIndex += calls;
  });
  return reports;
}

void addTasks(ModuleOp module, std::vector<FunctionReport> &functions) {
  size_t next = 0;
  forEachEntry(module, [&](func::FuncOp entry, DictionaryAttr description) {
    if (!description || next == functions.size())
      return;
    FunctionReport &report = functions[next++];
    SmallVector<int64_t> dims;
    for (const FunctionReport::Input &input : report.inputs)
      for (int64_t size : input.dims)
        dims.push_back(size < 0 ? ShapedType::kDynamic : size);
    Sizes sizes(entry, dims);
    auto group = report.groups.begin();
    entry.walk<WalkOrder::PreOrder>([&](func::CallOp call) {
      auto kernel = module.lookupSymbol<func::FuncOp>(call.getCallee());
      if (!kernel || !kernel->hasAttr("ingot.kernel"))
        return;
      while (group != report.groups.end() && group->kernel.empty())
        ++group;
      if (group == report.groups.end() || group->kernel != kernel.getName())
        return;
      Sizes inside;
      for (auto [argument, operand] : llvm::zip(kernel.getArguments(), call.getOperands()))
        if (auto value = argument.getType().isIntOrIndex() ? sizes.valueOf(operand) : std::nullopt)
          inside.bind(argument, *value);
      // Where no loop is cut, the kernel is one task.
      std::optional<int64_t> most = 1;
      kernel.walk([&](scf::ForallOp loop) {
        if (loop->hasAttr("ingot.serial") || loop->getParentOfType<scf::ForallOp>())
          return;
        std::optional<int64_t> count = 1;
        for (auto [from, to, step] : llvm::zip(loop.getMixedLowerBound(), loop.getMixedUpperBound(), loop.getMixedStep())) {
          auto low = inside.valueOf(from), high = inside.valueOf(to), by = inside.valueOf(step);
          bool known = count && low && high && by && *by > 0;
          count = known ? std::optional<int64_t>(*count * std::max<int64_t>(llvm::divideCeilSigned(*high - *low, *by), 0))
                        : std::nullopt;
        }
        most = most && count ? std::optional<int64_t>(std::max(*most, *count)) : std::nullopt;
      });
      group->tasks = most;
      group->serial |= most == std::optional<int64_t>(1);
      ++group;
    });
  });
}

std::vector<std::string> listNodes(ModuleOp module) {
  NodeTable table;
  module.walk([&](Operation *op) { table.indicesOf(op->getLoc()); });
  std::vector<std::string> names;
  for (Attribute name : table.names())
    names.push_back(cast<StringAttr>(name).str());
  return names;
}

} // namespace ingot

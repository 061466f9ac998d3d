// SPDX-License-Identifier: Apache-2.0
// NCCL's C interface, as far as it is called here. Source of names, signatures and numbers: NCCL's
// user guide; the numbers of types and reductions are those of DataType and Reduction.
#include "bench/agreement.hpp"
#include "bench/library.hpp"
#include <septet/error.hpp>

#include <dlfcn.h>

#include <bit>
#include <cstddef>

namespace septet::bench {
namespace {

/// ncclUniqueId: 128 bytes, passed by value.
struct Id {
  char bytes[128];
};

/// The entries that are called. Handles are opaque; results are 0 for success.
struct Entries {
  int (*version)(int*);
  const char* (*error_text)(int);
  int (*make_id)(Id*);
  int (*join)(void**, int, Id, int);
  int (*abort)(void*);
  int (*group_start)();
  int (*group_end)();
  int (*all_reduce)(const void*, void*, std::size_t, int, int, void*, void*);
  int (*reduce)(const void*, void*, std::size_t, int, int, int, void*, void*);
  int (*broadcast)(const void*, void*, std::size_t, int, int, void*, void*);
  int (*all_gather)(const void*, void*, std::size_t, int, void*, void*);
  int (*reduce_scatter)(const void*, void*, std::size_t, int, int, void*, void*);
  int (*send)(const void*, std::size_t, int, int, void*, void*);
  int (*recv)(void*, std::size_t, int, int, void*, void*);
};

/// A loaded library. Never unloaded: its threads may run on.
class Loaded {
 public:
  explicit Loaded(const std::filesystem::path& file);

  [[nodiscard]] const Entries& entries() const noexcept { return entries_; }

  /// Throws Error `device` with the library's own words for `code`, unless it is success.
  void check(int code, const char* what) const;

 private:
  template <typename Function>
  void find(Function*& entry, const char* name) const {
    entry = std::bit_cast<Function*>(::dlsym(handle_, name));
    if (entry == nullptr) {
      throw Error(ErrorKind::argument, file_ + " has no " + name + ": give a libnccl.so.2");
    }
  }

  std::string file_;
  void* handle_;
  Entries entries_{};
  const char* (*last_error_)(void*) = nullptr;  ///< Since 2.13; null before.
};

Loaded::Loaded(const std::filesystem::path& file)
    : file_(file.string()), handle_(::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) {
    throw Error(ErrorKind::argument, "cannot load " + file_ + ": " + ::dlerror());
  }
  find(entries_.version, "ncclGetVersion");
  find(entries_.error_text, "ncclGetErrorString");
  find(entries_.make_id, "ncclGetUniqueId");
  find(entries_.join, "ncclCommInitRank");
  find(entries_.abort, "ncclCommAbort");
  find(entries_.group_start, "ncclGroupStart");
  find(entries_.group_end, "ncclGroupEnd");
  find(entries_.all_reduce, "ncclAllReduce");
  find(entries_.reduce, "ncclReduce");
  find(entries_.broadcast, "ncclBroadcast");
  find(entries_.all_gather, "ncclAllGather");
  find(entries_.reduce_scatter, "ncclReduceScatter");
  find(entries_.send, "ncclSend");
  find(entries_.recv, "ncclRecv");
  last_error_ = std::bit_cast<decltype(last_error_)>(::dlsym(handle_, "ncclGetLastError"));
}

void Loaded::check(int code, const char* what) const {
  if (code == 0) return;
  std::string text = std::string(what) + ": " + entries_.error_text(code);
  const char* more = last_error_ == nullptr ? nullptr : last_error_(nullptr);
  if (more != nullptr && *more != '\0') text += ": " + std::string(more);
  while (text.ends_with('\n')) text.pop_back();
  throw Error(ErrorKind::device, text);
}

class Nccl : public Library {
 public:
  Nccl(Loaded library, Memory& memory) : library_(std::move(library)), memory_(memory) {}

  /// Without waiting for the others: they may have failed.
  ~Nccl() override {
    if (communicator_ != nullptr) library_.entries().abort(communicator_);
  }

  void join(const Id& id, Communicator& ranks) {
    library_.check(library_.entries().join(&communicator_, ranks.size(), id, ranks.rank()),
                   "ncclCommInitRank");
  }

  [[nodiscard]] std::string name() const override;
  void run(std::span<const Operation> group) override;
  [[nodiscard]] bool is_exact(const Operation& operation, int ranks) const override;

 private:
  [[nodiscard]] int call(const Operation& operation) const;

  Loaded library_;
  Memory& memory_;
  void* communicator_ = nullptr;
};

std::string Nccl::name() const {
  int version = 0;
  library_.check(library_.entries().version(&version), "ncclGetVersion");
  // 23007 is 2.30.7; before 2.9 a digit less.
  const int major = version < 10'000 ? version / 1000 : version / 10'000;
  const int minor = version < 10'000 ? version / 100 % 10 : version / 100 % 100;
  return "nccl " + std::to_string(major) + "." + std::to_string(minor) + "." +
         std::to_string(version % 100);
}

int Nccl::call(const Operation& operation) const {
  const auto& [kind, kind_of_type, reduction, root, count, send, recv, scale, factor] = operation;
  const int type = static_cast<int>(kind_of_type);
  const int how = static_cast<int>(reduction);
  const auto& entries = library_.entries();
  void* queue = memory_.queue();
  switch (kind) {
    case OperationKind::all_reduce:
      return entries.all_reduce(send, recv, count, type, how, communicator_, queue);
    case OperationKind::reduce:
      return entries.reduce(send, recv, count, type, how, root, communicator_, queue);
    case OperationKind::broadcast:
      return entries.broadcast(send, recv, count, type, root, communicator_, queue);
    case OperationKind::all_gather:
      return entries.all_gather(send, recv, count, type, communicator_, queue);
    case OperationKind::reduce_scatter:
      return entries.reduce_scatter(send, recv, count, type, how, communicator_, queue);
    case OperationKind::send:
      return entries.send(send, count, type, root, communicator_, queue);
    case OperationKind::recv:
      return entries.recv(recv, count, type, root, communicator_, queue);
    case OperationKind::barrier:
      break;
  }
  throw Error(ErrorKind::internal, "NCCL has no barrier");
}

void Nccl::run(std::span<const Operation> group) {
  if (!group.empty() && group.front().type > DataType::float8_e5m2) {
    throw Error(ErrorKind::device, "NCCL has no type " + std::string(name_of(group.front().type)));
  }
  const bool several = group.size() != 1;
  if (several) library_.check(library_.entries().group_start(), "ncclGroupStart");
  int code = 0;
  for (const auto& operation : group) {
    if (code == 0) code = call(operation);
  }
  // Also after a refusal: the group must not stay open.
  const int end = several ? library_.entries().group_end() : 0;
  library_.check(code, "the call");
  library_.check(end, "ncclGroupEnd");
}

bool Nccl::is_exact(const Operation& operation, int ranks) const {
  // It multiplies with 1/N before it adds.
  return operation.reduction != Reduction::avg || std::has_single_bit(unsigned(ranks));
}

void throw_first(const std::optional<std::string>& refusal) {
  if (refusal) throw Error(ErrorKind::device, *refusal);
}

}  // namespace

std::unique_ptr<Library> nccl(const std::filesystem::path& file, Communicator& ranks,
                              Memory& memory) {
  std::unique_ptr<Nccl> library;
  Id id{};
  throw_first(refusal_of(ranks, [&] {
    Loaded loaded(file);
    if (ranks.rank() == 0) loaded.check(loaded.entries().make_id(&id), "ncclGetUniqueId");
    library = std::make_unique<Nccl>(std::move(loaded), memory);
  }));
  ranks.broadcast(&id, &id, sizeof(id), DataType::uint8, 0);
  throw_first(refusal_of(ranks, [&] { library->join(id, ranks); }));
  return library;
}

}  // namespace septet::bench

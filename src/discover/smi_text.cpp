// SPDX-License-Identifier: Apache-2.0
#include "discover/smi_text.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "discover/profile_name.hpp"
#include <septet/error.hpp>

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace septet {
namespace {

/// Cuts `text` at the first `mark`: what stands before it, trimmed; the rest stays in `text`.
std::optional<std::string_view> take_until(std::string_view mark, std::string_view& text) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return {};
  const auto before = trim(text.substr(0, at));
  text.remove_prefix(at + mark.size());
  return before;
}

/// The same from the end: a GPU's name may contain anything.
std::optional<std::string_view> take_from_last(std::string_view mark, std::string_view& text) {
  const auto at = text.rfind(mark);
  if (at == std::string_view::npos) return {};
  const auto behind = text.substr(at + mark.size());
  text = trim(text.substr(0, at));
  return behind;
}

/// "… (UUID: GPU-…)" at the end of a line; what stands before it stays in `line`.
std::optional<std::string> take_uuid(std::string_view& line, std::string_view prefix) {
  auto tail = take_from_last("(UUID:", line);
  if (!tail || !tail->ends_with(')')) return {};
  tail->remove_suffix(1);
  const auto uuid = trim(*tail);
  const bool whole = uuid.find_first_of(" \t(),") == std::string_view::npos;
  if (!whole || uuid.size() <= prefix.size() || !uuid.starts_with(prefix)) return {};
  return std::string(uuid);
}

/// The number of a GPU or slice.
std::optional<int> index_in(std::optional<std::string_view> text) {
  constexpr unsigned most = 4096;
  const auto index = parse_number<unsigned>(text.value_or(""));
  if (!index || *index >= most) return {};
  return static_cast<int>(*index);
}

/// "80GB" of "NVIDIA H100 80GB HBM3" or "A100-SXM4-40GB"; 0 where the name has no such word.
std::uint64_t memory_in(std::string_view name) {
  constexpr std::uint64_t most_gigabytes = 1024 * 1024;
  const auto unit = name.find("GB");
  if (unit == std::string_view::npos) return 0;
  const auto before = name.substr(0, unit);
  const auto digits = before.find_last_not_of("0123456789");
  const auto number = before.substr(digits == std::string_view::npos ? 0 : digits + 1);
  const auto gigabytes = parse_number<std::uint64_t>(number).value_or(0);
  return gigabytes < most_gigabytes ? gigabytes * gibibyte : 0;
}

/// "GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-…)"
std::optional<Gpu> parse_gpu(std::string_view line) {
  auto uuid = take_uuid(line, "GPU-");
  if (!uuid || !line.starts_with("GPU ")) return {};
  line.remove_prefix(std::string_view("GPU ").size());
  const auto index = index_in(take_until(":", line));
  if (!index) return {};

  Gpu gpu;
  gpu.index = *index;
  gpu.uuid = *std::move(uuid);
  gpu.name = trim(line);
  gpu.memory_bytes = memory_in(gpu.name);
  return gpu;
}

/// The instance ids that drivers before R470 put into the name: "MIG-GPU-<uuid>/<GI>/<CI>".
void read_instance_ids(Slice& slice) {
  const auto parts = split(slice.uuid, '/');
  if (parts.size() != 3) return;
  slice.gpu_instance = parse_number<int>(parts[1]);
  slice.compute_instance = parse_number<int>(parts[2]);
}

/// "  MIG 1c.3g.20gb  Device  1: (UUID: MIG-…)"
std::optional<Slice> parse_slice(std::string_view line, const Gpu& gpu) {
  auto uuid = take_uuid(line, "MIG-");
  if (!uuid || !line.starts_with("MIG ")) return {};
  line.remove_prefix(std::string_view("MIG ").size());
  const auto profile = take_until(" Device ", line);
  const auto index = index_in(take_until(":", line));
  const auto name = profile ? parse_profile_name(*profile) : std::nullopt;
  if (!name || !index || !trim(line).empty()) return {};

  Slice slice;
  slice.uuid = *std::move(uuid);
  slice.kind = SliceKind::mig;
  slice.profile = *profile;
  slice.memory_bytes = static_cast<std::uint64_t>(name->gigabytes) * gibibyte;
  slice.compute_slices = name->compute_slices;
  slice.gpu = gpu.index;
  slice.gpu_uuid = gpu.uuid;
  slice.index = *index;
  read_instance_ids(slice);
  return slice;
}

/// A GPU without instances is a slice itself.
void finish(Gpu& gpu) {
  if (!gpu.slices.empty()) {
    gpu.state = GpuState::partitioned;
    gpu.mig = {.supported = true, .current = true, .pending = true};
    return;
  }
  Slice whole;
  whole.uuid = gpu.uuid;
  whole.kind = SliceKind::full;
  whole.profile = "full";
  whole.memory_bytes = gpu.memory_bytes;
  whole.gpu = gpu.index;
  whole.gpu_uuid = gpu.uuid;
  gpu.slices.push_back(std::move(whole));
}

/// Lines without a device: nvidia-smi has none, cannot reach one, or warns of one.
bool is_remark(std::string_view line) {
  return line.empty() || line.starts_with("WARNING: ") || line == "No devices found." ||
         line == "No devices were found" ||
         line.starts_with("Unable to determine the device handle for ");
}

class Reader {
 public:
  explicit Reader(std::string_view source) { host_.source = source; }

  void take(std::string_view line) {
    ++line_number_;
    line = trim(line);
    if (is_remark(line)) return;
    if (auto gpu = parse_gpu(line)) {
      host_.gpus.push_back(*std::move(gpu));
      return;
    }
    if (host_.gpus.empty()) refuse(line);
    auto slice = parse_slice(line, host_.gpus.back());
    if (!slice) refuse(line);
    host_.gpus.back().slices.push_back(*std::move(slice));
  }

  Host finished() {
    for (auto& gpu : host_.gpus) finish(gpu);
    return std::move(host_);
  }

 private:
  [[noreturn]] void refuse(std::string_view line) const {
    throw Error(ErrorKind::argument,
                fmt::format("{} line {}: \"{}\" is no line of nvidia-smi -L; it prints \"GPU 0: "
                            "NAME (UUID: GPU-…)\", and below \"  MIG 1g.10gb  Device  0: (UUID: "
                            "MIG-…)\"",
                            host_.source, line_number_, line.substr(0, 80)));
  }

  Host host_;
  int line_number_ = 0;
};

class SmiTextDriver final : public Driver {
 public:
  explicit SmiTextDriver(std::string_view file) : file_(file) {}

  Host survey() override { return parse_smi_text(text(), "smi:" + file_); }

 private:
  std::string text() {
    if (file_ != "-") return read_file(file_);
    if (!standard_input_) standard_input_ = read_file("/dev/stdin");
    return *standard_input_;
  }

  std::string file_;
  std::optional<std::string> standard_input_;  // Can be read only once.
};

}  // namespace

std::unique_ptr<Driver> open_smi_text(std::string_view file) {
  return std::make_unique<SmiTextDriver>(file);
}

Host parse_smi_text(std::string_view text, std::string_view source) {
  Reader reader(source);
  for (const auto line : split(text, '\n')) reader.take(line);
  return reader.finished();
}

std::string format_smi_text(const Host& host) {
  std::string text;
  for (const auto& gpu : host.gpus) {
    if (gpu.uuid.empty()) continue;
    text += fmt::format("GPU {}: {} (UUID: {})\n", gpu.index, gpu.name, gpu.uuid);
    for (const auto& slice : gpu.slices) {
      if (slice.kind != SliceKind::mig) continue;
      text += fmt::format("  MIG {:<11} Device {:>2}: (UUID: {})\n", slice.profile, slice.index,
                          slice.uuid);
    }
  }
  return text;
}

}  // namespace septet

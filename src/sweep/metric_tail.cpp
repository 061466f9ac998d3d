// SPDX-License-Identifier: Apache-2.0
#include "sweep/metric_tail.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace septet {
namespace {

using OnPoint = std::function<void(const Point&)>;

constexpr std::size_t portion = 64 * 1024;

std::function<void(std::string_view)> points_of(const OnPoint& on_point) {
  return [&on_point](std::string_view line) {
    if (const auto point = parse_point(line)) on_point(*point);
  };
}

}  // namespace

MetricTail::MetricTail(const TrialFiles& files) {
  sources_[0].path = files.out();
  sources_[1].path = files.metrics();
}

void MetricTail::read(const OnPoint& on_point) {
  std::vector<char> buffer(portion);
  for (auto& source : sources_) {
    if (!source.file) {
      source.file.reset(::open(source.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    }
    while (source.file) {
      const auto got = ::read(source.file.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      source.lines.feed({buffer.data(), static_cast<std::size_t>(got)}, points_of(on_point));
    }
  }
}

void MetricTail::finish(const OnPoint& on_point) {
  read(on_point);
  for (auto& source : sources_) source.lines.finish(points_of(on_point));
}

}  // namespace septet

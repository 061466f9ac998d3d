// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/host.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace septet::cli {

/// All that one `septet bench` found, and where: docs/bench.md lists the fields. Plain value.
class BenchDocument {
 public:
  /// From the lines that rank 0 wrote to `results`; none when the file is not there.
  BenchDocument(const std::filesystem::path& results, const std::string& buffers, const Host& host,
                const std::vector<Slice>& slices);

  [[nodiscard]] std::string json() const;

  /// The fields themselves.
  [[nodiscard]] const nlohmann::ordered_json& content() const noexcept { return document_; }

  /// A page that needs nothing else, with plots.
  [[nodiscard]] std::string html() const;

  /// Wrong elements of all rows.
  [[nodiscard]] std::uint64_t wrong() const;

 private:
  nlohmann::ordered_json document_;
};

}  // namespace septet::cli

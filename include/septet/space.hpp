// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace septet {

/// One parameter of one trial. The value is text, byte for byte what the trial gets as argument.
struct Parameter {
  std::string name;
  std::string value;

  bool operator==(const Parameter&) const = default;
};

using Parameters = std::vector<Parameter>;

/// Names that change together, and the values that they take, row by row. A grid's axis has one
/// name; linked lists and the table of a file have several.
struct Axis {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;  ///< Each as long as `names`.
};

/// How a random value is spread.
enum class Law {
  uniform,     ///< Every number from low to high alike.
  loguniform,  ///< Every order of magnitude alike.
  randint,     ///< Every whole number from low to high, both included.
  choice,      ///< One of the choices.
};

/// A parameter that is drawn anew for every trial.
struct RandomParameter {
  std::string name;
  Law law = Law::uniform;
  double low = 0;
  double high = 0;
  std::vector<std::string> choices;
};

/// What the trials of a sweep try: every combination of the axes, `draws` times, each with values
/// of its own for the random parameters. Nothing is stored per trial: trial `index` is computed.
struct Space {
  std::vector<Axis> axes;  ///< The last one changes fastest, as nested loops do.
  std::vector<RandomParameter> random;
  std::uint64_t draws = 1;
  std::uint64_t seed = 0;
  bool searched = false;  ///< A search chooses the values of all, for `draws` trials altogether.
};

/// "lr=1e-3,1e-4" as an axis. Values are fields of one CSV record: a value with a comma stands in
/// double quotes, and a quote in it is doubled. Throws Error `argument` that names the text.
[[nodiscard]] Axis parse_axis(std::string_view text);

/// "lr=loguniform(1e-5,1e-1)", "dropout=uniform(0,0.5)", "layers=randint(2,8)",
/// "act=choice(relu,gelu)". Throws Error `argument` that names the text.
[[nodiscard]] RandomParameter parse_random(std::string_view text);

/// One axis in which all of `lists` change together. Throws Error `usage` unless they are equally
/// long.
[[nodiscard]] Axis link(const std::vector<Axis>& lists);

/// A table as one axis, its first record being the names: CSV (RFC 4180), or one JSON object a line
/// when the text starts with "{". `source` names it in errors. Throws Error `argument` with the
/// line.
[[nodiscard]] Axis parse_table(std::string_view text, std::string_view source);

/// Lines as the values of one axis `name`; a last line need not end.
[[nodiscard]] Axis parse_lines(std::string_view text, std::string_view name);

/// Throws Error `usage` when a name occurs twice, is reserved, cannot be told apart in the
/// environment, or when there are no trials or more than 2^31 - 2.
void check(const Space& space);

/// The names of all parameters, in the order in which parameters_of has them.
[[nodiscard]] std::vector<std::string> names_of(const Space& space);

/// The number of trials. Requires: `check` passed.
[[nodiscard]] std::size_t size_of(const Space& space);

/// What trial `index` (from 0) tries. The same on all machines, and independent of the other
/// trials: more draws only append, and a new random parameter leaves the others as they were.
/// Requires: the space is not searched.
[[nodiscard]] Parameters parameters_of(const Space& space, std::size_t index);

/// A seed for trial number `trial` to start its own random numbers from: 31 bits.
[[nodiscard]] std::uint32_t seed_of(const Space& space, int trial);

/// Sixteen hex digits that change with anything in the space.
[[nodiscard]] std::string digest_of(const Space& space);

/// "lr.decay" as the NAME of SEPTET_TRIAL_<NAME>: "LR_DECAY".
[[nodiscard]] std::string variable_name(std::string_view name);

}  // namespace septet

// SPDX-License-Identifier: Apache-2.0
#include "bench/contest.hpp"

#include "base/units.hpp"
#include "bench/agreement.hpp"

namespace septet::bench {
namespace {

/// Calls a round, so that sizes take about as long as each other.
int iterations_of(const Program& program, std::size_t bytes) {
  if (program.iterations > 0) return program.iterations;
  if (bytes <= 64 * kibibyte) return 100;
  if (bytes <= 4 * mebibyte) return 30;
  return bytes <= 64 * mebibyte ? 10 : 4;
}

bool has_form(const Case& each, Form form) {
  return form == Form::out_of_place || can_be_in_place(each.collective);
}

Figures begin(Contender& contender, const Case& each, Form form, const Program& program) {
  Figures figures;
  figures.refused = contender.begin(each, form);
  if (figures.refused) return figures;
  figures.wrong = contender.wrong(program.check);
  if (program.warmup > 0) static_cast<void>(contender.back_to_back(program.warmup));
  return figures;
}

/// What fails under way has no figures at all.
void add_round(Figures& figures, Contender& contender, Communicator& ranks, int calls) {
  double own = 0;
  std::vector<double> each;
  figures.refused = refusal_of(ranks, [&] { own = contender.back_to_back(calls); });
  if (!figures.refused) {
    figures.refused = refusal_of(ranks, [&] { each = contender.alone(calls); });
  }
  if (figures.refused) return;
  figures.back_to_back.push_back(slowest(ranks, {&own, 1}).front());
  const auto alone = slowest(ranks, each);
  figures.alone.insert(figures.alone.end(), alone.begin(), alone.end());
}

void measure(const Program& program, const Case& each, Form form,
             const std::vector<std::unique_ptr<Contender>>& contenders, Communicator& ranks,
             std::vector<Row>& rows) {
  std::vector<Figures> figures;
  for (const auto& contender : contenders) {
    figures.push_back(begin(*contender, each, form, program));
  }
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    if (!figures[i].refused) rows[i].path = contenders[i]->path();
  }
  const int calls = iterations_of(program, bytes_of(each, ranks.size()));
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      if (!figures[i].refused) add_round(figures[i], *contenders[i], ranks, calls);
    }
  }
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    (form == Form::in_place ? rows[i].in_place : rows[i].out_of_place) = std::move(figures[i]);
  }
}

}  // namespace

std::vector<Case> cases_of(const Program& program, int ranks) {
  std::vector<Case> cases;
  for (const auto collective : program.collectives) {
    for (const auto type : program.types) {
      for (const auto reduction : program.reductions) {
        if (!reduces(collective) && reduction != program.reductions.front()) continue;
        for (const auto bytes : program.sizes) {
          cases.push_back(case_of(collective, type, reduction, bytes, ranks));
        }
      }
    }
  }
  return cases;
}

void run(const Program& program, const std::vector<std::unique_ptr<Contender>>& contenders,
         Communicator& ranks, const std::function<void(const std::vector<Row>&)>& tell) {
  for (const auto& each : cases_of(program, ranks.size())) {
    std::vector<Row> rows;
    for (const auto& contender : contenders) {
      rows.push_back({each, contender->name(), {}, {}, {}});
    }
    for (const auto form : program.forms) {
      if (has_form(each, form)) measure(program, each, form, contenders, ranks, rows);
    }
    tell(rows);
  }
}

}  // namespace septet::bench

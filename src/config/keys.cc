// SPDX-License-Identifier: Apache-2.0
#include "config/keys.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "base/event.h"
#include "config/field_type.h"
#include "config/field_type_list.h"
#include "config/field_type_time.h"

namespace moneta {
namespace {

using field::Choice;
using field::Ends;
using field::OrNull;
using field::Real;
using field::Whole;

/// Whether the value may change when a run is resumed.
enum class Change { immutable, free };

template <class Type>
std::vector<std::string> choices_of(Type const& type) {
  if constexpr (requires { type.choices(); }) return type.choices();
  return {};
}

/// `member` returns a reference to the key's member of a Config.
template <class Member, class Type>
ConfigKey make_key(std::string const& name, Member member, Type type, Change change) {
  using MemberType = std::remove_reference_t<std::invoke_result_t<Member, Config&>>;
  static_assert(field::FieldType<Type, MemberType>);
  constexpr bool secret = std::is_same_v<Type, OrNull<field::SecretUrl>>;
  return {name,
          type.describe(),
          choices_of(type),
          change == Change::immutable,
          secret,
          [=](Config& config, Value const& value) { type.read(value, name, member(config)); },
          [=](Config const& config) -> Json { return type.write(member(config)); }};
}

// The name of a key is the path of its member. Expands to two arguments: the name and the accessor.
#define MONETA_MEMBER(path) \
#path, [](auto& config) -> auto& { return config.path; }

void add_run_keys(std::vector<ConfigKey>& keys) {
  Choice<ResumePolicy> const resume{{{"auto", ResumePolicy::automatic},
                                     {"never", ResumePolicy::never},
                                     {"always", ResumePolicy::always}}};
  Whole const seed{0, std::numeric_limits<std::uint64_t>::max()};
  keys.push_back(make_key(MONETA_MEMBER(run.name), field::Name{}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(run.folder), field::Path{}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(run.seed), seed, Change::immutable));
  keys.push_back(make_key(MONETA_MEMBER(run.resume), resume, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(run.watchdog_minutes), Real{0, 10080}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(coins), field::Coins{}, Change::immutable));
  keys.push_back(make_key(MONETA_MEMBER(placement), field::Placement{}, Change::free));
}

void add_synth_keys(std::vector<ConfigKey>& keys) {
  auto const start = [](auto& config) -> auto& { return config.synth.start_s; };
  keys.push_back(make_key("synth.start", start, field::Minute{}, Change::free));
  keys.push_back(
      make_key(MONETA_MEMBER(synth.signal_r2), Real{0, 0.9, Ends::not_lowest}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(synth.empty_fraction), Real{0, 0.5}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(synth.correlation), Real{0, 0.95}, Change::free));
}

void add_fetch_keys(std::vector<ConfigKey>& keys) {
  Choice<ExchangeChoice> const exchange{
      {{"upbit", ExchangeChoice::upbit}, {"binance", ExchangeChoice::binance}}};
  keys.push_back(make_key(MONETA_MEMBER(fetch.exchange), exchange, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(fetch.url), OrNull<field::BaseUrl>{}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(fetch.timeout_s), Real{0.1, 600}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(fetch.attempts), Whole{1, 20}, Change::free));
}

void add_data_keys(std::vector<ConfigKey>& keys) {
  Choice<BadRows> const on_bad_row{{{"error", BadRows::error}, {"skip", BadRows::skip}}};
  Real const share{0, 1, Ends::not_lowest};
  auto const add = [&keys](std::string const& name, auto member, auto type) {
    keys.push_back(make_key(name, member, type, Change::immutable));
  };
  keys.push_back(make_key(MONETA_MEMBER(data.raw), field::Path{}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(data.shards), field::Path{}, Change::free));
  add(MONETA_MEMBER(data.days), Whole{1, 36500});
  add(MONETA_MEMBER(data.end), field::End{});
  add(MONETA_MEMBER(data.timeframes), field::Timeframes{});
  add(MONETA_MEMBER(data.stride_minutes), Whole{1, 1440});
  add(MONETA_MEMBER(data.horizon_minutes), Whole{1, 10080});
  add(MONETA_MEMBER(data.max_filled_fraction), Real{0, 1});
  add(MONETA_MEMBER(data.on_bad_row), on_bad_row);
  keys.push_back(make_key(MONETA_MEMBER(data.max_bad_rows), Real{0, 0.5}, Change::free));
  Real const step{0, 1e6, Ends::not_lowest};
  keys.push_back(make_key(MONETA_MEMBER(data.max_price_step), step, Change::free));
  add(MONETA_MEMBER(data.split.train), share);
  add(MONETA_MEMBER(data.split.valid), share);
  add(MONETA_MEMBER(data.split.test), share);
}

void add_model_keys(std::vector<ConfigKey>& keys) {
  auto const add = [&keys](std::string const& name, auto member, auto type) {
    keys.push_back(make_key(name, member, type, Change::immutable));
  };
  add(MONETA_MEMBER(model.hidden), Whole{1, 8192});
  add(MONETA_MEMBER(model.layers), Whole{1, 16});
  add(MONETA_MEMBER(model.bidirectional), field::Boolean{});
  add(MONETA_MEMBER(model.dropout), Real{0, 0.9});
  add(MONETA_MEMBER(model.transformer.enabled), field::Boolean{});
  add(MONETA_MEMBER(model.transformer.layers), Whole{1, 16});
  add(MONETA_MEMBER(model.transformer.heads), Whole{1, 128});
  add(MONETA_MEMBER(model.transformer.feedforward), Real{0, 64, Ends::not_lowest});
}

void add_train_keys(std::vector<ConfigKey>& keys) {
  Choice<LossFunction> const loss{{{"mse", LossFunction::mse}, {"huber", LossFunction::huber}}};
  Choice<PrecisionChoice> const precision{{{"auto", PrecisionChoice::automatic},
                                           {"f32", PrecisionChoice::f32},
                                           {"tf32", PrecisionChoice::tf32},
                                           {"bf16", PrecisionChoice::bf16},
                                           {"fp16", PrecisionChoice::fp16}}};
  auto const add = [&keys](std::string const& name, auto member, auto type,
                           Change change = Change::free) {
    keys.push_back(make_key(name, member, type, change));
  };
  add(MONETA_MEMBER(train.epochs), Whole{1, 100000});
  add(MONETA_MEMBER(train.batch), Whole{1, 65536}, Change::immutable);
  add(MONETA_MEMBER(train.accumulate), Whole{1, 65536}, Change::immutable);
  add(MONETA_MEMBER(train.loss), loss, Change::immutable);
  add(MONETA_MEMBER(train.huber_delta), Real{0, 1000, Ends::not_lowest}, Change::immutable);
  add(MONETA_MEMBER(train.precision), precision);
  add(MONETA_MEMBER(train.early_stop.patience), Whole{0, 100000});
  add(MONETA_MEMBER(train.early_stop.min_delta), Real{0, 1000});
  add(MONETA_MEMBER(train.optimizer.name), field::one_of({"adamw"}));
  add(MONETA_MEMBER(train.optimizer.learning_rate), Real{0, 1, Ends::not_lowest});
  add(MONETA_MEMBER(train.optimizer.weight_decay), Real{0, 10});
  add(MONETA_MEMBER(train.optimizer.beta1), Real{0, 1, Ends::not_highest});
  add(MONETA_MEMBER(train.optimizer.beta2), Real{0, 1, Ends::not_highest});
  add(MONETA_MEMBER(train.optimizer.epsilon), Real{1e-12, 0.1});
  add(MONETA_MEMBER(train.optimizer.clip_norm), Real{0, 100000});
  add(MONETA_MEMBER(train.schedule.name), field::one_of({"cosine", "constant"}));
  add(MONETA_MEMBER(train.schedule.warmup_epochs), Real{0, 100000});
  add(MONETA_MEMBER(train.schedule.final_fraction), Real{0, 1});
}

void add_other_keys(std::vector<ConfigKey>& keys) {
  Choice<DeviceKind> const kind{
      {{"auto", DeviceKind::automatic}, {"cpu", DeviceKind::cpu}, {"cuda", DeviceKind::cuda}}};
  Choice<LstmAlgorithmChoice> const lstm_algorithm{
      {{"auto", LstmAlgorithmChoice::automatic}, {"standard", LstmAlgorithmChoice::standard}}};
  Choice<AlertTemplate> const alert_template{{{"auto", AlertTemplate::automatic},
                                              {"json", AlertTemplate::json},
                                              {"slack", AlertTemplate::slack},
                                              {"discord", AlertTemplate::discord},
                                              {"telegram", AlertTemplate::telegram}}};
  field::Subset const events{field::one_of(alert_event_names())};
  auto const add = [&keys](std::string const& name, auto member, auto type) {
    keys.push_back(make_key(name, member, type, Change::free));
  };
  add(MONETA_MEMBER(device.kind), kind);
  add(MONETA_MEMBER(device.batch), Whole{1, 1000000});
  add(MONETA_MEMBER(device.memory_fraction), Real{0, 1, Ends::not_lowest});
  add(MONETA_MEMBER(device.memory_limit_mib), OrNull<Whole>{{1, 1u << 24}});
  add(MONETA_MEMBER(device.threads), Whole{0, 1024});
  add(MONETA_MEMBER(device.lstm_algorithm), lstm_algorithm);
  add(MONETA_MEMBER(device.expected_power_limit_w), Real{0, 10000, Ends::not_lowest});
  add(MONETA_MEMBER(checkpoint.keep_last), Whole{1, 10000});
  add(MONETA_MEMBER(checkpoint.keep_best), Whole{1, 10000});
  add(MONETA_MEMBER(checkpoint.every_minutes), Real{0, 10080});
  add(MONETA_MEMBER(log.keep_days), Whole{1, 36500});
  add(MONETA_MEMBER(log.compress), field::Boolean{});
  add(MONETA_MEMBER(log.backup_folder), OrNull<field::Path>{});
  add(MONETA_MEMBER(log.tensorboard), field::Boolean{});
  add(MONETA_MEMBER(log.prometheus), field::Boolean{});
  add(MONETA_MEMBER(alert.webhook_url), OrNull<field::SecretUrl>{});
  add(
      "alert.template", [](auto& config) -> auto& { return config.alert.webhook_template; },
      alert_template);
  add(MONETA_MEMBER(alert.command), OrNull<field::Text>{});
  add(MONETA_MEMBER(alert.events), events);
}

#undef MONETA_MEMBER

}  // namespace

std::vector<ConfigKey> const& config_keys() {
  static std::vector<ConfigKey> const keys = [] {
    std::vector<ConfigKey> all;
    add_run_keys(all);
    add_synth_keys(all);
    add_fetch_keys(all);
    add_data_keys(all);
    add_model_keys(all);
    add_train_keys(all);
    add_other_keys(all);
    return all;
  }();
  return keys;
}

ConfigKey const* find_key(std::string const& name) {
  auto const& keys = config_keys();
  auto const found = std::find_if(keys.begin(), keys.end(),
                                  [&name](ConfigKey const& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

bool is_section(std::string const& name) {
  auto const& keys = config_keys();
  return name.empty() || std::any_of(keys.begin(), keys.end(), [&name](ConfigKey const& key) {
           return key.name.starts_with(name + '.');
         });
}

}  // namespace moneta

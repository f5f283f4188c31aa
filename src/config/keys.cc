// SPDX-License-Identifier: Apache-2.0
#include "config/keys.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "config/form.h"

namespace moneta {
namespace {

using form::Choice;
using form::Ends;
using form::OrNull;
using form::Real;
using form::Whole;

enum class Change { identity, free };

template <class Form>
std::vector<std::string> choices_of(Form const& form) {
  if constexpr (requires { form.choices(); }) return form.choices();
  return {};
}

template <class Member, class Form>
ConfigKey make_key(std::string const& name, Member member, Form form, Change change) {
  constexpr bool secret = std::is_same_v<Form, OrNull<form::SecretUrl>>;
  return {name,
          form.says(),
          choices_of(form),
          change == Change::identity,
          secret,
          [=](Config& config, Value const& value) { form.read(value, name, member(config)); },
          [=](Config const& config) -> Json { return form.write(member(config)); }};
}

// The name of a key is the path of its member.
#define MONETA_MEMBER(path) \
#path, [](auto& config) -> auto& { return config.path; }

void add_run_keys(std::vector<ConfigKey>& keys) {
  Choice<ResumePolicy> const resume{{{"auto", ResumePolicy::automatic},
                                     {"never", ResumePolicy::never},
                                     {"always", ResumePolicy::always}}};
  Whole const seed{0, std::numeric_limits<std::uint64_t>::max()};
  keys.push_back(make_key(MONETA_MEMBER(run.name), form::Name{}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(run.folder), form::Text{}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(run.seed), seed, Change::identity));
  keys.push_back(make_key(MONETA_MEMBER(run.resume), resume, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(run.watchdog_minutes), Real{0, 10080}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(coins), form::Coins{}, Change::identity));
  keys.push_back(make_key(MONETA_MEMBER(placement), form::Placement{}, Change::free));
}

void add_synth_keys(std::vector<ConfigKey>& keys) {
  auto const start = [](auto& config) -> auto& { return config.synth.start_s; };
  keys.push_back(make_key("synth.start", start, form::Minute{}, Change::free));
  keys.push_back(
      make_key(MONETA_MEMBER(synth.signal_r2), Real{0, 0.9, Ends::not_lowest}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(synth.empty_fraction), Real{0, 0.5}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(synth.correlation), Real{0, 0.95}, Change::free));
}

void add_data_keys(std::vector<ConfigKey>& keys) {
  Choice<BadRowPolicy> const on_bad_row{
      {{"error", BadRowPolicy::error}, {"skip", BadRowPolicy::skip}}};
  Real const share{0, 1, Ends::not_lowest};
  auto const add = [&keys](std::string const& name, auto member, auto form) {
    keys.push_back(make_key(name, member, form, Change::identity));
  };
  keys.push_back(make_key(MONETA_MEMBER(data.raw), form::Text{}, Change::free));
  keys.push_back(make_key(MONETA_MEMBER(data.shards), form::Text{}, Change::free));
  add(MONETA_MEMBER(data.days), Whole{1, 36500});
  add(MONETA_MEMBER(data.timeframes), form::Timeframes{});
  add(MONETA_MEMBER(data.stride_minutes), Whole{1, 1440});
  add(MONETA_MEMBER(data.horizon_minutes), Whole{1, 10080});
  add(MONETA_MEMBER(data.max_filled_fraction), Real{0, 1});
  add(MONETA_MEMBER(data.on_bad_row), on_bad_row);
  add(MONETA_MEMBER(data.split.train), share);
  add(MONETA_MEMBER(data.split.valid), share);
  add(MONETA_MEMBER(data.split.test), share);
}

void add_model_keys(std::vector<ConfigKey>& keys) {
  auto const add = [&keys](std::string const& name, auto member, auto form) {
    keys.push_back(make_key(name, member, form, Change::identity));
  };
  add(MONETA_MEMBER(model.hidden), Whole{1, 8192});
  add(MONETA_MEMBER(model.layers), Whole{1, 16});
  add(MONETA_MEMBER(model.bidirectional), form::Boolean{});
  add(MONETA_MEMBER(model.dropout), Real{0, 0.9});
  add(MONETA_MEMBER(model.transformer.enabled), form::Boolean{});
  add(MONETA_MEMBER(model.transformer.layers), Whole{1, 16});
  add(MONETA_MEMBER(model.transformer.heads), Whole{1, 128});
  add(MONETA_MEMBER(model.transformer.feedforward), Real{0, 64, Ends::not_lowest});
}

void add_train_keys(std::vector<ConfigKey>& keys) {
  Choice<LossKind> const loss{{{"mse", LossKind::mse}, {"huber", LossKind::huber}}};
  Choice<PrecisionChoice> const precision{{{"auto", PrecisionChoice::automatic},
                                           {"f32", PrecisionChoice::f32},
                                           {"tf32", PrecisionChoice::tf32},
                                           {"bf16", PrecisionChoice::bf16}}};
  auto const add = [&keys](std::string const& name, auto member, auto form,
                           Change change = Change::free) {
    keys.push_back(make_key(name, member, form, change));
  };
  add(MONETA_MEMBER(train.epochs), Whole{1, 100000});
  add(MONETA_MEMBER(train.batch), Whole{1, 65536}, Change::identity);
  add(MONETA_MEMBER(train.accumulate), Whole{1, 65536}, Change::identity);
  add(MONETA_MEMBER(train.loss), loss, Change::identity);
  add(MONETA_MEMBER(train.huber_delta), Real{0, 1000, Ends::not_lowest}, Change::identity);
  add(MONETA_MEMBER(train.precision), precision);
  add(MONETA_MEMBER(train.early_stop.patience), Whole{0, 100000});
  add(MONETA_MEMBER(train.early_stop.min_delta), Real{0, 1000});
  add(MONETA_MEMBER(train.optimizer.name), form::words({"adamw"}));
  add(MONETA_MEMBER(train.optimizer.learning_rate), Real{0, 1, Ends::not_lowest});
  add(MONETA_MEMBER(train.optimizer.weight_decay), Real{0, 10});
  add(MONETA_MEMBER(train.optimizer.beta1), Real{0, 1, Ends::not_highest});
  add(MONETA_MEMBER(train.optimizer.beta2), Real{0, 1, Ends::not_highest});
  add(MONETA_MEMBER(train.optimizer.epsilon), Real{1e-12, 0.1});
  add(MONETA_MEMBER(train.optimizer.clip_norm), Real{0, 100000});
  add(MONETA_MEMBER(train.schedule.name), form::words({"cosine", "constant"}));
  add(MONETA_MEMBER(train.schedule.warmup_epochs), Real{0, 100000});
  add(MONETA_MEMBER(train.schedule.final_fraction), Real{0, 1});
}

void add_other_keys(std::vector<ConfigKey>& keys) {
  Choice<DeviceKind> const kind{
      {{"auto", DeviceKind::automatic}, {"cpu", DeviceKind::cpu}, {"cuda", DeviceKind::cuda}}};
  Choice<LstmAlgorithmChoice> const lstm_algorithm{
      {{"auto", LstmAlgorithmChoice::automatic}, {"standard", LstmAlgorithmChoice::standard}}};
  Choice<AlertTemplate> const bodies{{{"auto", AlertTemplate::automatic},
                                      {"json", AlertTemplate::json},
                                      {"slack", AlertTemplate::slack},
                                      {"discord", AlertTemplate::discord},
                                      {"telegram", AlertTemplate::telegram}}};
  form::Events const events{form::words(alert_event_names())};
  auto const add = [&keys](std::string const& name, auto member, auto form) {
    keys.push_back(make_key(name, member, form, Change::free));
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
  add(MONETA_MEMBER(log.compress), form::Boolean{});
  add(MONETA_MEMBER(log.backup_folder), OrNull<form::Text>{});
  add(MONETA_MEMBER(log.tensorboard), form::Boolean{});
  add(MONETA_MEMBER(log.prometheus), form::Boolean{});
  add(MONETA_MEMBER(alert.webhook_url), OrNull<form::SecretUrl>{});
  add(
      "alert.template", [](auto& config) -> auto& { return config.alert.webhook_template; },
      bodies);
  add(MONETA_MEMBER(alert.command), OrNull<form::Text>{});
  add(MONETA_MEMBER(alert.events), events);
}

#undef MONETA_MEMBER

}  // namespace

std::vector<ConfigKey> const& config_keys() {
  static std::vector<ConfigKey> const keys = [] {
    std::vector<ConfigKey> all;
    add_run_keys(all);
    add_synth_keys(all);
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

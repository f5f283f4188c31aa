// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/alert_template.h"
#include "base/bad_rows.h"
#include "base/loss.h"
#include "base/synth_config.h"

namespace moneta {

/// One timeframe of the input: a window has the latest `steps` bars of `minutes` each.
struct TimeframeConfig {
  std::string name;  ///< "1m", "5m", "15m"
  std::int64_t minutes = 1;
  std::size_t steps = 240;

  bool operator==(TimeframeConfig const&) const = default;
};

enum class ResumePolicy { automatic, never, always };
enum class PrecisionChoice { automatic, f32, tf32, bf16, fp16 };
enum class DeviceKind { automatic, cpu, cuda };
enum class LstmAlgorithmChoice { automatic, standard };

struct RunSection {
  std::string name = "upbit8";
  std::string folder = "runs";  ///< the run is in <folder>/<name>
  std::uint64_t seed = 20250326;
  ResumePolicy resume = ResumePolicy::automatic;
  double watchdog_minutes = 10;  ///< without a heartbeat, until the run ends; 0 = never
};

struct SplitConfig {
  double train = 0.7, valid = 0.15, test = 0.15;  ///< shares of the samples in order of time; sum 1
};

/// Where the minutes that are used end.
enum class EndRule {
  common,  ///< at the latest minute that all coins have
  each,    ///< at the last minute of each coin
  time,    ///< at `DataEnd::time_s`
};

struct DataEnd {
  EndRule rule = EndRule::common;
  std::int64_t time_s = 0;  ///< the end of the last minute; for EndRule::time only

  bool operator==(DataEnd const&) const = default;
};

enum class ExchangeChoice { upbit, binance };

struct FetchConfig {
  ExchangeChoice exchange = ExchangeChoice::upbit;
  std::optional<std::string> url;  ///< base URL of the REST API; none = the exchange's public one
  double timeout_s = 20;           ///< of one request
  std::size_t attempts = 8;        ///< of one request, with growing pauses in between
};

struct DataConfig {
  std::string raw = "data/raw";        ///< folder with <coin>.csv or <coin>.csv.gz
  std::string shards = "data/shards";  ///< folder with <coin>/<YYYY-MM>.h5 and manifest.json
  std::int64_t days = 365;             ///< number of most recent days of raw candles to use
  DataEnd end;                         ///< where those days end
  std::vector<TimeframeConfig> timeframes = {{"1m", 1, 240}, {"5m", 5, 144}, {"15m", 15, 96}};
  std::int64_t stride_minutes = 5;    ///< interval between samples, aligned to the clock
  std::int64_t horizon_minutes = 15;  ///< how far ahead the target is
  double max_filled_fraction = 0.2;   ///< a window with more forward-filled bars is dropped
  BadRows on_bad_row = BadRows::error;
  double max_bad_rows = 0.001;  ///< the largest share of rows that BadRows::skip leaves out
  double max_price_step = 0.5;  ///< a larger relative step of the price in a minute is an error
  SplitConfig split;
};

struct TransformerConfig {
  bool enabled = false;
  std::size_t layers = 1;
  std::size_t heads = 8;
  double feedforward = 4.0;  ///< inner width as a multiple of the block width
};

struct ModelConfig {
  std::size_t hidden = 1024;
  std::size_t layers = 4;
  bool bidirectional = true;
  double dropout = 0.25;
  TransformerConfig transformer;
};

struct EarlyStopConfig {
  std::size_t patience = 20;  ///< epochs without improvement before a coin stops; 0 = never
  double min_delta = 0.0;     ///< an improvement must be larger than this
};

struct OptimizerConfig {
  std::string name = "adamw";
  double learning_rate = 0.0005;
  double weight_decay = 0.01;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1.0e-8;
  double clip_norm = 1.0;  ///< global gradient norm; 0 = no clipping
};

struct ScheduleConfig {
  std::string name = "cosine";  ///< cosine or constant
  double warmup_epochs = 1.0;
  double final_fraction = 0.01;
};

struct TrainConfig {
  std::size_t epochs = 200;
  std::size_t batch = 128;
  std::size_t accumulate = 8;
  LossFunction loss = LossFunction::mse;
  double huber_delta = 1.0;
  PrecisionChoice precision = PrecisionChoice::automatic;
  EarlyStopConfig early_stop;
  OptimizerConfig optimizer;
  ScheduleConfig schedule;

  /// The number of sequences in one update.
  std::size_t effective_batch() const { return batch * accumulate; }
};

struct DeviceConfig {
  DeviceKind kind = DeviceKind::automatic;
  std::size_t batch = 2048;
  double memory_fraction = 0.95;
  std::optional<std::size_t> memory_limit_mib;  ///< per rank; none = by memory_fraction
  std::size_t threads = 0;                      ///< CPU threads of a rank; 0 = its usable cores
  LstmAlgorithmChoice lstm_algorithm = LstmAlgorithmChoice::automatic;
  double expected_power_limit_w = 345;
};

struct CheckpointConfig {
  std::size_t keep_last = 2;
  std::size_t keep_best = 1;
  double every_minutes = 10;
};

struct LogConfig {
  std::int64_t keep_days = 30;
  bool compress = true;
  std::optional<std::string> backup_folder;
  bool tensorboard = true;
  bool prometheus = true;
};

struct AlertConfig {
  std::optional<std::string> webhook_url;
  AlertTemplate webhook_template = AlertTemplate::automatic;
  std::optional<std::string> command;
  std::vector<std::string> events = {"error", "coin_failed", "slow", "gpu", "stalled"};
};

/// The complete configuration. The initializers are the defaults.
struct Config {
  RunSection run;
  std::vector<std::string> coins = {"KRW-BTC", "KRW-ETH",  "KRW-XRP", "KRW-SOL",
                                    "KRW-ADA", "KRW-DOGE", "KRW-DOT", "KRW-AVAX"};
  std::vector<std::vector<std::string>> placement;  ///< coins of each rank; empty = balanced
  SynthConfig synth;
  FetchConfig fetch;
  DataConfig data;
  ModelConfig model;
  TrainConfig train;
  DeviceConfig device;
  CheckpointConfig checkpoint;
  LogConfig log;
  AlertConfig alert;
};

}  // namespace moneta

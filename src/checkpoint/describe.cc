// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/describe.h"

#include <cmath>
#include <span>

#include "base/digest.h"
#include "base/error.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/metadata.h"

namespace moneta {

namespace {

double norm(std::span<float const> values) {
  double sum = 0;
  for (float const value : values) sum += static_cast<double>(value) * value;
  return std::sqrt(sum);
}

Json describe_slices(CoinState const& state) {
  Json list = Json::array();
  for (ParameterSlice const& slice : state.header.slices) {
    auto const part = [&](std::vector<float> const& array) {
      return std::span(array).subspan(slice.offset, slice.size);
    };
    Json each;
    each["name"] = slice.name;
    each["shape"] = slice.shape;
    each["norm"] = norm(part(state.params));
    each["norm_m"] = norm(part(state.m));
    each["norm_v"] = norm(part(state.v));
    list.push_back(std::move(each));
  }
  return list;
}

void describe_state(CoinState const& state, Json& json) {
  CoinHeader const& header = state.header;
  json["coin"] = header.coin;
  json["progress"] = progress_json(header.progress);
  json["precision"] = header.precision;
  json["micro_batch"] = header.micro_batch;
  json["lstm_algorithm"] = header.lstm_algorithm;
  if (!header.device.empty()) json["device"] = header.device;
  if (header.loss_scaler) json["loss_scaler"] = loss_scaler_json(*header.loss_scaler);
  json["timeframes"] = header.timeframes;
  json["feature_names"] = header.feature_names;
  json["target_deviation"] = header.target_stddev;
  json["config_digest"] = header.config_digest;
  json["data_digest"] = header.data_digest;
  json["parameters"] = state.params.size();
  json["norm"] = norm(state.params);
  json["slices"] = describe_slices(state);
}

}  // namespace

Json describe_checkpoint(std::filesystem::path const& file) {
  Json json;
  json["file"] = file.string();
  json["format"] = checkpoint_format;
  json["sound"] = false;
  try {
    CoinState const state = read_checkpoint(file);
    json["version"] = checkpoint_version;
    json[program_version_key] = state.header.program_version;
    json["sha256"] = digest_of_file(file);
    json["bytes"] = std::filesystem::file_size(file);
    describe_state(state, json);
    json["sound"] = true;
  } catch (std::exception const& error) {
    json["problem"] = error.what();
  }
  return json;
}

}  // namespace moneta

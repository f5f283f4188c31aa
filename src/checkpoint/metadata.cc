// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/metadata.h"

#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "base/version.h"
#include "checkpoint/progress_fields.h"
#include "io/json_file.h"

namespace moneta {

namespace {

constexpr char const* loss_scaler_key = "loss_scaler";

struct FieldWriter {
  Json& json;
  void operator()(char const* name, std::int64_t value) const { json[name] = value; }
  void operator()(char const* name, double value) const { json[name] = json_number(value); }
  void operator()(char const* name, bool value) const { json[name] = value; }
};

struct FieldReader {
  JsonFields& fields;
  void operator()(char const* name, std::int64_t& value) const { value = fields.count(name); }
  void operator()(char const* name, double& value) const { value = fields.number(name); }
  void operator()(char const* name, bool& value) const { value = fields.flag(name); }
};

Json numbers_json(std::vector<std::vector<float>> const& rows) {
  Json result = Json::array();
  for (auto const& row : rows) {
    Json& list = result.emplace_back(Json::array());
    for (float const value : row) list.push_back(static_cast<double>(value));
  }
  return result;
}

Json scaler_json(CoinHeader const& header) {
  Json json;
  json["timeframes"] = header.timeframes;
  json["feature_names"] = header.feature_names;
  json["feature_mean"] = numbers_json(header.feature_mean);
  json["feature_deviation"] = numbers_json(header.feature_stddev);
  json["target_deviation"] = static_cast<double>(header.target_stddev);
  return json;
}

/// A float that was written as a double of the same value.
float exact_float(Json const& json, std::string const& what) {
  double const value = json.is_number() ? json.get<double>() : std::nan("");
  bool const fits = std::abs(value) <= std::numeric_limits<float>::max() &&
                    static_cast<double>(static_cast<float>(value)) == value;
  MONETA_REQUIRE(fits, data, "{} is {} (expected a float32). Is it damaged?", what,
                 sanitized(json.dump()));
  return static_cast<float>(value);
}

template <class Item, class Take>
std::vector<Item> read_list(Json const& json, std::string const& what, Take const& take) {
  MONETA_REQUIRE(json.is_array(), data, "{} is {} (expected a list). Is it damaged?", what,
                 json.type_name());
  std::vector<Item> result;
  for (Json const& item : json) result.push_back(take(item, what));
  return result;
}

std::string exact_text(Json const& json, std::string const& what) {
  MONETA_REQUIRE(json.is_string(), data, "{} contains {} (expected strings). Is it damaged?", what,
                 json.type_name());
  return json.get<std::string>();
}

std::vector<float> float_list(Json const& json, std::string const& what) {
  return read_list<float>(json, what, exact_float);
}

void read_scaler(Json const& json, std::string const& what, CoinHeader& header) {
  JsonFields fields(json, what);
  auto const where = [&](char const* key) { return fmt::format("{}.{}", what, key); };
  header.timeframes =
      read_list<std::string>(fields.member("timeframes"), where("timeframes"), exact_text);
  header.feature_names =
      read_list<std::string>(fields.member("feature_names"), where("feature_names"), exact_text);
  header.feature_mean = read_list<std::vector<float>>(fields.member("feature_mean"),
                                                      where("feature_mean"), float_list);
  header.feature_stddev = read_list<std::vector<float>>(fields.member("feature_deviation"),
                                                        where("feature_deviation"), float_list);
  header.target_stddev = exact_float(fields.member("target_deviation"), where("target_deviation"));
  fields.finish();
}

/// Takes metadata by key and rejects keys that were not taken.
class MetadataReader {
 public:
  MetadataReader(TensorMetadata metadata, std::string const& file)
      : left_(std::move(metadata)), file_(file) {}

  std::string take(std::string const& key) {
    auto const found = left_.find(key);
    MONETA_REQUIRE(found != left_.end(), data, "{} lacks the metadata key '{}'. Is it damaged?",
                   file_, key);
    std::string value = std::move(found->second);
    left_.erase(found);
    return value;
  }

  bool has(std::string const& key) const { return left_.count(key) > 0; }

  std::string take_or(std::string const& key, std::string const& otherwise) {
    return has(key) ? take(key) : otherwise;
  }

  void finish() const {
    MONETA_REQUIRE(
        left_.empty(), data,
        "{} has the metadata key '{}' (unknown to this version). Was it written by a newer one?",
        file_, sanitized(left_.begin()->first));
  }

 private:
  TensorMetadata left_;
  std::string const& file_;
};

LossScalerState read_loss_scaler(std::string const& text, std::string const& what) {
  Json const json = parse_json(text, what);
  JsonFields fields(json, what);
  LossScalerState state;
  state.scale = fields.number("scale");
  state.good_updates = fields.count("good_updates");
  fields.finish();
  return state;
}

std::uint64_t whole_number(std::string const& text, std::string const& what) {
  Json const value = parse_json(text, what);
  MONETA_REQUIRE(value.is_number_unsigned() && value.dump() == text, data,
                 "{} is {} (expected a whole number). Is it damaged?", what, sanitized(text));
  return value.get<std::uint64_t>();
}

}  // namespace

Json progress_json(CoinProgress const& progress) {
  Json json;
  each_field(progress, FieldWriter{json});
  return json;
}

Json loss_scaler_json(LossScalerState const& state) {
  return {{"scale", json_number(state.scale)}, {"good_updates", state.good_updates}};
}

TensorMetadata metadata_of(CoinHeader const& header) {
  TensorMetadata metadata{{"format", checkpoint_format},
                          {"version", checkpoint_version},
                          {program_version_key, version_number()},
                          {"coin", header.coin},
                          {"progress", progress_json(header.progress).dump()},
                          {"scaler", scaler_json(header).dump()},
                          {"config_digest", header.config_digest},
                          {"data_digest", header.data_digest},
                          {"precision", header.precision},
                          {"micro_batch", std::to_string(header.micro_batch)}};
  std::string const standard = CoinHeader{}.lstm_algorithm;
  if (header.lstm_algorithm != standard) metadata["lstm_algorithm"] = header.lstm_algorithm;
  if (!header.device.empty()) metadata["device"] = header.device;
  if (header.loss_scaler) {
    metadata[loss_scaler_key] = loss_scaler_json(*header.loss_scaler).dump();
  }
  return metadata;
}

CoinHeader header_from(TensorMetadata const& metadata, std::string const& file) {
  auto const format = metadata.find("format");
  MONETA_REQUIRE(
      format != metadata.end() && format->second == checkpoint_format, data,
      "{} is not a checkpoint of Moneta (its metadata does not contain format={}). Is it the right file?",
      file, checkpoint_format);
  MetadataReader reader(metadata, file);
  (void)reader.take("format");
  std::string const version = reader.take("version");
  MONETA_REQUIRE(
      version == checkpoint_version, data,
      "{} has format version {} (this program reads version {}). Use the program that wrote it?",
      file, sanitized(version), checkpoint_version);
  CoinHeader header;
  header.program_version = reader.take_or(program_version_key, "");
  header.coin = reader.take("coin");
  Json const progress = parse_json(reader.take("progress"), file + ": progress");
  JsonFields fields(progress, file + ": progress");
  each_field(header.progress, FieldReader{fields});
  fields.finish();
  Json const scaler = parse_json(reader.take("scaler"), file + ": scaler");
  read_scaler(scaler, file + ": scaler", header);
  header.config_digest = reader.take("config_digest");
  header.data_digest = reader.take("data_digest");
  header.precision = reader.take("precision");
  header.micro_batch = whole_number(reader.take("micro_batch"), file + ": micro_batch");
  header.lstm_algorithm = reader.take_or("lstm_algorithm", header.lstm_algorithm);
  header.device = reader.take_or("device", "");
  if (reader.has(loss_scaler_key)) {
    header.loss_scaler = read_loss_scaler(reader.take(loss_scaler_key),
                                          fmt::format("{}: {}", file, loss_scaler_key));
  }
  reader.finish();
  return header;
}

}  // namespace moneta

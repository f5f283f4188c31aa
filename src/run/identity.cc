// SPDX-License-Identifier: Apache-2.0
#include "run/identity.h"

#include "base/digest.h"
#include "config/load.h"

namespace moneta {

std::string identity_digest(Config const& config) {
  Json const all = config_to_json(config);
  Json data = all.at("data");
  data.erase("raw");
  data.erase("shards");
  Json const identity = {{"seed", all.at("run").at("seed")},
                         {"model", all.at("model")},
                         {"data", data},
                         {"batch", all.at("train").at("batch")},
                         {"accumulate", all.at("train").at("accumulate")},
                         {"loss", all.at("train").at("loss")},
                         {"huber_delta", all.at("train").at("huber_delta")}};
  return digest_of(identity.dump());
}

}  // namespace moneta

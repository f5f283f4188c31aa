// SPDX-License-Identifier: Apache-2.0
#include "engine/open_device.h"

#include "backend/gpus.h"
#include "engine/gradient_all_reduce.h"

namespace moneta {

OpenDevice open_device(MpiSession& session, Team& team, Config const& config) {
  OpenDevice opened;
  NodePlace const place{session.rank_on_node(), session.ranks_on_node()};
  std::string gpu;
  session.together([&] {
    auto const number = gpu_of(config.device, place);
    opened.backend = make_backend(config.device, place);
    if (number) gpu = gpu_identity(*number);
  });
  opened.gpus = session.from_every_rank(gpu);
  opened.share.ranks_on_node = place.ranks;
  if (!gpu.empty()) opened.share.ranks_on_gpu = ranks_on_gpu_of(session.rank(), opened.gpus);
  opened.gradient_sum = make_team_sum(team, *opened.backend, gpu, layout_of(config).size);
  return opened;
}

}  // namespace moneta

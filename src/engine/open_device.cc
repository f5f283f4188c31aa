// SPDX-License-Identifier: Apache-2.0
#include "engine/open_device.h"

#include "backend/gpus.h"
#include "engine/gradient_all_reduce.h"

namespace moneta {

OpenDevice open_device(MpiSession& session, Team& team, Config const& config) {
  OpenDevice opened;
  NodeRank const place{session.rank_on_node(), session.ranks_on_node()};
  std::string gpu;
  session.collective([&] {
    auto const number = select_gpu(config.device, place);
    opened.backend = make_backend(config.device, place);
    if (number) gpu = gpu_identity(*number);
  });
  opened.gpus = session.all_gather(gpu);
  opened.share.ranks_on_node = place.ranks;
  if (!gpu.empty()) opened.share.ranks_on_gpu = ranks_on_gpu_of(session.rank(), opened.gpus);
  opened.gradient_all_reduce =
      make_gradient_all_reduce(team, *opened.backend, gpu, layout_of(config).size);
  return opened;
}

}  // namespace moneta

# SPDX-License-Identifier: Apache-2.0
"""The rate at which the device multiplies large square bf16 matrices: matmul_rate.py DEVICE SIZE

One JSON line with multiplications and additions per second: the best of several tries, with the
library that PyTorch uses (cuBLAS on a GPU).
"""
import json
import sys
import time

import torch

device, size = sys.argv[1], int(sys.argv[2])
a, b = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
wait = torch.cuda.synchronize if device == "cuda" else lambda: None
best = None
for _ in range(20):
    wait()
    start = time.perf_counter()
    for _ in range(4):
        torch.matmul(a, b)
    wait()
    seconds = (time.perf_counter() - start) / 4
    best = seconds if best is None else min(best, seconds)
print(json.dumps({"size": size, "precision": "bf16", "torch": str(torch.__version__),
                  "flops_per_second": 2 * size**3 / best}))

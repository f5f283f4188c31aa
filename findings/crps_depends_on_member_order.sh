#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scoringrules 0.10.0: the CRPS of an ensemble depends on the order of its members.
#
# Guess: the CRPS compares an observation with a distribution, so the order of the members cannot matter;
# estimators differ in speed and in a factor like M/(M-1).
# Seen: with estimator="akr" each member is compared with its neighbor in the array only. Shuffling 11 members
# moves the score between a fifth and 1.7 times the exact value. "nrg", "qd" and "int" return the exact value
# for every order.
# Why it matters: members that come sorted, or from quantiles, have neighbors close to each other, which makes
# their CRPS too high. A comparison of two forecasters with "akr" can rank the array layouts, not the forecasts.
source "$(dirname "$0")/lib.sh"
packages scoringrules==0.10.0 numpy==2.4.6

observe <<'PYTHON'
import numpy as np
import scoringrules
from finding import expect

random = np.random.default_rng(0)
members, observation = random.normal(size=11), 0.3
spread = np.abs(members[:, None] - members[None, :]).mean() / 2
exact = np.abs(members - observation).mean() - spread
orders = [random.permutation(members) for _ in range(50)] + [np.sort(members)]

for estimator in ("nrg", "qd", "int"):
    scores = [scoringrules.crps_ensemble(observation, order, estimator=estimator) for order in orders]
    expect(np.allclose(scores, exact), f"{estimator} does not depend on the order", scores[0])

scores = [scoringrules.crps_ensemble(observation, order, estimator="akr") for order in orders]
expect(min(scores) < 0.6 * exact and max(scores) > 1.5 * exact, "akr of one ensemble in 51 orders, and the "
       "exact value", min(scores), max(scores), exact)
expect(scores[-1] > 1.5 * exact, "akr of the sorted ensemble", scores[-1])
PYTHON

# SPDX-License-Identifier: Apache-2.0
"""What tests recorded with RecordProperty, as one JSON line: properties.py GOOGLETEST_REPORT"""
import json
import sys

OWN_KEYS = {"name", "value_param", "type_param", "file", "line", "status", "result", "timestamp", "time",
            "classname"}

with open(sys.argv[1]) as file:
    report = json.load(file)
print(json.dumps({test["name"]: {key: value for key, value in test.items() if key not in OWN_KEYS}
                  for suite in report["testsuites"] for test in suite["testsuite"]}))

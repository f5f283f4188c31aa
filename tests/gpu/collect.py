# SPDX-License-Identifier: Apache-2.0
"""One result file of a run on a GPU: collect.py WORK COMMIT RESULT

Puts the reports of GoogleTest and the measured lines of WORK together. Fails if a test failed, none
ran, a measurement of Moneta failed, or a measured memory is more than 3 % off its plan.
"""
import datetime
import glob
import json
import subprocess
import sys


def passed(test):
    """cuDNN may not offer its persistent algorithm; nothing else may be skipped."""
    may_be_skipped = "Persistent" in test["name"]
    return ("failures" not in test and
            (test["result"] == "COMPLETED" or (test["result"] == "SKIPPED" and may_be_skipped)))


def tests_of(path):
    report = json.load(open(path))
    return [{"name": f"{suite['name']}.{test['name']}", "seconds": test["time"],
             "skipped": test["result"] == "SKIPPED", "passed": passed(test)}
            for suite in report["testsuites"] for test in suite["testsuite"]]


def card():
    fields = "name,driver_version,memory.total,power.limit"
    try:
        line = subprocess.run(["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"],
                              capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return {}
    return dict(zip(fields.split(","), (part.strip() for part in line.split(","))))


def main(work, commit, result):
    tests = [test for path in sorted(glob.glob(f"{work}/*_tests.json")) for test in tests_of(path)]
    lines = [json.loads(line) for line in open(f"{work}/lines.json")]
    problems = [f"{test['name']} failed" for test in tests if not test["passed"]]
    if all(test["skipped"] for test in tests):
        problems.append("no test ran")
    for line in lines:
        figures = line.get("figures", {})
        if "error" in line and line["name"].startswith("moneta"):
            problems.append(f"{line['name']}: {line['error']}")
        if line.get("passed") is False:
            problems.append(f"{line['name']} found errors")
        if figures.get("measured_bytes"):
            off = figures["measured_bytes"] / figures["planned_bytes"] - 1
            line["memory_off_plan"] = off
            if abs(off) > 0.03:
                problems.append(f"{line['name']}: memory is {100 * off:+.1f} % off its plan")
    with open(result, "w") as file:
        json.dump({"commit": commit, "date": datetime.date.today().isoformat(), "card": card(),
                   "problems": problems, "tests": tests, "measured": lines}, file, indent=1)
        file.write("\n")
    print(f"{len(tests)} tests, {len(lines)} measurements, {len(problems)} problems: {result}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the logs that tests/system/days.sh leaves behind; needs no packages.

days.py foreign LOG     adds files of other programs to the log folder
days.py edge LOG ...    adds logs of an earlier run: of the oldest day that is kept, and the day before
days.py archived LOG    succeeds if only the logs of the newest day are uncompressed
days.py check LOG BACKUP ...
"""
import argparse
import gzip
import hashlib
import json
import pathlib
import re
import sys
import time
from datetime import date, datetime, timedelta, timezone

NAME = re.compile(r"(epochs|events)-(\d{4}-\d\d-\d\d)(?:\.([1-9]\d*))?\.jsonl(\.gz)?")
OLD = "2025-01-02"
FOREIGN = [f"epochs-{OLD}.jsonl.bak", f"my-epochs-{OLD}.jsonl", f"epochs-{OLD}.01.jsonl",
           f"epochs-{OLD}.jsonl.gz.txt", "epochs-2025-02-30.jsonl", f"events-{OLD}.csv", "notes.txt"]
OLD_LOG = f"epochs-{OLD}.3.jsonl"  # of an earlier run with this name; the program manages it
MEASURED = {"train_seconds", "valid_seconds", "sequences_per_second", "wait_seconds", "@timestamp",
            "host_memory_bytes", "device"}


def require(condition, *problem):
    if not condition:
        sys.exit("FAILED: " + " ".join(str(part) for part in problem))


def is_log(path):
    named = NAME.fullmatch(path.name)
    return named is not None and path.is_file() and not path.is_symlink() and path.name not in FOREIGN


class Log:
    """A log file, plain or compressed; `place` orders files by time, `name` has no .gz."""

    def __init__(self, path):
        self.path = path
        self.kind, day, number, self.compressed = NAME.fullmatch(path.name).groups()
        self.day = date.fromisoformat(day)
        self.place = (self.day, int(number or 0))
        self.name = path.name.removesuffix(".gz")
        self.text = gzip.decompress(path.read_bytes()) if self.compressed else path.read_bytes()

    def records(self):
        """The parsed lines, and the number of others: a killed process leaves an incomplete line."""
        *lines, rest = self.text.split(b"\n")
        require(rest == b"", self.path, "does not end with a line end")
        records, halves = [], 0
        for number, line in enumerate(lines, 1):
            try:
                records.append(json.loads(line))
            except ValueError:
                require(number == len(lines), f"{self.path}:{number}: not a record: {line!r}")
                halves += 1
        return records, halves


def logs_in(folder):
    return [Log(path) for path in sorted(folder.iterdir()) if is_log(path)]


def foreign_files(folder):
    return {path.name: (path.lstat().st_mode, path.lstat().st_mtime_ns,
                        "" if path.is_dir() else path.read_text())
            for path in folder.iterdir() if not is_log(path)}


def remembered(folder):
    return folder.parent.parent / (folder.parent.name + ".foreign.json")


def put_foreign(folder):
    folder.mkdir(parents=True)
    for name in FOREIGN:
        (folder / name).write_text("of somebody else\n")
    (folder / f"epochs-{OLD}.jsonl.gz").mkdir()
    (folder / f"events-{OLD}.2.jsonl").symlink_to("notes.txt")
    remembered(folder).write_text(json.dumps(foreign_files(folder)))
    put_log(folder / OLD_LOG)


def put_log(path):
    day = NAME.fullmatch(path.name).group(2)
    record = {"@timestamp": day + "T12:00:00.000Z", "event.action": "epoch", "coin": "KRW-OLD"}
    path.write_text(json.dumps(record) + "\n")


def edge_logs(today, keep_days):
    return [f"epochs-{today - timedelta(age)}.77.jsonl" for age in (keep_days, keep_days + 1)]


def archived(folder):
    logs = logs_in(folder)
    newest = max(log.day for log in logs)
    return all(log.compressed or log.day == newest for log in logs)


def check_files(folder, backup, keep_days, today):
    """The logs of log folder and backup together, in the order of their time."""
    here, copies = logs_in(folder), logs_in(backup)
    copy_of = {log.path.name: log for log in copies}
    for log in here:
        age = (today - log.day).days
        require(age <= keep_days, log.path, "is", age, "days old and still there")
        if age == 0:
            continue
        require(log.compressed, log.path, "is not compressed")
        require(log.path.name in copy_of, log.path, "has no copy")
        require(copy_of[log.path.name].path.read_bytes() == log.path.read_bytes(), log.path,
                "differs from its copy")
    for log in copies:
        digest = hashlib.sha256(log.path.read_bytes()).hexdigest()
        recorded = log.path.with_name(log.path.name + ".sha256").read_text()
        require(recorded == f"{digest}  {log.path.name}\n", log.path, "has another digest")
    names = {path.name for path in backup.iterdir()}
    require(names == {name + end for name in copy_of for end in ("", ".sha256")}, "in the backup:",
            names)
    gone = [log for log in copies if log.path.name not in {each.path.name for each in here}]
    for log in gone:
        require((today - log.day).days > keep_days, log.path, "was deleted too early")
    stays, goes = edge_logs(today, keep_days)
    require(any(log.name == stays for log in here), stays, "is not there")
    for name in (OLD_LOG, goes):
        require(any(log.name == name for log in gone), name, "was not deleted")
    plain, packed = (sum(size(log) for log in copies)
                     for size in (lambda log: len(log.text), lambda log: log.path.stat().st_size))
    print(f"{len(here)} logs in the folder, {len(copies)} in the backup, {len(gone)} of them deleted "
          f"for their age; {plain} bytes compressed to {packed}, {plain / packed:.1f} times less")
    logs = {log.name: log for log in copies + here if log.name != OLD_LOG}
    return sorted(logs.values(), key=lambda log: log.place)


def check_days(log, records):
    """How many records of the file are of the day before: the clock is read for the record first."""
    late = 0
    for record in records:
        stamp = datetime.strptime(record["@timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ")
        local = time.localtime(stamp.replace(tzinfo=timezone.utc).timestamp())
        day = date(local.tm_year, local.tm_mon, local.tm_mday)
        require(log.day - timedelta(1) <= day <= log.day, log.path, "has a record of", day)
        late += day != log.day
    return late


def same_numbers(a, b):
    return all(a[key] == b.get(key) for key in a if key not in MEASURED)


def check_epochs(coin, history, epochs):
    """Every epoch once, and again only after a start that says that it goes on before it."""
    done, seen, repeated, stopped = 0, {}, 0, False
    for record in history:
        action = record["event.action"]
        if action == "run_finished":
            stopped = True
        elif action == "resumed":
            recorded = record["moneta"]["epoch"]
            require(recorded <= done, coin, "goes on after epoch", recorded, "of which", done, "are logged")
            require(recorded == done or not stopped, coin, "was stopped after epoch", done,
                    "and goes on after", recorded)
            done, stopped = recorded, False
        elif action == "epoch":
            epoch = record["epoch"]
            require(epoch == done + 1, coin, "has epoch", epoch, "after epoch", done)
            if epoch in seen:
                require(same_numbers(seen[epoch], record), coin, "repeats an epoch with other "
                        "numbers:", seen[epoch], record)
                repeated += 1
            seen[epoch] = record
            done = epoch
    require(len(seen) == epochs == done, coin, "has", len(seen), "epochs")
    return repeated


def show(title, files):
    print(f"{title}, in bytes:")
    for path in sorted(files):
        size = "-" if path.is_dir() or path.is_symlink() else path.stat().st_size
        print(f"{size:>8} {path.name}")


def check(arguments):
    folder, backup = arguments.log, arguments.backup
    today = arguments.today
    require(foreign_files(folder) == {name: tuple(state) for name, state in
                                      json.loads(remembered(folder).read_text()).items()},
            "the files of others have changed:", foreign_files(folder))
    logs = check_files(folder, backup, arguments.keep_days, today)
    history, lines, halves, late = [], 0, 0, 0
    for log in logs:
        records, half = log.records()
        lines, halves = lines + len(records), halves + half
        late += check_days(log, records)
        history += records
    history.sort(key=lambda record: record["@timestamp"])  # stable
    days = (today - logs[0].day).days
    require(days > 40, "only", days, "days have passed")
    require(late * 20 < lines, late, "of", lines, "records are in the file of the day after")
    of_coin = {coin: [record for record in history
                      if record.get("coin", record.get("labels", {}).get("coin", coin)) == coin]
               for coin in arguments.coins}
    repeated = sum(check_epochs(coin, of_coin[coin], arguments.epochs) for coin in arguments.coins)
    print(f"{days} days, {len({log.day for log in logs})} of them with logs; {lines} records, "
          f"{halves} half lines at the end of a killed start's file, {late} in the file of the day "
          f"after; {len(arguments.coins)} coins x {arguments.epochs} epochs, each logged once but "
          f"{repeated} repeated after a kill")
    show("the log folder", folder.iterdir())
    show("the backup, and a .sha256 beside each",
         (path for path in backup.iterdir() if path.suffix != ".sha256"))


parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["foreign", "edge", "archived", "check"])
parser.add_argument("log", type=pathlib.Path)
parser.add_argument("backup", type=pathlib.Path, nargs="?")
parser.add_argument("--epochs", type=int)
parser.add_argument("--coins", nargs="+")
parser.add_argument("--today", type=date.fromisoformat)
parser.add_argument("--keep-days", type=int)
given = parser.parse_args()
if given.what == "foreign":
    put_foreign(given.log)
elif given.what == "edge":
    for log_name in edge_logs(given.today, given.keep_days):
        put_log(given.log / log_name)
elif given.what == "archived":
    sys.exit(0 if archived(given.log) else 1)
else:
    check(given)

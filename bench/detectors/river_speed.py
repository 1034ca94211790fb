"""Values per second of processor time that River's drift detectors take in: one JSON document on the standard output.

    python river_speed.py <seconds for each> <stream>=<file of float64 values> ...

Streams are called `outcomes` (0 and 1) and `values` (mean 0, standard deviation 1). Every detector runs with River's
defaults, and begins anew by itself after it has fired. The values go round until the time is over.
"""

import array
import json
import pathlib
import sys
import time

import river
from river import drift

WARM_UP_SECONDS = 0.2
DETECTORS = {
    "adwin": (drift.ADWIN, ("outcomes", "values")),
    "page-hinkley": (drift.PageHinkley, ("outcomes", "values")),
    "kswin": (lambda: drift.KSWIN(seed=1), ("outcomes", "values")),
    "ddm": (drift.binary.DDM, ("outcomes",)),
    "hddm-a": (drift.binary.HDDMA, ("outcomes",)),
}


def read(path):
    values = array.array("d")
    values.frombytes(pathlib.Path(path).read_bytes())
    return values.tolist()


def run(detector, portions, seconds):
    taken, fired, spent, turn = 0, 0, 0.0, 0
    started = time.process_time()
    update = detector.update
    while spent < seconds:
        portion = portions[turn % len(portions)]
        turn += 1
        for value in portion:
            update(value)
            if detector.drift_detected:
                fired += 1
        taken += len(portion)
        spent = time.process_time() - started
    return {"values": taken, "cpu_seconds": spent, "fired": fired}


def main():
    seconds = float(sys.argv[1])
    streams = {name: read(path) for name, path in (word.split("=", 1) for word in sys.argv[2:])}
    rows = []
    for name, (make, shown) in DETECTORS.items():
        for stream in shown:
            values = streams[stream]
            if name != "kswin":
                values = [int(value) for value in values] if name in ("ddm", "hddm-a") else values
            portion_size = 64 if name == "kswin" else 65536
            portions = [values[at : at + portion_size] for at in range(0, len(values), portion_size)]
            run(make(), portions, WARM_UP_SECONDS)
            rows.append({"detector": name, "stream": stream, **run(make(), portions, seconds)})
    print(json.dumps({"river": river.__version__, "python": sys.version.split()[0], "rows": rows}))


main()

"""Writes the golden answers of src/analysis anew, from statsmodels, scikit-learn and MSTICPy, and says how fast those are.

Needs `pip install statsmodels==0.15.0 scikit-learn==1.9.1 msticpy==3.0.2`. Every tenth point is kept: the others depend on
the same sums.
"""

import csv
import math
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from msticpy.analysis.anomalous_sequence.model import Model
from msticpy.analysis.anomalous_sequence.utils.data_structures import Cmd
from msticpy.analysis.polling_detection import PeriodogramPollingDetector
from sklearn.cluster import DBSCAN
from sklearn.ensemble import IsolationForest
from statsmodels.tsa.seasonal import MSTL, STL

warnings.simplefilter("ignore")

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "src/analysis/golden"
SHARED = ROOT.parent / "shared/data"
KEPT = 10


def noise(count: int, seed: int) -> list[float]:
    """The same pseudo-random numbers between -0.5 and 0.5 as the tests make."""
    numbers = []
    for _ in range(count):
        seed = (1103515245 * seed + 12345) % 2**31
        numbers.append(seed / 2**31 - 0.5)
    return numbers


def generated(count: int, periods: tuple[int, ...], seed: int) -> np.ndarray:
    """A trend, seasons, noise and some outliers."""
    values = []
    for place, random in enumerate(noise(count, seed)):
        seasons = sum(10 * math.sin(2 * math.pi * place / period) for period in periods)
        spike = 60.0 if place % 97 == 50 else 0.0
        values.append(100 + 0.05 * place + seasons + 4 * random + spike)
    return np.array(values)


def demo() -> np.ndarray:
    """Bytes sent by the hour."""
    with (SHARED / "TimeSeriesDemo.csv").open(encoding="utf-8-sig") as file:
        return np.array([float(row["TotalBytesSent"]) for row in csv.DictReader(file)])


CASES = {
    "demo": (None, (24,), 7, False),
    "demo_robust": (None, (24,), 7, True),
    "daily": ((400, (24,), 1), (24,), 7, False),
    "daily_robust": ((400, (24,), 2), (24,), 7, True),
    "weekly_robust": ((120, (7,), 3), (7,), 13, True),
    "short": ((50, (24,), 4), (24,), 7, False),
    "short_robust": ((31, (15,), 5), (15,), 7, True),
    "two_seasons": ((700, (24, 168), 6), (24, 168), None, False),
    "two_seasons_robust": ((400, (12, 60), 7), (60, 12), None, True),
}


def decompositions() -> None:
    """STL and MSTL."""
    with (GOLDEN / "decomposition.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["case", "place", "trend", "seasonal", "residual", "weights"])
        for name, (series, periods, seasonal, robust) in CASES.items():
            values = demo() if series is None else generated(*series)
            begun = time.perf_counter()
            if seasonal is None:
                fit = MSTL(values, periods=periods, stl_kwargs={"robust": robust}).fit()
            else:
                fit = STL(values, period=periods[0], seasonal=seasonal, robust=robust).fit()
            print(f"{name}: {len(values)} points in {(time.perf_counter() - begun) * 1e3:.2f} ms")
            seasons = fit.seasonal if fit.seasonal.ndim == 1 else fit.seasonal.sum(axis=1)
            for place in range(0, len(values), KEPT):
                parts = (fit.trend[place], seasons[place], fit.resid[place], fit.weights[place])
                writer.writerow([name, place, *map(float, parts)])


def points(count: int, columns: int, seed: int) -> np.ndarray:
    """Three heaps of different width, and some points anywhere."""
    random = iter(noise(count * columns, seed))
    rows = []
    for place in range(count):
        centre, width = [(0.0, 1.0), (3.0, 0.5), (-4.0, 2.0), (0.0, 16.0)][place % 4 if place % 8 else 3]
        rows.append([centre + width * next(random) for _ in range(columns)])
    return np.array(rows)


def clusters() -> None:
    """DBSCAN: a label for each point, -1 for noise."""
    with (GOLDEN / "clusters.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["count", "columns", "seed", "distance", "least", "labels"])
        for count, columns, seed, distance, least in [
            (400, 2, 11, 0.12, 5),
            (400, 2, 12, 0.3, 2),
            (300, 3, 13, 0.4, 4),
            (200, 5, 14, 1.0, 3),
        ]:
            labels = DBSCAN(eps=distance, min_samples=least).fit_predict(points(count, columns, seed))
            writer.writerow([count, columns, seed, distance, least, " ".join(map(str, labels))])


def outliers() -> None:
    """Isolation forests: the mean score over many seeds, which is what any good forest comes near to."""
    with (GOLDEN / "outliers.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["place", "score"])
        rows = points(300, 3, 21)
        forests = [IsolationForest(n_estimators=200, max_samples=100, random_state=seed).fit(rows) for seed in range(200)]
        scores = -np.mean([forest.score_samples(rows) for forest in forests], axis=0)
        for place in range(0, len(rows), KEPT):
            writer.writerow([place, float(scores[place])])


def sessions() -> list[list[Cmd]]:
    """Sessions of commands with parameters and values, some of which are rare."""
    random = iter(noise(2_000, 31))

    def choose(choices: list[str]) -> str:
        return choices[int((next(random) + 0.5) * len(choices))]

    made = []
    for _ in range(40):
        session = []
        for _ in range(1 + int((next(random) + 0.5) * 6)):
            params = {}
            if next(random) > -0.3:
                params["Identity"] = f"user{int((next(random) + 0.5) * 30)}"
            if next(random) > 0.1:
                params["Force"] = choose(["true", "true", "true", "false", ""])
            if next(random) > 0.4:
                params["Scope"] = choose(["all", "one"])
            session.append(Cmd(name=choose(["Set", "Set", "Get", "Get", "Get", "New", "Drop"]), params=params))
        made.append(session)
    return made


def sequences() -> None:
    """Markov models of three kinds: likelihood, geometric mean, rarest windows of 2 and 3."""
    kinds = {
        "commands": lambda cmd: cmd.name,
        "parameters": lambda cmd: Cmd(name=cmd.name, params=set(cmd.params)),
        "values": lambda cmd: cmd,
    }
    with (GOLDEN / "sequences.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        windows = ["rarest_2", "window_2", "rarest_3", "window_3"]
        writer.writerow(["detail", "whole", "session", "likelihood", "mean", *windows])
        made = sessions()
        for kind, convert in kinds.items():
            model = Model(sessions=[[convert(cmd) for cmd in session] for session in made])
            model.train()
            for whole in (True, False):
                model.compute_scores(use_start_end_tokens=whole)
                windows = model.rare_windows
                for number, session in enumerate(made):
                    text = "|".join(
                        cmd.name + "".join(f" {name}={value}" for name, value in cmd.params.items()) for cmd in session
                    )
                    scores = (model.session_likelihoods[number], model.session_geomean_likelihoods[number])
                    row = [kind, whole, text, *map(float, scores)]
                    for length in (2, 3):
                        row += [float(model.rare_window_likelihoods[length][number]), len(windows[length][number])]
                    writer.writerow(row)


def polling() -> None:
    """Fisher's g-test by MSTICPy, whose sum ends one term early and which counts the frequency 0: p for white noise."""
    detector = PeriodogramPollingDetector(pd.DataFrame())
    for bins, share in [(10, 0.5), (50, 0.15), (400, 0.03), (1000, 0.015)]:
        powers = np.full(bins, (1 - share) / (bins - 1))
        powers[3] = share
        print(f"g-test of {bins} frequencies, the greatest with {share}: {detector._g_test(powers, exclude_pi=False)[1]}")


if __name__ == "__main__":
    decompositions()
    sequences()
    polling()
    clusters()
    outliers()

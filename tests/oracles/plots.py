"""How long Bokeh takes for the plots that `cargo bench --package plots` draws: the same data, exported to HTML.

    pip install bokeh pandas
    plots.py

The data are those of src/plots/benches/plots.rs. What counts is one export of a figure that a program has just made, the
best of several, as MSTICPy makes them.
"""

import time

import pandas as pd
from bokeh.embed import file_html
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure
from bokeh.resources import INLINE


def table(count):
    numbers = range(count)
    start = pd.Timestamp(1_777_766_400, unit="s", tz="UTC")
    return pd.DataFrame({
        "TimeGenerated": [start + pd.Timedelta(seconds=n * 7_919 % 1_000_000) for n in numbers],
        "Computer": [f"host-{n * 31 % 12}" for n in numbers],
        "Value": [n * 37 % 1_000 for n in numbers],
    })


def timeline(data):
    groups = sorted(data["Computer"].unique())
    plot = figure(width=900, height=360, x_axis_type="datetime", y_range=groups, title="Timeline")
    for group, rows in data.groupby("Computer"):
        plot.scatter(x="TimeGenerated", y="Computer", source=ColumnDataSource(rows), marker="diamond", size=10,
                     alpha=0.5, legend_label=group)
    return plot


def timeline_values(data):
    plot = figure(width=900, height=360, x_axis_type="datetime", title="Values")
    plot.scatter(x="TimeGenerated", y="Value", source=ColumnDataSource(data), size=4)
    return plot


def timeseries(data):
    plot = figure(width=900, height=360, x_axis_type="datetime", title="Series")
    plot.line(x="TimeGenerated", y="Value", source=ColumnDataSource(data.sort_values("TimeGenerated")))
    return plot


def milliseconds(draw, data, rounds):
    def once():
        begun = time.perf_counter()
        file_html(draw(data), INLINE, "plot")
        return (time.perf_counter() - begun) * 1_000
    once()
    return min(once() for _ in range(rounds))


for count, rounds in ((1_000, 20), (100_000, 3)):
    data = table(count)
    for draw in (timeline, timeline_values, timeseries):
        print(f"{draw.__name__:16} {count:7} points: {milliseconds(draw, data, rounds):9.1f} ms as HTML")

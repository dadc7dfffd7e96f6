# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Plots as SVG, by matplotlib."""
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plot  # noqa: E402, only after the kind of output is chosen


def ratios(path, rows):
    """A bar for each model and number of threads: the best peer's time over Ingot's, on a logarithmic scale around 1."""
    rows = [row for row in rows if "best" in row]
    models = list(dict.fromkeys(row["model"] for row in rows))
    counts = sorted({row["threads"] for row in rows})
    figure, axes = plot.subplots(figsize=(8, 1.2 + 0.3 * len(models) * max(1, len(counts) / 1.5)))
    height = 0.8 / max(1, len(counts))
    for i, threads in enumerate(counts):
        values = {row["model"]: row["best"] for row in rows if row["threads"] == threads}
        places = [y + (i - (len(counts) - 1) / 2) * height for y, model in enumerate(models) if model in values]
        bars = axes.barh(places, [values[model] - 1 for model in models if model in values], height, left=1,
                         label=f"{threads} thread" + "s" * (threads != 1))
        axes.bar_label(bars, [f"{values[model]:.2f}" for model in models if model in values], padding=3, fontsize=7)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    ticks = [0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20]
    low, high = min([row["best"] for row in rows] + [0.9]), max([row["best"] for row in rows] + [1.5])
    axes.set_xlim(low / 1.1, high * 1.3)
    axes.set_xticks([tick for tick in ticks if low / 1.1 <= tick <= high * 1.3])
    axes.xaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
    axes.xaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())
    axes.set_yticks(range(len(models)), models)
    axes.invert_yaxis()
    axes.set_xlabel("time of the best peer over Ingot's; above 1 Ingot is faster")
    if len(counts) > 1:
        axes.legend(loc="lower right", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plot.close(figure)

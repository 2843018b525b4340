"""What is told of several measurements of the same thing."""
import statistics


def summary(values):
    """Median, extremes and spread of a list of numbers; the list itself is kept."""
    values = [float(value) for value in values]
    median = statistics.median(values)
    return {"median": median, "min": min(values), "max": max(values),
            "spread": (max(values) - min(values)) / median if median else 0.0, "all": values}


def ratio(ours, theirs):
    """Ours / theirs, measured in turns: of each pair, so that what slows the machine for a while slows both."""
    return summary([a / b for a, b in zip(ours, theirs, strict=True)])


def line(xs, ys):
    """(intercept, slope, R²) of the straight line of least squares."""
    slope, intercept = statistics.linear_regression(xs, ys)
    mean = statistics.fmean(ys)
    rest = sum((y - intercept - slope * x) ** 2 for x, y in zip(xs, ys, strict=True))
    whole = sum((y - mean) ** 2 for y in ys)
    return intercept, slope, 1 - rest / whole if whole else 1.0

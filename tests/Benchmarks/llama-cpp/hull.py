"""The lower convex hull of points (bits, KL): what a mixture of types would reach between them."""


def lower_hull(points):
    """The points (x, y) of the lower hull, by rising x and falling y.

    Andrew's monotone chain (A. M. Andrew, Another efficient algorithm for convex hulls in two dimensions, 1979).
    Past the lowest point nothing is gained by more bits, so the hull ends there.
    """
    hull = []
    for point in sorted(points):
        while len(hull) > 1 and _turns_right_or_not(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    lowest = min(range(len(hull)), key=lambda i: hull[i][1], default=-1)
    return hull[:lowest + 1]


def value_at(hull, x):
    """The height of the hull at x by straight lines; None left of it, that of its last point right of it."""
    if not hull or x < hull[0][0]:
        return None
    for (x0, y0), (x1, y1) in zip(hull, hull[1:]):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return hull[-1][1]


def _turns_right_or_not(a, b, c):
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) <= 0

"""Plots as SVG: lines with points, two side by side."""

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 420, 300, 62, 44, 34, 16
COLORS = ("#1f6fb2", "#c2571a", "#3c8d40")


def figure(panels):
    """An SVG of panels side by side; a panel is (title, x label, y label, [(name, [(x, y), ...]), ...])."""
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * len(panels)} {HEIGHT}" '
             'font-family="sans-serif" font-size="12">', f'<rect width="{WIDTH * len(panels)}" height="{HEIGHT}" fill="white"/>']
    for number, panel in enumerate(panels):
        parts += [f'<g transform="translate({number * WIDTH} 0)">', *_panel(*panel), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(title, x_label, y_label, lines):
    x_ticks = ticks(max(x for _, points in lines for x, _ in points))
    y_ticks = ticks(max(y for _, points in lines for _, y in points))

    def across(x):
        return LEFT + x / x_ticks[-1] * (WIDTH - LEFT - RIGHT)

    def up(y):
        return HEIGHT - BOTTOM - y / y_ticks[-1] * (HEIGHT - BOTTOM - TOP)

    yield f'<text x="{WIDTH / 2:.0f}" y="18" text-anchor="middle" font-size="14">{title}</text>'
    for x in x_ticks:
        yield f'<text x="{across(x):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{x:g}</text>'
    for y in y_ticks:
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up(y):.1f}" y2="{up(y):.1f}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 6}" y="{up(y) + 4:.1f}" text-anchor="end">{y:g}</text>'
    yield f'<text x="{(LEFT + WIDTH) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{x_label}</text>'
    yield f'<text transform="translate(14 {HEIGHT / 2:.0f}) rotate(-90)" text-anchor="middle">{y_label}</text>'
    for number, (name, points) in enumerate(lines):
        color = COLORS[number % len(COLORS)]
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
        yield f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>'
        yield from (f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3.5" fill="{color}"/>' for x, y in points)
        yield f'<text x="{LEFT + 10}" y="{TOP + 14 + 16 * number}" fill="{color}">{name}</text>'


def ticks(largest):
    """Round numbers from 0 to at least the largest, four to eight of them."""
    if largest <= 0:
        return [0, 1]
    power = 10.0 ** -12
    while True:
        for step in (power, 2 * power, 5 * power):
            if largest / step <= 6:
                count = int(-(-largest // step))
                return [round(step * i, 12) for i in range(count + 1)]
        power *= 10

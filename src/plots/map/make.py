"""Makes the outline of the world from the npm package world-atlas (Natural Earth): land, borders, middles of countries.

    make.py FOLDER    where countries-110m.json and countries-50m.json lie; needs pycountry
"""

import collections
import json
import pathlib
import sys

import pycountry

# What the source counts to a mother country, or draws across the date line.
BY_HAND = """AU -25.6 134.4;BQ 12.2 -68.3;BV -54.4 3.4;CC -12.2 96.8;CX -10.5 105.7;GF 4.0 -53.0;GI 36.1 -5.3;GP 16.2 -61.5;
MQ 14.6 -61.0;RE -21.1 55.5;RU 62.0 97.0;SJ 78.6 16.9;TK -9.2 -171.8;TV -8.5 179.2;UM 19.3 166.6;YT -12.8 45.2"""


def read(file):
    topology = json.loads(file.read_text())
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)
    return topology["objects"], arcs


def ring(arcs, numbers):
    points = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1 if points else 0:]
    return points


def polygons(geometry):
    return geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]


def unrolled(points):
    """The same points without the jump at the date line, and how far the last is shifted."""
    out, shift = [], 0
    for index, (x, y) in enumerate(points):
        if index and abs(x - points[index - 1][0]) > 180:
            shift += -360 if x > points[index - 1][0] else 360
        out.append((x + shift, y))
    return out, shift


def path(points, end=""):
    out, last = [], None
    for x, y in ((round((x + 180) * 10), round((90 - y) * 10)) for x, y in points):
        if last is None:
            out.append(f"M{x} {y}")
        elif (x, y) != last:
            dx, dy = x - last[0], y - last[1]
            lead = "l" if out[-1][0] == "M" else " " if dx >= 0 else ""
            out.append(f"{lead}{dx}{' ' if dy >= 0 else ''}{dy}")
        last = x, y
    return "".join(out) + end


def land(objects, arcs):
    out = ""
    for geometry in objects["land"]["geometries"]:
        for numbers in (numbers for polygon in polygons(geometry) for numbers in polygon):
            points, shift = unrolled(ring(arcs, numbers))
            points = points[:-1]
            if shift:
                # Around the pole: closed along the edge of the map.
                points += [(points[-1][0], -90), (points[0][0], -90)]
            out += path(points, "z")
            # What reaches over the edge comes in again at the other side.
            for by, over in ((-360, max(x for x, _ in points) > 180.01), (360, min(x for x, _ in points) < -180.01)):
                if over:
                    out += path([(x + by, y) for x, y in points], "z")
    return out


def borders(objects, arcs):
    uses = collections.Counter()

    def count(numbers):
        for number in numbers:
            count(number) if isinstance(number, list) else uses.update([number if number >= 0 else ~number])

    for geometry in objects["countries"]["geometries"]:
        count(geometry["arcs"])
    return "".join(path(unrolled(arcs[number])[0]) for number, used in uses.items() if used == 2)


def centres(objects, arcs):
    found = {}
    for geometry in objects["countries"]["geometries"]:
        country = pycountry.countries.get(numeric=geometry.get("id", ""))
        code = country.alpha_2 if country else {"Kosovo": "XK"}.get(geometry["properties"]["name"])
        best = (0, 0, 0)
        for points in (ring(arcs, polygon[0]) for polygon in polygons(geometry)):
            twice = x = y = 0
            for (x1, y1), (x2, y2) in zip(points, points[1:]):
                cross = x1 * y2 - x2 * y1
                twice, x, y = twice + cross, x + (x1 + x2) * cross, y + (y1 + y2) * cross
            best = max(best, (abs(twice), y / (3 * twice), x / (3 * twice)))
        if code:
            found.setdefault(code, (round(best[1], 1), round(best[2], 1)))
    for line in BY_HAND.replace("\n", "").split(";"):
        code, north, east = line.split()
        found[code] = (float(north), float(east))
    return "".join(f"{code}\t{north}\t{east}\n" for code, (north, east) in sorted(found.items()))


source, here = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).parent
coarse, fine = read(source / "countries-110m.json"), read(source / "countries-50m.json")
(here / "land.path").write_text(land(*coarse))
(here / "borders.path").write_text(borders(*coarse))
(here / "centres.tsv").write_text(centres(*fine))

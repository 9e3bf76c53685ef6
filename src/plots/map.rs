//! Points on an outline of the world, joined where they would cover each other.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    PlotError,
    font::{TINY, measure},
    options::Theme,
    palette::Palette,
    picture::{LegendEntry, Picture, Sign},
    reading::{Categories, Hover, Input, numbers, text_of},
    scale::{counted, number_text},
    scene::{Anchor, Area, Group, Role, circle, line, path, rect, text},
};

/// Land and borders between countries in tenths of a degree from 180° west and 90° north (Natural Earth, 1:110 million).
const LAND: &str = include_str!("map/land.path");
const BORDERS: &str = include_str!("map/borders.path");
/// The middle of each country's largest part: code, degrees north, degrees east (Natural Earth, 1:50 million).
const CENTRES: &str = include_str!("map/centres.tsv");

/// Points closer than this are drawn as one.
const CELL: f64 = 18.0;
/// Degrees that are shown at least, however close together the points are.
const LEAST_DEGREES: f64 = 36.0;
/// What is shown of the world at most.
const SOUTH: f64 = -58.0;
const NORTH: f64 = 84.0;

/// Rows at places.
pub(crate) struct Map<'t> {
    spots: Vec<Spot>,
    colors: Option<Categories>,
    value: Option<String>,
    hover: Hover<'t>,
    notes: Vec<String>,
}

struct Spot {
    row: usize,
    latitude: f64,
    longitude: f64,
    weight: f64,
}

/// Spots that are drawn as one.
#[derive(Default)]
struct Cluster {
    rows: usize,
    first: usize,
    weight: f64,
    x: f64,
    y: f64,
    places: HashSet<(i64, i64)>,
    colors: BTreeMap<usize, usize>,
}

/// From degrees to pixels: both axes have the same scale (plate carrée).
#[derive(Clone, Copy)]
struct Projection {
    /// Pixels for each degree.
    scale: f64,
    west: f64,
    north: f64,
    area: Area,
}

impl<'t> Map<'t> {
    pub(crate) fn read(input: &Input<'t>) -> Result<Self, PlotError> {
        let options = input.options;
        let usual_latitude = ["latitude", "Latitude", "lat", "Lat"];
        let usual_longitude = ["longitude", "Longitude", "lon", "long", "lng", "Long"];
        let latitude = input.named_or("latitude_column", options.latitude_column.as_deref(), &usual_latitude)?;
        let longitude = input.named_or("longitude_column", options.longitude_column.as_deref(), &usual_longitude)?;
        let usual_country = ["country_code", "CountryCode", "country", "Country"];
        let country = input.named_or("country_column", options.country_column.as_deref(), &usual_country)?;
        if (latitude.is_none() || longitude.is_none()) && country.is_none() {
            let expected =
                "columns with degrees north and east, with codes of countries, or with addresses (ip_column)";
            return Err(PlotError::Needed { option: "latitude_column", expected });
        }
        let north = latitude.map(|column| numbers("latitude_column", column)).transpose()?.unwrap_or_default();
        let east = longitude.map(|column| numbers("longitude_column", column)).transpose()?.unwrap_or_default();
        let value = input.named_or("value_column", options.value_column.as_deref(), &[])?;
        let weights = value.map(|column| numbers("value_column", column)).transpose()?;
        let color_by = input.named_or("color_by", options.color_by.as_deref(), &[])?;
        let count = input.table.row_count();
        let colors = color_by.map(|column| Categories::read(&[column], count, Palette::SERIES + 1));
        let centres = centres();

        let (mut spots, mut at_centres, mut nowhere) = (Vec::new(), 0, 0);
        for row in input.rows().iter().copied() {
            let exact = || {
                let (north, east) = (north.get(row).copied().flatten()?, east.get(row).copied().flatten()?);
                ((-90.0..=90.0).contains(&north) && (-180.0..=180.0).contains(&east)).then_some((north, east))
            };
            let centre = || centres.get(text_of(&country?.value(row)).trim().to_uppercase().as_str()).copied();
            let place = exact().or_else(|| centre().inspect(|_| at_centres += 1));
            let Some((latitude, longitude)) = place else {
                nowhere += 1;
                continue;
            };
            let weight = match &weights {
                Some(weights) => weights.get(row).copied().flatten().unwrap_or(0.0).max(0.0),
                None => 1.0,
            };
            spots.push(Spot { row, latitude, longitude, weight });
        }
        let mut notes = Vec::new();
        if at_centres > 0 {
            notes.push(format!(
                "{} only by country and drawn in its middle",
                counted(at_centres, "row is known", "rows are known")
            ));
        }
        if nowhere > 0 {
            notes.push(format!("{} left out: no place", counted(nowhere, "row is", "rows are")));
        }
        notes.extend(colors.as_ref().zip(color_by).and_then(|(colors, column)| colors.note(column.name())));
        let named = options.ip_column.as_deref().and_then(|name| input.table.column(name));
        let used: Vec<_> = [named, latitude, longitude, country, input.table.column("city"), color_by, value]
            .into_iter()
            .flatten()
            .collect();
        Ok(Self {
            spots,
            colors,
            value: value.map(|column| column.name().to_owned()),
            hover: input.hover(&used)?,
            notes,
        })
    }

    fn projection(&self, area: Area) -> Projection {
        let bound = |of: fn(&Spot) -> f64| {
            let values = self.spots.iter().map(of);
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)))
        };
        let ((south, north), (west, east)) = (bound(|spot| spot.latitude), bound(|spot| spot.longitude));
        let whole = (area.width / 360.0).min(area.height / (NORTH - SOUTH));
        let near = (area.width / ((east - west) * 1.3).max(LEAST_DEGREES))
            .min(area.height / ((north - south) * 1.4).max(LEAST_DEGREES / 2.0));
        // Half the world or more: all of it, so that readers know where they are.
        let is_near = near.is_finite() && near > whole * 1.6;
        let scale = if is_near { near } else { whole };
        let (wide, high) = (area.width / scale, area.height / scale);
        let (middle_x, middle_y) =
            if is_near { ((west + east) / 2.0, (south + north) / 2.0) } else { (0.0, (SOUTH + NORTH) / 2.0) };
        let within = |middle: f64, span: f64, least: f64, most: f64| {
            if span >= most - least {
                (least + most) / 2.0
            } else {
                middle.clamp(least + span / 2.0, most - span / 2.0)
            }
        };
        Projection {
            scale,
            west: within(middle_x, wide, -180.0, 180.0) - wide / 2.0,
            north: within(middle_y, high, -90.0, 90.0) + high / 2.0,
            area,
        }
    }

    fn clusters(&self, projection: Projection) -> Vec<Cluster> {
        let mut number_of: HashMap<(i64, i64), usize> = HashMap::new();
        let mut clusters: Vec<Cluster> = Vec::new();
        #[expect(clippy::cast_possible_truncation, reason = "pixels and thousandths of degrees")]
        let round = |value: f64| value.round() as i64;
        for spot in &self.spots {
            let (x, y) = projection.place(spot.latitude, spot.longitude);
            let key = (round(x / CELL), round(y / CELL));
            let next = clusters.len();
            let number = *number_of.entry(key).or_insert(next);
            if number == next {
                clusters.push(Cluster { first: spot.row, ..Cluster::default() });
            }
            let Some(cluster) = clusters.get_mut(number) else { continue };
            cluster.rows += 1;
            cluster.weight += spot.weight;
            cluster.x += x;
            cluster.y += y;
            cluster.places.insert((round(spot.latitude * 1_000.0), round(spot.longitude * 1_000.0)));
            if let Some(colors) = &self.colors {
                *cluster.colors.entry(colors.of(spot.row)).or_default() += 1;
            }
        }
        for cluster in &mut clusters {
            #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
            let rows = cluster.rows as f64;
            cluster.x /= rows;
            cluster.y /= rows;
        }
        // The largest behind, so that none is hidden.
        clusters.sort_by(|one, other| other.weight.total_cmp(&one.weight));
        clusters
    }

    fn title(&self, cluster: &Cluster) -> String {
        let first = self.hover.text(cluster.first);
        if cluster.rows == 1 {
            return first;
        }
        let mut title =
            format!("{} at {}", counted(cluster.rows, "row", "rows"), counted(cluster.places.len(), "place", "places"));
        if let Some(value) = &self.value {
            title.push_str(&format!("\n{value}: {} in all", number_text(cluster.weight)));
        }
        if let Some(colors) = &self.colors {
            for (number, rows) in cluster.colors.iter().take(8) {
                title.push_str(&format!("\n{}: {rows}", colors.name(*number)));
            }
        }
        format!("{title}\none of them:\n{first}")
    }
}

impl Projection {
    fn place(&self, latitude: f64, longitude: f64) -> (f64, f64) {
        (self.area.x + (longitude - self.west) * self.scale, self.area.y + (self.north - latitude) * self.scale)
    }
}

fn centres() -> HashMap<&'static str, (f64, f64)> {
    let read = |line: &'static str| {
        let mut parts = line.split('\t');
        let (code, north, east) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some((code, (north, east)))
    };
    CENTRES.lines().filter_map(read).collect()
}

impl Picture for Map<'_> {
    fn summary(&self) -> String {
        let places: HashSet<_> =
            self.spots.iter().map(|spot| (spot.latitude.to_bits(), spot.longitude.to_bits())).collect();
        let size = self.value.as_ref().map(|value| format!("; size: sum of {value}")).unwrap_or_default();
        format!("{} at {}{size}", counted(self.spots.len(), "row", "rows"), counted(places.len(), "place", "places"))
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn is_empty(&self) -> bool {
        self.spots.is_empty()
    }

    fn legend(&self, theme: Theme) -> Vec<LegendEntry> {
        let palette = theme.palette();
        let Some(colors) = &self.colors else { return Vec::new() };
        let entry = |(index, name): (usize, &String)| LegendEntry::new(name, Sign::Dot, colors.color(index, palette));
        let mut entries: Vec<_> = colors.names.iter().enumerate().map(entry).collect();
        if colors.len() > 1 {
            entries.push(LegendEntry::new("several of them", Sign::Dot, palette.ink));
        }
        entries
    }

    fn natural_height(&self, width: f64) -> f64 {
        width * (NORTH - SOUTH) / 360.0 + 6.0
    }

    fn draw(&self, area: Area, theme: Theme) -> Group {
        let palette = theme.palette();
        let area = area.inset(0.0, 0.0, 0.0, 6.0);
        let projection = self.projection(area);
        let mut group = Group::new(Role::Panel);
        let mut ground = Group::new(Role::Axis).clipped(area);
        ground.push(rect(area, 0.0).fill(palette.grid).opacity(0.35));
        let (x, y) = projection.place(90.0, -180.0);
        let by = projection.scale / 10.0;
        ground.push(path(LAND).fill(palette.land).stroke(palette.line, 0.5 / by).scaled(by, x, y));
        ground.push(path(BORDERS).fill("none").stroke(palette.paper, 0.6 / by).scaled(by, x, y));
        for degrees in (-180_i32..=180).step_by(30) {
            let (x, _) = projection.place(0.0, f64::from(degrees));
            if x > area.x && x < area.right() {
                ground.push(line(x, area.y, x, area.bottom()).stroke(palette.line, 0.5).opacity(0.25));
            }
            let (_, y) = projection.place(f64::from(degrees), 0.0);
            if degrees.abs() <= 60 && y > area.y && y < area.bottom() {
                ground.push(line(area.x, y, area.right(), y).stroke(palette.line, 0.5).opacity(0.25));
            }
        }
        group.push(ground);

        let clusters = self.clusters(projection);
        let most = clusters.first().map_or(0.0, |cluster| cluster.weight);
        let mut marks = Group::new(Role::Marks).stroke(palette.paper, 1.0);
        let mut counts = Group::new(Role::Marks).fill(palette.paper);
        for cluster in &clusters {
            let share = if most > 0.0 { (cluster.weight / most).sqrt() } else { 0.0 };
            let radius = if most <= 1.0 && self.value.is_none() { 5.0 } else { 4.0 + 12.0 * share };
            let only = cluster.colors.keys().next().filter(|_| cluster.colors.len() == 1);
            let color = match (&self.colors, only) {
                (None, _) => palette.series(0),
                (Some(colors), Some(only)) => colors.color(*only, palette),
                (Some(_), None) => palette.ink,
            };
            marks.push(
                circle(cluster.x, cluster.y, radius)
                    .fill(color)
                    .opacity(0.85)
                    .title(self.title(cluster))
                    .row(cluster.first),
            );
            let count = cluster.rows.to_string();
            if cluster.rows > 1 && measure(&count, TINY) < radius * 1.8 {
                counts.push(text(cluster.x, cluster.y + 3.6, TINY, Anchor::Middle, count));
            }
        }
        group.push_group(marks);
        group.push_group(counts);
        group
    }
}

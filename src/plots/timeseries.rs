//! Observed values, what was expected, how far they may stray, and where they strayed farther.

use crate::{
    PlotError,
    frame::{
        BELOW, above, beside_values, draw_ref_times, draw_time_axis, draw_value_axis, panel, time_axis, time_range,
    },
    options::{RefTime, Theme},
    palette::Palette,
    picture::{Extent, LegendEntry, Picture, Sign},
    reading::{Hover, Input, numbers, one_line, times},
    scale::{Axis, Range, Scale, counted, instant_text, rounded},
    scene::{Area, Group, Role, circle, path, polyline, rect},
    sheet::triangle,
    thin::{self, Point, join, outline},
    timeline::timeless_note,
};

/// The score from which a value is an anomaly, unless it is said.
const THRESHOLD: f64 = 3.0;

/// A series and what is out of the ordinary in it.
pub(crate) struct Timeseries<'t> {
    entries: Vec<Entry>,
    name: String,
    has_baseline: bool,
    has_anomalies: bool,
    /// How far from the baseline the band reaches, below and above.
    band: Option<(f64, f64)>,
    threshold: f64,
    hover: Hover<'t>,
    times: Option<Range>,
    range: Option<Range>,
    ref_times: &'t [RefTime],
    notes: Vec<String>,
}

#[derive(Clone, Copy)]
struct Entry {
    row: usize,
    time: f64,
    value: f64,
    baseline: Option<f64>,
    anomaly: f64,
}

impl<'t> Timeseries<'t> {
    pub(crate) fn read(input: &Input<'t>) -> Result<Self, PlotError> {
        let options = input.options;
        let time_column = input.time_column()?;
        let at = times("time_column", time_column)?;
        let value_column = input
            .named_or("value_column", options.value_column.as_deref(), &["Total", "value", "Value", "count_", "Count"])?
            .ok_or(PlotError::Needed { option: "value_column", expected: "a column with numbers" })?;
        let value = numbers("value_column", value_column)?;
        let baseline_column = input.named_or("baseline_column", options.baseline_column.as_deref(), &["baseline"])?;
        let anomaly_column =
            input.named_or("anomaly_column", options.anomaly_column.as_deref(), &["anomaly", "anomalies"])?;
        let baseline = baseline_column.map(|column| numbers("baseline_column", column)).transpose()?;
        let anomaly = anomaly_column.map(|column| numbers("anomaly_column", column)).transpose()?;
        let mut used = vec![time_column, value_column];
        used.extend(baseline_column);
        used.extend(input.table.column("score"));
        used.extend(anomaly_column);
        let rows = input.rows();
        let cell = |cells: &Option<Vec<Option<f64>>>, row: usize| cells.as_ref()?.get(row).copied().flatten();
        let of_row = |row: &usize| {
            Some(Entry {
                row: *row,
                time: at.get(*row).copied().flatten()?,
                value: value.get(*row).copied().flatten()?,
                baseline: cell(&baseline, *row),
                anomaly: cell(&anomaly, *row).unwrap_or(0.0),
            })
        };
        let mut entries: Vec<Entry> = rows.iter().filter_map(of_row).collect();
        entries.sort_by(|one, other| one.time.total_cmp(&other.time));
        let without_time = rows.iter().filter(|row| at.get(**row).copied().flatten().is_none()).count();
        let mut notes: Vec<String> = timeless_note(without_time).into_iter().collect();
        let without_value = rows.len() - without_time - entries.len();
        if without_value > 0 {
            notes.push(format!("{} left out: no number", counted(without_value, "row is", "rows are")));
        }
        let threshold = options.score_threshold.unwrap_or(THRESHOLD);
        let band = band(&entries, threshold);
        let values = entries.iter().flat_map(|entry| [Some(entry.value), entry.baseline]).flatten();
        Ok(Self {
            times: time_range(Range::of(entries.iter().map(|entry| entry.time)), &options.ref_times),
            range: Range::of(values),
            entries,
            name: value_column.name().to_owned(),
            has_baseline: baseline_column.is_some(),
            has_anomalies: anomaly_column.is_some(),
            band,
            threshold,
            hover: input.hover(&used)?,
            ref_times: &options.ref_times,
            notes,
        })
    }

    fn value_axis(&self, plot: Area) -> Axis {
        let range = self.range.unwrap_or(Range { from: 0.0, to: 1.0 });
        let banded = match self.band {
            Some((below, above)) => {
                let baselines = Range::of(self.entries.iter().filter_map(|entry| entry.baseline)).unwrap_or(range);
                range.union(Range { from: baselines.from + below, to: baselines.to + above })
            }
            None => range,
        };
        let from_zero = range.from >= 0.0 && range.from < range.to * 0.4;
        let range = if from_zero { Range { from: 0.0, to: banded.to.max(0.0) } } else { banded };
        let least = if range.from == 0.0 { 1.0 } else { range.from.abs() * 0.1 };
        let range = if range.length() > 0.0 { range } else { range.padded(0.0, least) };
        let values = rounded(range, (plot.height / 42.0).clamp(2.0, 10.0));
        Axis { scale: Scale::Linear, values, start: plot.bottom(), end: plot.y }
    }

    fn anomalies(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.anomaly != 0.0)
    }

    /// From where to where anomalies follow each other, no more than two steps apart, with a step on either side.
    fn periods(&self) -> Vec<Range> {
        let Some(step) = self.step() else { return Vec::new() };
        let mut periods: Vec<Range> = Vec::new();
        for entry in self.anomalies() {
            match periods.last_mut() {
                Some(last) if entry.time - step * 3.0 <= last.to => last.to = entry.time + step,
                _ => periods.push(Range { from: entry.time - step, to: entry.time + step }),
            }
        }
        periods
    }

    /// The usual time between two values: the median.
    fn step(&self) -> Option<f64> {
        let mut steps: Vec<f64> = self
            .entries
            .windows(2)
            .filter_map(|pair| match pair {
                [one, other] => Some(other.time - one.time).filter(|step| *step > 0.0),
                _ => None,
            })
            .collect();
        steps.sort_by(f64::total_cmp);
        steps.get(steps.len() / 2).copied()
    }

    fn draw_periods(&self, into: &mut Group, plot: Area, across: &Axis, palette: &Palette) {
        let mut shades = Group::new(Role::Along).fill(palette.alarm).clipped(plot);
        for period in self.periods() {
            let (left, right) = (across.place(period.from).max(plot.x), across.place(period.to).min(plot.right()));
            let area = Area::new(left, plot.y, (right - left).max(2.0), plot.height);
            let title = format!("anomalies from {}\nto {}", instant_text(period.from), instant_text(period.to));
            shades.push(rect(area, 0.0).opacity(0.1).title(title));
        }
        into.push_group(shades);
    }

    fn draw_baseline(&self, into: &mut Group, plot: Area, across: &Axis, down: &Axis, palette: &Palette) {
        let expected: Vec<Point> = self
            .entries
            .iter()
            .filter_map(|entry| {
                let (x, y) = (across.place(entry.time), entry.baseline?);
                Some(Point { row: entry.row, series: 0, x, y })
            })
            .collect();
        let line = outline(&expected);
        if line.len() < 2 {
            return;
        }
        if let Some((below, above)) = self.band {
            let at = |point: &Point, stray: f64| (point.x, down.place(point.y + stray).clamp(plot.y, plot.bottom()));
            let upper = line.iter().map(|point| at(point, above));
            let lower = line.iter().rev().map(|point| at(point, below));
            let mut band = Group::new(Role::Along).fill(palette.expected).clipped(plot);
            band.push(path(format!("{}z", polyline(upper.chain(lower)))).opacity(0.16));
            into.push(band);
        }
        let mut baseline = Group::new(Role::Along).fill("none").clipped(plot);
        let line = polyline(line.iter().map(|point| (point.x, down.place(point.y))));
        baseline.push(path(line).stroke(palette.expected, 1.5).dash("5 3"));
        into.push(baseline);
    }
}

/// How far values may stray from the baseline: so many standard deviations of the residuals around their mean.
fn band(entries: &[Entry], threshold: f64) -> Option<(f64, f64)> {
    let residuals: Vec<f64> = entries.iter().filter_map(|entry| Some(entry.value - entry.baseline?)).collect();
    if residuals.len() < 2 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let count = residuals.len() as f64;
    let mean = residuals.iter().sum::<f64>() / count;
    let deviation = (residuals.iter().map(|residual| (residual - mean).powi(2)).sum::<f64>() / count).sqrt();
    Some((mean - threshold * deviation, mean + threshold * deviation)).filter(|_| deviation.is_finite())
}

impl Picture for Timeseries<'_> {
    fn summary(&self) -> String {
        let values = format!("{} of {}", counted(self.entries.len(), "value", "values"), one_line(&self.name));
        if !self.has_anomalies {
            return values;
        }
        let anomalies = counted(self.anomalies().count(), "anomaly", "anomalies");
        match self.periods().len() {
            0 => format!("{values}, {anomalies}"),
            periods => format!("{values}, {anomalies} in {}", counted(periods, "period", "periods")),
        }
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn legend(&self, theme: Theme) -> Vec<LegendEntry> {
        let palette = theme.palette();
        let mut entries = vec![LegendEntry::new("observed", Sign::Line, palette.series(0))];
        if self.has_baseline {
            entries.push(LegendEntry::new("baseline", Sign::Dashes, palette.expected));
        }
        if self.band.is_some() {
            let label = format!("{} standard deviations", self.threshold);
            entries.push(LegendEntry::new(label, Sign::Band, palette.expected));
        }
        if self.anomalies().any(|entry| entry.anomaly > 0.0) {
            entries.push(LegendEntry::new("anomaly", Sign::Dot, palette.alarm));
        }
        if self.anomalies().any(|entry| entry.anomaly < 0.0) {
            entries.push(LegendEntry::new("anomaly (-1)", Sign::Triangle, palette.alarm));
        }
        entries
    }

    fn natural_height(&self, _: f64) -> f64 {
        250.0 + above(self.ref_times) + BELOW
    }

    fn extent(&self) -> Extent {
        Extent { times: self.times, values: self.range }
    }

    fn set_extent(&mut self, extent: Extent) {
        (self.times, self.range) = (extent.times, extent.values);
    }

    fn draw(&self, area: Area, theme: Theme) -> Group {
        let palette = theme.palette();
        let plot = area.inset(0.0, above(self.ref_times) + 2.0, 6.0, BELOW);
        let plot = plot.inset(beside_values(&self.value_axis(plot)), 0.0, 0.0, 0.0);
        let (down, across) =
            (self.value_axis(plot), time_axis(plot, self.times.unwrap_or(Range { from: 0.0, to: 1.0 })));
        let mut group = panel(plot, &across);
        draw_value_axis(&mut group, plot, &down, &self.name, palette);
        draw_time_axis(&mut group, plot, &across, palette);
        self.draw_periods(&mut group, plot, &across, palette);
        self.draw_baseline(&mut group, plot, &across, &down, palette);
        draw_ref_times(&mut group, plot, &across, self.ref_times, theme);

        let place = |entry: &Entry| Point {
            row: entry.row,
            series: 0,
            x: across.place(entry.time),
            y: down.place(entry.value),
        };
        let points: Vec<Point> = self.entries.iter().map(place).collect();
        let frame = plot.inset(-8.0, -8.0, -8.0, -8.0);
        let mut observed = Group::new(Role::Along).fill("none").stroke(palette.series(0), 1.5).clipped(frame);
        if points.len() > 1 {
            observed.push(path(polyline(outline(&points).iter().map(|point| (point.x, point.y)))));
        }
        group.push_group(observed);
        let marks = join(&points, plot.y + plot.height / 2.0);
        let mut dots = Group::new(Role::Along).fill(palette.series(0)).clipped(frame);
        let (radius, opacity) = if points.len() > 150 { (3.0, 0.0) } else { (1.8, 1.0) };
        for mark in &marks {
            let Point { row, x, y, .. } = mark.point;
            dots.push(circle(x, y, radius).opacity(opacity).title(self.hover.text(row)).row(row));
        }
        group.push_group(dots);
        let mut anomalies = Group::new(Role::Along).fill(palette.alarm).stroke(palette.paper, 1.5).clipped(frame);
        for entry in self.anomalies() {
            let Point { row, x, y, .. } = place(entry);
            let sign = if entry.anomaly > 0.0 { circle(x, y, 6.0) } else { path(triangle(x, y, 7.0)) };
            anomalies.push(sign.title(format!("anomaly\n{}", self.hover.text(row))).row(row));
        }
        group.push_group(anomalies);
        if let Some(note) = thin::note(points.len(), marks.len(), "value", "values") {
            group.push(thin::note_mark(plot, &note, palette));
        }
        group
    }
}

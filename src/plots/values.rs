//! Values over time: bars, circles, lines, or likelihoods with the lowest picked out.

use crate::{
    PlotError,
    font::{SMALL, measure, shorten},
    frame::{
        BELOW, above, beside_values, draw_ref_times, draw_time_axis, draw_value_axis, panel, time_axis, time_range,
    },
    options::{RefTime, Style, Theme},
    palette::Palette,
    picture::{Extent, LegendEntry, Picture, Sign},
    reading::{Categories, Hover, Input, numbers, one_line, text_of, times},
    scale::{Axis, Range, Scale, counted, rounded},
    scene::{Anchor, Area, Group, Role, circle, line, path, polyline, text},
    thin::{self, Joined, Point, join, outline},
    timeline::timeless_note,
};

/// Marks that are picked out and labelled.
const MOST_LABELS: usize = 5;

/// Values by time and series.
pub(crate) struct Values<'t> {
    table_label: Option<&'t model::Column>,
    values: Vec<Entry>,
    series: Categories,
    series_name: Option<String>,
    styles: Vec<Style>,
    name: String,
    scale: Scale,
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
    series: usize,
}

impl<'t> Values<'t> {
    pub(crate) fn read(input: &Input<'t>) -> Result<Self, PlotError> {
        let options = input.options;
        let time_column = input.time_column()?;
        let at = times("time_column", time_column)?;
        let named = options.value_column.as_deref();
        let value_column = input
            .named_or("value_column", named, &[])?
            .ok_or(PlotError::Needed { option: "value_column", expected: "a column with numbers" })?;
        let value = numbers("value_column", value_column)?;
        let groups: Vec<_> =
            options.group_by.iter().map(|name| input.named("group_by", name)).collect::<Result<_, _>>()?;
        let count = input.table.row_count();
        let series = if groups.is_empty() {
            Categories::single(count)
        } else {
            Categories::read(&groups, count, Palette::SERIES + 1)
        };
        let label = options.label_column.as_deref();
        let table_label = input.named_or("label_column", label, &[])?;
        let mut used = vec![time_column, value_column];
        used.extend(&groups);
        used.extend(table_label);
        let styles = if options.style.is_empty() { vec![Style::Bar] } else { options.style.clone() };
        let is_log = options.log_scale.unwrap_or(styles.contains(&Style::Likelihood));
        let rows = input.rows();
        let of_row = |row: &usize| {
            let time = at.get(*row).copied().flatten()?;
            let value = value.get(*row).copied().flatten()?;
            Some(Entry { row: *row, time, value, series: series.of(*row) })
        };
        let mut values: Vec<Entry> = rows.iter().filter_map(of_row).collect();
        let without_time = rows.iter().filter(|row| at.get(**row).copied().flatten().is_none()).count();
        let without_value = rows.len() - without_time - values.len();
        let readable = values.len();
        if is_log {
            values.retain(|entry| entry.value > 0.0);
        }
        values.sort_by(|one, other| one.time.total_cmp(&other.time));
        let mut notes: Vec<String> = series.note(&options.group_by.join(" / ")).into_iter().collect();
        notes.extend(timeless_note(without_time));
        if without_value > 0 {
            notes.push(format!("{} left out: no number", counted(without_value, "row is", "rows are")));
        }
        if readable > values.len() {
            let left_out = counted(readable - values.len(), "value is", "values are");
            notes.push(format!("{left_out} left out: a logarithmic scale has only what is above zero"));
        }
        Ok(Self {
            table_label,
            times: time_range(Range::of(values.iter().map(|entry| entry.time)), &options.ref_times),
            range: Range::of(values.iter().map(|entry| entry.value)),
            values,
            series_name: (!groups.is_empty()).then(|| options.group_by.join(" / ")),
            series,
            styles,
            name: value_column.name().to_owned(),
            scale: if is_log { Scale::Log } else { Scale::Linear },
            hover: input.hover(&used)?,
            ref_times: &options.ref_times,
            notes,
        })
    }

    fn has(&self, style: Style) -> bool {
        self.styles.contains(&style)
    }

    /// The axis of values: from zero where bars are, round at its ends.
    fn value_axis(&self, plot: Area) -> Axis {
        let range = self.range.unwrap_or(Range { from: 0.0, to: 1.0 });
        let values = if self.scale == Scale::Log {
            Range { from: range.from / 1.6, to: range.to * 1.6 }
        } else {
            let from_zero = self.has(Style::Bar) || (range.from >= 0.0 && range.from < range.to * 0.5);
            let zero = Range { from: 0.0, to: 0.0 };
            let range = if from_zero { range.union(zero) } else { range };
            let least = if range.from == 0.0 { 1.0 } else { range.from.abs() * 0.1 };
            let range = if range.length() > 0.0 { range } else { range.padded(0.0, least) };
            rounded(range, (plot.height / 42.0).clamp(2.0, 10.0))
        };
        Axis { scale: self.scale, values, start: plot.bottom(), end: plot.y }
    }

    /// The entries to be picked out: the lowest likelihoods, or where there are labels the highest values.
    fn picked(&self) -> Vec<Entry> {
        let lowest = self.has(Style::Likelihood);
        if !lowest && self.table_label.is_none() {
            return Vec::new();
        }
        let mut entries: Vec<Entry> = self.values.clone();
        entries.sort_by(
            |one, other| {
                if lowest { one.value.total_cmp(&other.value) } else { other.value.total_cmp(&one.value) }
            },
        );
        entries.truncate(MOST_LABELS);
        entries
    }

    fn draw_labels(&self, into: &mut Group, plot: Area, places: (&Axis, &Axis), palette: &Palette) {
        let mut marks = Group::new(Role::Along).clipped(plot.inset(-8.0, -8.0, -8.0, -8.0));
        let mut taken: Vec<Area> = Vec::new();
        for entry in self.picked() {
            let (x, y) = (places.0.place(entry.time), places.1.place(entry.value));
            if self.has(Style::Likelihood) {
                let mark = circle(x, y, 6.5).fill("none").stroke(palette.alarm, 2.0);
                marks.push(mark.title(self.hover.text(entry.row)).row(entry.row));
            }
            let Some(column) = self.table_label else { continue };
            let whole = one_line(&text_of(&column.value(entry.row)));
            let shown = shorten(&whole, SMALL, 300.0);
            let width = measure(&shown, SMALL);
            let on_left = x + 12.0 + width > plot.right();
            let start = if on_left { x - 11.0 - width } else { x + 11.0 };
            let room = Area::new(start, y - 8.0, width, 16.0);
            let overlaps = |other: &Area| {
                room.x < other.right() && other.x < room.right() && room.y < other.bottom() && other.y < room.bottom()
            };
            if taken.iter().any(overlaps) {
                continue;
            }
            taken.push(room);
            let (at, anchor) = if on_left { (x - 11.0, Anchor::End) } else { (x + 11.0, Anchor::Start) };
            let label = text(at, y + 4.0, SMALL, anchor, shown.clone()).fill(palette.ink).halo(palette.paper);
            marks.push(label.whole(&shown, &whole));
        }
        into.push_group(marks);
    }

    fn title(&self, mark: &Joined) -> String {
        match mark.count {
            1 => self.hover.text(mark.point.row),
            count => {
                format!("{} here; one of them:\n{}", counted(count, "value", "values"), self.hover.text(mark.point.row))
            }
        }
    }
}

impl Picture for Values<'_> {
    fn summary(&self) -> String {
        let values = counted(self.values.len(), "value", "values");
        let scale = if self.scale == Scale::Log { ", logarithmic scale" } else { "" };
        format!("{values} of {}{scale}", one_line(&self.name))
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn legend(&self, theme: Theme) -> Vec<LegendEntry> {
        let palette = theme.palette();
        let mut entries = Vec::new();
        if self.series_name.is_some() {
            let sign = if self.has(Style::Line) { Sign::Line } else { Sign::Dot };
            for (index, name) in self.series.names.iter().enumerate() {
                entries.push(LegendEntry::new(name, sign, self.series.color(index, palette)));
            }
        }
        if self.has(Style::Likelihood) {
            entries.push(LegendEntry::new("least likely", Sign::Dot, palette.alarm));
        }
        entries
    }

    fn natural_height(&self, _: f64) -> f64 {
        240.0 + above(self.ref_times) + BELOW
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
        draw_ref_times(&mut group, plot, &across, self.ref_times, theme);

        let points: Vec<Point> = self
            .values
            .iter()
            .map(|entry| Point {
                row: entry.row,
                series: entry.series,
                x: across.place(entry.time),
                y: down.place(entry.value),
            })
            .collect();
        let frame = plot.inset(-6.0, -6.0, -6.0, -6.0);
        let marks = join(&points, plot.y + plot.height / 2.0);
        let zero = down.place(0.0).clamp(plot.y, plot.bottom());
        for series in 0..self.series.len() {
            let color = self.series.color(series, palette);
            if self.has(Style::Line) {
                let own: Vec<Point> = points.iter().copied().filter(|point| point.series == series).collect();
                let mut lines = Group::new(Role::Along).fill("none").stroke(color, 1.6).clipped(frame);
                if own.len() > 1 {
                    lines.push(path(polyline(outline(&own).iter().map(|point| (point.x, point.y)))));
                }
                group.push_group(lines);
            }
            let own = marks.iter().filter(|mark| mark.point.series == series);
            let mut shapes = Group::new(Role::Along).clipped(frame);
            for mark in own {
                let Point { row, x, y, .. } = mark.point;
                if self.has(Style::Bar) {
                    let bar = line(x, zero, x, y).stroke(color, 2.0).opacity(0.75);
                    shapes.push(bar.title(self.title(mark)).row(row));
                }
                if self.has(Style::Circle) || self.has(Style::Likelihood) {
                    shapes.push(circle(x, y, 3.5).fill(color).opacity(0.7).title(self.title(mark)).row(row));
                } else if self.has(Style::Line) {
                    // To be hovered over: a line has no places of its own.
                    let dot = if points.len() > 200 { circle(x, y, 3.0).opacity(0.0) } else { circle(x, y, 2.2) };
                    shapes.push(dot.fill(color).title(self.title(mark)).row(row));
                }
            }
            group.push_group(shapes);
        }
        self.draw_labels(&mut group, plot, (&across, &down), palette);
        if let Some(note) = thin::note(points.len(), marks.len(), "value", "values") {
            group.push(thin::note_mark(plot, &note, palette));
        }
        group
    }
}

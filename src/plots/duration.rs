//! A bar for each group from its first event to its last, or for each row from its start to its end.

use crate::{
    PlotError,
    frame::{
        above, beside_names, draw_ref_times, draw_rows, draw_time_axis, height_of_lanes, panel, time_axis, time_range,
    },
    options::{RefTime, Theme},
    palette::Palette,
    picture::{Extent, LegendEntry, Picture, Sign},
    reading::{Categories, Hover, Input, times},
    scale::{Range, counted, instant_text, span_text},
    scene::{Area, Group, Role, line, rect},
    thin::{self, Point, join},
    timeline::timeless_note,
};

/// Rows in one picture.
const MOST_ROWS: usize = 60;

/// Spans of time by group.
pub(crate) struct Durations<'t> {
    spans: Vec<Span>,
    groups: Vec<String>,
    colors: Option<Categories>,
    /// Whether each row has an end of its own.
    has_ends: bool,
    hover: Hover<'t>,
    times: Option<Range>,
    ref_times: &'t [RefTime],
    notes: Vec<String>,
}

struct Span {
    row: usize,
    start: f64,
    end: f64,
    lane: usize,
}

impl<'t> Durations<'t> {
    pub(crate) fn read(input: &Input<'t>) -> Result<Self, PlotError> {
        let options = input.options;
        let time_column = input.time_column()?;
        let starts = times("time_column", time_column)?;
        let end_column = input.named_or("end_time_column", options.end_time_column.as_deref(), &[])?;
        let ends = match end_column {
            Some(column) => times("end_time_column", column)?,
            None => starts.clone(),
        };
        let columns: Vec<_> =
            options.group_by.iter().map(|name| input.named("group_by", name)).collect::<Result<_, _>>()?;
        if columns.is_empty() && end_column.is_none() {
            let expected = "the columns whose values last from one event to another; or end_time_column";
            return Err(PlotError::Needed { option: "group_by", expected });
        }
        let count = input.table.row_count();
        let groups =
            if columns.is_empty() { Categories::single(count) } else { Categories::read(&columns, count, MOST_ROWS) };
        let colors = match &options.color_by {
            Some(name) => Some(Categories::read(&[input.named("color_by", name)?], count, Palette::SERIES + 1)),
            None => None,
        };
        let mut used = vec![time_column];
        used.extend(end_column);
        used.extend(&columns);
        let rows = input.rows();
        let (mut spans, mut backwards) = (Vec::new(), 0);
        for row in rows.iter().copied() {
            let Some(start) = starts.get(row).copied().flatten() else { continue };
            // Without an end it is a moment.
            let end = ends.get(row).copied().flatten().unwrap_or(start);
            backwards += usize::from(end < start);
            spans.push(Span { row, start: start.min(end), end: end.max(start), lane: groups.of(row) });
        }
        let mut notes: Vec<String> = groups.note(&options.group_by.join(" / ")).into_iter().collect();
        notes.extend(timeless_note(rows.len() - spans.len()));
        if backwards > 0 {
            let rows = counted(backwards, "row ends", "rows end");
            notes.push(format!(
                "{rows} before the start and {} turned round",
                if backwards == 1 { "is" } else { "are" }
            ));
        }
        let range = Range::of(spans.iter().flat_map(|span| [span.start, span.end]));
        let mut first = vec![f64::INFINITY; groups.len()];
        for span in &spans {
            if let Some(time) = first.get_mut(span.lane) {
                *time = time.min(span.start);
            }
        }
        let mut order: Vec<usize> = (0..groups.len()).collect();
        order.sort_by(|one, other| first.get(*one).unwrap_or(&0.0).total_cmp(first.get(*other).unwrap_or(&0.0)));
        for span in &mut spans {
            span.lane = order.iter().position(|group| *group == span.lane).unwrap_or_default();
        }
        let names = order.iter().map(|group| groups.name(*group).to_owned()).collect();
        Ok(Self {
            spans,
            groups: if columns.is_empty() { Vec::new() } else { names },
            colors,
            has_ends: end_column.is_some(),
            hover: input.hover(&used)?,
            times: time_range(range, &options.ref_times),
            ref_times: &options.ref_times,
            notes,
        })
    }

    fn lanes(&self) -> usize {
        self.groups.len().max(1)
    }

    fn color(&self, row: usize, lane: usize, palette: &Palette) -> &'static str {
        match &self.colors {
            Some(colors) => colors.color(colors.of(row), palette),
            None if self.lanes() <= Palette::SERIES => palette.series(lane),
            None => palette.series(0),
        }
    }

    /// A bar from the first moment of each group to its last, as pale as a background.
    fn draw_whole(&self, into: &mut Group, place: &dyn Fn(f64) -> f64, plot: Area, height: f64, palette: &Palette) {
        let mut bars = Group::new(Role::Along).clipped(plot);
        let mut y = plot.y;
        for lane in 0..self.lanes() {
            let own: Vec<&Span> = self.spans.iter().filter(|span| span.lane == lane).collect();
            if let (Some(range), Some(first)) = (Range::of(own.iter().flat_map(|s| [s.start, s.end])), own.first()) {
                let (left, right) = (place(range.from), place(range.to));
                let bar = Area::new(left, y + height * 0.22, (right - left).max(1.5), height * 0.56);
                let name = self.groups.get(lane).map_or("", String::as_str);
                let title = format!(
                    "{name}\n{} from {}\nto {}\n{}",
                    counted(own.len(), "event", "events"),
                    instant_text(range.from),
                    instant_text(range.to),
                    span_text(range.length())
                );
                let color = self.color(first.row, lane, palette);
                bars.push(rect(bar, 2.0).fill(color).opacity(0.28).title(title));
            }
            y += height;
        }
        into.push_group(bars);
    }
}

impl Picture for Durations<'_> {
    fn summary(&self) -> String {
        let events = if self.has_ends { ("span", "spans") } else { ("event", "events") };
        let events = counted(self.spans.len(), events.0, events.1);
        match self.groups.len() {
            0 => events,
            groups => format!("{events} in {}", counted(groups, "group", "groups")),
        }
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    fn legend(&self, theme: Theme) -> Vec<LegendEntry> {
        let palette = theme.palette();
        let Some(colors) = &self.colors else { return Vec::new() };
        let entry =
            |(index, name): (usize, &String)| LegendEntry::new(name, Sign::Square, colors.color(index, palette));
        colors.names.iter().enumerate().map(entry).collect()
    }

    fn natural_height(&self, _: f64) -> f64 {
        height_of_lanes(self.lanes(), self.ref_times)
    }

    fn extent(&self) -> Extent {
        Extent { times: self.times, values: None }
    }

    fn set_extent(&mut self, extent: Extent) {
        self.times = extent.times;
    }

    fn draw(&self, area: Area, theme: Theme) -> Group {
        let palette = theme.palette();
        let (room, plot) = beside_names(area.inset(0.0, above(self.ref_times), 0.0, 0.0), &self.groups);
        let axis = time_axis(plot, self.times.unwrap_or(Range { from: 0.0, to: 1.0 }));
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let height = plot.height / self.lanes() as f64;
        let mut group = panel(plot, &axis);
        draw_rows(&mut group, plot, room, &self.groups, height, palette);
        draw_time_axis(&mut group, plot, &axis, palette);
        draw_ref_times(&mut group, plot, &axis, self.ref_times, theme);
        if !self.has_ends {
            self.draw_whole(&mut group, &|time| axis.place(time), plot, height, palette);
        }
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let top = |lane: usize| plot.y + lane as f64 * height;
        let points: Vec<Point> = self
            .spans
            .iter()
            .enumerate()
            // The place of a long span says nothing about what it covers: only those of the same length are joined.
            .map(|(index, span)| {
                let (x, length) = (axis.place(span.start), axis.place(span.end) - axis.place(span.start));
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
                let series = length.round() as usize;
                Point { row: index, series, x, y: top(span.lane) }
            })
            .collect();
        let marks = join(&points, plot.y);
        let mut shapes = Group::new(Role::Along).clipped(plot.inset(-3.0, 0.0, -3.0, 0.0));
        for mark in &marks {
            let Some(span) = self.spans.get(mark.point.row) else { continue };
            let color = self.color(span.row, span.lane, palette);
            let (left, y) = (mark.point.x, mark.point.y);
            let mut title = self.hover.text(span.row);
            if mark.count > 1 {
                title = format!("{} here; one of them:\n{title}", counted(mark.count, "event", "events"));
            }
            if span.end > span.start {
                title.push_str("\nlasts ");
                title.push_str(&span_text(span.end - span.start));
                let bar = Area::new(left, y + height * 0.2, (axis.place(span.end) - left).max(1.5), height * 0.6);
                shapes.push(rect(bar, 2.0).fill(color).opacity(0.7).title(title).row(span.row));
            } else {
                let tick = line(left, y + height * 0.22, left, y + height * 0.78).stroke(color, 2.0);
                shapes.push(tick.title(title).row(span.row));
            }
        }
        group.push_group(shapes);
        if let Some(note) = thin::note(points.len(), marks.len(), "event", "events") {
            group.push(thin::note_mark(plot, &note, palette));
        }
        group
    }
}

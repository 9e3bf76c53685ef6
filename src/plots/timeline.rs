//! One mark for each event, at its time, in the row of its group.

use crate::{
    PlotError,
    frame::{
        above, beside_names, draw_ref_times, draw_rows, draw_time_axis, height_of_lanes, panel, time_axis, time_range,
    },
    options::{RefTime, Theme},
    palette::Palette,
    picture::{Extent, LegendEntry, Picture, Sign},
    reading::{Categories, Hover, Input, times},
    scale::{Range, counted},
    scene::{Area, Group, Role, circle},
    thin::{self, Point, join},
};

/// Rows in one picture.
const MOST_ROWS: usize = 40;

/// Events by time and group.
pub(crate) struct Timeline<'t> {
    events: Vec<Event>,
    groups: Vec<String>,
    colors: Categories,
    /// Whether the colours mean more than the rows do.
    has_legend: bool,
    hover: Hover<'t>,
    times: Option<Range>,
    ref_times: &'t [RefTime],
    notes: Vec<String>,
    /// How many marks are drawn, for the notes.
    timeless: usize,
}

struct Event {
    row: usize,
    time: f64,
    lane: usize,
    color: usize,
}

impl<'t> Timeline<'t> {
    pub(crate) fn read(input: &Input<'t>) -> Result<Self, PlotError> {
        let time_column = input.time_column()?;
        let at = times("time_column", time_column)?;
        let columns: Vec<_> =
            input.options.group_by.iter().map(|name| input.named("group_by", name)).collect::<Result<_, _>>()?;
        let rows = input.table.row_count();
        let groups =
            if columns.is_empty() { Categories::single(rows) } else { Categories::read(&columns, rows, MOST_ROWS) };
        let mut used = vec![time_column];
        used.extend(&columns);
        let color_by = match &input.options.color_by {
            Some(name) => Some(input.named("color_by", name)?),
            None => None,
        };
        used.extend(color_by);
        let colors = match color_by {
            Some(column) => Categories::read(&[column], rows, Palette::SERIES + 1),
            // More groups than colours: the rows alone tell them apart.
            None if groups.len() <= Palette::SERIES => groups.clone(),
            None => Categories::single(rows),
        };
        let hover = input.hover(&used)?;
        let rows = input.rows();
        let with_time = rows.iter().filter_map(|row| Some((*row, at.get(*row).copied().flatten()?)));
        let mut events: Vec<Event> =
            with_time.map(|(row, time)| Event { row, time, lane: groups.of(row), color: colors.of(row) }).collect();
        let timeless = rows.len() - events.len();
        let range = Range::of(events.iter().map(|event| event.time));
        let order = by_first_time(&groups, &events);
        for event in &mut events {
            event.lane = order.iter().position(|group| *group == event.lane).unwrap_or_default();
        }
        let mut notes = Vec::new();
        notes.extend(groups.note(&input.options.group_by.join(" / ")));
        if color_by.is_some() {
            notes.extend(colors.note(input.options.color_by.as_deref().unwrap_or_default()));
        }
        let names = if columns.is_empty() {
            Vec::new()
        } else {
            order.iter().map(|group| groups.name(*group).to_owned()).collect()
        };
        Ok(Self {
            has_legend: color_by.is_some(),
            groups: names,
            colors,
            hover,
            times: time_range(range, &input.options.ref_times),
            ref_times: &input.options.ref_times,
            notes,
            timeless,
            events,
        })
    }

    fn lanes(&self) -> usize {
        self.groups.len().max(1)
    }

    fn points(&self, plot: Area, place: impl Fn(f64) -> f64) -> Vec<Point> {
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let lane_height = plot.height / self.lanes() as f64;
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let y = |lane: usize| plot.y + (lane as f64 + 0.5) * lane_height;
        self.events
            .iter()
            .map(|event| Point { row: event.row, series: event.color, x: place(event.time), y: y(event.lane) })
            .collect()
    }
}

/// The groups in the order of their first events; what was put together stays last.
fn by_first_time(groups: &Categories, events: &[Event]) -> Vec<usize> {
    let mut first = vec![f64::INFINITY; groups.len()];
    for event in events {
        if let Some(time) = first.get_mut(event.lane) {
            *time = time.min(event.time);
        }
    }
    if groups.gathered > 0
        && let Some(time) = first.last_mut()
    {
        *time = f64::INFINITY;
    }
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by(|one, other| first.get(*one).unwrap_or(&0.0).total_cmp(first.get(*other).unwrap_or(&0.0)));
    order
}

/// What to say about rows without a time.
pub(crate) fn timeless_note(count: usize) -> Option<String> {
    (count > 0).then(|| format!("{} left out: no time", counted(count, "row is", "rows are")))
}

impl Picture for Timeline<'_> {
    fn summary(&self) -> String {
        let events = counted(self.events.len(), "event", "events");
        match self.groups.len() {
            0 => events,
            groups => format!("{events} in {}", counted(groups, "group", "groups")),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        notes.extend(timeless_note(self.timeless));
        notes
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    fn legend(&self, theme: Theme) -> Vec<LegendEntry> {
        if !self.has_legend {
            return Vec::new();
        }
        let palette = theme.palette();
        let entry =
            |(index, name): (usize, &String)| LegendEntry::new(name, Sign::Dot, self.colors.color(index, palette));
        self.colors.names.iter().enumerate().map(entry).collect()
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
        let mut group = panel(plot, &axis);
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        draw_rows(&mut group, plot, room, &self.groups, plot.height / self.lanes() as f64, palette);
        draw_time_axis(&mut group, plot, &axis, palette);
        draw_ref_times(&mut group, plot, &axis, self.ref_times, theme);
        let points = self.points(plot, |time| axis.place(time));
        let marks = join(&points, plot.y + plot.height / 2.0);
        let mut by_color: Vec<Group> = (0..self.colors.len())
            .map(|color| {
                Group::new(Role::Along)
                    .fill(self.colors.color(color, palette))
                    .clipped(plot.inset(-6.0, -6.0, -6.0, -6.0))
            })
            .collect();
        for mark in &marks {
            let title = match mark.count {
                1 => self.hover.text(mark.point.row),
                count => format!(
                    "{} here; one of them:\n{}",
                    counted(count, "event", "events"),
                    self.hover.text(mark.point.row)
                ),
            };
            let opacity = if mark.count > 1 { 0.9 } else { 0.6 };
            let shape = circle(mark.point.x, mark.point.y, 4.0).opacity(opacity).title(title).row(mark.point.row);
            if let Some(group) = by_color.get_mut(mark.point.series) {
                group.push(shape);
            }
        }
        by_color.into_iter().for_each(|marks| group.push_group(marks));
        if let Some(note) = thin::note(points.len(), marks.len(), "event", "events") {
            group.push(thin::note_mark(plot, &note, palette));
        }
        group
    }
}

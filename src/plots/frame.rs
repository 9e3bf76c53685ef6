//! What most plots share: axes with their names, a grid, lines at reference times.

use crate::{
    font::{SMALL, measure, shorten, widest},
    options::{RefTime, Theme},
    palette::Palette,
    reading::{milliseconds, one_line},
    scale::{Axis, Range, Scale, Tick, instant_text},
    scene::{Anchor, Area, AxisAcross, Group, Role, line, rect, text, turned_text},
};

/// Room below a plot for two lines of tick labels and the name of the axis.
pub(crate) const BELOW: f64 = 50.0;

/// Where the names of rows end and the plot begins, and what is left for it.
pub(crate) fn beside_names(area: Area, names: &[String]) -> (f64, Area) {
    let room = widest(names.iter().map(String::as_str), SMALL).min(area.width * 0.28).ceil();
    let gutter = if room > 0.0 { room + 10.0 } else { 0.0 };
    (room, area.inset(gutter, 0.0, 6.0, BELOW))
}

/// A time axis below a plot.
pub(crate) fn time_axis(plot: Area, values: Range) -> Axis {
    Axis { scale: Scale::Time, values, start: plot.x, end: plot.right() }
}

/// A group that tells a page where the time axis lies.
pub(crate) fn panel(plot: Area, axis: &Axis) -> Group {
    let mut group = Group::new(Role::Panel);
    group.axis = Some(AxisAcross {
        left: plot.x,
        right: plot.right(),
        bottom: plot.bottom(),
        from_ms: axis.values.from,
        to_ms: axis.values.to,
    });
    group
}

/// Draws the time axis: grid, labels and what they are.
pub(crate) fn draw_time_axis(into: &mut Group, plot: Area, axis: &Axis, palette: &Palette) {
    let mut lines = Group::new(Role::Axis).stroke(palette.line, 1.0);
    lines.push(line(plot.x, plot.bottom(), plot.right(), plot.bottom()));
    into.push(lines);
    let mut ticks = Group::new(Role::Ticks).fill(palette.muted);
    for Tick { at, label, below } in axis.ticks(86.0) {
        let x = axis.place(at);
        ticks.push(line(x, plot.y, x, plot.bottom()).stroke(palette.grid, 1.0));
        ticks.push(text(x, plot.bottom() + 15.0, SMALL, Anchor::Middle, label));
        if let Some(below) = below {
            ticks.push(text(x, plot.bottom() + 28.0, SMALL, Anchor::Middle, below));
        }
    }
    into.push(ticks);
    let mut name = Group::new(Role::Axis).fill(palette.muted);
    name.push(text(plot.right(), plot.bottom() + 44.0, SMALL, Anchor::End, "Time (UTC)"));
    into.push(name);
}

/// Draws the axis of values on the left: grid, labels and its name.
pub(crate) fn draw_value_axis(into: &mut Group, plot: Area, axis: &Axis, name: &str, palette: &Palette) {
    let mut group = Group::new(Role::Axis).fill(palette.muted);
    let ticks = axis.ticks(42.0);
    for Tick { at, label, .. } in &ticks {
        let y = axis.place(*at);
        group.push(line(plot.x, y, plot.right(), y).stroke(palette.grid, 1.0));
        group.push(text(plot.x - 8.0, y + 4.0, SMALL, Anchor::End, label.clone()));
    }
    let whole = one_line(name);
    let shown = shorten(&whole, SMALL, plot.height);
    let x = plot.x - 8.0 - widest(ticks.iter().map(|tick| tick.label.as_str()), SMALL) - 10.0;
    group.push(turned_text(x, plot.y + plot.height / 2.0, SMALL, Anchor::Middle, shown.clone()).whole(&shown, &whole));
    into.push(group);
}

/// Room on the left for the labels and the name of an axis of values.
pub(crate) fn beside_values(axis: &Axis) -> f64 {
    widest(axis.ticks(42.0).iter().map(|tick| tick.label.as_str()), SMALL).ceil() + 32.0
}

/// Draws the names of rows, and a stripe behind every other row.
pub(crate) fn draw_rows(into: &mut Group, plot: Area, room: f64, names: &[String], row_height: f64, palette: &Palette) {
    let mut group = Group::new(Role::Axis).fill(palette.ink);
    let mut y = plot.y;
    for (index, name) in names.iter().enumerate() {
        if index % 2 == 1 {
            group.push(rect(Area::new(plot.x, y, plot.width, row_height), 0.0).fill(palette.grid).opacity(0.45));
        }
        let shown = crate::font::shorten_middle(name, SMALL, room);
        group.push(
            text(plot.x - 10.0, y + row_height / 2.0 + 4.0, SMALL, Anchor::End, shown.clone()).whole(&shown, name),
        );
        y += row_height;
    }
    into.push(group);
}

/// Room above a plot for the names of reference times.
pub(crate) fn above(times: &[RefTime]) -> f64 {
    match times.len() {
        0 => 4.0,
        1 => 18.0,
        _ => 32.0,
    }
}

/// The height of a plot with so many lanes, one below the other.
pub(crate) fn height_of_lanes(lanes: usize, ref_times: &[RefTime]) -> f64 {
    let lane = if lanes > 15 { 22.0 } else { 32.0 };
    #[expect(clippy::cast_precision_loss, reason = "a few lanes")]
    let height = lanes as f64 * lane;
    height.max(96.0) + above(ref_times) + BELOW
}

/// Draws a line at each reference time, with what it is called above the plot.
pub(crate) fn draw_ref_times(into: &mut Group, plot: Area, axis: &Axis, times: &[RefTime], theme: Theme) {
    let palette = theme.palette();
    let mut group = Group::new(Role::Along).clipped(plot.inset(0.0, -34.0, 0.0, 0.0));
    // Where the last name of each of the two lines ends.
    let mut ends = [f64::NEG_INFINITY; 2];
    let mut times: Vec<_> = times.iter().collect();
    times.sort_by_key(|time| time.time);
    for RefTime { time, label } in times {
        let ms = milliseconds(*time);
        let x = axis.place(ms);
        let label = label.as_deref().map_or_else(|| "Reference time".to_owned(), one_line);
        let title = format!("{label}\n{}", instant_text(ms));
        group.push(line(x, plot.y - 4.0, x, plot.bottom()).stroke(palette.alarm, 1.5).dash("5 4").title(title.clone()));
        let shown = shorten(&label, SMALL, 200.0);
        let half = measure(&shown, SMALL) / 2.0;
        let middle = x.clamp(plot.x + half, (plot.right() - half).max(plot.x + half));
        // What finds no room has its name on hover.
        let free = (0..).zip(&mut ends).find(|(_, end)| middle - half > **end + 6.0);
        if let Some((row, end)) = free {
            *end = middle + half;
            let y = plot.y - 8.0 - f64::from(row) * 13.0;
            group.push(text(middle, y, SMALL, Anchor::Middle, shown).fill(palette.alarm).title(title));
        }
    }
    into.push_group(group);
}

/// The range of times with those of reference, a little longer at both ends.
pub(crate) fn time_range(times: Option<Range>, ref_times: &[RefTime]) -> Option<Range> {
    let reference = Range::of(ref_times.iter().map(|time| milliseconds(time.time)));
    let range = match (times, reference) {
        (Some(times), Some(reference)) => Some(times.union(reference)),
        (times, reference) => times.or(reference),
    };
    range.map(|range| range.padded(0.03, 30_000.0))
}

//! Puts a picture on its sheet: title, what it shows, what its signs mean, then the plot itself.

use crate::{
    font::{measure, shorten},
    options::Options,
    palette::Palette,
    picture::{LegendEntry, Picture, Sign},
    scene::{Anchor, Area, Group, Node, Role, circle, line, path, rect, text},
};

const MARGIN: f64 = 16.0;
const TITLE: f64 = 16.0;
const NOTE: f64 = 11.5;
const LINE_HEIGHT: f64 = 16.0;
/// Lines of notes above a plot; the rest is on hover and in the description.
const MOST_NOTE_LINES: usize = 4;
/// What a picture is wide if nothing is said.
const WIDTH: u32 = 900;
/// The least that is left for a plot under its header.
const LEAST_BODY: f64 = 60.0;

/// A picture on its sheet.
pub(crate) struct Sheet {
    pub(crate) nodes: Vec<Node>,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// What is to be known about it, in sentences.
    pub(crate) notes: Vec<String>,
}

/// Lays a picture out.
pub(crate) fn lay_out(title: &str, picture: &dyn Picture, options: &Options) -> Sheet {
    let palette = options.theme.palette();
    let width = f64::from(options.width.unwrap_or(WIDTH));
    let room = width - 2.0 * MARGIN;
    let notes: Vec<String> = std::iter::once(picture.summary()).chain(picture.notes()).collect();

    let mut header = Group::new(Role::Header);
    let mut y = 28.0;
    let shown = shorten(title, TITLE, room);
    header.push(text(MARGIN, y, TITLE, Anchor::Start, shown.clone()).fill(palette.ink).whole(&shown, title));
    y += 4.0;
    for line in wrapped(&notes, room) {
        y += LINE_HEIGHT;
        header.push(text(MARGIN, y, NOTE, Anchor::Start, line).fill(palette.muted));
    }
    y += 8.0;
    y = draw_legend(&mut header, &picture.legend(options.theme), Area::new(MARGIN, y, room, 0.0), palette);
    y += 6.0;

    let body = options
        .height
        .map_or_else(|| picture.natural_height(room), |height| (f64::from(height) - y - MARGIN / 2.0).max(LEAST_BODY));
    let height = options.height.map_or((y + body + MARGIN / 2.0).ceil(), f64::from);
    let drawn = picture.draw(Area::new(MARGIN, y, room, body), options.theme);
    Sheet { nodes: vec![header.into(), drawn.into()], width, height, notes }
}

/// Notes in lines that are no wider than the room.
fn wrapped(notes: &[String], room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let joined = notes.join(" · ");
    let mut line = String::new();
    for word in joined.split(' ') {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if measure(&longer, NOTE) > room && !line.is_empty() {
            lines.push(std::mem::replace(&mut line, word.to_owned()));
        } else {
            line = longer;
        }
    }
    lines.push(line);
    if lines.len() > MOST_NOTE_LINES {
        lines.truncate(MOST_NOTE_LINES);
        if let Some(last) = lines.last_mut() {
            last.push_str(" …");
        }
    }
    lines.into_iter().map(|line| shorten(&line, NOTE, room)).collect()
}

/// Draws the legend in rows; where it ends.
fn draw_legend(header: &mut Group, entries: &[LegendEntry], area: Area, palette: &Palette) -> f64 {
    if entries.is_empty() {
        return area.y;
    }
    let (mut x, mut y) = (area.x, area.y + 10.0);
    for LegendEntry { label, sign, color } in entries {
        let sign_width = match sign {
            Sign::Ramp => 90.0,
            Sign::Line | Sign::Dashes | Sign::Band => 20.0,
            _ => 10.0,
        };
        let shown = shorten(label, NOTE, 220.0);
        let width = sign_width + 6.0 + measure(&shown, NOTE);
        if x + width > area.right() && x > area.x {
            x = area.x;
            y += 20.0;
        }
        draw_sign(header, *sign, color, (x, y), sign_width, palette);
        header.push(
            text(x + sign_width + 6.0, y + 4.0, NOTE, Anchor::Start, shown.clone())
                .fill(palette.ink)
                .whole(&shown, label),
        );
        x += width + 18.0;
    }
    y + 12.0
}

fn draw_sign(
    into: &mut Group,
    sign: Sign,
    color: &crate::palette::Color,
    at: (f64, f64),
    width: f64,
    palette: &Palette,
) {
    let (x, y) = at;
    let middle = x + width / 2.0;
    match sign {
        Sign::Dot => into.push(circle(middle, y, 5.0).fill(color.clone())),
        Sign::Square => into.push(rect(Area::new(x, y - 5.0, 10.0, 10.0), 1.0).fill(color.clone())),
        Sign::Triangle => into.push(path(triangle(middle, y, 6.0)).fill(color.clone())),
        Sign::Diamond => into.push(path(diamond(middle, y, 6.0)).fill(color.clone())),
        Sign::Line => into.push(line(x, y, x + width, y).stroke(color.clone(), 2.0)),
        Sign::Dashes => into.push(line(x, y, x + width, y).stroke(color.clone(), 2.0).dash("5 4")),
        Sign::Band => into.push(rect(Area::new(x, y - 5.0, width, 10.0), 0.0).fill(color.clone()).opacity(0.2)),
        Sign::Ramp => {
            for step in 0..30_u32 {
                let share = f64::from(step) / 29.0;
                let slice = Area::new(x + share * (width - 3.0), y - 5.0, 3.4, 10.0);
                into.push(rect(slice, 0.0).fill(palette.at(share)));
            }
        }
    }
}

/// A triangle that points down.
pub(crate) fn triangle(x: f64, y: f64, size: f64) -> String {
    let corners = [(x - size, y - size * 0.8), (x + size, y - size * 0.8), (x, y + size)];
    format!("{}z", crate::scene::polyline(corners))
}

/// A square that stands on a corner.
pub(crate) fn diamond(x: f64, y: f64, size: f64) -> String {
    let corners = [(x - size, y), (x, y - size), (x + size, y), (x, y + size)];
    format!("{}z", crate::scene::polyline(corners))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_wrapped_and_never_too_wide() {
        let notes = vec!["one two three four".repeat(20), "x".repeat(400)];
        let lines = wrapped(&notes, 200.0);
        assert_eq!(lines.len(), MOST_NOTE_LINES);
        assert!(lines.iter().all(|line| measure(line, NOTE) <= 200.0));
        assert_eq!(wrapped(&["a".to_owned(), "b".to_owned()], 200.0), ["a · b"]);
    }
}

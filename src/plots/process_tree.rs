//! Processes, one a row under what started them, with their command lines.

mod links;

use model::Column;

use self::links::{Shape, link};
use crate::{
    PlotError,
    font::{SMALL, TINY, measure, shorten, shorten_middle},
    options::Theme,
    palette::{Color, Palette},
    picture::{LegendEntry, Picture, Sign},
    reading::{Categories, Hover, Input, numbers, one_line, text_of},
    scale::{counted, number_text},
    scene::{Anchor, Area, Group, Role, line, rect, text},
};

/// Processes in one picture.
const MOST_PROCESSES: usize = 250;
const ROW: f64 = 24.0;
/// How far a process stands to the right of what started it, at most.
const STEP: f64 = 26.0;
/// Columns of names, the first that is there.
const NAMES: &[&str] =
    &["process_name", "NewProcessName", "CreatedProcessName", "Image", "exe", "FileName", "name", "process", "path"];
const COMMANDS: &[&str] =
    &["command_line", "CommandLine", "CreatedProcessCommandLine", "ProcessCommandLine", "cmdline", "processcmdline"];
const PIDS: &[&str] = &["process_id", "NewProcessId", "CreatedProcessId", "ProcessId", "pid", "Pid"];
const USERS: &[&str] = &["user_name", "SubjectUserName", "AccountName", "User", "acct", "username"];

/// Processes in the order of the tree.
pub(crate) struct ProcessTree<'t> {
    rows: Vec<Row>,
    /// How deep the tree is.
    depth: usize,
    /// How many were left out.
    left_out: usize,
    colors: Colors<'t>,
    hover: Hover<'t>,
    notes: Vec<String>,
}

struct Row {
    row: usize,
    depth: usize,
    parent: Option<usize>,
    name: String,
    pid: String,
    command: String,
}

/// What the colours say.
enum Colors<'t> {
    Level,
    Categories(&'t Column, Categories),
    Numbers(&'t Column, Vec<Option<f64>>, f64, f64),
}

impl<'t> ProcessTree<'t> {
    pub(crate) fn read(input: &Input<'t>) -> Result<Self, PlotError> {
        let column = |names: &[&str]| names.iter().find_map(|name| input.table.column(name));
        let Shape { order, left_out, notes } = link(input, MOST_PROCESSES)?;
        let (names, commands, pids) = (column(NAMES), column(COMMANDS), column(PIDS));
        let cell = |column: Option<&Column>, row: usize| {
            column.map(|column| one_line(&text_of(&column.value(row)))).unwrap_or_default()
        };
        let rows: Vec<Row> = order
            .into_iter()
            .map(|place| Row {
                row: place.row,
                depth: place.depth,
                parent: place.parent,
                name: last_part(&cell(names, place.row)).to_owned(),
                pid: cell(pids, place.row),
                command: cell(commands, place.row),
            })
            .collect();
        let colors = match input.options.color_by.as_deref() {
            None => Colors::Level,
            Some(name) => Colors::of(input, input.named("color_by", name)?),
        };
        let mut used: Vec<&Column> = [names, pids, commands, column(USERS)].into_iter().flatten().collect();
        used.extend(input.time_column().ok());
        if let Colors::Categories(column, _) | Colors::Numbers(column, ..) = &colors {
            used.push(column);
        }
        Ok(Self {
            depth: rows.iter().map(|row| row.depth).max().unwrap_or(0),
            hover: input.hover(&used)?,
            rows,
            left_out,
            colors,
            notes,
        })
    }
}

impl<'t> Colors<'t> {
    fn of(input: &Input<'t>, column: &'t Column) -> Self {
        let count = input.table.row_count();
        let numbers = numbers("color_by", column).unwrap_or_default();
        let known: Vec<f64> = numbers.iter().flatten().copied().collect();
        let (least, most) = (
            known.iter().copied().fold(f64::INFINITY, f64::min),
            known.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        );
        // Numbers that are names, such as event ids, are few.
        let categories = Categories::read(&[column], count, Palette::SERIES + 1);
        if known.len() == column.present() && !known.is_empty() && categories.gathered > 0 {
            Self::Numbers(column, numbers, least, most)
        } else {
            Self::Categories(column, categories)
        }
    }

    fn color(&self, row: &Row, palette: &Palette) -> Color {
        match self {
            Self::Level => palette.series(0).into(),
            Self::Categories(_, categories) => categories.color(categories.of(row.row), palette).into(),
            Self::Numbers(_, numbers, least, most) => match numbers.get(row.row).copied().flatten() {
                Some(number) => palette.at((number - least) / (most - least)),
                None => palette.line.into(),
            },
        }
    }
}

/// The file of a path.
fn last_part(path: &str) -> &str {
    path.rsplit(['\\', '/']).find(|part| !part.is_empty()).unwrap_or(path)
}

impl Picture for ProcessTree<'_> {
    fn summary(&self) -> String {
        let roots = self.rows.iter().filter(|row| row.depth == 0).count();
        format!(
            "{} under {}, {} deep",
            counted(self.rows.len() + self.left_out, "process", "processes"),
            counted(roots, "root", "roots"),
            counted(self.depth + 1, "level", "levels"),
        )
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        if self.left_out > 0 {
            notes.push(format!("the first {} are drawn", counted(self.rows.len(), "process", "processes")));
        }
        if let Colors::Categories(column, categories) = &self.colors {
            notes.extend(categories.note(column.name()));
        }
        notes
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn legend(&self, theme: Theme) -> Vec<LegendEntry> {
        let palette = theme.palette();
        match &self.colors {
            Colors::Level => Vec::new(),
            Colors::Categories(_, categories) => {
                let entry = |(index, name): (usize, &String)| {
                    LegendEntry::new(name, Sign::Square, categories.color(index, palette))
                };
                categories.names.iter().enumerate().map(entry).collect()
            }
            Colors::Numbers(column, _, least, most) => {
                let label = format!("{}: {} to {}", column.name(), number_text(*least), number_text(*most));
                vec![LegendEntry::new(label, Sign::Ramp, "")]
            }
        }
    }

    fn natural_height(&self, _: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let rows = self.rows.len() as f64;
        (rows * ROW + 10.0).max(60.0)
    }

    fn draw(&self, area: Area, theme: Theme) -> Group {
        let palette = theme.palette();
        let mut group = Group::new(Role::Panel);
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let (rows, depth) = (self.rows.len().max(1) as f64, self.depth.max(1) as f64);
        let height = (area.height / rows).min(ROW);
        let step = STEP.min(area.width * 0.35 / depth);
        let size = SMALL.min(height * 0.62);
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let place = |index: usize, row: &Row| (area.x + row.depth as f64 * step, area.y + index as f64 * height);

        let mut lines = Group::new(Role::Axis).stroke(palette.line, 1.0);
        // From each process down to the last that it started.
        let mut last_child = vec![None; self.rows.len()];
        for (index, row) in self.rows.iter().enumerate() {
            let Some(parent) = row.parent else { continue };
            if let Some(last) = last_child.get_mut(parent) {
                *last = Some(index);
            }
            let (x, y) = place(index, row);
            let middle = y + height / 2.0;
            lines.push(line(x - step + 7.0, middle, x, middle));
        }
        for (index, last) in last_child.iter().enumerate() {
            let (Some(last), Some(row)) = (last, self.rows.get(index)) else { continue };
            let (x, y) = place(index, row);
            #[expect(clippy::cast_precision_loss, reason = "a few rows")]
            let end = area.y + (*last as f64 + 0.5) * height;
            lines.push(line(x + 7.0, y + height, x + 7.0, end));
        }
        group.push_group(lines);

        let mut boxes = Group::new(Role::Marks);
        for (index, row) in self.rows.iter().enumerate() {
            let (x, y) = place(index, row);
            let color = self.colors.color(row, palette);
            let name = if row.name.is_empty() { "(no name)" } else { &row.name };
            let label = if row.pid.is_empty() { name.to_owned() } else { format!("{name} ({})", row.pid) };
            let shown = shorten_middle(&label, size, 260.0);
            let width = measure(&shown, size) + 14.0;
            let frame = Area::new(x, y + 2.0, width, height - 4.0);
            let title = self.hover.text(row.row);
            // Pale behind the text and strong at the edge, so that text can be read on every colour.
            boxes.push(rect(frame, 3.0).fill(color.clone()).opacity(0.22).title(title.clone()).row(row.row));
            boxes.push(rect(Area::new(x, y + 2.0, 3.0, height - 4.0), 0.0).fill(color));
            let base = y + height / 2.0 + size * 0.36;
            boxes.push(text(x + 8.0, base, size, Anchor::Start, shown).fill(palette.ink).title(title.clone()));
            let room = area.right() - x - width - 10.0;
            if room > 60.0 && !row.command.is_empty() && row.command != row.name {
                let command = shorten(&row.command, TINY.min(size), room);
                let at = x + width + 8.0;
                boxes.push(text(at, base, TINY.min(size), Anchor::Start, command).fill(palette.muted).title(title));
            }
        }
        group.push_group(boxes);
        group
    }
}

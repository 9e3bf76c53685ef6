//! How often two values occur together: a circle for each pair, as large as the pair is frequent.

use std::collections::{HashMap, HashSet};

use crate::{
    PlotError,
    font::{SMALL, measure, shorten_middle, widest},
    options::{Aggregate, Sort, Theme},
    palette::Palette,
    picture::{LegendEntry, Picture},
    reading::{Categories, Input, numbers, text_of},
    scale::{counted, number_text},
    scene::{Anchor, Area, Group, Role, circle, line, text, turned_text},
};

/// Columns and rows in one picture.
const MOST_COLUMNS: usize = 50;
const MOST_ROWS: usize = 60;

/// Room that the names of the columns take at most.
const MOST_ABOVE: f64 = 150.0;
/// How high a row would like to be, and how wide a column is at most.
const ROW: f64 = 32.0;
const WIDEST_CELL: f64 = 72.0;
/// Room below for the sizes.
const BELOW: f64 = 44.0;

/// Pairs of values.
pub(crate) struct Matrix {
    columns: Side,
    rows: Side,
    cells: Vec<Cell>,
    /// What the value of a cell is, in words.
    says: String,
    invert: bool,
    log: bool,
    presence: bool,
    notes: Vec<String>,
}

/// One side: what it is called, its names in order, and their totals.
struct Side {
    name: String,
    names: Vec<String>,
    totals: Vec<f64>,
}

struct Cell {
    column: usize,
    row: usize,
    value: f64,
    /// A row of the table that it counts.
    source: usize,
}

#[derive(Default)]
struct Gathered {
    value: f64,
    distinct: HashSet<String>,
    source: usize,
}

impl Matrix {
    pub(crate) fn read(input: &Input<'_>) -> Result<Self, PlotError> {
        let options = input.options;
        let side = |option, name: &Option<String>| match name {
            Some(name) => input.named(option, name),
            None => Err(PlotError::Needed { option, expected: "a column" }),
        };
        let (across, down) = (side("x", &options.x)?, side("y", &options.y)?);
        let value_column = input.named_or("value_column", options.value_column.as_deref(), &[])?;
        let aggregate =
            options.aggregate.unwrap_or(if value_column.is_some() { Aggregate::Sum } else { Aggregate::Count });
        let needs_values = matches!(aggregate, Aggregate::Sum | Aggregate::Distinct);
        if needs_values && value_column.is_none() {
            return Err(PlotError::Needed { option: "value_column", expected: "the column to sum or to count" });
        }
        let values = match (aggregate, value_column) {
            (Aggregate::Sum, Some(column)) => numbers("value_column", column)?,
            _ => Vec::new(),
        };
        let count = input.table.row_count();
        let columns = Categories::read(&[across], count, MOST_COLUMNS);
        let rows = Categories::read(&[down], count, MOST_ROWS);
        let mut gathered: HashMap<(usize, usize), Gathered> = HashMap::new();
        for row in input.rows().iter().copied() {
            let cell = gathered
                .entry((columns.of(row), rows.of(row)))
                .or_insert_with(|| Gathered { source: row, ..Gathered::default() });
            match (aggregate, value_column) {
                (Aggregate::Sum, _) => cell.value += values.get(row).copied().flatten().unwrap_or(0.0),
                (Aggregate::Distinct, Some(column)) => {
                    let value = column.value(row);
                    if !value.is_null() {
                        cell.distinct.insert(text_of(&value));
                    }
                }
                (Aggregate::Presence, _) => cell.value = 1.0,
                _ => cell.value += 1.0,
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
        let value = |cell: &Gathered| {
            if aggregate == Aggregate::Distinct { cell.distinct.len() as f64 } else { cell.value }
        };
        let mut cells: Vec<Cell> = gathered
            .iter()
            .map(|(&(column, row), cell)| Cell { column, row, value: value(cell), source: cell.source })
            .collect();
        cells.sort_by_key(|cell| (cell.row, cell.column));
        let negative = cells.iter().filter(|cell| cell.value < 0.0).count();
        let mut notes: Vec<String> = columns.note(across.name()).into_iter().chain(rows.note(down.name())).collect();
        if negative > 0 {
            notes.push(format!("{} below zero and not drawn", counted(negative, "sum is", "sums are")));
        }
        let columns = Side::sorted(across.name(), &columns, options.sort_x, &mut cells, |cell| &mut cell.column);
        let rows = Side::sorted(down.name(), &rows, options.sort_y, &mut cells, |cell| &mut cell.row);
        let named = value_column.map_or("", |column| column.name());
        let says = match aggregate {
            Aggregate::Count => "rows".to_owned(),
            Aggregate::Sum => format!("sum of {named}"),
            Aggregate::Distinct => format!("different values of {named}"),
            Aggregate::Presence => "is there".to_owned(),
        };
        Ok(Self {
            columns,
            rows,
            cells,
            says,
            invert: options.invert.unwrap_or_default(),
            log: options.log_scale.unwrap_or_default(),
            presence: aggregate == Aggregate::Presence,
            notes,
        })
    }

    /// Least and greatest value above zero.
    fn bounds(&self) -> (f64, f64) {
        let values = self.cells.iter().map(|cell| cell.value).filter(|value| *value > 0.0);
        values.fold((f64::INFINITY, 0.0), |(least, most), value| (least.min(value), most.max(value)))
    }

    /// The share of the greatest radius that a value has: its area says how much it is.
    fn share(&self, value: f64) -> f64 {
        let (least, most) = self.bounds();
        if self.presence {
            return 0.8;
        }
        if value <= 0.0 || most <= 0.0 {
            return 0.0;
        }
        // Turned round, the rarest is what the most frequent was.
        let (value, most) = if self.invert { (1.0 / value, 1.0 / least) } else { (value, most) };
        let least = if self.invert { 1.0 / self.bounds().1 } else { least };
        if self.log {
            if most <= least { 1.0 } else { 0.25 + 0.75 * (value / least).ln() / (most / least).ln() }
        } else {
            (value / most).sqrt()
        }
    }

    fn room_beside(&self, width: f64) -> f64 {
        let names = self.rows.names.iter().chain([&self.rows.name]).map(String::as_str);
        (widest(names, SMALL) + 14.0).min(width * 0.28).ceil() + 10.0
    }

    /// Whether the names of the columns can stand upright.
    fn is_upright(&self, cell: f64) -> bool {
        widest(self.columns.names.iter().map(String::as_str), SMALL) < cell - 6.0
    }

    fn room_above(&self, cell: f64) -> f64 {
        if self.is_upright(cell) {
            return 40.0;
        }
        widest(self.columns.names.iter().map(String::as_str), SMALL).min(MOST_ABOVE).ceil() + 28.0
    }

    fn cell_width(&self, width: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few columns")]
        let columns = self.columns.names.len().max(1) as f64;
        ((width - self.room_beside(width)) / columns).min(WIDEST_CELL)
    }

    /// The circles of the least value, the greatest and one between, as large as in the plot.
    fn draw_sizes(&self, into: &mut Group, area: Area, most_radius: f64, palette: &Palette) {
        let (least, most) = self.bounds();
        if self.presence || most <= 0.0 {
            return;
        }
        let between = if most > 4.0 * least { vec![(most / 4.0).ceil()] } else { Vec::new() };
        let mut values: Vec<f64> = [least].into_iter().chain(between).chain([most]).collect();
        values.dedup();
        let (mut x, y) = (area.right(), area.bottom() - 18.0);
        for value in values.into_iter().rev() {
            let (radius, label) = ((self.share(value) * most_radius).max(1.0), number_text(value));
            x -= measure(&label, SMALL);
            into.push(text(x, y + 4.0, SMALL, Anchor::Start, label).fill(palette.muted));
            x -= radius + 6.0;
            into.push(circle(x, y, radius).fill(palette.series(0)).opacity(0.8));
            x -= radius + 14.0;
        }
        into.push(text(x, y + 4.0, SMALL, Anchor::End, self.says.clone()).fill(palette.muted));
    }
}

impl Side {
    fn sorted(
        name: &str,
        categories: &Categories,
        sort: Option<Sort>,
        cells: &mut [Cell],
        place: impl Fn(&mut Cell) -> &mut usize,
    ) -> Self {
        let mut totals = vec![0.0; categories.len()];
        for cell in &mut *cells {
            let value = cell.value;
            if let Some(total) = totals.get_mut(*place(cell)) {
                *total += value;
            }
        }
        // Of the plots of several values, only what occurs in this one; the rest stays at the end.
        let occurs: HashSet<usize> = cells.iter_mut().map(|cell| *place(cell)).collect();
        let mut order: Vec<usize> = (0..categories.len()).filter(|number| occurs.contains(number)).collect();
        let rest = (categories.gathered > 0).then(|| categories.len() - 1);
        let total = |number: &usize| totals.get(*number).copied().unwrap_or_default();
        match sort.unwrap_or_default() {
            Sort::Data => {}
            Sort::Asc => order.sort_by_key(|number| natural(categories.name(*number))),
            Sort::Desc => order.sort_by_key(|number| std::cmp::Reverse(natural(categories.name(*number)))),
            Sort::Total => order.sort_by(|one, other| total(other).total_cmp(&total(one))),
        }
        order.sort_by_key(|number| Some(*number) == rest);
        let mut places = vec![0; categories.len()];
        for (new, old) in order.iter().enumerate() {
            if let Some(place) = places.get_mut(*old) {
                *place = new;
            }
        }
        for cell in cells {
            let at = place(cell);
            *at = places.get(*at).copied().unwrap_or_default();
        }
        Self {
            name: name.to_owned(),
            names: order.iter().map(|number| categories.name(*number).to_owned()).collect(),
            totals: order.iter().map(total).collect(),
        }
    }

    /// What a name says on hover.
    fn title(&self, number: usize, says: &str) -> String {
        let name = self.names.get(number).map_or("", String::as_str);
        let total = self.totals.get(number).copied().unwrap_or_default();
        format!("{}: {name}\n{says}: {} in all", self.name, number_text(total))
    }
}

/// A key by which `9` comes before `10`.
fn natural(name: &str) -> (i64, String) {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let number = name.parse::<f64>().map_or(i64::MAX, |number| (number * 1_000.0) as i64);
    (number, name.to_lowercase())
}

impl Picture for Matrix {
    fn summary(&self) -> String {
        format!(
            "{} of {} by {}; size: {}{}{}",
            counted(self.cells.len(), "pair", "pairs"),
            self.columns.name,
            self.rows.name,
            self.says,
            if self.invert { ", the rarest largest" } else { "" },
            if self.log { ", logarithmic" } else { "" },
        )
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    fn legend(&self, _: Theme) -> Vec<LegendEntry> {
        // The sizes stand below the plot: only there are they true.
        Vec::new()
    }

    fn natural_height(&self, width: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let rows = self.rows.names.len().max(1) as f64;
        self.room_above(self.cell_width(width)) + rows * ROW + BELOW
    }

    fn draw(&self, area: Area, theme: Theme) -> Group {
        let palette = theme.palette();
        let mut group = Group::new(Role::Panel);
        let beside = self.room_beside(area.width);
        let wide = self.cell_width(area.width);
        let above = self.room_above(wide).min(area.height / 2.0);
        let plot = area.inset(beside, above, 0.0, BELOW);
        #[expect(clippy::cast_precision_loss, reason = "a few rows and columns")]
        let (columns, rows) = (self.columns.names.len() as f64, self.rows.names.len().max(1) as f64);
        let (high, right) = (plot.height / rows, plot.x + wide * columns);
        #[expect(clippy::cast_precision_loss, reason = "a few rows and columns")]
        let middle =
            |column: usize, row: usize| (plot.x + (column as f64 + 0.5) * wide, plot.y + (row as f64 + 0.5) * high);

        let mut axes = Group::new(Role::Axis).fill(palette.ink);
        for (index, name) in self.rows.names.iter().enumerate() {
            let (_, y) = middle(0, index);
            axes.push(line(plot.x, y, right, y).stroke(palette.grid, 1.0));
            let shown = shorten_middle(name, SMALL, beside - 10.0);
            let title = self.rows.title(index, &self.says);
            axes.push(text(plot.x - 8.0, y + 4.0, SMALL, Anchor::End, shown).title(title));
        }
        for (index, name) in self.columns.names.iter().enumerate() {
            let (x, _) = middle(index, 0);
            axes.push(line(x, plot.y, x, plot.bottom()).stroke(palette.grid, 1.0));
            // Where columns are too narrow for every name, every second or third has one.
            let every = (13.0 / wide).ceil().max(1.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 or 2")]
            if index % every as usize == 0 {
                let title = self.columns.title(index, &self.says);
                let label = if self.is_upright(wide) {
                    text(x, plot.y - 6.0, SMALL, Anchor::Middle, name.clone())
                } else {
                    turned_text(x + 4.0, plot.y - 6.0, SMALL, Anchor::Start, shorten_middle(name, SMALL, above - 28.0))
                };
                axes.push(label.title(title));
            }
        }
        let across = text(plot.x, plot.y - above + 12.0, SMALL, Anchor::Start, format!("{} →", self.columns.name));
        axes.push(across.fill(palette.muted));
        let down = text(plot.x - 8.0, plot.y - above + 12.0, SMALL, Anchor::End, format!("{} ↓", self.rows.name));
        axes.push(down.fill(palette.muted));
        group.push(axes);

        let mut marks = Group::new(Role::Marks).fill(palette.series(0));
        let most = wide.min(high) * 0.48;
        for cell in &self.cells {
            let radius = (self.share(cell.value) * most).max(1.0);
            if cell.value < 0.0 || (cell.value == 0.0 && !self.presence) {
                continue;
            }
            let (x, y) = middle(cell.column, cell.row);
            let name = |side: &Side, number: usize| side.names.get(number).cloned().unwrap_or_default();
            let mut title = format!(
                "{}: {}\n{}: {}",
                self.columns.name,
                name(&self.columns, cell.column),
                self.rows.name,
                name(&self.rows, cell.row)
            );
            if !self.presence {
                title.push_str(&format!("\n{}: {}", self.says, number_text(cell.value)));
            }
            marks.push(circle(x, y, radius).opacity(0.8).title(title).row(cell.source));
        }
        group.push(marks);
        let mut sizes = Group::new(Role::Axis);
        self.draw_sizes(&mut sizes, Area::new(area.x, area.y, right - area.x, area.height), most, palette);
        group.push_group(sizes);
        group
    }
}

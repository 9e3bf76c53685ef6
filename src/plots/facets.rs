//! One plot for each value of a column, all on the same scales, so that they can be compared.

use crate::{
    PlotError,
    font::{measure, shorten},
    kind::Kind,
    options::Theme,
    picture::{Extent, LegendEntry, Picture},
    reading::{Categories, Input},
    scale::counted,
    scene::{Anchor, Area, Group, Role, text},
};

/// Plots in one picture.
const MOST_FACETS: usize = 12;
const HEADING: f64 = 12.5;
/// What stands above each plot: its heading, and room to the plot before.
const ABOVE: f64 = 26.0;
/// Room between two plots side by side.
const BETWEEN: f64 = 24.0;

/// Plots with what each is of.
pub(crate) struct Facets<'t> {
    panels: Vec<(String, Box<dyn Picture + 't>)>,
    column: String,
    /// Plots side by side.
    across: usize,
    notes: Vec<String>,
}

impl<'t> Facets<'t> {
    /// Reads a plot for each value of a column with `read`.
    pub(crate) fn read(
        kind: Kind,
        input: &Input<'t>,
        column: &str,
        read: impl Fn(&Input<'t>) -> Result<Box<dyn Picture + 't>, PlotError>,
    ) -> Result<Self, PlotError> {
        let column = input.named("facet_by", column)?;
        let categories = Categories::read(&[column], input.table.row_count(), MOST_FACETS);
        let mut rows: Vec<Vec<usize>> = vec![Vec::new(); categories.len()];
        for row in 0..input.table.row_count() {
            if let Some(rows) = rows.get_mut(categories.of(row)) {
                rows.push(row);
            }
        }
        let mut panels = Vec::new();
        for (name, rows) in categories.names.iter().zip(rows) {
            panels.push((name.clone(), read(&input.of_rows(rows))?));
        }
        let extent = panels.iter().fold(Extent::default(), |extent, (_, panel)| extent.union(panel.extent()));
        for (_, panel) in &mut panels {
            panel.set_extent(extent);
        }
        let has_rows = matches!(kind, Kind::Timeline | Kind::TimelineDuration);
        Ok(Self {
            across: if has_rows || panels.len() < 2 { 1 } else { 2 },
            panels,
            column: column.name().to_owned(),
            notes: categories.note(column.name()).into_iter().collect(),
        })
    }

    /// How wide one plot is.
    fn width(&self, room: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "one or two")]
        let across = self.across as f64;
        (room - BETWEEN * (across - 1.0)) / across
    }

    /// How high each row of plots would like to be.
    fn heights(&self, width: f64) -> Vec<f64> {
        let height = |(_, panel): &(String, Box<dyn Picture + 't>)| panel.natural_height(width);
        self.panels.chunks(self.across).map(|row| row.iter().map(height).fold(0.0, f64::max)).collect()
    }
}

impl Picture for Facets<'_> {
    fn summary(&self) -> String {
        format!("{}, one for each {}, on the same scales", counted(self.panels.len(), "plot", "plots"), self.column)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        for (name, panel) in &self.panels {
            for note in panel.notes() {
                let note = format!("{name}: {note}");
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
        notes
    }

    fn is_empty(&self) -> bool {
        self.panels.iter().all(|(_, panel)| panel.is_empty())
    }

    fn legend(&self, theme: Theme) -> Vec<LegendEntry> {
        let mut entries: Vec<LegendEntry> = Vec::new();
        for entry in self.panels.iter().flat_map(|(_, panel)| panel.legend(theme)) {
            if !entries.iter().any(|known| known.label == entry.label) {
                entries.push(entry);
            }
        }
        entries
    }

    fn natural_height(&self, width: f64) -> f64 {
        self.heights(self.width(width)).iter().map(|height| height + ABOVE).sum()
    }

    fn draw(&self, area: Area, theme: Theme) -> Group {
        let palette = theme.palette();
        let width = self.width(area.width);
        let heights = self.heights(width);
        let natural: f64 = heights.iter().sum();
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let room = area.height - ABOVE * heights.len() as f64;
        let stretch = (room / natural.max(1.0)).max(0.1);
        let mut group = Group::new(Role::Marks);
        let mut y = area.y;
        for (row, height) in self.panels.chunks(self.across).zip(heights) {
            let mut x = area.x;
            for (name, panel) in row {
                let summary = panel.summary();
                let shown = shorten(name, HEADING, width * 0.6);
                let heading =
                    text(x, y + 16.0, HEADING, Anchor::Start, shown.clone()).fill(palette.ink).whole(&shown, name);
                let beside = x + measure(&shown, HEADING) + 10.0;
                let said = shorten(&summary, 11.0, width - (beside - x));
                group.push(heading);
                group.push(text(beside, y + 16.0, 11.0, Anchor::Start, said).fill(palette.muted));
                if !panel.is_empty() {
                    group.push(panel.draw(Area::new(x, y + ABOVE, width, height * stretch), theme));
                }
                x += width + BETWEEN;
            }
            y += height * stretch + ABOVE;
        }
        group
    }
}

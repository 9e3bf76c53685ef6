//! The picture of nothing: it says why there is nothing to see.

use crate::{
    options::Theme,
    picture::{LegendEntry, Picture},
    scene::{Anchor, Area, Group, Role, rect, text},
};

/// Nothing, and why.
pub(crate) struct Nothing {
    pub(crate) why: String,
}

impl Picture for Nothing {
    fn summary(&self) -> String {
        format!("Nothing to show: {}", self.why)
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    fn is_empty(&self) -> bool {
        false
    }

    fn legend(&self, _: Theme) -> Vec<LegendEntry> {
        Vec::new()
    }

    fn natural_height(&self, _: f64) -> f64 {
        140.0
    }

    fn draw(&self, area: Area, theme: Theme) -> Group {
        let palette = theme.palette();
        let mut group = Group::new(Role::Marks);
        group.push(rect(area, 4.0).fill("none").stroke(palette.grid, 1.0));
        let (x, y) = (area.x + area.width / 2.0, area.y + area.height / 2.0 + 5.0);
        group.push(text(x, y, 14.0, Anchor::Middle, "Nothing to show").fill(palette.muted));
        group
    }
}

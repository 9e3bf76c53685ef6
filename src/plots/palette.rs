//! Colours: of the two themes, of series, and of scales. All can be told apart by colour-blind readers.

use std::borrow::Cow;

use crate::options::Theme;

/// A colour as SVG has it.
pub(crate) type Color = Cow<'static, str>;

/// The colours of a theme.
#[derive(Debug)]
pub(crate) struct Palette {
    /// Behind everything.
    pub(crate) paper: &'static str,
    /// Text that matters.
    pub(crate) ink: &'static str,
    /// Text that helps.
    pub(crate) muted: &'static str,
    /// Axes.
    pub(crate) line: &'static str,
    /// Lines of the grid, stripes.
    pub(crate) grid: &'static str,
    /// Land on a map.
    pub(crate) land: &'static str,
    /// What is pointed out: anomalies, incidents, reference lines.
    pub(crate) alarm: &'static str,
    /// What was expected.
    pub(crate) expected: &'static str,
    /// Series, in this order: Okabe and Ito's set, whose yellow and sky blue are darkened on white until they can be read.
    series: [&'static str; 8],
    /// The ends and middle of a scale (cividis).
    scale: [[f64; 3]; 3],
}

const LIGHT: Palette = Palette {
    paper: "#ffffff",
    ink: "#1b2430",
    muted: "#5b6672",
    line: "#98a2ad",
    grid: "#e8ebef",
    land: "#e3e8ec",
    alarm: "#d55e00",
    expected: "#009e73",
    series: ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#3f9bd6", "#d55e00", "#8a7a00", "#6b7280"],
    scale: [[0.0, 34.0, 78.0], [124.0, 123.0, 120.0], [222.0, 187.0, 44.0]],
};

const DARK: Palette = Palette {
    paper: "#14181d",
    ink: "#e9edf1",
    muted: "#a3adb8",
    line: "#5c6772",
    grid: "#262c33",
    land: "#2b333b",
    alarm: "#ff8a3d",
    expected: "#2fc79a",
    series: ["#56b4e9", "#f0b429", "#2fc79a", "#e29ac4", "#3f8fd6", "#ff8a3d", "#f0e442", "#9aa4af"],
    scale: [[70.0, 110.0, 190.0], [150.0, 148.0, 140.0], [254.0, 232.0, 56.0]],
};

impl Theme {
    pub(crate) const fn palette(self) -> &'static Palette {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }
}

impl Palette {
    /// How many series have a colour of their own.
    pub(crate) const SERIES: usize = 7;

    /// The colour of a series; from the eighth on all are grey.
    pub(crate) fn series(&self, index: usize) -> &'static str {
        let [.., other] = self.series;
        self.series.get(index).copied().unwrap_or(other)
    }

    /// The colour of a verdict or severity.
    pub(crate) fn judgement(&self, name: &str) -> Option<&'static str> {
        Some(match name.to_ascii_lowercase().as_str() {
            "malicious" | "high" | "critical" => self.alarm,
            "suspicious" | "medium" | "warning" => self.series(1),
            "benign" | "low" | "clean" => self.series(0),
            "unknown" | "informational" | "information" | "(none)" => self.series(7),
            _ => return None,
        })
    }

    /// The colour at a place between 0 and 1 of a scale.
    pub(crate) fn at(&self, place: f64) -> Color {
        let [low, middle, high] = self.scale;
        let place = if place.is_finite() { place.clamp(0.0, 1.0) } else { 0.0 };
        let (from, to, share) =
            if place < 0.5 { (low, middle, place * 2.0) } else { (middle, high, place * 2.0 - 1.0) };
        let channel = |from: f64, to: f64| byte(from + (to - from) * share);
        let [(r1, r2), (g1, g2), (b1, b2)] = pairs(from, to);
        format!("#{:02x}{:02x}{:02x}", channel(r1, r2), channel(g1, g2), channel(b1, b2)).into()
    }
}

const fn pairs([r1, g1, b1]: [f64; 3], [r2, g2, b2]: [f64; 3]) -> [(f64, f64); 3] {
    [(r1, r2), (g1, g2), (b1, b2)]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded and within a byte")]
fn byte(channel: f64) -> u8 {
    channel.round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: &str) -> f64 {
        let channel = |at: usize| {
            let part = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()) / 255.0;
            if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read_and_series_can_be_seen_on_both_papers() {
        for palette in [&LIGHT, &DARK] {
            assert!(contrast(palette.ink, palette.paper) > 12.0);
            assert!(contrast(palette.muted, palette.paper) > 4.5);
            for series in palette.series {
                assert!(contrast(series, palette.paper) > 2.1, "{series}");
            }
            assert!(contrast(palette.alarm, palette.paper) > 3.0);
        }
    }

    #[test]
    fn a_scale_runs_from_end_to_end_and_bears_anything() {
        assert_eq!(LIGHT.at(0.0), "#00224e");
        assert_eq!(LIGHT.at(1.0), "#debb2c");
        assert_eq!(LIGHT.at(f64::NAN), "#00224e");
        assert_eq!(LIGHT.series(99), LIGHT.series(7));
    }
}

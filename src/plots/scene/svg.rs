//! A scene as SVG. Everything that came from outside is escaped here, and nowhere else.

use std::fmt::Write as _;

use super::{Anchor, Group, Mark, Node, Role, Shape, Style};
use crate::font::FAMILY;

/// What an SVG is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dress {
    /// To be turned into pixels: shapes alone.
    Plain,
    /// A file of its own, with titles and its font.
    Standalone,
    /// Part of a page, which has the font and moves things about.
    Page,
}

/// A whole picture.
pub(crate) struct Picture<'a> {
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) paper: &'static str,
    pub(crate) nodes: &'a [Node],
    /// The style sheet of a standalone picture.
    pub(crate) style_sheet: &'a str,
}

/// Writes a picture.
pub(crate) fn write(picture: &Picture<'_>, dress: Dress) -> String {
    let mut writer = Writer { out: String::with_capacity(64 * 1024), dress, clips: 0 };
    writer.picture(picture);
    writer.out
}

struct Writer {
    out: String,
    dress: Dress,
    clips: usize,
}

impl Writer {
    fn picture(&mut self, picture: &Picture<'_>) {
        self.out.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\"");
        self.attribute("width", picture.width);
        self.attribute("height", picture.height);
        self.out.push_str(" viewBox=\"0 0 ");
        number(&mut self.out, picture.width);
        self.out.push(' ');
        number(&mut self.out, picture.height);
        // Writing into a string does not fail.
        let _ = write!(self.out, "\" font-family=\"'{FAMILY}', 'Segoe UI', Arial, sans-serif\"");
        if self.dress != Dress::Plain {
            self.out
                .push_str(" role=\"img\" aria-labelledby=\"plot-title plot-description\"><title id=\"plot-title\">");
            escape(&mut self.out, picture.title);
            self.out.push_str("</title><desc id=\"plot-description\">");
            escape(&mut self.out, picture.description);
            self.out.push_str("</desc>");
            if self.dress == Dress::Standalone {
                let _ = write!(self.out, "<style>{}</style>", picture.style_sheet);
            }
        } else {
            self.out.push('>');
        }
        self.out.push_str("<rect");
        self.attribute("width", picture.width);
        self.attribute("height", picture.height);
        let _ = writeln!(self.out, " fill=\"{}\"/>", picture.paper);
        picture.nodes.iter().for_each(|node| self.node(node));
        self.out.push_str("</svg>\n");
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Group(group) => self.group(group),
            Node::Mark(mark) => self.mark(mark),
        }
    }

    fn group(&mut self, group: &Group) {
        let is_page = self.dress == Dress::Page;
        // Only a page can move things out of their frame.
        let clip = group.clip.filter(|_| is_page || group.role != Role::Along);
        if let Some(area) = clip {
            self.clips += 1;
            let _ = write!(self.out, "<clipPath id=\"clip{}\"><rect", self.clips);
            for (name, value) in [("x", area.x), ("y", area.y), ("width", area.width), ("height", area.height)] {
                self.attribute(name, value);
            }
            self.out.push_str("/></clipPath>");
        }
        self.out.push_str("<g");
        if is_page {
            let _ = write!(self.out, " class=\"{}\"", group.role.as_str());
            if let Some(axis) = group.axis {
                let (from, to) = (axis.from_ms, axis.to_ms);
                for (name, value) in
                    [("data-left", axis.left), ("data-right", axis.right), ("data-bottom", axis.bottom)]
                {
                    self.attribute(name, value);
                }
                let _ = write!(self.out, " data-from=\"{from}\" data-to=\"{to}\"");
            }
        }
        self.style(&group.style);
        if clip.is_some() {
            let _ = write!(self.out, " clip-path=\"url(#clip{})\"", self.clips);
        }
        self.out.push('>');
        group.nodes.iter().for_each(|node| self.node(node));
        self.out.push_str("</g>\n");
    }

    fn mark(&mut self, mark: &Mark) {
        if self.dress == Dress::Plain && mark.style.opacity == Some(0.0) {
            return;
        }
        let name = match &mark.shape {
            Shape::Rect { x, y, width, height, radius } => {
                self.out.push_str("<rect");
                for (name, value) in [("x", *x), ("y", *y), ("width", *width), ("height", *height)] {
                    self.attribute(name, value);
                }
                if *radius > 0.0 {
                    self.attribute("rx", *radius);
                }
                "rect"
            }
            Shape::Line { x1, y1, x2, y2 } => {
                self.out.push_str("<line");
                for (name, value) in [("x1", *x1), ("y1", *y1), ("x2", *x2), ("y2", *y2)] {
                    self.attribute(name, value);
                }
                "line"
            }
            Shape::Circle { x, y, radius } => {
                self.out.push_str("<circle");
                for (name, value) in [("cx", *x), ("cy", *y), ("r", *radius)] {
                    self.attribute(name, value);
                }
                "circle"
            }
            Shape::Path { d } => {
                let _ = write!(self.out, "<path d=\"{d}\"");
                "path"
            }
            Shape::Text { x, y, size, anchor, turned, .. } => {
                self.out.push_str("<text");
                for (name, value) in [("x", *x), ("y", *y), ("font-size", *size)] {
                    self.attribute(name, value);
                }
                match anchor {
                    Anchor::Start => {}
                    Anchor::Middle => self.out.push_str(" text-anchor=\"middle\""),
                    Anchor::End => self.out.push_str(" text-anchor=\"end\""),
                }
                if *turned {
                    self.out.push_str(" transform=\"rotate(-90 ");
                    number(&mut self.out, *x);
                    self.out.push(' ');
                    number(&mut self.out, *y);
                    self.out.push_str(")\"");
                }
                "text"
            }
        };
        self.style(&mark.style);
        // Of paint and not of the whole mark, which would be drawn apart: it costs a PNG more than all else.
        if let Some(opacity) = mark.style.opacity {
            let is_stroked = mark.style.stroke.is_some() || name == "line";
            if name != "line" {
                let _ = write!(self.out, " fill-opacity=\"{opacity}\"");
            }
            if is_stroked {
                let _ = write!(self.out, " stroke-opacity=\"{opacity}\"");
            }
        }
        if let (Dress::Page, Some(row)) = (self.dress, mark.row) {
            let _ = write!(self.out, " data-row=\"{row}\"");
        }
        self.content(mark, name);
    }

    fn content(&mut self, mark: &Mark, name: &str) {
        let title = mark.title.as_deref().filter(|_| self.dress != Dress::Plain);
        let text = match &mark.shape {
            Shape::Text { text, .. } => Some(text),
            _ => None,
        };
        if title.is_none() && text.is_none() {
            self.out.push_str("/>");
            return;
        }
        self.out.push('>');
        if let Some(title) = title {
            self.out.push_str("<title>");
            escape(&mut self.out, title);
            self.out.push_str("</title>");
        }
        if let Some(text) = text {
            escape(&mut self.out, text);
        }
        let _ = write!(self.out, "</{name}>");
    }

    fn style(&mut self, style: &Style) {
        if let Some(fill) = &style.fill {
            let _ = write!(self.out, " fill=\"{fill}\"");
        }
        if let Some(stroke) = &style.stroke {
            let _ = write!(self.out, " stroke=\"{stroke}\"");
        }
        if let Some(width) = style.stroke_width {
            let _ = write!(self.out, " stroke-width=\"{width}\"");
        }
        if let Some(dash) = style.dash {
            let _ = write!(self.out, " stroke-dasharray=\"{dash}\"");
        }
        if style.halo {
            self.out.push_str(" paint-order=\"stroke\" stroke-linejoin=\"round\"");
        }
        if let Some((by, x, y)) = style.scaled {
            let _ = write!(self.out, " transform=\"translate({x:.2} {y:.2}) scale({by:.5})\"");
        }
    }

    fn attribute(&mut self, name: &str, value: f64) {
        let _ = write!(self.out, " {name}=\"");
        number(&mut self.out, value);
        self.out.push('"');
    }
}

/// Writes a number to a tenth of a pixel.
#[expect(clippy::cast_possible_truncation, reason = "bounded")]
pub(crate) fn number(out: &mut String, value: f64) {
    let tenths = if value.is_finite() { (value * 10.0).round().clamp(-1e9, 1e9) as i64 } else { 0 };
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    let _ = if tenth == 0 { write!(out, "{sign}{whole}") } else { write!(out, "{sign}{whole}.{tenth}") };
}

/// Writes a text so that none of it is markup and all of it can be seen: marks that turn the direction of writing are
/// spelled out, because with them a name can look like another.
pub(crate) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => {
                let _ = write!(out, "[U+{:04X}]", u32::from(c));
            }
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        escape(&mut out, text);
        out
    }

    #[test]
    fn numbers_are_short() {
        let written = |value| {
            let mut out = String::new();
            number(&mut out, value);
            out
        };
        for (value, text) in
            [(1.0, "1"), (1.25, "1.3"), (-0.04, "0"), (-3.5, "-3.5"), (f64::NAN, "0"), (1e300, "100000000")]
        {
            assert_eq!(written(value), text);
        }
    }

    #[test]
    fn what_turns_the_direction_of_writing_is_shown() {
        assert_eq!(escaped("invoice\u{202e}fdp.exe"), "invoice[U+202E]fdp.exe");
        assert_eq!(escaped("a\u{0}\u{8}b"), "ab");
    }

    proptest! {
        #[test]
        fn no_text_becomes_markup(text in any::<String>()) {
            let escaped = escaped(&text);
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
            for part in escaped.split('&').skip(1) {
                prop_assert!(["lt;", "gt;", "amp;", "quot;", "#39;"].iter().any(|entity| part.starts_with(entity)));
            }
            prop_assert!(!escaped.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        }
    }
}

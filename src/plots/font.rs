//! The fonts that are built in, how wide texts are in them, and texts cut to a width.

use std::sync::LazyLock;

use ttf_parser::Face;

/// Latin, Greek and Cyrillic; then Hebrew and Arabic. Noto Sans, OFL 1.1.
pub(crate) const FACES: [&[u8]; 3] = [
    include_bytes!("fonts/NotoSans.ttf"),
    include_bytes!("fonts/NotoSansHebrew.ttf"),
    include_bytes!("fonts/NotoSansArabic.ttf"),
];

/// Latin alone, compressed, to travel inside a picture.
pub(crate) const FOR_THE_WEB: &[u8] = include_bytes!("fonts/NotoSans.woff2");

/// The family of the first face.
pub(crate) const FAMILY: &str = "Noto Sans";

/// Sizes of text in a plot.
pub(crate) const SMALL: f64 = 11.0;
pub(crate) const TINY: f64 = 10.0;

/// Widths of characters in shares of the font's size.
struct Widths {
    ascii: [f64; 128],
    faces: Vec<Face<'static>>,
}

static WIDTHS: LazyLock<Widths> = LazyLock::new(|| {
    let faces: Vec<_> = FACES.iter().filter_map(|face| Face::parse(face, 0).ok()).collect();
    let mut ascii = [0.6; 128];
    for (code, width) in (0_u8..).zip(&mut ascii) {
        *width = width_in(&faces, char::from(code));
    }
    Widths { ascii, faces }
});

/// A character that no face has is taken to be as wide as it is high.
fn width_in(faces: &[Face<'_>], c: char) -> f64 {
    let known = faces.iter().find_map(|face| {
        let advance = face.glyph_hor_advance(face.glyph_index(c)?)?;
        Some(f64::from(advance) / f64::from(face.units_per_em()))
    });
    known.unwrap_or(if c.is_control() { 0.0 } else { 1.0 })
}

fn width_of(c: char) -> f64 {
    let ascii = usize::try_from(u32::from(c)).ok().and_then(|code| WIDTHS.ascii.get(code));
    ascii.copied().unwrap_or_else(|| width_in(&WIDTHS.faces, c))
}

/// How wide a text is.
pub(crate) fn measure(text: &str, size: f64) -> f64 {
    text.chars().map(width_of).sum::<f64>() * size
}

/// The widest of several texts.
pub(crate) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, size: f64) -> f64 {
    texts.into_iter().map(|text| measure(text, size)).fold(0.0, f64::max)
}

/// A text that is cut at its end, with an ellipsis, if it is too wide.
pub(crate) fn shorten(text: &str, size: f64, room: f64) -> String {
    match cut(text.chars(), size, room) {
        None => text.to_owned(),
        Some(kept) => format!("{}…", kept.into_iter().collect::<String>().trim_end()),
    }
}

/// A text that loses its middle if it is too wide: of names that begin alike, the ends tell them apart.
pub(crate) fn shorten_middle(text: &str, size: f64, room: f64) -> String {
    if cut(text.chars(), size, room).is_none() {
        return text.to_owned();
    }
    let half = (room - width_of('…') * size) / 2.0;
    let head: String = cut(text.chars(), size, half + width_of('…') * size).unwrap_or_default().into_iter().collect();
    let tail = cut(text.chars().rev(), size, half + width_of('…') * size).unwrap_or_default();
    format!("{head}…{}", tail.into_iter().rev().collect::<String>())
}

/// The characters that fit beside an ellipsis; nothing if all of them fit without.
fn cut(characters: impl Iterator<Item = char>, size: f64, room: f64) -> Option<Vec<char>> {
    let mut kept = Vec::new();
    let (mut used, mut fitting) = (0.0, 0);
    let short = room - width_of('…') * size;
    for c in characters {
        used += width_of(c) * size;
        if used <= short {
            fitting += 1;
        }
        if used > room {
            kept.truncate(fitting);
            return Some(kept);
        }
        kept.push(c);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_are_wider_than_narrow_ones_in_every_script() {
        assert!(measure("WWW", 10.0) > 2.0 * measure("iii", 10.0));
        for text in ["abc", "абв", "αβγ", "אבג", "ابج", "漢字"] {
            let width = measure(text, 10.0);
            assert!((8.0..40.0).contains(&width), "{text}: {width}");
        }
        assert!(widest(["a", "abc"], 10.0) > measure("a", 10.0));
    }

    #[test]
    fn a_cut_text_fits_and_keeps_what_tells_it_from_others() {
        let path = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";
        for shortened in [shorten(path, 11.0, 120.0), shorten_middle(path, 11.0, 120.0)] {
            assert!(measure(&shortened, 11.0) <= 120.0, "{shortened}");
            assert!(shortened.contains('…'), "{shortened}");
        }
        assert!(shorten(path, 11.0, 120.0).starts_with("C:"));
        assert!(shorten_middle(path, 11.0, 120.0).ends_with(".exe"));
        assert_eq!(shorten("short", 11.0, 120.0), "short");
        assert_eq!(shorten("short", 11.0, 0.0), "…");
    }
}

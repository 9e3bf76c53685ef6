//! A picture as PNG, with no other fonts than those that are built in.

use std::sync::{Arc, LazyLock};

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb::Database},
};

use crate::{
    PlotError,
    font::{FACES, FAMILY},
};

/// Millions of pixels in one PNG.
const MOST_MEGAPIXELS: u32 = 25;

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    for face in FACES {
        fonts.load_font_data(face.to_vec());
    }
    fonts.set_sans_serif_family(FAMILY);
    Arc::new(fonts)
});

/// Turns an SVG of this size into pixels, `scale` for each of its own.
pub(crate) fn render(svg: &str, width: f64, height: f64, scale: f64) -> Result<Vec<u8>, PlotError> {
    if width * height * scale * scale > f64::from(MOST_MEGAPIXELS) * 1e6 {
        return Err(PlotError::TooManyPixels { most: MOST_MEGAPIXELS });
    }
    let options = Options { font_family: FAMILY.to_owned(), fontdb: Arc::clone(&FONTS), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|_| PlotError::NoPixels)?;
    let mut pixels = Pixmap::new(side(width * scale), side(height * scale)).ok_or(PlotError::NoPixels)?;
    #[expect(clippy::cast_possible_truncation, reason = "at most 4")]
    let scale = scale as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|_| PlotError::NoPixels)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the number of pixels")]
fn side(length: f64) -> u32 {
    length.round().max(1.0) as u32
}

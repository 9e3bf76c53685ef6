//! A picture as PNG, with no other fonts than those that are built in.

use std::sync::{Arc, LazyLock};

use png::{ColorType, Compression, Encoder, EncodingError};
use resvg::{
    tiny_skia::{Color, Pixmap, Transform},
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

/// Turns an SVG of this size on this paper into pixels, `scale` for each of its own.
pub(crate) fn render(svg: &str, paper: &str, width: f64, height: f64, scale: f64) -> Result<Vec<u8>, PlotError> {
    if width * height * scale * scale > f64::from(MOST_MEGAPIXELS) * 1e6 {
        return Err(PlotError::TooManyPixels { most: MOST_MEGAPIXELS });
    }
    let options = Options { font_family: FAMILY.to_owned(), fontdb: Arc::clone(&FONTS), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|_| PlotError::NoPixels)?;
    let mut pixels = Pixmap::new(side(width * scale), side(height * scale)).ok_or(PlotError::NoPixels)?;
    pixels.fill(color(paper));
    #[expect(clippy::cast_possible_truncation, reason = "at most 4")]
    let scale = scale as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    encode(&pixels).map_err(|_| PlotError::NoPixels)
}

/// On paper nothing is see-through, so that a third of the bytes less is packed. The fast way of packing takes a fraction of
/// the time, and what it leaves is hardly larger for areas of one colour.
fn encode(pixels: &Pixmap) -> Result<Vec<u8>, EncodingError> {
    let (colors, _) = pixels.data().as_chunks::<4>();
    let opaque: Vec<u8> = colors.iter().flat_map(|[red, green, blue, _]| [*red, *green, *blue]).collect();
    let mut written = Vec::new();
    let mut encoder = Encoder::new(&mut written, pixels.width(), pixels.height());
    encoder.set_color(ColorType::Rgb);
    encoder.set_compression(Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&opaque)?;
    writer.finish()?;
    Ok(written)
}

/// The colour of the paper, written as `#rrggbb`; white if it is written otherwise.
fn color(paper: &str) -> Color {
    let digits = paper.strip_prefix('#').and_then(|digits| u32::from_str_radix(digits, 16).ok());
    digits.map_or(Color::WHITE, |number| {
        let [_, red, green, blue] = number.to_be_bytes();
        Color::from_rgba8(red, green, blue, 255)
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the number of pixels")]
fn side(length: f64) -> u32 {
    length.round().max(1.0) as u32
}

//! `render timechart`: how the answer is best shown. A hint; rows and columns stay.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::Name,
};

/// `render timechart with (title="a")`
#[derive(Debug, Clone, PartialEq)]
pub struct Render {
    /// The kind of drawing.
    pub chart: Name,
    /// Its settings, in the older form without brackets or in the newer with them. Lists of columns are joined by commas.
    pub settings: Vec<Setting>,
}

impl Render {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let chart = parser.any_name()?;
        let mut settings = Vec::new();
        loop {
            if parser.eat("with") {
                if parser.eat("(") {
                    parser.eat(",");
                    settings.append(&mut parser.list_until(")", Parser::render_setting)?);
                    break;
                }
            } else if parser.is_name_before("=") {
                settings.push(parser.render_setting()?);
                parser.eat(",");
            } else {
                break;
            }
        }
        Ok(Self { chart, settings })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("render").word(&self.chart);
        if !self.settings.is_empty() {
            out.put("with").settings_in_brackets(&self.settings);
        }
    }
}

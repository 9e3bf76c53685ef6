//! `project-away`, `project-keep`, `project-reorder`, `project-by-names`: columns by their names or by names that are alike.

use crate::{
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, Name},
};

/// A name, or names that are alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Selector {
    /// The name; with stars if names are meant that are alike.
    pub name: Name,
    /// Whether stars stand for anything.
    pub is_wildcard: bool,
}

/// `project-away a, b*`
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectAway {
    /// The columns that go.
    pub columns: Vec<Selector>,
}

/// `project-keep a, b*`
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectKeep {
    /// The columns that stay.
    pub columns: Vec<Selector>,
}

/// `project-reorder a, b* asc`
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectReorder {
    /// The columns that come first.
    pub columns: Vec<ReorderKey>,
}

/// Columns that come first, sorted by their names if that is said.
#[derive(Debug, Clone, PartialEq)]
pub struct ReorderKey {
    /// Which.
    pub columns: Selector,
    /// How names that are alike are sorted: `asc`, `desc`, `granny-asc`, `granny-desc`.
    pub order: Option<Box<str>>,
}

/// `project-by-names "a", dynamic(["b"])`
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectByNames {
    /// Texts and lists of texts, which are the same for all rows.
    pub names: Vec<Expr>,
}

impl Selector {
    fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        if parser.is_lone_star() {
            let star = parser.star();
            return Ok(Self { name: Name { text: "*".into(), span: star.span }, is_wildcard: true });
        }
        let (name, is_wildcard) = parser.name_or_wildcard()?;
        Ok(Self { name, is_wildcard })
    }

    fn print<'o>(&self, out: &'o mut Printer) -> &'o mut Printer {
        if self.is_wildcard { out.wildcard(&self.name) } else { out.name(&self.name) }
    }
}

impl ProjectAway {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { columns: parser.step_list(Selector::parse)? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("project-away").list(&self.columns, |out, column| column.print(out));
    }
}

impl ProjectKeep {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { columns: parser.step_list(Selector::parse)? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("project-keep").list(&self.columns, |out, column| column.print(out));
    }
}

impl ProjectReorder {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let columns = parser.step_list(|parser| {
            let columns = Selector::parse(parser)?;
            let word = parser.dashed_word();
            let order = matches!(word.as_str(), "asc" | "desc" | "granny-asc" | "granny-desc").then(|| {
                parser.eat_dashed();
                word.into()
            });
            Ok(ReorderKey { columns, order })
        })?;
        Ok(Self { columns })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("project-reorder").list(&self.columns, |out, key| {
            key.columns.print(out);
            match &key.order {
                Some(order) => out.put(order),
                None => out,
            }
        });
    }
}

impl ProjectByNames {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { names: parser.step_list(Parser::expression)? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("project-by-names").list(&self.names, |out, name| out.expr(name));
    }
}

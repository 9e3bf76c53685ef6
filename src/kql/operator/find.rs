//! `find in (A, B) where a project b`: rows of several tables, with the columns that were asked for.

use model::ColumnType;

use crate::{
    mistake::Wrong,
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, Name},
};

/// `find in (A, B) where a project b`
#[derive(Debug, Clone, PartialEq)]
pub struct Find {
    /// `withsource` and hints.
    pub settings: Vec<Setting>,
    /// Where; all tables if empty.
    pub tables: Vec<FindTable>,
    /// What must be true.
    pub condition: Expr,
    /// Which columns.
    pub columns: FindColumns,
}

/// A table to look in.
#[derive(Debug, Clone, PartialEq)]
pub struct FindTable {
    /// The table, or names that are alike.
    pub table: Expr,
    /// Its name in the answer.
    pub alias: Option<Name>,
}

/// The columns of what was found.
#[derive(Debug, Clone, PartialEq)]
pub enum FindColumns {
    /// Those of the condition, and all others in one bag.
    Smart,
    /// These.
    Project(Vec<FindColumn>),
    /// All but these.
    Away(Vec<FindColumn>),
}

/// A column of what was found.
#[derive(Debug, Clone, PartialEq)]
pub enum FindColumn {
    /// `*`
    Star,
    /// `pack(*)`: all others in one bag.
    Pack,
    /// `a` or `a:long`
    Column(Name, Option<ColumnType>),
}

impl Find {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        let tables = FindTable::parse_in(parser)?;
        if !settings.is_empty() || !tables.is_empty() {
            parser.need("where")?;
        } else {
            parser.eat("where");
        }
        let condition = parser.expression()?;
        Ok(Self { settings, tables, condition, columns: FindColumns::parse(parser)? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("find").settings(&self.settings);
        FindTable::print_in(&self.tables, out);
        out.put("where").expr(&self.condition);
        match &self.columns {
            FindColumns::Smart => {}
            FindColumns::Project(columns) => {
                out.put("project").list(columns, |out, column| column.print(out));
            }
            FindColumns::Away(columns) => {
                out.put("project-away").list(columns, |out, column| column.print(out));
            }
        }
    }
}

impl FindTable {
    /// Takes `in (A, B)` if it is next.
    pub(super) fn parse_in(parser: &mut Parser<'_>) -> Parsed<Vec<Self>> {
        if !parser.eat("in") {
            return Ok(Vec::new());
        }
        parser.need("(")?;
        let tables = parser.list_until(")", |parser| {
            let table = parser.entity()?;
            let alias = if parser.eat("|") {
                parser.need("as")?;
                Some(parser.any_name()?)
            } else {
                None
            };
            Ok(Self { table, alias })
        })?;
        if tables.is_empty() { Err(Wrong::expected("a table", parser.span())) } else { Ok(tables) }
    }

    pub(super) fn print_in(tables: &[Self], out: &mut Printer) {
        if tables.is_empty() {
            return;
        }
        out.put("in").put("(");
        out.list(tables, |out, table| {
            out.expr(&table.table);
            match &table.alias {
                Some(alias) => out.put("|").put("as").name(alias),
                None => out,
            }
        });
        out.put(")");
    }
}

impl FindColumns {
    fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        match parser.dashed_word().as_str() {
            "project" => {
                parser.eat("project");
                parser.list(FindColumn::parse).map(Self::Project)
            }
            "project-away" => {
                parser.eat_dashed();
                parser.list(FindColumn::parse).map(Self::Away)
            }
            "project-smart" => {
                parser.eat_dashed();
                Ok(Self::Smart)
            }
            _ => Ok(Self::Smart),
        }
    }
}

impl FindColumn {
    fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        if parser.eat("*") {
            return Ok(Self::Star);
        }
        let name = parser.any_name()?;
        if &*name.text == "pack" && parser.eat("(") {
            parser.need("*")?;
            parser.need(")")?;
            return Ok(Self::Pack);
        }
        let column_type = if parser.eat(":") { Some(parser.type_name()?) } else { None };
        Ok(Self::Column(name, column_type))
    }

    fn print<'o>(&self, out: &'o mut Printer) -> &'o mut Printer {
        match self {
            Self::Star => out.put("*"),
            Self::Pack => out.put("pack").glue("(*)"),
            Self::Column(name, None) => out.name(name),
            Self::Column(name, Some(column_type)) => out.name(name).glue(":").put(column_type.as_str()),
        }
    }
}

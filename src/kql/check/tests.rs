//! Queries as a whole: documented examples, the official parser's answers, what the checked tree says, and what hostile
//! texts do.

mod checked;
mod documented;
mod externaldata;
mod hostile;
mod hunting;
mod official;
mod stored;
mod unchecked;

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    Catalogue, Checked, Context, Literal, Mistakes, check,
    checked::{Column, External, Output, Schema},
    parse,
};

/// Columns from `a:string, b:long`.
fn schema(text: &str) -> Schema {
    let column = |text: &str| {
        let (name, column_type) = text.trim().split_once(':').expect("a name and a type");
        Column::new(name, crate::literal::named_type(column_type).expect("a type"))
    };
    text.split(',').map(column).collect()
}

/// The tables that the queries of the tests name.
fn tables() -> BTreeMap<Arc<str>, Schema> {
    BTreeMap::from([
        ("T".into(), schema("a:string,b:long,c:real,d:dynamic,t:datetime,s:timespan,i:int,g:guid,m:decimal,o:bool")),
        ("U".into(), schema("a:string,x:long,y:string,t:datetime")),
        ("V".into(), schema("a:long,z:string")),
    ])
}

/// Tables beside which `externaldata` may read everything.
struct Open<'t>(&'t BTreeMap<Arc<str>, Schema>);

impl Catalogue for Open<'_> {
    fn table(&self, database: Option<&str>, name: &str) -> Option<Schema> {
        self.0.table(database, name)
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.0.names()
    }

    fn may_read(&self, _: &External, _: &Schema) -> bool {
        true
    }
}

/// The results of a query. Columns that must be found out first are those given.
fn outputs_of(
    query: &str,
    tables: &BTreeMap<Arc<str>, Schema>,
    found: &[Schema],
    parameters: &BTreeMap<Arc<str>, Literal>,
) -> Result<Vec<Output>, Mistakes> {
    let context =
        Context { catalogue: &Open(tables), functions: crate::Functions::NONE, parameters, discovered: found };
    match check(&parse(query)?, &context)? {
        Checked::Ready(outputs) => Ok(outputs),
        Checked::Discover(evaluate) => panic!("{query}: the columns of {:?} are not known", evaluate.plugin),
    }
}

fn outputs(query: &str) -> Result<Vec<Output>, Mistakes> {
    outputs_of(query, &tables(), &[], &BTreeMap::new())
}

/// Names and types of columns, as `schema` reads them.
fn described(columns: &[Column]) -> String {
    let described = |column: &Column| format!("{}:{}", column.name, column.column_type.as_str());
    columns.iter().map(described).collect::<Vec<_>>().join(", ")
}

/// The columns of the first result.
fn columns(query: &str) -> String {
    match outputs(query) {
        Ok(outputs) => outputs.first().map(|output| described(output.table.schema())).unwrap_or_default(),
        Err(mistakes) => panic!("{query}: {mistakes}"),
    }
}

/// A list of what is allowed to differ: what it is about, and why.
fn exceptions(text: &'static str) -> BTreeMap<&'static str, &'static str> {
    text.lines().filter_map(|line| line.split_once('\t')).collect()
}

//! `mv-expand` and `mv-apply`.

use model::ColumnType::{Dynamic, Long, String};

use super::{
    Checker, Done,
    names::{self, Columns},
    scope::Scope,
    types,
    union::setting,
};
use crate::{
    checked::{self, Expansion, Expansions, Source, Table},
    operator::{Expanded, MvApply, MvExpand, Setting},
    place::Span,
    tree,
};

impl<'t> Checker<'_, 't> {
    pub(super) fn mv_expand(
        &mut self,
        expand: &'t MvExpand,
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let mut columns = Columns::new(table.schema());
        let expansions =
            self.expansions(&expand.items, &expand.settings, expand.limit.as_ref(), &table, &mut columns, scope)?;
        Ok(table.then(checked::Operator::MvExpand(expansions), columns.into_schema(), span))
    }

    fn expansions(
        &mut self,
        items: &'t [Expanded],
        settings: &[Setting],
        limit: Option<&'t tree::Expr>,
        table: &Table,
        columns: &mut Columns,
        scope: &Scope<'t>,
    ) -> Done<Expansions> {
        let schema = table.schema().clone();
        let env = self.env(scope, &schema);
        let mut expanded = Vec::with_capacity(items.len());
        for item in items {
            let list = self.expr(&item.list.expr, env)?;
            let list = if list.column_type == String { self.parsed_json(list) } else { types::cast(list, Dynamic) };
            let column_type = item.column_type.unwrap_or(Dynamic);
            let column = match (item.list.names.first(), names::of_expr(&item.list.expr)) {
                (Some(name), _) => columns.put(&name.text, column_type),
                (None, Some(name)) => columns.put(&name, column_type),
                (None, None) => columns.add_unnamed(column_type),
            };
            expanded.push(Expansion { list, column, column_type });
        }
        let index = setting(settings, "with_itemindex").map(|name| columns.put(name, Long));
        let as_array = setting(settings, "kind").or_else(|| setting(settings, "bagexpansion")) == Some("array");
        let limit = limit.map(|limit| self.row_count(limit, scope)).transpose()?;
        Ok(Expansions { items: expanded, as_array, index, limit })
    }

    pub(super) fn mv_apply(&mut self, apply: &'t MvApply, table: Table, scope: &Scope<'t>, span: Span) -> Done<Table> {
        let mut columns = Columns::new(table.schema());
        let expansions =
            self.expansions(&apply.items, &apply.settings, apply.limit.as_ref(), &table, &mut columns, scope)?;
        let input = columns.into_schema();
        let source = Table { source: Source::Input, columns: input.clone(), steps: Vec::new() };
        let inner = self.within(span, |checker| checker.pipe_value(&apply.on, scope, Some(source))?.table(span))?;
        let row = table.schema().clone();
        let is_expanded = |place: usize| expansions.items.iter().any(|item| item.column == place);
        let mut out = Columns::default();
        let mut outputs = Vec::new();
        for (place, column) in row.iter().enumerate().filter(|(place, _)| !is_expanded(*place)) {
            // What the inner table says of a column of that name counts.
            let of_table = inner.schema().iter().position(|known| known.name == column.name);
            let known = of_table.and_then(|at| inner.schema().get(at)).unwrap_or(column);
            out.put(&column.name, known.column_type);
            outputs.push(of_table.map_or(Ok(place), Err));
        }
        for (place, column) in inner.schema().iter().enumerate() {
            if out.place(&column.name).is_none() {
                out.put(&column.name, column.column_type);
                outputs.push(Err(place));
            }
        }
        let operator = checked::Operator::MvApply { expansions, input, table: Box::new(inner), outputs };
        Ok(table.then(operator, out.into_schema(), span))
    }
}

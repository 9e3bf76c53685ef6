//! `invoke`: a function of the query, or one of Defender's that add what only Defender knows: nothing, here.

use model::ColumnType::{self, Bool, Datetime, Dynamic, Int, String};

use super::{
    Checker, Done, call,
    names::Columns,
    row::Env,
    scope::{Binding, Scope},
};
use crate::{
    Literal,
    checked::{Expr, Table},
    mistake::{What, Wrong},
    operator::Invoke,
    place::Span,
    tree::{ExprKind, Member, Named},
};

/// The columns that `FileProfile` adds (Microsoft Defender XDR, "FileProfile()").
const FILE_PROFILE: [(&str, ColumnType); 18] = [
    ("SHA1", String),
    ("SHA256", String),
    ("MD5", String),
    ("FileSize", Int),
    ("GlobalPrevalence", Int),
    ("GlobalFirstSeen", Datetime),
    ("GlobalLastSeen", Datetime),
    ("Signer", String),
    ("Issuer", String),
    ("SignerHash", String),
    ("IsCertificateValid", Bool),
    ("IsRootSignerMicrosoft", Bool),
    ("SignatureState", String),
    ("IsExecutable", Bool),
    ("ThreatName", String),
    ("Publisher", String),
    ("SoftwareName", String),
    (PROFILE_AVAILABILITY, String),
];

/// The column that `SeenBy` adds: the devices that saw one that is not onboarded (Microsoft Defender XDR, "SeenBy()").
const SEEN_BY: [(&str, ColumnType); 1] = [("SeenBy", Dynamic)];

/// Says whether there is a profile; `Missing`, as documented, if nothing is known of the file.
const PROFILE_AVAILABILITY: &str = "ProfileAvailability";

impl<'t> Checker<'_, 't> {
    pub(super) fn invoke(&mut self, invoke: &'t Invoke, table: Table, scope: &Scope<'t>) -> Done<Table> {
        let (ExprKind::Call { function, arguments }
        | ExprKind::Member { member: Member::Call { function, arguments }, .. }) = &invoke.call.kind
        else {
            return Err(Wrong::expected("a call of a function", invoke.call.span));
        };
        let span = invoke.call.span;
        match scope.find(&function.text) {
            Some(Binding::Function(declaration, seen)) => {
                let (declaration, seen) = (*declaration, seen.clone());
                let env = Env::constant(scope);
                self.call_declared(declaration, &seen, arguments, Some(table), span, env)?.table(span)
            }
            _ => match self.stored(&function.text) {
                Some(stored) => {
                    self.call_stored(stored, arguments, Some(table), span, Env::constant(scope))?.table(span)
                }
                None if &*function.text == "FileProfile" => self.file_profile(arguments, table, scope, span),
                None if &*function.text == "SeenBy" && arguments.is_empty() => {
                    Ok(self.with_unknown(&SEEN_BY, table, scope, span))
                }
                None => {
                    let known = scope.names().chain(self.context.functions.names());
                    Err(Wrong::new(What::UnknownFunction, function.span).near(&function.text, known))
                }
            },
        }
    }

    fn file_profile(&mut self, arguments: &'t [Named], table: Table, scope: &Scope<'t>, span: Span) -> Done<Table> {
        let [hash, limit @ ..] = arguments else {
            return Err(Wrong::new(What::WrongCount { expected: "1 to 2".into(), found: 0 }, span));
        };
        if let [limit, ..] = limit {
            self.row_count(&limit.expr, scope)?;
        }
        let schema = table.schema().clone();
        // The column of hashes, or the text of its name.
        let env = self.env(scope, &schema);
        self.expr(&hash.expr, env)?;
        Ok(self.with_unknown(&FILE_PROFILE, table, scope, span))
    }

    /// Adds what is not there of columns, all of them without a value.
    fn with_unknown(&mut self, unknown: &[(&str, ColumnType)], table: Table, scope: &Scope<'t>, span: Span) -> Table {
        let schema = table.schema().clone();
        let mut columns = Columns::new(&schema);
        let mut exprs: Vec<Expr> = call::all_columns(self.env(scope, &schema), span).collect();
        for &(name, column_type) in unknown {
            if columns.place(name).is_none() {
                columns.put(name, column_type);
                let value = match column_type {
                    String if name == PROFILE_AVAILABILITY => Literal::String("Missing".into()),
                    String => Literal::String("".into()),
                    _ => Literal::Null(column_type),
                };
                exprs.push(Expr::of_literal(value, span));
            }
        }
        table.project(exprs, columns.into_schema(), span)
    }
}

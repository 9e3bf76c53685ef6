//! The permission that an operation needs, as an argument of its handler.

use std::{
    future::{Ready, ready},
    marker::PhantomData,
};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev};

use super::{Caller, Refusal};
use crate::{
    api::{arrival::Arrival, problem::Problem},
    settings::Scope,
};

/// A scope as a type.
pub trait Permission: 'static {
    /// The scope.
    const SCOPE: Scope;
}

/// A caller who has the scope `P`. The first argument of every handler: a request that gets past it may be read.
///
/// Where nobody has found out who calls, it refuses.
#[derive(Debug)]
pub struct Allowed<P> {
    /// Who calls.
    pub caller: Caller,
    permission: PhantomData<P>,
}

/// A caller, whatever it may do: for what belongs to its caller alone.
#[derive(Debug)]
pub(crate) struct Known(pub(crate) Caller);

impl FromRequest for Known {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(caller(request).map(Self).ok_or_else(|| Refusal::Missing.into()))
    }
}

fn caller(request: &HttpRequest) -> Option<Caller> {
    request.extensions().get::<Arrival>().and_then(|arrival| arrival.caller.clone())
}

impl<P: Permission> FromRequest for Allowed<P> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(match caller(request) {
            None => Err(Refusal::Missing.into()),
            Some(caller) if !caller.scopes.contains(P::SCOPE) => Err(Refusal::Scope(P::SCOPE).into()),
            Some(caller) => Ok(Self { caller, permission: PhantomData }),
        })
    }
}

/// The scopes as types.
pub mod scope {
    use super::{Permission, Scope};

    macro_rules! permissions {
        ($($permission:ident)*) => {$(
            #[doc = concat!("[`Scope::", stringify!($permission), "`]")]
            #[derive(Debug)]
            pub enum $permission {}

            impl Permission for $permission {
                const SCOPE: Scope = Scope::$permission;
            }
        )*};
    }

    permissions! { Lookup Query Analyze SentinelRead SentinelWrite Admin }
}

//! What comes in its own time: begun once, awaited by many, and brought to its end even if all of them leave.

use sources::{Trouble, TroubleKind};
use tokio::{runtime::Handle, sync::watch};

/// Something on its way, or there.
#[derive(Debug, Clone)]
pub(super) struct Arrival<T>(watch::Receiver<Option<Result<T, Trouble>>>);

impl<T: Clone + Send + Sync + 'static> Arrival<T> {
    /// Begins.
    pub(super) fn begin(runtime: &Handle, coming: impl Future<Output = Result<T, Trouble>> + Send + 'static) -> Self {
        let (tell, told) = watch::channel(None);
        runtime.spawn(async move {
            let outcome = coming.await;
            tell.send_replace(Some(outcome));
        });
        Self(told)
    }

    /// How it ended.
    pub(super) async fn outcome(&self) -> Result<T, Trouble> {
        let mut told = self.0.clone();
        let outcome = told.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| Err(Trouble::new(TroubleKind::Failed, "it broke off inside the service")))
    }

    /// How it ended, if it has.
    pub(super) fn ended(&self) -> Option<Result<T, Trouble>> {
        self.0.borrow().clone()
    }

    /// Whether it is still on its way.
    pub(super) fn is_coming(&self) -> bool {
        // Whoever tells is gone after the end, and after a panic.
        self.0.borrow().is_none() && self.0.has_changed().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn it_comes_to_its_end_though_nobody_waits() {
        let (go, gone) = oneshot::channel::<u8>();
        let arrival = Arrival::begin(&Handle::current(), async move { gone.await.map_err(|_| Trouble::unreadable()) });
        assert!(arrival.is_coming() && arrival.ended().is_none());
        drop(Box::pin(arrival.outcome()));
        go.send(7).unwrap();
        assert_eq!(arrival.clone().outcome().await, Ok(7));
        assert_eq!((arrival.is_coming(), arrival.ended()), (false, Some(Ok(7))));
    }

    #[tokio::test]
    async fn one_that_breaks_off_is_over() {
        let arrival = Arrival::<u8>::begin(&Handle::current(), async { panic!("on purpose") });
        assert_eq!(arrival.outcome().await.unwrap_err().message, "it broke off inside the service");
        assert!(!arrival.is_coming());
    }
}

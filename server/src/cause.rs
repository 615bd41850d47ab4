//! Tells the drive which request is behind what it does.

use crate::http::correlation::CorrelationId;
use crate::services::Services;
use poem::{Endpoint, Middleware, Request, Result};
use std::sync::Arc;
use store::cause::Cause;

/// Middleware that does so, inside of what names requests.
#[derive(Clone, Debug)]
pub struct Caused {
    pub services: Arc<Services>,
}

impl<E: Endpoint> Middleware<E> for Caused {
    type Output = CausedEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        CausedEndpoint {
            inner,
            services: Arc::clone(&self.services),
        }
    }
}

/// What [`Caused`] makes of an endpoint.
#[derive(Debug)]
pub struct CausedEndpoint<E> {
    inner: E,
    services: Arc<Services>,
}

impl<E: Endpoint> Endpoint for CausedEndpoint<E> {
    type Output = E::Output;

    async fn call(&self, request: Request) -> Result<E::Output> {
        let cause = Cause {
            correlation: CorrelationId::of(&request).0,
            address: self.services.proxies.client_ip(&request),
        };
        cause.of(self.inner.call(request)).await
    }
}

//! Work that only one process may do: it is done while a lease is held. When the holder's connection or process dies,
//! another process has the lease at its next try.

use domain::{Result, db::Target, leases::Lease};

/// The wish for a lease, and the lease when it is held.
pub(crate) struct LeaseHolder {
    target: Target,
    name: &'static str,
    held: Option<Lease>,
}

impl LeaseHolder {
    pub fn new(target: Target, name: &'static str) -> Self {
        Self { target, name, held: None }
    }

    /// Whether the lease is held now, after trying to get it if it is not.
    pub async fn hold(&mut self) -> Result<bool> {
        if let Some(lease) = self.held.take() {
            match lease.is_held().await {
                Ok(true) => {
                    self.held = Some(lease);
                    return Ok(true);
                }
                Ok(false) => tracing::warn!(lease = self.name, "a lease was lost"),
                Err(error) => tracing::warn!(lease = self.name, %error, "a lease was lost"),
            }
        }
        self.held = Lease::try_acquire(&self.target, self.name).await?;
        if self.held.is_some() {
            tracing::info!(lease = self.name, "a lease was taken");
        }
        Ok(self.held.is_some())
    }

    /// Gives it up, so that another process need not wait.
    pub async fn release(self) {
        if let Some(lease) = self.held
            && let Err(error) = lease.release().await
        {
            tracing::debug!(lease = self.name, %error, "a lease could not be given up; it ends with its connection");
        }
    }
}

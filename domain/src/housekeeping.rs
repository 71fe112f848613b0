//! Rows that have served their purpose. Deleting them twice, or from two processes at once, does no harm.

use deadpool_postgres::GenericClient;

use crate::{Result, login_tokens, sessions};

/// How many rows were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    pub delivered_messages: u64,
    pub form_tokens: u64,
    pub sessions: u64,
    pub login_attempts: u64,
}

/// Deletes messages that were delivered more than 30 days ago, tokens of forms that were submitted more than a week ago,
/// expired sessions, and counts of login attempts that are over. Messages that were given up are kept.
pub async fn sweep(db: &impl GenericClient) -> Result<Swept> {
    let (delivered_messages, form_tokens, sessions, login_attempts) = tokio::try_join!(
        delivered_messages(db),
        form_tokens(db),
        sessions::delete_expired(db),
        login_tokens::forget_old_attempts(db),
    )?;
    Ok(Swept { delivered_messages, form_tokens, sessions, login_attempts })
}

async fn delivered_messages(db: &impl GenericClient) -> Result<u64> {
    let statement = db
        .prepare_cached("DELETE FROM outbox_message WHERE delivered_at < now() - interval '30 days'")
        .await?;
    Ok(db.execute(&statement, &[]).await?)
}

async fn form_tokens(db: &impl GenericClient) -> Result<u64> {
    let statement = db
        .prepare_cached("DELETE FROM job_request_form_token WHERE created_at < now() - interval '7 days'")
        .await?;
    Ok(db.execute(&statement, &[]).await?)
}

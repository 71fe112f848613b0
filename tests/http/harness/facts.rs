//! What tests ask the database again and again.

use super::Db;

impl Db {
    /// What a backend sends with everything.
    pub async fn backend_token(&self, slug: &str) -> String {
        self.value("SELECT auth_token FROM jobserver_backend WHERE slug = $1", &[&slug]).await
    }

    /// The stored status of the newest job request.
    pub async fn newest_status(&self) -> String {
        self.value("SELECT _status FROM jobserver_jobrequest ORDER BY id DESC LIMIT 1", &[]).await
    }

    /// The identifier of a job request.
    pub async fn identifier_of(&self, job_request: i32) -> String {
        self.value("SELECT identifier FROM jobserver_jobrequest WHERE id = $1", &[&job_request]).await
    }

    /// How many messages have not been delivered, whether they still may be or not.
    pub async fn undelivered(&self) -> i64 {
        self.value("SELECT count(*) FROM outbox_message WHERE delivered_at IS NULL", &[]).await
    }

    /// How many messages were given up.
    pub async fn given_up(&self) -> i64 {
        self.value("SELECT count(*) FROM outbox_message WHERE dead_at IS NOT NULL", &[]).await
    }

    /// These columns of everything that staff did, as our own record has it: oldest first, `|` between them.
    pub async fn staff_events(&self, columns: &str) -> Vec<String> {
        self.values(&format!("SELECT concat_ws('|', {columns}) FROM staff_event ORDER BY id"), &[]).await
    }
}

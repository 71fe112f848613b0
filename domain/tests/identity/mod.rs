//! Who somebody is, what they may do, and how that is remembered.

mod identities;
mod level4;
mod login_tokens;
mod memberships;
mod permissions;
mod project_permissions;
mod redirects;
mod sessions;
mod site_alerts;
mod users;

use devkit::database::TestDatabase;
use domain::{
    db::Object,
    ids::{ProjectId, UserId},
    permissions::Role,
};

/// A fresh database, and a connection to it that keeps it alive.
struct Db {
    db: Object,
    _database: TestDatabase,
}

impl Db {
    async fn fresh() -> Db {
        let database = devkit::database::fresh().await.unwrap();
        let db = database.pool().unwrap().get().await.unwrap();
        Db { db, _database: database }
    }

    /// Somebody without roles, with the e-mail address `<username>@example.com`.
    async fn user(&self, username: &str) -> UserId {
        self.user_with(username, &format!("{username}@example.com"), &[]).await
    }

    /// Somebody with these texts in their roles.
    async fn user_with(&self, username: &str, email: &str, roles: &[&str]) -> UserId {
        let row = self
            .db
            .query_one(
                "INSERT INTO jobserver_user (username, email, fullname, password, roles, date_joined)
                 VALUES ($1::text, $2, initcap($1::text), '', $3, now())
                 RETURNING id",
                &[&username, &email, &roles],
            )
            .await
            .unwrap();
        row.get(0)
    }

    async fn project(&self, slug: &str, by: UserId) -> ProjectId {
        let row = self
            .db
            .query_one(
                "INSERT INTO jobserver_project (
                     name, slug, category, status, status_description, copilot_notes,
                     created_at, created_by_id, updated_at, updated_by_id
                 )
                 VALUES ($1::text, $1::text, 'unknown', 'ongoing', '', '', now(), $2, now(), $2)
                 RETURNING id",
                &[&slug, &by],
            )
            .await
            .unwrap();
        row.get(0)
    }

    /// A membership without audit events.
    async fn member(&self, project: ProjectId, user: UserId, roles: &[Role]) {
        let roles = roles.iter().map(|role| role.stored()).collect::<Vec<_>>();
        self.db
            .execute(
                "INSERT INTO jobserver_projectmembership (project_id, user_id, roles, created_at)
                 VALUES ($1, $2, $3, now())",
                &[&project, &user, &roles],
            )
            .await
            .unwrap();
    }

    async fn github_account(&self, user: UserId, github_id: i64) {
        self.db
            .execute(
                "INSERT INTO social_auth_usersocialauth (user_id, provider, uid, extra_data, created, modified)
                 VALUES ($1, 'github', $2, '{}', now(), now())",
                &[&user, &github_id.to_string()],
            )
            .await
            .unwrap();
    }

    async fn count(&self, table: &str) -> i64 {
        self.db.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0)
    }
}

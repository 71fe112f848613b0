//! Making a workspace: what its name may be, whose repositories it may use, and the one statement that inserts it.
//! Knows nothing of GitHub: whether repository and branch exist is the caller's business.

use crate::{
    Error, Result,
    db::GenericClient,
    ids::{ProjectId, UserId, WorkspaceId},
};

/// The longest name, in characters. The column has no limit, but the name is a folder's on every backend.
pub const NAME_LIMIT: usize = 255;
/// The longest purpose, in characters.
pub const PURPOSE_LIMIT: usize = 20_000;

/// Words that stand in the place of a workspace's name, or below it, in the site's own addresses.
const RESERVED: [&str; 10] = [
    "archive-toggle",
    "cancel",
    "edit",
    "logs",
    "new-workspace",
    "notifications-toggle",
    "outputs",
    "published",
    "releases",
    "run-jobs",
];

/// A name as it is stored, from what was typed.
///
/// # Errors
/// What is wrong with it, for the person who typed it.
pub fn checked_name(typed: &str) -> std::result::Result<String, String> {
    let name = typed.trim().to_lowercase();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() {
        Err("Enter a name.".to_owned())
    } else if name.chars().count() > NAME_LIMIT {
        Err(format!("A name can have {NAME_LIMIT} characters at most."))
    } else if !name.chars().all(is_plain) {
        Err("A name can have letters, numbers, underscores and hyphens only.".to_owned())
    } else if RESERVED.contains(&name.as_str()) {
        Err(format!("“{name}” is part of this site's own addresses. Choose another name."))
    } else {
        Ok(name)
    }
}

/// A purpose as it is stored, from what was typed; used for editing as well.
///
/// # Errors
/// What is wrong with it, for the person who typed it.
pub fn checked_purpose(typed: &str) -> std::result::Result<String, String> {
    let purpose = typed.trim();
    if purpose.is_empty() {
        Err("Say what the workspace is for.".to_owned())
    } else if purpose.chars().count() > PURPOSE_LIMIT {
        Err(format!("The purpose can have {PURPOSE_LIMIT} characters at most."))
    } else if purpose.contains('\0') {
        Err("The purpose holds a character that cannot be stored (NUL).".to_owned())
    } else {
        Ok(purpose.to_owned())
    }
}

/// The GitHub organisations of all organisations a person belongs to, sorted; none: they belong to no organisation.
pub async fn github_orgs(db: &impl GenericClient, person: UserId) -> Result<Option<Vec<String>>> {
    let statement = db
        .prepare_cached(
            "SELECT count(*) AS memberships,
                    coalesce((SELECT array_agg(DISTINCT github_org ORDER BY github_org)
                              FROM jobserver_orgmembership AS own
                              JOIN jobserver_org AS org ON org.id = own.org_id
                              CROSS JOIN unnest(org.github_orgs) AS github_org
                              WHERE own.user_id = $1
                                AND github_org <> ''), '{}') AS github_orgs
             FROM jobserver_orgmembership
             WHERE user_id = $1",
        )
        .await?;
    let row = db.query_one(&statement, &[&person]).await?;
    let memberships: i64 = row.try_get("memberships")?;
    Ok(if memberships == 0 { None } else { Some(row.try_get("github_orgs")?) })
}

/// Whether a workspace of this name exists, in any project.
pub async fn name_is_taken(db: &impl GenericClient, name: &str) -> Result<bool> {
    let statement =
        db.prepare_cached("SELECT EXISTS (SELECT FROM jobserver_workspace WHERE name = $1)").await?;
    Ok(db.query_one(&statement, &[&name]).await?.try_get(0)?)
}

/// A workspace to be made; its texts have been checked.
#[derive(Debug, Clone)]
pub struct NewWorkspace {
    pub name: String,
    pub purpose: String,
    pub repo_url: String,
    pub branch: String,
    pub project: ProjectId,
    pub created_by: UserId,
}

/// Inserts the workspace, and its repository if it is new here. None: the name has been taken meanwhile.
pub async fn create(db: &impl GenericClient, new: &NewWorkspace) -> Result<Option<WorkspaceId>> {
    let statement = db
        .prepare_cached(
            "WITH known AS (
                 SELECT id FROM jobserver_repo WHERE url = $3
             ), added AS (
                 INSERT INTO jobserver_repo (url, has_github_outputs)
                 SELECT $3, false
                 WHERE NOT EXISTS (SELECT FROM known)
                 ON CONFLICT (url) DO UPDATE SET url = excluded.url
                 RETURNING id
             )
             INSERT INTO jobserver_workspace
                 (name, purpose, branch, repo_id, project_id, is_archived, should_notify, uses_new_release_flow,
                  created_at, created_by_id, updated_at, updated_by_id)
             SELECT $1, $2, $4, repo.id, $5, false, false, true, now(), $6, now(), $6
             FROM (SELECT id FROM known UNION ALL SELECT id FROM added) AS repo
             RETURNING id",
        )
        .await?;
    let inserted = db
        .query_one(
            &statement,
            &[&new.name, &new.purpose, &new.repo_url, &new.branch, &new.project, &new.created_by],
        )
        .await
        .map_err(Error::from);
    match inserted {
        Ok(row) => Ok(Some(row.try_get(0)?)),
        Err(error) if error.constraint() == Some("jobserver_workspace_name_key") => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_stored_in_lower_case() {
        assert_eq!(checked_name(" Statins_v2-Main ").unwrap(), "statins_v2-main");
    }

    #[test]
    fn names_that_could_not_be_reached_or_stored_are_refused() {
        for name in ["", "  ", "a b", "a.b", "é", "a\0b", "a/b", "Logs", "new-workspace", &"x".repeat(256)] {
            assert!(checked_name(name).is_err(), "{name:?}");
        }
        assert!(checked_name(&"x".repeat(255)).is_ok());
    }

    #[test]
    fn a_purpose_is_required_and_bounded() {
        assert_eq!(checked_purpose(" For the paper \n").unwrap(), "For the paper");
        for purpose in ["", " \n", "a\0b", &"x".repeat(PURPOSE_LIMIT + 1)] {
            assert!(checked_purpose(purpose).is_err());
        }
    }
}

//! How far Django has migrated a database, read from its `django_migrations`. Rows beyond the wanted ones are normal:
//! production has earlier generations of the same migrations, and components that were removed.

use tokio_postgres::Client;

use super::NewerDjango;
use crate::{Error, Result};

/// The last migration of each component that this program knows, or the rows that together mean the same.
struct Level {
    app: &'static str,
    leaf: &'static str,
    or_all: &'static [&'static str],
}

const LEVELS: [Level; 8] = [
    Level { app: "jobserver", leaf: "0031_alter_project_category", or_all: &[] },
    Level {
        app: "applications",
        leaf: "0001_squashed_2025_03",
        or_all: &["0001_initial", "0002_add_short_data_report", "0003_add_read_analytic_methods_policy"],
    },
    Level {
        app: "redirects",
        leaf: "0001_initial_squashed_2025_03",
        or_all: &[
            "0001_initial",
            "0002_ensure_old_url_has_leading_and_trailing_slashes",
            "0003_remove_redirect_redirects_redirect_only_one_target_model_set_and_more",
        ],
    },
    Level { app: "maintenance", leaf: "0003_drop_django_admin_table", or_all: &[] },
    Level { app: "sessions", leaf: "0001_initial", or_all: &[] },
    Level { app: "social_django", leaf: "0017_usersocialauth_user_social_auth_uid_required", or_all: &[] },
    Level { app: "contenttypes", leaf: "0002_remove_content_type_name", or_all: &[] },
    Level { app: "auth", leaf: "0012_alter_user_first_name_max_length", or_all: &[] },
];

const MAIN_APP: &str = "jobserver";
const MAIN_LEAF: &str = "0031_alter_project_category";
const MAIN_LEAF_NUMBER: u32 = 31;

/// [`Error::Invalid`], naming what is missing or too new, unless Django has migrated exactly as far as is known here.
pub(super) async fn require_known_level(client: &Client, newer: NewerDjango) -> Result<()> {
    let rows = client.query("SELECT app, name FROM django_migrations ORDER BY id", &[]).await?;
    let applied = rows
        .iter()
        .map(|row| Ok((row.try_get("app")?, row.try_get("name")?)))
        .collect::<Result<Vec<(&str, &str)>>>()?;
    let missing = missing(&applied);
    if !missing.is_empty() {
        return Err(Error::Invalid(format!(
            "This database is older than this program can take over: it lacks the Django migrations {}. Run the Django \
             server's `manage.py migrate` to that level first, then this command again.",
            missing.join(", ")
        )));
    }
    let too_new = too_new(&applied);
    if !too_new.is_empty() && newer == NewerDjango::Refuse {
        return Err(Error::Invalid(format!(
            "This database is newer than this program knows: Django has applied {}. Use a newer version of this program, \
             or, if you know that these change nothing that matters here, tell it to accept a newer schema.",
            too_new.join(", ")
        )));
    }
    Ok(())
}

fn missing(applied: &[(&str, &str)]) -> Vec<String> {
    LEVELS
        .iter()
        .filter(|level| {
            let has = |name: &str| applied.contains(&(level.app, name));
            let has_all = !level.or_all.is_empty() && level.or_all.iter().all(|name| has(name));
            !has(level.leaf) && !has_all
        })
        .map(|level| format!("{}.{}", level.app, level.leaf))
        .collect()
}

/// Numbers above the known ones count only when they were applied later: earlier generations used them too.
fn too_new(applied: &[(&str, &str)]) -> Vec<String> {
    applied
        .iter()
        .skip_while(|row| **row != (MAIN_APP, MAIN_LEAF))
        .filter(|(app, name)| {
            *app == MAIN_APP && number(name).is_some_and(|number| number > MAIN_LEAF_NUMBER)
        })
        .map(|(app, name)| format!("{app}.{name}"))
        .collect()
}

fn number(name: &str) -> Option<u32> {
    name.split_once('_').map_or(name, |(number, _)| number).parse().ok()
}

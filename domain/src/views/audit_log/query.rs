//! The statements of the audit log. It is put together from arms: each reads one table along one index, newest first,
//! and no further than the page reaches, so that millions of events cost no more than a page of them. No event is in
//! two arms.

use jiff::Timestamp;
use postgres_types::ToSql;
use tokio_postgres::Row;

use super::MOST;
use crate::{
    Result,
    db::GenericClient,
    ids::ProjectId,
    listing::{self, Parameter},
};

/// Whose log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log<'a> {
    Everything,
    /// By the project's slug.
    Project(&'a str),
    /// By the person's username.
    User(&'a str),
}

/// Which events are wanted. What is empty restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Texts of the column `type`.
    pub kinds: Vec<String>,
    /// Usernames of those who did it.
    pub by: Vec<String>,
    /// Usernames of those whom it concerns.
    pub whom: Vec<String>,
    /// The beginning of the name of what it is about, in any case; or one of these projects.
    pub about: Option<(String, Vec<ProjectId>)>,
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub until: Option<Timestamp>,
}

impl Filter {
    pub fn is_empty(&self) -> bool {
        *self == Filter::default()
    }
}

/// A statement with its parameters.
pub struct Query {
    sql: String,
    params: Vec<Parameter>,
    /// Few texts are ever made of it.
    is_common: bool,
}

impl Query {
    pub async fn run(&self, db: &impl GenericClient) -> Result<Vec<Row>> {
        let params: Vec<&(dyn ToSql + Sync)> =
            self.params.iter().map(|param| param.as_ref() as &(dyn ToSql + Sync)).collect();
        if self.is_common {
            let statement = db.prepare_cached(&self.sql).await?;
            return Ok(db.query(&statement, &params).await?);
        }
        // Planned for these very values: how rare a kind or how busy a person is decides which index serves.
        Ok(db.query(self.sql.as_str(), &params).await?)
    }
}

/// How many events there are, [`MOST`] at most.
pub fn count(log: Log<'_>, filter: &Filter) -> Query {
    let mut built = Built::default();
    let arms: Vec<String> = built
        .arms(log, filter)
        .iter()
        .map(|arm| format!("(SELECT FROM {} {})", arm.table.name(), arm.where_clause()))
        .collect();
    let sql = format!(
        "SELECT count(*)
         FROM (
             SELECT FROM ({}) AS event
             LIMIT {MOST}
         ) AS event",
        arms.join(" UNION ALL "),
    );
    built.into_query(sql, filter)
}

/// The events from `offset` on, at most `limit`, newest first.
pub fn page(log: Log<'_>, filter: &Filter, offset: i64, limit: i64) -> Query {
    let mut built = Built::default();
    // In few steps, so that there are few texts; and written out, so that the planner knows that it is not much.
    let reach = [50, 250, 1_000, MOST].into_iter().find(|reach| offset + limit <= *reach);
    let reach = reach.unwrap_or(offset + limit);
    let arms: Vec<String> = built
        .arms(log, filter)
        .iter()
        .map(|arm| {
            format!(
                "({} FROM {} {} ORDER BY created_at DESC, id DESC LIMIT {reach})",
                arm.table.columns(),
                arm.table.name(),
                arm.where_clause(),
            )
        })
        .collect();
    let (limit, offset) = (built.bind(limit), built.bind(offset));
    let sql = format!(
        "SELECT *
         FROM ({}) AS event
         ORDER BY created_at DESC, place, id DESC
         LIMIT {limit}
         OFFSET {offset}",
        arms.join(" UNION ALL "),
    );
    built.into_query(sql, filter)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    Django,
    Ours,
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Table::Django => "jobserver_auditableevent",
            Table::Ours => "staff_event",
        }
    }

    fn columns(self) -> &'static str {
        match self {
            Table::Django => {
                "SELECT 1 AS place, id::bigint AS id, type, created_at, created_by, target_user,
                        CASE parent_model WHEN 'jobserver.Project' THEN parent_id ELSE '' END AS project,
                        target_model AS about_model, target_id AS about_id, '' AS about_label,
                        target_field, old, new, NULL::jsonb AS changes"
            }
            Table::Ours => {
                "SELECT 0 AS place, id, type, created_at, created_by, target_user,
                        coalesce(project_id::text, '') AS project,
                        about_model, about_id, about_label, '' AS target_field, '' AS old, '' AS new, changes"
            }
        }
    }
}

struct Arm {
    table: Table,
    clauses: Vec<String>,
}

impl Arm {
    fn where_clause(&self) -> String {
        if self.clauses.is_empty() { String::new() } else { format!("WHERE {}", self.clauses.join(" AND ")) }
    }
}

#[derive(Default)]
struct Built {
    params: Vec<Parameter>,
}

impl Built {
    /// Takes a parameter; how the statement calls it.
    fn bind(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.params.push(Box::new(value));
        format!("${}", self.params.len())
    }

    fn into_query(self, sql: String, filter: &Filter) -> Query {
        Query { sql, params: self.params, is_common: filter.is_empty() }
    }

    fn arms(&mut self, log: Log<'_>, filter: &Filter) -> Vec<Arm> {
        let common = self.common(filter);
        let mut arms = self.arms_of(log);
        if let Some((text, projects)) = &filter.about {
            arms = self.about(arms, text, projects);
        }
        for arm in &mut arms {
            arm.clauses.extend(common.iter().cloned());
        }
        arms
    }

    fn arms_of(&mut self, log: Log<'_>) -> Vec<Arm> {
        let arm = |table, clause: String| Arm { table, clauses: vec![clause] };
        match log {
            Log::Everything => [Table::Django, Table::Ours]
                .map(|table| Arm { table, clauses: Vec::new() })
                .into_iter()
                .collect(),
            Log::Project(slug) => {
                let slug = self.bind(slug.to_owned());
                let id = format!("(SELECT id FROM jobserver_project WHERE slug = {slug})");
                vec![
                    arm(
                        Table::Django,
                        format!("parent_model = 'jobserver.Project' AND parent_id = {id}::text"),
                    ),
                    arm(Table::Ours, format!("project_id = {id}")),
                ]
            }
            Log::User(username) => {
                let name = self.bind(username.to_owned());
                let mut arms = Vec::new();
                for table in [Table::Django, Table::Ours] {
                    arms.push(arm(table, format!("created_by = {name}")));
                    arms.push(arm(
                        table,
                        format!("target_user = {name} AND target_user <> '' AND created_by <> {name}"),
                    ));
                }
                arms.push(arm(
                    Table::Django,
                    format!(
                        "target_model = 'jobserver.Project'
                         AND target_id = ANY(ARRAY(
                             SELECT membership.project_id::text
                             FROM jobserver_projectmembership AS membership
                             JOIN jobserver_user AS member ON member.id = membership.user_id
                             WHERE member.username = {name}
                         ))
                         AND created_by <> {name}
                         AND target_user <> {name}"
                    ),
                ));
                arms
            }
        }
    }

    /// Each arm twice: for the projects, and for everything else by its name, which only our table holds.
    fn about(&mut self, arms: Vec<Arm>, text: &str, projects: &[ProjectId]) -> Vec<Arm> {
        let contained = listing::pattern(text);
        let pattern = self.bind(contained.strip_prefix('%').unwrap_or(&contained).to_owned());
        let keys: Vec<i32> = projects.iter().map(|project| project.0).collect();
        let texts: Vec<String> = keys.iter().map(i32::to_string).collect();
        let (keys, texts) = (self.bind(keys), self.bind(texts));
        let mut split = Vec::new();
        for Arm { table, clauses } in arms {
            let with = |clause: String| {
                let mut clauses = clauses.clone();
                clauses.push(clause);
                Arm { table, clauses }
            };
            match table {
                Table::Django => {
                    split.push(with(format!(
                        "parent_model = 'jobserver.Project' AND parent_id = ANY({texts})"
                    )));
                }
                Table::Ours => {
                    split.push(with(format!("project_id = ANY({keys})")));
                    split.push(with(format!(
                        "upper(left(about_label, 100)) LIKE {pattern}
                         AND (project_id = ANY({keys})) IS NOT TRUE"
                    )));
                }
            }
        }
        split
    }

    fn common(&mut self, filter: &Filter) -> Vec<String> {
        let mut clauses = Vec::new();
        for (column, values) in
            [("type", &filter.kinds), ("created_by", &filter.by), ("target_user", &filter.whom)]
        {
            match values.as_slice() {
                [] => {}
                // With one value an index gives the order as well.
                [value] => {
                    let value = self.bind(value.clone());
                    clauses.push(format!("{column} = {value}"));
                }
                values => {
                    let values = self.bind(values.to_vec());
                    clauses.push(format!("{column} = ANY({values})"));
                }
            }
        }
        if !filter.whom.is_empty() {
            clauses.push("target_user <> ''".to_owned());
        }
        if let Some(from) = filter.from {
            clauses.push(format!("created_at >= {}", self.bind(from)));
        }
        if let Some(until) = filter.until {
            clauses.push(format!("created_at < {}", self.bind(until)));
        }
        clauses
    }
}

//! Conditions of lists that people search and filter: SQL is put together from fixed fragments, and everything that
//! somebody typed is a parameter.

use deadpool_postgres::GenericClient;
use postgres_types::ToSql;

use crate::{Result, views::PAGE_SIZE};

/// A parameter of a statement.
pub type Parameter = Box<dyn ToSql + Sync + Send>;

/// A `LIKE` pattern for "contains `text`", for columns in upper case: `%`, `_` and `\` stand for themselves.
pub fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars().map(upper) {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// The upper case as the database's `upper` gives it, character by character: `ß`, which would become two, stays.
fn upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

/// Conditions that must all hold.
#[derive(Default)]
pub struct Conditions {
    clauses: Vec<String>,
    params: Vec<Parameter>,
}

impl Conditions {
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether everything fulfils them.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// A condition without parameters.
    pub fn plain(&mut self, clause: &str) -> &mut Self {
        self.clauses.push(clause.to_owned());
        self
    }

    /// A parameter alone, for a condition with several: where it stands.
    pub fn bind(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.params.push(Box::new(value));
        format!("${}", self.params.len())
    }

    /// A condition with one parameter, which stands as `$?` in `clause`, once or more.
    pub fn push(&mut self, clause: &str, value: impl ToSql + Sync + Send + 'static) -> &mut Self {
        self.params.push(Box::new(value));
        self.clauses.push(clause.replace("$?", &format!("${}", self.params.len())));
        self
    }

    /// One of `columns` contains `text`, in any case; no condition without a text.
    pub fn any_like(&mut self, columns: &[&str], text: Option<&str>) -> &mut Self {
        if let Some(text) = text {
            let either: Vec<String> =
                columns.iter().map(|column| format!("upper({column}) LIKE $?")).collect();
            self.push(&format!("({})", either.join(" OR ")), pattern(text));
        }
        self
    }

    /// `column` is one of `values`; no condition without values.
    pub fn is_in(&mut self, column: &str, values: &[String]) -> &mut Self {
        if !values.is_empty() {
            self.push(&format!("{column} = ANY($?)"), values.to_vec());
        }
        self
    }

    /// `WHERE …`, or nothing.
    pub fn where_clause(&self) -> String {
        if self.clauses.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", self.clauses.join("\n  AND "))
        }
    }

    /// The parameters in order, as statements take them.
    pub fn params(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.params.iter().map(|param| param.as_ref() as &(dyn ToSql + Sync)).collect()
    }

    /// How many rows of `from` fulfil them.
    pub async fn count(&self, db: &impl GenericClient, from: &str) -> Result<i64> {
        let sql = format!("SELECT count(*) FROM {from} {}", self.where_clause());
        let statement = db.prepare_cached(&sql).await?;
        Ok(db.query_one(&statement, &self.params()).await?.try_get(0)?)
    }

    /// The end of the statement that reads the page from `offset` on, and all its parameters. The first page has none for
    /// where it begins: nearly always it is the one asked for, and a statement without parameters is planned once.
    pub fn page<'a>(&'a self, offset: &'a i64) -> (String, Vec<&'a (dyn ToSql + Sync)>) {
        let mut params = self.params();
        if *offset == 0 {
            return (format!("LIMIT {PAGE_SIZE}"), params);
        }
        params.push(offset);
        (format!("LIMIT {PAGE_SIZE} OFFSET ${}", params.len()), params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_searched_literally() {
        assert_eq!(pattern("a_b%c\\d"), "%A\\_B\\%C\\\\D%");
        assert_eq!(pattern("straße é"), "%STRAßE É%");
    }

    #[test]
    fn conditions_number_their_parameters() {
        let mut wanted = Conditions::new();
        wanted
            .any_like(&["org.name", "org.slug"], Some("x"))
            .is_in("org.slug", &[])
            .is_in("project.slug", &["a".to_owned()])
            .plain("org.id > 0");
        assert_eq!(
            wanted.where_clause(),
            "WHERE (upper(org.name) LIKE $1 OR upper(org.slug) LIKE $1)\n  AND project.slug = ANY($2)\n  AND org.id > 0"
        );
        assert_eq!(wanted.params().len(), 2);
        let (first, params) = wanted.page(&0);
        assert_eq!((first.as_str(), params.len()), ("LIMIT 25", 2));
        let (third, params) = wanted.page(&50);
        assert_eq!((third.as_str(), params.len()), ("LIMIT 25 OFFSET $3", 3));
        assert_eq!(Conditions::new().where_clause(), "");
    }
}

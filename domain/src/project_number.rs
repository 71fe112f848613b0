//! The numbers of projects: whole numbers counted up by hand, or `POS-20yy-nnnn` for those that another scheme names. The
//! database checks the same form. A whole number can have twenty digits, more than any integer type holds, so nothing
//! here reads one as an integer.

use deadpool_postgres::GenericClient;

use crate::Result;

/// The longest number, in characters: what its column holds.
pub const LIMIT: usize = 20;

/// The form of a number, for the `pattern` of a field.
pub const PATTERN: &str = "[1-9][0-9]*|POS-20[0-9]{2}-[1-9][0-9]{3}";

/// The order of lists of projects, by columns of `project`: the scheme's numbers, then whole numbers, each from the highest
/// down, then projects without a number by name. Without leading zeros the longer number is the larger one.
pub const ORDER_BY: &str = "project.number LIKE 'POS-%' DESC NULLS LAST,
                  CASE WHEN project.number LIKE 'POS-%' THEN 0 ELSE length(project.number) END DESC NULLS LAST,
                  project.number COLLATE \"C\" DESC NULLS LAST,
                  lower(project.name),
                  project.id";

/// A number as it is stored, from what was typed; none if nothing was.
///
/// # Errors
/// What is wrong with it, for the person who typed it.
pub fn checked(typed: &str) -> std::result::Result<Option<String>, String> {
    let number = typed.trim();
    let length = number.chars().count();
    if number.is_empty() {
        Ok(None)
    } else if length > LIMIT {
        Err(format!("Ensure this value has at most {LIMIT} characters (it has {length})."))
    } else if is_whole(number) || is_pos(number) {
        Ok(Some(number.to_owned()))
    } else {
        Err("Enter a whole number, such as 42, or a number in the form POS-20YY-NNNN, such as POS-2025-2001."
            .to_owned())
    }
}

/// Whether a number is of the scheme whose projects start with a co-pilot.
pub fn is_pos(number: &str) -> bool {
    let Some((year, counter)) = number.strip_prefix("POS-20").and_then(|rest| rest.split_once('-')) else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    year.len() == 2 && digits(year) && counter.len() == 4 && is_whole(counter)
}

fn is_whole(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0') && !text.is_empty()
}

/// The whole number after the highest one that a project has; 1 if none has any.
pub async fn next(db: &impl GenericClient) -> Result<String> {
    let statement = db
        .prepare_cached(
            "SELECT (coalesce(max(number::numeric), 0) + 1)::text
             FROM jobserver_project
             WHERE number ~ '^[0-9]+$'",
        )
        .await?;
    Ok(db.query_one(&statement, &[]).await?.try_get(0)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_of_two_forms() {
        for number in ["1", "42", "99999999999999999999", "POS-2025-2001", "POS-2000-1000"] {
            assert_eq!(checked(&format!(" {number} ")), Ok(Some(number.to_owned())), "{number}");
        }
        for number in [
            "0",
            "042",
            "-1",
            "+1",
            "1.5",
            "abc",
            "1 2",
            "４２",
            "POS-2025-0001",
            "POS-1999-2001",
            "POS-2025-20011",
            "pos-2025-2001",
            "POS-2025-2001x",
            "POS-20é5-2001",
            "100000000000000000000",
        ] {
            assert!(checked(number).is_err(), "{number}");
        }
        assert_eq!(checked("  "), Ok(None));
    }

    #[test]
    fn only_one_of_them_asks_for_a_copilot() {
        assert!(is_pos("POS-2025-2001"));
        assert!(!is_pos("42") && !is_pos("POS-2025-0001") && !is_pos(""));
    }
}

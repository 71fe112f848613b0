//! The `expectations` of formats before 4: how many patients dummy data has.

use super::{A_DICTIONARY, Section, wrong_type};
use crate::error::Error;
use crate::yaml::{Document, Integer, NodeId, Scalar};

const DEFAULT_POPULATION_SIZE: i64 = 1000;

/// Read the population size. Formats other than 3 that know the section ignore what it says.
///
/// # Errors
/// The section is missing in format 3 or given from format 4, or is not what it must be.
pub(super) fn read(
    document: &Document<'_>,
    expectations: Option<NodeId>,
    version: f64,
) -> Result<Option<Integer>, Error> {
    let given = expectations.filter(|expectations| !document.is_null(*expectations));
    match given {
        None if version >= 4.0 => Ok(None),
        Some(given) if version >= 4.0 => {
            let text = "Project includes `expectations` section, which is not supported in this version. This section \
                        is only applicable to deprecated cohortextractor actions; you can safely remove it.";
            Err(Error::validation(Some(document.at(given)), text))
        }
        #[allow(clippy::float_cmp)] // The rule is for this version and for none near it.
        _ if version != 3.0 => Ok(Some(Integer::Small(DEFAULT_POPULATION_SIZE))),
        None => Err(Error::validation(None, "Project must include `expectations` section")),
        Some(given) => population_size(document, given).map(Some),
    }
}

fn population_size(document: &Document<'_>, expectations: NodeId) -> Result<Integer, Error> {
    let at = document.at(expectations);
    let what = "Project `expectations` section";
    let pairs = document.mapping(expectations).ok_or_else(|| wrong_type(at, what, A_DICTIONARY))?;
    let section = Section::read(document, pairs, "`expectations`")?;
    let size = section.get("population_size").ok_or_else(|| {
        Error::validation(Some(at), "Project `expectations` section must include `population_size` section")
    })?;
    section.refuse_unknown(&["population_size"], "in project `expectations` section")?;
    let at = document.at(size);
    match document.scalar(size) {
        Some(Scalar::Float(float)) if float.is_infinite() => {
            let message = "The population size of the project's `expectations` must be a finite number.";
            Err(Error::internal(Some(at), message))
        }
        scalar => scalar.and_then(integer).ok_or_else(|| {
            Error::validation(Some(at), "Project expectations population size must be a number")
        }),
    }
}

/// The integer a scalar is, is cut to, or spells.
fn integer(scalar: &Scalar<'_>) -> Option<Integer> {
    match scalar {
        Scalar::Bool(value) => Some(Integer::Small(i64::from(*value))),
        Scalar::Integer(integer) => Some(integer.clone()),
        Scalar::Float(float) => Integer::truncated(*float),
        Scalar::Text(text) => {
            let text = text.trim();
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            let is_number = digits
                .split('_')
                .all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
            is_number.then(|| Integer::from_digits(text.starts_with('-'), &digits.replace('_', ""), 10))?
        }
        _ => None,
    }
}

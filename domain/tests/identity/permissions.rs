//! Roles and permissions are those that the Django server has, role by role.

use domain::permissions::{Permission, Role, RoleSet};

const MATRIX: &str = include_str!("role_permissions.tsv");

/// Rows of (role, stored text, where it may be held, permission).
fn matrix() -> Vec<[&'static str; 4]> {
    MATRIX
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|cells| [cells[0], cells[1], cells[2], cells[4]])
        .collect()
}

#[test]
fn every_role_grants_what_the_matrix_says_and_nothing_else() {
    for role in Role::ALL {
        let mut wanted =
            matrix().into_iter().filter(|row| row[0] == role.as_str()).map(|row| row[3]).collect::<Vec<_>>();
        let mut granted = role.grants().iter().map(|permission| permission.as_str()).collect::<Vec<_>>();
        wanted.sort();
        granted.sort();
        assert!(!wanted.is_empty(), "{role} is not in the matrix");
        assert_eq!(granted, wanted, "{role}");
    }
}

#[test]
fn there_are_nine_roles_and_twenty_two_permissions_each_granted_by_somebody() {
    assert_eq!(Role::ALL.len(), 9);
    assert_eq!(Permission::ALL.len(), 22);
    for permission in Permission::ALL {
        assert!(Role::ALL.iter().any(|role| role.grants().contains(permission)), "{permission}");
    }
    assert!(Permission::ALL.is_sorted_by_key(|permission| permission.as_str()));
    assert!(Role::ALL.is_sorted_by_key(|role| role.as_str()));
}

#[test]
fn every_role_is_held_where_the_matrix_says() {
    for [name, _, place, _] in matrix() {
        let role = Role::ALL.iter().find(|role| role.as_str() == name).unwrap();
        assert_eq!(role.is_global(), place.contains("global"), "{name}");
        assert_eq!(role.is_for_projects(), place.contains("project"), "{name}");
    }
}

#[test]
fn every_role_is_stored_as_django_stores_it() {
    for [name, stored, ..] in matrix() {
        let role = Role::from_stored(stored).unwrap();
        assert_eq!(role.as_str(), name);
        assert_eq!(role.stored(), stored);
        assert!(!role.display_name().is_empty() && !role.description().is_empty());
    }
    for unknown in
        ["", "OutputChecker", "jobserver.authorization.roles.", "jobserver.authorization.roles.outputchecker"]
    {
        assert_eq!(Role::from_stored(unknown), None, "{unknown}");
    }
}

#[test]
fn a_text_that_names_no_role_grants_nothing_and_is_kept() {
    let retired = "jobserver.authorization.roles.CoreDeveloper";
    let texts = [retired.to_owned(), Role::OutputChecker.stored(), "rubbish".to_owned(), retired.to_owned()];
    let roles = RoleSet::from_stored(texts);
    assert_eq!(roles.iter().collect::<Vec<_>>(), [Role::OutputChecker]);
    assert!(roles.may(Permission::ReleaseFileView));
    assert!(!roles.may(Permission::StaffAreaAccess));
    assert_eq!(roles.to_stored(), [Role::OutputChecker.stored(), retired.to_owned(), "rubbish".to_owned()]);

    let only_unknown = RoleSet::from_stored([retired.to_owned()]);
    assert!(!only_unknown.is_empty());
    assert!(Permission::ALL.iter().all(|permission| !only_unknown.may(*permission)));
}

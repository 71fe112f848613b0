//! Who and what there is, as plain tables.

/// A person with an account. The username is also the login at the GitHub stand-in.
#[derive(Debug)]
pub struct Account {
    pub username: &'static str,
    pub fullname: &'static str,
    /// What to tell somebody who looks for whom to sign in as.
    pub is_for: &'static str,
    /// Names of global roles.
    pub roles: &'static [&'static str],
    /// Slugs of backends.
    pub backends: &'static [&'static str],
    /// Slugs of organisations.
    pub orgs: &'static [&'static str],
}

/// One of each role at least, and some with none.
pub const ACCOUNTS: &[Account] = &[
    Account {
        username: "ada-researcher",
        fullname: "Ada Okafor",
        is_for: "develops three projects: requests and cancels jobs",
        roles: &[],
        backends: &["tpp", "emis", "test"],
        orgs: &["northford"],
    },
    Account {
        username: "bela-researcher",
        fullname: "Bela Novak",
        is_for: "develops one project, on one backend",
        roles: &[],
        backends: &["tpp"],
        orgs: &["westmere"],
    },
    Account {
        username: "cora-collaborator",
        fullname: "Cora Lindqvist",
        is_for: "collaborates on two projects: sees, does not run",
        roles: &[],
        backends: &[],
        orgs: &["northford"],
    },
    Account {
        username: "dev-outputchecker",
        fullname: "Dev Raman",
        is_for: "checks outputs",
        roles: &["OutputChecker"],
        backends: &["tpp", "emis"],
        orgs: &["harbour"],
    },
    Account {
        username: "edda-publisher",
        fullname: "Edda Jónsdóttir",
        is_for: "sees and publishes outputs",
        roles: &["OutputPublisher", "ProjectCollaborator"],
        backends: &[],
        orgs: &["harbour"],
    },
    Account {
        username: "finn-staff",
        fullname: "Finn O’Brien",
        is_for: "administers the staff area",
        roles: &["StaffAreaAdministrator"],
        backends: &["test"],
        orgs: &["harbour"],
    },
    Account {
        username: "gita-service",
        fullname: "Gita Desai",
        is_for: "administers the service: projects and their members",
        roles: &["ServiceAdministrator"],
        backends: &[],
        orgs: &["harbour"],
    },
    Account {
        username: "hugo-techsupport",
        fullname: "Hugo Marchetti",
        is_for: "tech support",
        roles: &["TechSupport"],
        backends: &["test"],
        orgs: &["harbour"],
    },
    Account {
        username: "ines-deployer",
        fullname: "Inês Carvalho",
        is_for: "administers deployments: runs jobs on any project",
        roles: &["DeploymentAdministrator"],
        backends: &["tpp", "emis", "test"],
        orgs: &["harbour"],
    },
    Account {
        username: "jonas-signoff",
        fullname: "Jonas Weber",
        is_for: "signs off repositories with outputs",
        roles: &["SignOffRepoWithOutputs", "StaffAreaAdministrator"],
        backends: &[],
        orgs: &["harbour"],
    },
    Account {
        username: "kim-everything",
        fullname: "Kim Seo-yeon",
        is_for: "holds every global role",
        roles: &[
            "DeploymentAdministrator",
            "OutputChecker",
            "OutputPublisher",
            "ProjectCollaborator",
            "ServiceAdministrator",
            "SignOffRepoWithOutputs",
            "StaffAreaAdministrator",
            "TechSupport",
        ],
        backends: &["tpp", "emis", "test"],
        orgs: &["harbour"],
    },
    Account {
        username: "lou-nobody",
        fullname: "Lou Martin",
        is_for: "signed in once, has no role",
        roles: &[],
        backends: &[],
        orgs: &[],
    },
];

/// An organisation.
#[derive(Debug)]
pub struct Org {
    pub slug: &'static str,
    pub name: &'static str,
}

/// All organisations.
pub const ORGS: &[Org] = &[
    Org { slug: "northford", name: "Northford University" },
    Org { slug: "westmere", name: "Westmere Institute of Health" },
    Org { slug: "harbour", name: "Harbour Analytics" },
];

/// A place where jobs run.
#[derive(Debug)]
pub struct Backend {
    pub slug: &'static str,
    pub name: &'static str,
    /// What its agent would send: 40 hexadecimal digits.
    pub token: &'static str,
}

/// All backends, active.
pub const BACKENDS: &[Backend] = &[
    Backend { slug: "tpp", name: "TPP", token: "1111111111111111111111111111111111111111" },
    Backend { slug: "emis", name: "EMIS", token: "2222222222222222222222222222222222222222" },
    Backend { slug: "test", name: "Test", token: "3333333333333333333333333333333333333333" },
];

/// A project with its organisations and members.
#[derive(Debug)]
pub struct Project {
    pub slug: &'static str,
    pub name: &'static str,
    pub number: Option<&'static str>,
    pub status: &'static str,
    pub category: &'static str,
    /// The first leads.
    pub orgs: &'static [&'static str],
    /// Username and project role.
    pub members: &'static [(&'static str, &'static str)],
}

/// All projects: with both kinds of number and without one, ongoing and retired.
pub const PROJECTS: &[Project] = &[
    Project {
        slug: "asthma-reviews",
        name: "Asthma reviews in primary care",
        number: Some("156"),
        status: "ongoing",
        category: "approved",
        orgs: &["northford", "harbour"],
        members: &[("ada-researcher", "ProjectDeveloper"), ("cora-collaborator", "ProjectCollaborator")],
    },
    Project {
        slug: "long-covid-and-work",
        name: "Return to work after long COVID",
        number: Some("172"),
        status: "ongoing",
        category: "approved",
        orgs: &["westmere"],
        members: &[
            ("ada-researcher", "ProjectDeveloper"),
            ("bela-researcher", "ProjectDeveloper"),
            ("cora-collaborator", "ProjectCollaborator"),
        ],
    },
    Project {
        slug: "opioid-trends",
        name: "Trends in opioid prescribing",
        number: Some("POS-2026-3001"),
        status: "ongoing",
        category: "approved",
        orgs: &["northford"],
        members: &[("ada-researcher", "ProjectDeveloper")],
    },
    Project {
        slug: "vaccine-coverage",
        name: "Vaccine coverage report",
        number: Some("91"),
        status: "retired",
        category: "legacy",
        orgs: &["westmere", "northford"],
        members: &[("bela-researcher", "ProjectDeveloper")],
    },
    Project {
        slug: "opensafely-internal",
        name: "OpenSAFELY internal",
        number: None,
        status: "ongoing",
        category: "internal",
        orgs: &["harbour"],
        members: &[("kim-everything", "ProjectDeveloper"), ("hugo-techsupport", "ProjectCollaborator")],
    },
];

/// A branch of a repository to work in.
#[derive(Debug)]
pub struct Workspace {
    pub name: &'static str,
    pub project: &'static str,
    /// Within the GitHub organisation `opensafely`.
    pub repository: &'static str,
    pub branch: &'static str,
    pub owner: &'static str,
    pub purpose: &'static str,
    pub is_archived: bool,
    pub should_notify: bool,
}

const fn workspace(
    project: &'static str,
    name: &'static str,
    repository: &'static str,
    branch: &'static str,
    owner: &'static str,
    purpose: &'static str,
) -> Workspace {
    Workspace { name, project, repository, branch, owner, purpose, is_archived: false, should_notify: true }
}

/// All workspaces, among them every way in which a pipeline can be unusable.
pub const WORKSPACES: &[Workspace] = &[
    workspace(
        "asthma-reviews",
        "asthma-reviews-main",
        "asthma-reviews",
        "main",
        "ada-researcher",
        "The published analysis: three actions.",
    ),
    workspace(
        "asthma-reviews",
        "asthma-reviews-sensitivity",
        "asthma-reviews",
        "sensitivity",
        "ada-researcher",
        "Stricter and wider definitions; one model is known to fail.",
    ),
    workspace(
        "long-covid-and-work",
        "long-covid-and-work",
        "long-covid-and-work",
        "main",
        "bela-researcher",
        "Matched cohorts, models and a report: twelve actions.",
    ),
    workspace(
        "opioid-trends",
        "opioid-trends-2026",
        "opioid-trends",
        "main",
        "ada-researcher",
        "Sixty actions: every drug by every group.",
    ),
    workspace(
        "opioid-trends",
        "opioid-codelists-out-of-date",
        "opioid-codelists",
        "main",
        "ada-researcher",
        "Its codelists have changed since they were downloaded.",
    ),
    workspace(
        "opioid-trends",
        "opioid-lost-branch",
        "opioid-trends",
        "feature/tapering",
        "ada-researcher",
        "Its branch is gone from GitHub.",
    ),
    workspace(
        "asthma-reviews",
        "asthma-reviews-draft",
        "asthma-reviews",
        "draft",
        "ada-researcher",
        "Its project.yaml is not valid YAML.",
    ),
    workspace(
        "long-covid-and-work",
        "long-covid-with-asthma",
        "asthma-reviews",
        "main",
        "bela-researcher",
        "Borrows the definitions of another study's repository.",
    ),
    Workspace {
        is_archived: true,
        should_notify: false,
        ..workspace(
            "vaccine-coverage",
            "vaccine-coverage-2024",
            "vaccine-coverage",
            "main",
            "bela-researcher",
            "Finished and archived.",
        )
    },
    workspace(
        "opensafely-internal",
        "database-checks",
        "database-checks",
        "main",
        "kim-everything",
        "Weekly checks of the databases.",
    ),
];

//! The 22 permissions, the 9 roles that grant them, and sets of roles as people and memberships hold them.
//! Only roles are stored, as text that the Django server chose; permissions never are. A text in the database that names
//! no role here grants nothing, breaks nothing, and is kept when the roles are written back.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

/// Defines a closed set of names with `ALL`, `as_str` and the way back.
macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($variant:ident => $name:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($variant),* }

        impl $type {
            /// All of them, in alphabetical order of their names.
            pub const ALL: &'static [$type] = &[$($type::$variant),*];

            /// The name, as it appears in the API and in the database.
            pub fn as_str(self) -> &'static str {
                match self { $($type::$variant => $name),* }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

names! {
    /// Something a person may do: everywhere if a global role grants it, on one project if a membership's role does.
    Permission {
        AirlockReadonlyAccess => "airlock_readonly_access",
        ApplicationManage => "application_manage",
        BackendManage => "backend_manage",
        JobCancel => "job_cancel",
        JobRun => "job_run",
        OrgCreate => "org_create",
        ProjectCreate => "project_create",
        ProjectLinkToApplication => "project_link_to_application",
        ProjectManage => "project_manage",
        ReleaseFileDelete => "release_file_delete",
        ReleaseFileUpload => "release_file_upload",
        ReleaseFileView => "release_file_view",
        RepoSignOffWithOutputs => "repo_sign_off_with_outputs",
        SnapshotCreate => "snapshot_create",
        SnapshotPublish => "snapshot_publish",
        StaffAreaAccess => "staff_area_access",
        UnreleasedOutputsView => "unreleased_outputs_view",
        UserEditProjectRoles => "user_edit_project_roles",
        UserManage => "user_manage",
        WorkspaceArchive => "workspace_archive",
        WorkspaceCreate => "workspace_create",
        WorkspaceToggleNotifications => "workspace_toggle_notifications",
    }
}

names! {
    /// What a person can be, globally or on a project.
    Role {
        DeploymentAdministrator => "DeploymentAdministrator",
        OutputChecker => "OutputChecker",
        OutputPublisher => "OutputPublisher",
        ProjectCollaborator => "ProjectCollaborator",
        ProjectDeveloper => "ProjectDeveloper",
        ServiceAdministrator => "ServiceAdministrator",
        SignOffRepoWithOutputs => "SignOffRepoWithOutputs",
        StaffAreaAdministrator => "StaffAreaAdministrator",
        TechSupport => "TechSupport",
    }
}

const STORED_PREFIX: &str = "jobserver.authorization.roles.";

impl Role {
    /// The role that a stored text names, exactly; none for retired or mistyped ones.
    pub fn from_stored(text: &str) -> Option<Role> {
        let name = text.strip_prefix(STORED_PREFIX)?;
        Role::ALL.iter().copied().find(|role| role.as_str() == name)
    }

    /// The text that stands for this role in `roles` columns and in audit events.
    pub fn stored(self) -> String {
        format!("{STORED_PREFIX}{}", self.as_str())
    }

    /// The roles, as stored, any one of which gives `permission`.
    pub fn stored_granting(permission: Permission) -> Vec<String> {
        let grants = |role: &&Role| role.grants().contains(&permission);
        Role::ALL.iter().filter(grants).map(|role| role.stored()).collect()
    }

    /// The permissions that holding this role gives.
    pub fn grants(self) -> &'static [Permission] {
        use Permission::*;
        match self {
            Role::DeploymentAdministrator => &[JobCancel, JobRun, AirlockReadonlyAccess],
            Role::OutputChecker => {
                &[ReleaseFileDelete, ReleaseFileUpload, ReleaseFileView, UnreleasedOutputsView]
            }
            Role::OutputPublisher => &[SnapshotPublish],
            Role::ProjectCollaborator => &[ReleaseFileView],
            Role::ProjectDeveloper => &[
                JobCancel,
                JobRun,
                ProjectManage,
                ReleaseFileView,
                SnapshotCreate,
                UnreleasedOutputsView,
                WorkspaceArchive,
                WorkspaceCreate,
                WorkspaceToggleNotifications,
            ],
            Role::ServiceAdministrator => {
                &[UserEditProjectRoles, OrgCreate, ProjectCreate, ProjectLinkToApplication]
            }
            Role::SignOffRepoWithOutputs => &[RepoSignOffWithOutputs],
            Role::StaffAreaAdministrator => {
                &[ApplicationManage, BackendManage, OrgCreate, UserManage, StaffAreaAccess]
            }
            Role::TechSupport => &[ReleaseFileView, UserEditProjectRoles, ProjectCreate],
        }
    }

    /// Whether staff may give this role to a person for the whole site.
    pub fn is_global(self) -> bool {
        self != Role::ProjectDeveloper
    }

    /// Whether staff may give this role to a member of a project.
    pub fn is_for_projects(self) -> bool {
        matches!(self, Role::ProjectCollaborator | Role::ProjectDeveloper)
    }

    /// The name people read.
    pub fn display_name(self) -> &'static str {
        match self {
            Role::DeploymentAdministrator => "Deployment Administrator",
            Role::OutputChecker => "Output Checker",
            Role::OutputPublisher => "Output Publisher",
            Role::ProjectCollaborator => "Project Collaborator",
            Role::ProjectDeveloper => "Project Developer",
            Role::ServiceAdministrator => "Service Administrator",
            Role::SignOffRepoWithOutputs => "Sign Off Repos with Outputs",
            Role::StaffAreaAdministrator => "Staff Area Administrator",
            Role::TechSupport => "Tech Support",
        }
    }

    /// What the role lets its holder do and who is eligible, in plain text for the people who give it.
    pub fn description(self) -> &'static str {
        match self {
            Role::DeploymentAdministrator => {
                "Runs and cancels jobs of every project to keep the platform in order, and reads Airlock.\n\
                 The developer permissions log lists who may hold it."
            }
            Role::OutputChecker => {
                "Sees, uploads and deletes released outputs, and sees unreleased outputs on Level 4."
            }
            Role::OutputPublisher => "Publishes released outputs when a project's developers ask for it.",
            Role::ProjectCollaborator => "Sees the project's released outputs.",
            Role::ProjectDeveloper => {
                "Runs and cancels jobs, edits the project's status and its description, manages its workspaces, \
                 sees unreleased outputs, and asks for outputs to be released and published."
            }
            Role::ServiceAdministrator => {
                "Creates projects and organisations, links projects to applications, and gives people roles on projects.\n\
                 For members of the NHS England OpenSAFELY service team. Staff Area Administrator is needed as well."
            }
            Role::SignOffRepoWithOutputs => {
                "Gives the internal sign-off to repositories that hold outputs on GitHub."
            }
            Role::StaffAreaAdministrator => {
                "Opens the staff area: applications, backends, organisations, projects, repositories, people, \
                 workspaces and dashboards.\n\
                 Members of the tech team must be a Platform Developer in the developer permissions log; anybody else \
                 must be in the log of staff area administrators."
            }
            Role::TechSupport => {
                "Gives people roles on projects, sees released outputs, and creates projects.\n\
                 The same logs as for Staff Area Administrator apply, which is needed as well."
            }
        }
    }
}

/// The roles that a person holds globally, or on one project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleSet {
    known: u16,
    unknown: Vec<String>,
}

impl RoleSet {
    /// Reads a `roles` column. Texts that name no role are kept and mentioned in the log, once per text and process.
    pub fn from_stored(texts: impl IntoIterator<Item = String>) -> RoleSet {
        let mut set = RoleSet::default();
        for text in texts {
            match Role::from_stored(&text) {
                Some(role) => set.insert(role),
                None if set.unknown.contains(&text) => {}
                None => {
                    mention_unknown(&text);
                    set.unknown.push(text);
                }
            }
        }
        set
    }

    /// What to write to a `roles` column: known roles in alphabetical order, then the texts that name none.
    pub fn to_stored(&self) -> Vec<String> {
        self.iter().map(Role::stored).chain(self.unknown.iter().cloned()).collect()
    }

    /// Whether one of these roles grants `permission`.
    pub fn may(&self, permission: Permission) -> bool {
        self.iter().any(|role| role.grants().contains(&permission))
    }

    pub fn contains(&self, role: Role) -> bool {
        self.known & (1 << role as u16) != 0
    }

    pub fn insert(&mut self, role: Role) {
        self.known |= 1 << role as u16;
    }

    /// Whether the column holds nothing at all; an unknown text counts as something.
    pub fn is_empty(&self) -> bool {
        self.known == 0 && self.unknown.is_empty()
    }

    /// The known roles, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = Role> + '_ {
        Role::ALL.iter().copied().filter(|role| self.contains(*role))
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<T: IntoIterator<Item = Role>>(roles: T) -> Self {
        let mut set = RoleSet::default();
        roles.into_iter().for_each(|role| set.insert(role));
        set
    }
}

/// How many different texts are remembered, so that a broken table cannot fill the memory.
const MENTIONED_LIMIT: usize = 200;

fn mention_unknown(text: &str) {
    static MENTIONED: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
    let mut mentioned = MENTIONED.lock().unwrap_or_else(PoisonError::into_inner);
    if mentioned.len() < MENTIONED_LIMIT && mentioned.insert(text.to_owned()) {
        tracing::warn!(
            role = text,
            "the database holds a role that this version does not know; it grants nothing"
        );
    }
}

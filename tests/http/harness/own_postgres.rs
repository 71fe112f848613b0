//! A PostgreSQL that belongs to one test, which may stop it and start it again. Its address stays the same: each start
//! makes a new socket, so the address is a folder of ours with a link to the present one.

use std::{
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use devkit::{
    database::pool_settings,
    postgres::{Options, Postgres},
};
use domain::migrate::{self, NewerDjango};

const SOCKET: &str = ".s.PGSQL.5432";

pub struct OwnPostgres {
    server: Option<Postgres>,
    folder: PathBuf,
}

impl OwnPostgres {
    /// Starts a new one and builds the schema in its database `postgres`.
    pub async fn start() -> OwnPostgres {
        let folder =
            std::env::temp_dir().join(format!("job-server-outage-{:012x}", rand::random::<u64>() >> 16));
        std::fs::create_dir_all(&folder).expect("a folder");
        // The account of PostgreSQL must be able to get to its data.
        std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("an open folder");
        let mut postgres = OwnPostgres { server: None, folder };
        postgres.resume();
        migrate::run(&postgres.url(), &pool_settings(), NewerDjango::Refuse).await.expect("a schema");
        postgres
    }

    pub fn url(&self) -> String {
        format!("postgres:///postgres?host={}&user=postgres", self.folder.display())
    }

    /// Stops it as an operator would: connections are told and ended.
    pub fn stop(&mut self) {
        self.server = None;
    }

    pub fn resume(&mut self) {
        let data = self.folder.join("data");
        let server = tokio::task::block_in_place(|| Postgres::start(&data, Options::Durable))
            .expect("PostgreSQL starts");
        let url = server.url("postgres");
        let (_, rest) = url.split_once("host=").expect("a socket folder");
        let socket = Path::new(rest.split('&').next().unwrap_or_default()).join(SOCKET);
        let link = self.folder.join(SOCKET);
        std::fs::remove_file(&link).ok();
        symlink(socket, &link).expect("a link");
        self.server = Some(server);
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        let data = self.server.as_ref().map(|server| server.data_folder().to_owned());
        self.server = None;
        // Elsewhere when the account could not reach our folder.
        for folder in data.iter().chain([&self.folder]) {
            std::fs::remove_dir_all(folder).ok();
        }
    }
}

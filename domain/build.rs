//! Makes Cargo build this crate again when a migration is added or changed; it does not see them by itself.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}

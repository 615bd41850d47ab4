//! Schema history: one change a file, the same on SQLite, PostgreSQL and MySQL/MariaDB.
//!
//! Migrations are history, so they import nothing of ours.

mod columns;
mod m20261121_000001_accounts;
mod m20261121_000002_tree;
mod m20261121_000003_uploads;
mod m20261121_000004_work;
mod m20261121_000011_sign_in;
mod m20261121_150100_shares;
mod m20261121_150401_dav;
mod m20261121_150500_oauth;
mod m20261121_190500_guesses;
mod m20261122_100100_current;
mod m20261122_130000_bounds;
mod m20261122_170000_outside_viewers;
mod m20261122_170001_archives_for_all;
mod m20261122_170002_share_recipients;
mod m20261123_110000_tasks_seen;
mod m20261123_190000_admin_orders;
mod m20261123_210000_admin_lists;
mod m20261124_020000_overview;
mod m20261124_160000_folder_policies;
mod m20261124_180000_relocation;
mod m20261124_200000_proof;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

/// Every change this version knows, oldest first.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_accounts::Migration),
            Box::new(m20261121_000002_tree::Migration),
            Box::new(m20261121_000003_uploads::Migration),
            Box::new(m20261121_000004_work::Migration),
            Box::new(m20261121_000011_sign_in::Migration),
            Box::new(m20261121_150100_shares::Migration),
            Box::new(m20261121_150401_dav::Migration),
            Box::new(m20261121_150500_oauth::Migration),
            Box::new(m20261121_190500_guesses::Migration),
            Box::new(m20261122_100100_current::Migration),
            Box::new(m20261122_130000_bounds::Migration),
            Box::new(m20261122_170000_outside_viewers::Migration),
            Box::new(m20261122_170001_archives_for_all::Migration),
            Box::new(m20261122_170002_share_recipients::Migration),
            Box::new(m20261123_110000_tasks_seen::Migration),
            Box::new(m20261123_190000_admin_orders::Migration),
            Box::new(m20261123_210000_admin_lists::Migration),
            Box::new(m20261124_020000_overview::Migration),
            Box::new(m20261124_160000_folder_policies::Migration),
            Box::new(m20261124_180000_relocation::Migration),
            Box::new(m20261124_200000_proof::Migration),
        ]
    }
}

//! What is done with saved deliveries while nobody listens, or beside it.

use std::path::PathBuf;

use overten_webhook::diagnose::Captured;

use crate::failure::{Failure, Status};

use super::chosen::{self, Filters, Saved};
use super::database::Database;
use super::folder::Folder;

/// What is saved in one folder.
#[derive(Debug)]
pub(crate) struct Shelf(Database);

impl Shelf {
    /// Opens what is saved in the folder given, else in the default one.
    pub(crate) fn open(folder: Option<PathBuf>) -> Result<Self, Failure> {
        Database::open(&Folder::open(folder)?.database()?).map(Self)
    }

    pub(crate) fn chosen(&self, filters: &Filters) -> Result<Vec<Saved>, Failure> {
        self.0.read(|db| chosen::chosen(db, filters))
    }

    /// One as it is saved, as JSON on one line.
    pub(crate) fn export(&self, id: i64) -> Result<String, Failure> {
        self.0.read(|db| chosen::capture(db, id))?.ok_or_else(|| {
            Failure::new(
                format_args!("no delivery is saved under the number {id}"),
                "`overten-webhook listen --list` shows which are",
            )
            .with_status(Status::Capture)
        })
    }

    /// One as it was received.
    pub(crate) fn capture(&self, id: i64) -> Result<Captured, Failure> {
        let text = self.export(id)?;
        let unreadable = |why: &dyn std::fmt::Display| {
            Failure::new(
                format_args!("delivery {id} cannot be read: {why}"),
                "choose another",
            )
            .with_status(Status::Capture)
        };
        let captured = Captured::read(text.as_bytes()).map_err(|error| unreadable(&error))?;
        captured
            .into_iter()
            .next()
            .ok_or_else(|| unreadable(&"there is none"))
    }
}

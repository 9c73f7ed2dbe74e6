//! The one thread that has the database: jobs that wait together are written together.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use rusqlite::Connection;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::database::Database;

/// How many jobs may wait: as many as there can be connections, and those of the listener itself.
const WAITING: usize = 512;
/// How many of them may be of strangers: each can hold a body.
const STRANGERS: usize = 64;
/// How many are written in one transaction.
const TOGETHER: usize = 64;

/// Asks the thread. Clones share it; it ends with the last of them, once its jobs are done.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    jobs: mpsc::Sender<Box<dyn Job>>,
    strangers: Arc<Semaphore>,
}

/// Waits for the thread's end.
#[derive(Debug)]
pub(crate) struct Thread(thread::JoinHandle<()>);

impl Thread {
    /// Waits until the last job is done and the file is closed; every [`Store`] must be dropped before.
    pub(crate) fn join(self) {
        // A panic in it was told by its own message, and every job of it as failed.
        let _ = self.0.join();
    }
}

/// Whether a job's changes must survive a power cut once it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durable {
    Yes,
    /// They survive the end of the process.
    No,
}

impl Store {
    pub(crate) fn start(database: Database) -> (Self, Thread) {
        let (jobs, waiting) = mpsc::channel(WAITING);
        let thread = thread::spawn(move || serve(database, waiting));
        let strangers = Arc::new(Semaphore::new(STRANGERS));
        (Self { jobs, strangers }, Thread(thread))
    }

    /// Does this in a transaction, and returns once that is committed; else says why nothing was done.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        durable: Durable,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, String> {
        let (told, outcome) = oneshot::channel();
        let job = Work {
            work: Some(work),
            durable,
            result: None,
            told,
        };
        let gone = || "the database's thread has ended".to_owned();
        self.jobs.send(Box::new(job)).await.map_err(|_| gone())?;
        outcome.await.map_err(|_| gone())?
    }

    /// The same for what a stranger can cause; `None`, at once, where too much of that waits already.
    pub(crate) async fn run_for_stranger<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Option<Result<T, String>> {
        let _permit = self.strangers.try_acquire().ok()?;
        Some(self.run(Durable::No, work).await)
    }
}

trait Job: Send {
    fn durable(&self) -> Durable;
    fn run(&mut self, db: &Connection) -> rusqlite::Result<()>;
    /// Says what came of it, once that is certain.
    fn tell(self: Box<Self>, outcome: Result<(), String>);
}

struct Work<F, T> {
    work: Option<F>,
    durable: Durable,
    result: Option<T>,
    told: oneshot::Sender<Result<T, String>>,
}

impl<T: Send, F: FnOnce(&Connection) -> rusqlite::Result<T> + Send> Job for Work<F, T> {
    fn durable(&self) -> Durable {
        self.durable
    }

    fn run(&mut self, db: &Connection) -> rusqlite::Result<()> {
        if let Some(work) = self.work.take() {
            self.result = Some(work(db)?);
        }
        Ok(())
    }

    fn tell(self: Box<Self>, outcome: Result<(), String>) {
        let outcome = match (outcome, self.result) {
            (Ok(()), Some(result)) => Ok(result),
            (Ok(()), None) => Err("it was not done".to_owned()),
            (Err(why), _) => Err(why),
        };
        // Nobody waits any more where a sender hung up and the listener ends.
        let _ = self.told.send(outcome);
    }
}

fn serve(database: Database, mut waiting: mpsc::Receiver<Box<dyn Job>>) {
    let mut jobs = Vec::new();
    while waiting.blocking_recv_many(&mut jobs, TOGETHER) > 0 {
        write(&database, &mut jobs);
    }
    database.close();
}

/// Writes the jobs in one transaction, each undone by itself where it fails, and tells each what came of it.
fn write(database: &Database, jobs: &mut Vec<Box<dyn Job>>) {
    let written = database.checked().and_then(|db| {
        let durable = jobs.iter().any(|job| job.durable() == Durable::Yes);
        transaction(db, durable, jobs).map_err(|error| {
            if !db.is_autocommit() {
                // Where even this fails, the next transaction says so.
                let _ = db.execute_batch("ROLLBACK");
            }
            error.to_string()
        })
    });
    match written {
        Ok(outcomes) => {
            for (job, outcome) in jobs.drain(..).zip(outcomes) {
                job.tell(outcome);
            }
        }
        Err(why) => jobs.drain(..).for_each(|job| job.tell(Err(why.clone()))),
    }
}

fn transaction(
    db: &Connection,
    durable: bool,
    jobs: &mut [Box<dyn Job>],
) -> rusqlite::Result<Vec<Result<(), String>>> {
    let synchronous = if durable { "FULL" } else { "NORMAL" };
    db.pragma_update(None, "synchronous", synchronous)?;
    db.execute_batch("BEGIN IMMEDIATE")?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        outcomes.push(savepoint(db, job.as_mut())?);
    }
    db.execute_batch("COMMIT")?;
    Ok(outcomes)
}

/// Does one job, or undoes what it did of it. A full disk may end the whole transaction: then all of it failed.
fn savepoint(db: &Connection, job: &mut dyn Job) -> rusqlite::Result<Result<(), String>> {
    db.execute_batch("SAVEPOINT job")?;
    let done = catch_unwind(AssertUnwindSafe(|| job.run(db)));
    let why = match done {
        Ok(Ok(())) => None,
        Ok(Err(error)) if db.is_autocommit() => return Err(error),
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some("it panicked".to_owned()),
    };
    if why.is_some() {
        db.execute_batch("ROLLBACK TO job")?;
    }
    db.execute_batch("RELEASE job")?;
    Ok(why.map_or(Ok(()), Err))
}

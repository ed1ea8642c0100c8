//! `usher import` and `usher seed`: what the terminal shows of it. The report goes to standard output, how far it is to standard error.

use std::{
    io::{IsTerminal, Write, stderr},
    path::Path,
};

use backend::{
    Backend,
    error::Error,
    import::{Progress, Refusal, Report, Watch},
    seed::Seeding,
    show::grouped,
};

use crate::terminal::say;

/// Brings in a folder's files, lists each refused row, and tells how many there were of each kind. The answer is how many were
/// refused.
pub async fn import(backend: &Backend, folder: &Path, password: Option<&str>) -> Result<u64, Error> {
    let mut terminal = Terminal {
        shows_progress: stderr().is_terminal(),
    };
    let reports = backend.import(folder, password, &mut terminal).await?;
    tell(&reports);
    Ok(reports.iter().map(|report| report.refused).sum())
}

/// Makes believable rows, and tells how many there were of each kind.
pub async fn seed(backend: &Backend, seeding: Seeding, password: Option<&str>) -> Result<(), Error> {
    let mut terminal = Terminal {
        shows_progress: stderr().is_terminal(),
    };
    tell(&backend.seed(seeding, password, &mut terminal).await?);
    Ok(())
}

fn tell(reports: &[Report]) {
    for report in reports {
        say!(
            "{}: {} brought in, {} there already, {} refused",
            report.file,
            count(report.brought_in),
            count(report.known),
            count(report.refused)
        );
    }
}

struct Terminal {
    shows_progress: bool,
}

impl Watch for Terminal {
    fn progress(&mut self, progress: Progress) {
        if !self.shows_progress {
            return;
        }
        let is_done = progress.read >= progress.size;
        let done = if is_done {
            WIDTH
        } else {
            progress.read * WIDTH / progress.size.max(1)
        };
        let bar: String = (0..WIDTH).map(|place| if place < done { '#' } else { '.' }).collect();
        let end = if is_done { "\n" } else { "" };
        let _ = write!(
            stderr(),
            "\r{:<18} [{bar}] {} rows{end}",
            progress.file,
            count(progress.rows)
        );
        let _ = stderr().flush();
    }

    fn refused(&mut self, refusal: Refusal) {
        say!("{}:{}: {}", refusal.file, refusal.line, refusal.reason);
    }
}

/// Letters of the bar.
const WIDTH: u64 = 30;

fn count(number: u64) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}

//! Times as people read them, said by the server so that the browser shows the same.

use domain::time::Moment;

pub use crate::list::Shown;

/// A time relative to now, with the exact time beside it.
pub fn shown(moment: Moment, now: Moment) -> Shown {
    Shown {
        text: backend::show::relative(moment, now),
        exact: backend::show::exact(moment),
        machine: backend::show::machine(moment),
    }
}

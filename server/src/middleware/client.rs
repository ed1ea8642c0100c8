//! Notes who asks: an id for the log, the client's address, the browser. And one line in the log for each answer, with the
//! route's template instead of a path that may hold a token.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use backend::secret;
use http::{HeaderMap, HeaderValue, header};
use tracing::Instrument;

use super::panic::tell_of_panic;

/// The proxies that are believed.
#[derive(Clone, Default)]
pub struct TrustedProxies(pub Arc<[IpAddr]>);

pub async fn note_request(State(proxies): State<TrustedProxies>, mut request: Request, next: Next) -> Response {
    let id = secret::random::<8>().map_or_else(|_| "unknown".to_owned(), |bytes| hexadecimal(&bytes));
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let address = peer.map(|peer| client_address(peer, request.headers(), &proxies.0));
    let user_agent = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let note = backend::access::Request {
        id: id.clone(),
        address: address.map(|address| address.to_string()).unwrap_or_default(),
        user_agent: user_agent.to_owned(),
    };
    request.extensions_mut().insert(note);
    let (method, is_call) = (request.method().clone(), request.uri().path().starts_with("/api/"));
    let accepted = request.headers().get(header::ACCEPT).cloned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(none)", MatchedPath::as_str)
        .to_owned();
    let started = Instant::now();
    // Whatever is logged meanwhile names the request, also what knows nothing of it, such as a slow statement.
    let answer = next.run(request).instrument(tracing::error_span!("for", request = %id));
    let mut response = tell_of_panic(answer.await, &id, is_call, accepted.as_ref());
    let milliseconds = started.elapsed().as_millis();
    tracing::info!(request = %id, %method, %route, status = response.status().as_u16(), milliseconds, "answered");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The rightmost address that is no trusted proxy's: what stands left of it anybody can write. An IPv6 client counts by
/// its /64, which is what one customer has.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    // A listener for IPv6 and IPv4 writes an IPv4 address as one of IPv6.
    let is_trusted = |address: &IpAddr| {
        trusted
            .iter()
            .any(|proxy| proxy.to_canonical() == address.to_canonical())
    };
    let mut address = peer;
    if is_trusted(&peer) {
        let forwarded = headers
            .get_all("x-forwarded-for")
            .into_iter()
            .filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
        for hop in hops.into_iter().rev() {
            let Some(hop) = address_in(hop) else { break };
            address = hop;
            if !is_trusted(&hop) {
                break;
            }
        }
    }
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            if address.is_loopback() {
                address.into()
            } else {
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
        }
        address => address,
    }
}

/// Some proxies write the port too.
fn address_in(hop: &str) -> Option<IpAddr> {
    let bare = hop
        .strip_prefix('[')
        .and_then(|hop| hop.strip_suffix(']'))
        .unwrap_or(hop);
    let with_port = || hop.parse().map(|address: SocketAddr| address.ip());
    bare.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::client_address;

    fn address(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", http::HeaderValue::from_static(value));
        }
        let trusted: Vec<_> = trusted.iter().map(|address| address.parse().unwrap()).collect();
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_its_own_word() {
        assert_eq!(address("192.0.2.1", &["198.51.100.9"], &[]), "192.0.2.1");
        assert_eq!(address("10.0.0.1", &["198.51.100.9"], &["10.0.0.1"]), "198.51.100.9");
        assert_eq!(
            address("10.0.0.1", &["203.0.113.7, 198.51.100.9"], &["10.0.0.1"]),
            "198.51.100.9"
        );
        assert_eq!(
            address(
                "10.0.0.1",
                &["203.0.113.7", "198.51.100.9, 10.0.0.2"],
                &["10.0.0.1", "10.0.0.2"]
            ),
            "198.51.100.9"
        );
        assert_eq!(address("10.0.0.1", &["nonsense"], &["10.0.0.1"]), "10.0.0.1");
    }

    #[test]
    fn a_proxy_is_known_however_its_address_is_written() {
        for (peer, trusted) in [("::ffff:10.0.0.1", "10.0.0.1"), ("10.0.0.1", "::ffff:10.0.0.1")] {
            assert_eq!(address(peer, &["198.51.100.9"], &[trusted]), "198.51.100.9");
            assert_eq!(
                address(peer, &["198.51.100.9, ::ffff:10.0.0.1"], &[trusted]),
                "198.51.100.9"
            );
        }
    }

    #[test]
    fn a_port_behind_an_address_is_none_of_its_own() {
        assert_eq!(
            address("10.0.0.1", &["198.51.100.9:5678"], &["10.0.0.1"]),
            "198.51.100.9"
        );
        assert_eq!(
            address("10.0.0.1", &["[2001:db8::1]:5678"], &["10.0.0.1"]),
            "2001:db8::"
        );
        assert_eq!(address("10.0.0.1", &["[2001:db8::1]"], &["10.0.0.1"]), "2001:db8::");
    }

    #[test]
    fn an_ipv6_client_counts_by_its_network() {
        assert_eq!(address("2001:db8:1:2:3:4:5:6", &[], &[]), "2001:db8:1:2::");
        assert_eq!(address("::ffff:192.0.2.1", &[], &[]), "192.0.2.1");
    }
}

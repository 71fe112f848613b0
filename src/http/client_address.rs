//! The address a request comes from, behind proxies that we trust.

use std::net::IpAddr;

use actix_web::{HttpRequest, http::header::HeaderMap};

/// Which proxies are believed: a CIDR block, or a text prefix as Django took it.
#[derive(Debug, Clone)]
enum Trusted {
    Block { network: IpAddr, bits: u32 },
    Prefix(String),
}

#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<Trusted>);

impl TrustedProxies {
    pub fn new(entries: &[String]) -> Self {
        TrustedProxies(entries.iter().map(|entry| parse(entry)).collect())
    }

    fn trusts(&self, address: &str) -> bool {
        self.0.iter().any(|trusted| match trusted {
            Trusted::Prefix(prefix) => address.starts_with(prefix.as_str()),
            Trusted::Block { network, bits } => {
                address.parse().is_ok_and(|address| in_block(address, *network, *bits))
            }
        })
    }

    /// Right to left through `X-Forwarded-For` and the peer: the first that is not a trusted proxy. If all are
    /// trusted, the leftmost.
    pub fn client<'a>(&self, forwarded: Option<&'a str>, peer: &'a str) -> &'a str {
        let hops: Vec<&str> = forwarded
            .into_iter()
            .flat_map(|header| header.split(','))
            .map(str::trim)
            .filter(|hop| !hop.is_empty())
            .chain([peer])
            .collect();
        hops.iter().rev().find(|hop| !self.trusts(hop)).copied().unwrap_or(hops[0])
    }

    pub fn client_of(&self, headers: &HeaderMap, peer: Option<IpAddr>) -> String {
        let peer = peer.map(|address| address.to_string()).unwrap_or_default();
        let forwarded = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
        self.client(forwarded, &peer).to_owned()
    }
}

fn parse(entry: &str) -> Trusted {
    let block = entry.split_once('/').and_then(|(network, bits)| {
        let network: IpAddr = network.parse().ok()?;
        let bits: u32 = bits.parse().ok()?;
        let widest = if network.is_ipv4() { 32 } else { 128 };
        (bits <= widest).then_some(Trusted::Block { network, bits })
    });
    block.unwrap_or_else(|| Trusted::Prefix(entry.to_owned()))
}

fn in_block(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let same = |a: u128, b: u128, width: u32| bits == 0 || (a ^ b) >> (width - bits) == 0;
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(u32::from(a).into(), u32::from(b).into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.into(), b.into(), 128),
        _ => false,
    }
}

/// Whether the request was made on this very machine, with no proxy in between.
pub fn is_local(request: &HttpRequest) -> bool {
    request.peer_addr().is_some_and(|peer| peer.ip().is_loopback())
        && !request.headers().contains_key("x-forwarded-for")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_the_last_hop_that_is_not_ours() {
        let proxies = TrustedProxies::new(&["172.17.0.".to_owned(), "103.21.244.0/24".to_owned()]);
        for (forwarded, peer, client) in [
            (None, "1.2.3.4", "1.2.3.4"),
            (Some("1.2.3.4"), "172.17.0.2", "1.2.3.4"),
            (Some("1.2.3.4,4.3.2.1"), "172.17.0.2", "4.3.2.1"),
            (Some("1.2.3.4,172.17.0.2,4.3.2.1"), "172.17.0.2", "4.3.2.1"),
            (Some("1.2.3.4, 103.21.244.16"), "172.17.0.2", "1.2.3.4"),
            (Some("172.17.0.9,172.17.0.8"), "172.17.0.2", "172.17.0.9"),
            (Some(" , "), "172.17.0.2", "172.17.0.2"),
        ] {
            assert_eq!(proxies.client(forwarded, peer), client, "{forwarded:?} via {peer}");
        }
    }

    #[test]
    fn a_block_trusts_its_addresses_only() {
        let proxies =
            TrustedProxies::new(&["10.0.0.0/8".to_owned(), "fd00::/8".to_owned(), "0.0.0.0/33".to_owned()]);
        for (address, trusted) in [
            ("10.255.0.1", true),
            ("11.0.0.1", false),
            ("fd12::1", true),
            ("fe80::1", false),
            ("nonsense", false),
        ] {
            assert_eq!(proxies.trusts(address), trusted, "{address}");
        }
    }
}

//! Whether and how a connection to the database is encrypted: what `sslmode` and `sslrootcert` of its address mean to
//! libpq. An address that says nothing is spoken to in the clear on this machine, and encrypted elsewhere if the server
//! can.

use std::sync::Arc;

use rustls::{
    ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{Error, Result};

/// The parameters of an address that are read here, and the address without those that the driver does not know.
pub(super) struct Wanted {
    pub url: String,
    mode: Option<String>,
    root_certificates: Option<String>,
}

impl Wanted {
    pub fn of(url: &str) -> Wanted {
        let Some((address, query)) = url.split_once('?') else {
            return Wanted { url: url.to_owned(), mode: None, root_certificates: None };
        };
        let value = |name: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, v)| v.to_owned())
        };
        let others: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.starts_with("sslmode=") && !pair.starts_with("sslrootcert="))
            .collect();
        Wanted {
            url: if others.is_empty() {
                address.to_owned()
            } else {
                format!("{address}?{}", others.join("&"))
            },
            mode: value("sslmode"),
            root_certificates: value("sslrootcert").map(|path| path.replace("%2F", "/").replace("%2f", "/")),
        }
    }

    /// Sets the mode of `config` and returns what makes its connections.
    pub fn apply(&self, config: &mut Config) -> Result<MakeRustlsConnect> {
        let is_here = config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => name == "localhost" || name.starts_with("127.") || name == "::1",
            Host::Unix(_) => true,
        });
        let (mode, is_verified) = match self.mode.as_deref() {
            None if is_here => (SslMode::Disable, false),
            None | Some("prefer") => (SslMode::Prefer, false),
            Some("disable" | "allow") => (SslMode::Disable, false),
            Some("require") => (SslMode::Require, self.root_certificates.is_some()),
            Some("verify-ca" | "verify-full") => (SslMode::Require, true),
            Some(_) => {
                return Err(Error::Invalid(
                    "sslmode must be disable, prefer, require, verify-ca or verify-full".to_owned(),
                ));
            }
        };
        config.ssl_mode(mode);
        Ok(MakeRustlsConnect::new(self.client(is_verified)?))
    }

    fn client(&self, is_verified: bool) -> Result<ClientConfig> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let client = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Invalid(error.to_string()))?;
        Ok(if is_verified {
            client.with_root_certificates(self.roots()?).with_no_client_auth()
        } else {
            client
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyServer(provider)))
                .with_no_client_auth()
        })
    }

    /// The certificates of `sslrootcert`, or those that browsers trust.
    fn roots(&self) -> Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        match self.root_certificates.as_deref() {
            None | Some("system") => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(path) => {
                let unreadable = |error: String| Error::Invalid(format!("sslrootcert {path}: {error}"));
                for certificate in
                    CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?
                {
                    let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                    roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
                }
            }
        }
        Ok(roots)
    }
}

/// Encryption without proof of who is at the other end: what `sslmode=require` asks for.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> std::result::Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> Result<SslMode> {
        let wanted = Wanted::of(url);
        let mut config: Config = wanted.url.parse().map_err(|_| Error::Invalid("unreadable".to_owned()))?;
        wanted.apply(&mut config)?;
        Ok(config.get_ssl_mode())
    }

    #[test]
    fn an_address_says_how_it_is_encrypted() {
        for (url, expected) in [
            ("postgres://u:p@localhost/d", SslMode::Disable),
            ("postgres:///d?host=/tmp/somewhere&user=u", SslMode::Disable),
            ("postgres://u:p@db.example/d", SslMode::Prefer),
            ("postgres://u:p@db.example/d?sslmode=require", SslMode::Require),
            ("postgres://u:p@db.example/d?connect_timeout=3&sslmode=verify-full", SslMode::Require),
            ("postgres://u:p@db.example/d?sslmode=disable", SslMode::Disable),
        ] {
            assert_eq!(mode(url).unwrap(), expected, "{url}");
        }
        assert!(mode("postgres://u:p@db.example/d?sslmode=sometimes").is_err());
        assert!(mode("postgres://u:p@db.example/d?sslmode=verify-ca&sslrootcert=/no/such/file").is_err());
    }
}

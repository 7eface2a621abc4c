"""AWS Signature Version 4.

Source: "Create a signed AWS API request",
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
from functools import reduce
from hashlib import sha256
from urllib.parse import quote, urlsplit

from .http import HttpRequest

__all__ = ["sign"]

# Hop-by-hop and tracing headers, which proxies change; the same that botocore leaves out.
NOT_SIGNED = frozenset(
    {
        "authorization",
        "baggage",
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "x-amzn-trace-id",
    }
)
DEFAULT_PORTS = {"https": 443, "http": 80}


def sign(request: HttpRequest, secret_key: str, stamp: str, scope: str) -> tuple[str, str]:
    """The names of the signed headers, and the signature in hex; `scope` is `date/region/service/aws4_request`."""
    names, canonical = _canonical(request)
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{secret_key}".encode()
    return names, reduce(_mac, (*scope.split("/"), text), key).hex()


def _mac(key: bytes, part: str) -> bytes:
    return hmac.digest(key, part.encode(), "sha256")


def _canonical(request: HttpRequest) -> tuple[str, str]:
    """The names of the signed headers, and the canonical request."""
    url = urlsplit(request.url)
    signed = {"host": [_host(request.url)]}
    for name, value in request.headers.items():
        if (lower := name.lower()) not in NOT_SIGNED:
            signed.setdefault(lower, []).append(" ".join(value.split()))
    names = ";".join(sorted(signed))
    headers = "".join(f"{name}:{','.join(signed[name])}\n" for name in sorted(signed))
    # Every service but S3 encodes the path once more; an empty value keeps its "=".
    path = quote(url.path or "/", "/~")
    pairs = sorted(pair.partition("=")[::2] for pair in url.query.split("&") if url.query)
    query = "&".join(f"{name}={value}" for name, value in pairs)
    digest = request.headers.get("x-amz-content-sha256") or sha256(request.body).hexdigest()
    return names, "\n".join((request.method, path, query, headers, names, digest))


def _host(url: str) -> str:
    """The Host header as HTTP clients send it: in lower case, without the scheme's own port."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{parts.port}"

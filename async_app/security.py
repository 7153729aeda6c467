"""What protects clients that are browsers: headers, and a check of where a request is from."""

from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def headers(*, https: bool) -> dict[str, str]:
    """The headers of every answer of a service that answers JSON, and serves no pages.

    Source: OWASP REST Security Cheat Sheet, "Security Headers".
    """
    always = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    # Once a browser has seen it, it never uses plain HTTP there again.
    return always | ({"Strict-Transport-Security": "max-age=31536000"} if https else {})


def is_cross_origin(method: str, host: str, origin: str, fetch_site: str) -> bool:
    """Whether a browser sent a changing request on behalf of another site (CSRF).

    *fetch_site* and *origin* are the headers Sec-Fetch-Site and Origin, empty where there is none,
    as with clients that are no browsers and cannot be tricked. The rules are those of Go's
    ``net/http.CrossOriginProtection``.
    """
    if method in SAFE_METHODS:
        return False
    if fetch_site:
        return fetch_site not in {"same-origin", "none"}
    try:
        return bool(origin) and urlsplit(origin).netloc != host
    except ValueError:  # no origin that a browser would send
        return True

"""Which settings are refused at the start, each in a sentence with its cure; what they are is read in config.py."""

import re
from typing import Any
from urllib.parse import urlsplit

DEMO, PRODUCTION = "demo", "production"
MAIL_SCHEMES = {"smtp", "smtps", "smtp+starttls"}
MAIL_SENDER = re.compile(r"[^\s<>@,;]+@[^\s<>@,;]+|[^<>@,;]+ <[^\s<>@,;]+@[^\s<>@,;]+>")
HERE = {"localhost", "127.0.0.1", "::1"}
WEAK_SECRETS = {"", "secret", "changeme", "change-me", "thisismyscretkey", "dev", "udgam"}


class ConfigurationError(Exception):
    """A setting cannot be used; the text is one sentence with the cure."""


def check(values: dict[str, Any]) -> None:
    """Refuse settings that must not meet the public: a weak secret, a soft key in production, an unknown environment."""
    if values["UDGAM_ENV"] not in {DEMO, PRODUCTION}:
        raise ConfigurationError(f"UDGAM_ENV must be demo or production, not {values['UDGAM_ENV']!r}.")
    if len({bool(values[name]) for name in ("HSM_MODULE", "HSM_TOKEN", "HSM_PIN_FILE")}) > 1:
        raise ConfigurationError(
            "UDGAM_HSM_MODULE, UDGAM_HSM_TOKEN and UDGAM_HSM_PIN_FILE belong together: set all three or none."
        )
    check_mail(values)
    check_gateway(values)
    check_dgft(values)
    check_oidc(values)
    check_time(values)
    check_esign(values)
    if values["UDGAM_ENV"] != PRODUCTION:
        return
    secret = values["SECRET_KEY"]
    if secret.lower() in WEAK_SECRETS or len(secret) < 32 or len(set(secret)) < 10:
        raise ConfigurationError("SECRET_KEY is too weak for production: use 32 random characters or more.")
    if values["SOFT_SIGNER"]:
        raise ConfigurationError("UDGAM_SOFT_SIGNER is for the demo only: a production server never holds an officer's key.")
    if not values["MAIL_URL"]:
        raise ConfigurationError(
            "MAIL_URL is not set: name the mail server of this production server, smtps://user:password@host."
        )


def check_gateway(values: dict[str, Any]) -> None:
    """Refuse a gateway that is none of ours, the sandbox in production, and a real one that could be listened to or forged."""
    gateway, production = values["GATEWAY"], values["UDGAM_ENV"] == PRODUCTION
    if gateway not in {"sandbox", "hosted", "none"}:
        raise ConfigurationError(f"GATEWAY must be sandbox, hosted or none, not {gateway!r}.")
    if gateway == "sandbox" and production:
        raise ConfigurationError("GATEWAY=sandbox is for the demo only: it credits wallets without money.")
    if gateway == "hosted" and not values["GATEWAY_URL"].startswith("https://" if production else ("https://", "http://")):
        raise ConfigurationError("GATEWAY_URL must be the https address of the payment gateway.")
    if gateway == "hosted" and len(values["GATEWAY_SECRET"]) < 32:
        raise ConfigurationError("The secret in GATEWAY_SECRET_FILE is too short: the gateway must give 32 characters or more.")


def check_mail(values: dict[str, Any]) -> None:
    """Refuse a mail server or a sender that no mail could be sent with."""
    try:
        server = urlsplit(values["MAIL_URL"])
        usable = not values["MAIL_URL"] or (server.scheme in MAIL_SCHEMES and bool(server.hostname) and server.port != 0)
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError("MAIL_URL must be like smtp+starttls://user:password@mail.example:587 (or smtp://, smtps://).")
    if not MAIL_SENDER.fullmatch(values["MAIL_FROM"]) or not values["MAIL_FROM"].isprintable():
        raise ConfigurationError("MAIL_FROM must be an e-mail address, such as Udgam <udgam@dgft.example>.")


def check_dgft(values: dict[str, Any]) -> None:
    """Refuse a secret that could be guessed, and a feed that would travel in the clear."""
    if values["SCIM_SECRET"] and (len(values["SCIM_SECRET"]) < 32 or len(set(values["SCIM_SECRET"])) < 10):
        raise ConfigurationError("SCIM_SECRET is too weak: use 32 random characters or more, or leave it empty.")
    feed = urlsplit(values["SYNC_FEED"])
    if feed.scheme == "http" and feed.hostname not in HERE:
        raise ConfigurationError("SYNC_FEED must be an https address (http only on this machine), or the path of a file.")
    if not 0 <= values["SYNC_MOST_DISABLED"] <= 100:
        raise ConfigurationError("SYNC_MOST_DISABLED is a percentage: a whole number from 0 to 100.")


def check_oidc(values: dict[str, Any]) -> None:
    """Refuse a log-in at DGFT that is half set, could be listened to, or is the sandbox's where it counts."""
    provider, production = values["OIDC_PROVIDER"], values["UDGAM_ENV"] == PRODUCTION
    if provider not in {"sandbox", "hosted", "none"}:
        raise ConfigurationError(f"OIDC_PROVIDER must be sandbox, hosted or none, not {provider!r}.")
    if provider == "none":
        return
    if production and provider == "sandbox":
        raise ConfigurationError("OIDC_PROVIDER=sandbox is for the demo only: everybody knows its password.")
    needed = {name: values[name] for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")}
    if missing := [name for name, value in needed.items() if not value]:
        raise ConfigurationError(f"{missing[0]} is empty: issuer, client id and client secret of DGFT's log-in belong together.")
    if provider == "sandbox" and _host(values["OIDC_ISSUER"], {"http"}) not in HERE:
        raise ConfigurationError("OIDC_PROVIDER=sandbox is on this machine: leave OIDC_ISSUER out, or set OIDC_PROVIDER=hosted.")
    host = _host(values["OIDC_ISSUER"], {"https"}) or (not production and _host(values["OIDC_ISSUER"], {"http"}) in HERE)
    if not host:
        raise ConfigurationError("OIDC_ISSUER must be the https address of DGFT's log-in, as its discovery document writes it.")
    if production and not _host(values["BASE_URL"], {"https"}):
        raise ConfigurationError("BASE_URL must be the public https address: people come back there from DGFT's log-in.")


def _host(address: str, schemes: set[str]) -> str:
    """The host of a plain address with one of these schemes; empty when it is none."""
    try:
        parts = urlsplit(address)
        plain = parts.scheme in schemes and not (parts.query or parts.fragment or parts.username) and parts.port != 0
    except ValueError:
        return ""
    return (parts.hostname or "") if plain else ""


def check_time(values: dict[str, Any]) -> None:
    """Refuse addresses of stamps and lists that are none, and an archive that would come too late."""
    if values["TSA_URL"] and urlsplit(values["TSA_URL"]).scheme not in {"http", "https"}:
        raise ConfigurationError("TSA_URL must be the http or https address of a time-stamping authority (RFC 3161).")
    if not 0 <= values["ARCHIVE_HOURS"] <= 20:
        raise ConfigurationError("ARCHIVE_HOURS is a whole number from 0 to 20: the archive's form must be there within a day.")
    if values["RESTAMP_DAYS"] < 1:
        raise ConfigurationError("RESTAMP_DAYS is a whole number of days, 1 or more.")
    for address in values["CRL_URLS"].split():
        if urlsplit(address).scheme not in {"http", "https"}:
            raise ConfigurationError(f"CRL_URLS holds {address}: write http or https addresses with spaces between them.")


def check_esign(values: dict[str, Any]) -> None:
    """Refuse e-signing that is half set, could be listened to, or is the sandbox's where it counts."""
    provider, production = values["ESIGN_PROVIDER"], values["UDGAM_ENV"] == PRODUCTION
    if provider not in {"sandbox", "hosted", "none"}:
        raise ConfigurationError(f"ESIGN_PROVIDER must be sandbox, hosted or none, not {provider!r}.")
    if not 1 <= values["ESIGN_ORDER_MINUTES"] <= 60:
        raise ConfigurationError("ESIGN_ORDER_MINUTES is a whole number from 1 to 60; the certificate lives for 30.")
    if provider == "none":
        return
    if production and provider == "sandbox":
        raise ConfigurationError("ESIGN_PROVIDER=sandbox is for the demo only: its signatures have no legal effect.")
    names = ("ESIGN_URL", "ESIGN_ASP_ID", "ESIGN_ASP_KEY", "ESIGN_RESPONSE_CERT", "ESIGN_ROOTS")
    if missing := [name for name in names if not values[name]]:
        raise ConfigurationError(f"{missing[0]} is empty: {', '.join(names)} come from the e-sign provider and belong together.")
    here = not production and _host(values["ESIGN_URL"], {"http"}) in HERE
    if not here and not _host(values["ESIGN_URL"], {"https"}):
        raise ConfigurationError("ESIGN_URL must be the https address of the e-sign provider to which requests are posted.")
    if production and not _host(values["BASE_URL"], {"https"}):
        raise ConfigurationError("BASE_URL must be the public https address: people come back there from the e-sign provider.")

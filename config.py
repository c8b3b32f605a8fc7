"""Every setting of Udgam: its environment variable, its default and what it decides; nothing else reads the environment."""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.core.configuration import DEMO, PRODUCTION, ConfigurationError, check

__all__ = ["DEMO", "PRODUCTION", "ROOT", "ConfigurationError", "check", "settings"]

ROOT = Path(__file__).resolve().parent

FACTOR_ROLES = ("OFFICER", "ADMINISTRATOR", "SUPERVISOR")  # whose hand makes or judges certificates


def env(name: str, default: str = "") -> str:
    """The environment variable `name`, stripped; `default` when unset or empty."""
    return os.environ.get(name, "").strip() or default


def env_int(name: str, default: int) -> int:
    """A whole number from the environment; a sentence when it is not one."""
    text = env(name, str(default))
    try:
        return int(text)
    except ValueError as error:
        raise ConfigurationError(f"{name} must be a whole number, not {text!r}.") from error


def env_bool(name: str, default: bool) -> bool:
    """`1 true yes on` or `0 false no off` from the environment."""
    text = env(name, "yes" if default else "no").lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ConfigurationError(f"{name} must be yes or no, not {text!r}.")


def home() -> Path:
    """UDGAM_HOME: the folder with all state of an embedded run (database, documents, keys)."""
    return Path(env("UDGAM_HOME", str(ROOT / "var"))).expanduser().resolve()


def database_url(folder: Path) -> str:
    """DATABASE_URL, with the driver we ship; without it a SQLite file in UDGAM_HOME."""
    url = env("DATABASE_URL")
    if not url:
        return f"sqlite:///{folder / 'udgam.db'}"
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def secret_key(folder: Path) -> str:
    """SECRET_KEY, or on a demo machine one made once and kept in UDGAM_HOME (readable by its owner only)."""
    if given := env("SECRET_KEY"):
        return given
    if env("UDGAM_ENV", DEMO) == PRODUCTION:
        raise ConfigurationError("SECRET_KEY is not set: give this production server a random secret of 32 characters or more.")
    return kept_secret(folder / "secret_key")


def kept_secret(kept: Path) -> str:
    """A secret made once and kept in a file that only its owner can read."""
    folder = kept.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return kept.read_text()
    except OSError as error:
        raise ConfigurationError(
            f"The folder {folder} cannot be written ({error.strerror}): set UDGAM_HOME to a folder you own."
        ) from error
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return kept.read_text()


def gateway_secret_file(folder: Path) -> Path:
    """GATEWAY_SECRET_FILE: where the secret shared with the payment gateway is."""
    return Path(env("GATEWAY_SECRET_FILE", str(folder / "gateway_secret")))


def oidc_secret_file(folder: Path) -> Path:
    """OIDC_CLIENT_SECRET_FILE: where the secret is by which DGFT's log-in knows Udgam."""
    return Path(env("OIDC_CLIENT_SECRET_FILE", str(folder / "oidc_secret")))


def shared_secret(kind: str, file: Path, variable: str, own: str) -> str:
    """A secret shared with somebody outside: the sandbox's is made once, a real one comes with the contract (`own`: its file)."""
    if kind == "sandbox" and not own:
        return kept_secret(file).strip()
    if kind == "none":
        return ""
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{variable} {file} cannot be read: put the secret there.") from error


def keys(folder: Path) -> Path:
    """UDGAM_KEYS: where the demonstration's test keys are."""
    return Path(env("UDGAM_KEYS", str(folder / "keys")))


def credentials() -> str:
    """TSA_CREDENTIALS_FILE: what is in the file; empty when none is named."""
    file = env("TSA_CREDENTIALS_FILE")
    try:
        return Path(file).read_text().strip() if file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"TSA_CREDENTIALS_FILE {file} cannot be read: correct the path or its permissions.") from error


def second_factor() -> frozenset[str]:
    """TOTP_REQUIRED_FOR: the roles that must log in with a second factor; `none` for nobody."""
    said = env("TOTP_REQUIRED_FOR", ",".join(FACTOR_ROLES) if env("UDGAM_ENV", DEMO) == PRODUCTION else "none")
    named = {role.strip().upper() for role in said.split(",")} - {"", "NONE"}
    if unknown := sorted(named - set(FACTOR_ROLES)):
        raise ConfigurationError(f"TOTP_REQUIRED_FOR may name {', '.join(FACTOR_ROLES)} or none, not {unknown[0]}.")
    return frozenset(named)


def reminder_days() -> tuple[int, ...]:
    """QUERY_REMINDER_DAYS: how many days before a query lapses the firm is reminded, «30,7,1»; `none` for never."""
    said = env("QUERY_REMINDER_DAYS", "30,7,1")
    days = [part.strip() for part in said.split(",")] if said.lower() != "none" else []
    if not all(part.isascii() and part.isdigit() and int(part) > 0 for part in days):
        raise ConfigurationError(f"QUERY_REMINDER_DAYS must be days like 30,7,1 or none, not {said!r}.")
    return tuple(sorted({int(part) for part in days}, reverse=True))


def _places(folder: Path, port: int) -> dict[str, Any]:
    """Where the database, the queue, the documents and the keys are, and how the workers work."""
    return {
        "UDGAM_ENV": env("UDGAM_ENV", DEMO),
        "UDGAM_HOME": folder,
        "PORT": port,
        "BASE_URL": env("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        "SQLALCHEMY_DATABASE_URI": database_url(folder),
        "REDIS_URL": env("REDIS_URL", f"unix://{folder / 'queue' / 'valkey.sock'}"),
        "DOCUMENTS": Path(env("UDGAM_DOCUMENTS", str(folder / "documents"))),
        "KEYS": keys(folder),
        "SECRET_KEY": secret_key(folder),
        "TRUST_ROOTS": env("UDGAM_TRUST_ROOTS"),  # PEM file(s) of accepted roots, ':' between; the demo makes its own CA
        "TRUST_CHAIN": env("UDGAM_TRUST_CHAIN"),  # PEM file(s) of authorities under those roots, ':' between
        "CRL_FOLDER": env("UDGAM_CRL_FOLDER", str(folder / "crls")),  # lists of revoked certificates (*.crl), put or fetched
        "PROXIES": env_int("UDGAM_PROXIES", 0),  # how many reverse proxies stand before us and tell the asker's address
        "JOB_LEASE_SECONDS": env_int("JOB_LEASE_SECONDS", 60),
        "JOB_TIMEOUT_SECONDS": env_int("JOB_TIMEOUT_SECONDS", 45),
        "JOB_MAX_ATTEMPTS": env_int("JOB_MAX_ATTEMPTS", 6),
        "WORKERS": env_int("UDGAM_WORKERS", 2),
    }


def _rules() -> dict[str, Any]:
    """The law and the fee: domain rules with a default."""
    return {
        "FEE_PAISE": env_int("FEE_PAISE", 20_000),
        "FEE_GST_BPS": env_int("FEE_GST_BPS", 0),
        "REFUND_ON_REFUSAL": env_bool("REFUND_ON_REFUSAL", False),  # rejected, withdrawn or lapsed: is the fee given back?
        "FILING_OPEN_FROM": env("FILING_OPEN_FROM", "2024-08-28"),  # IST date from which filings are taken
        "LOW_BALANCE_PAISE": env_int("LOW_BALANCE_PAISE", 100_000),  # a firm that has said nothing is told below this
        "LAPSE_DAYS": env_int("LAPSE_DAYS", 90),
        "QUERY_REMINDER_DAYS": reminder_days(),
        "RETRO_DAYS": env_int("RETRO_DAYS", 60),  # an invoice older than this is asked about, never refused
        "DESK_SOON_DAYS": env_int("DESK_SOON_DAYS", 3),  # goods that leave within so many days come first on the desk
        "DESK_LOCK_MINUTES": env_int("DESK_LOCK_MINUTES", 30),  # what an officer took up and left so long may be taken over
        "DEMO_HISTORY": env_bool("UDGAM_DEMO_HISTORY", True),  # no: the demonstration begins with people only
        "SPECIMENS_PER_DAY": env_int("SPECIMENS_PER_DAY", 50),  # trial prints of one agency
    }


def _gateway() -> dict[str, Any]:
    """Who takes the money of top-ups: sandbox (demo), hosted, or none."""
    gateway = env("GATEWAY", "none" if env("UDGAM_ENV", DEMO) == PRODUCTION else "sandbox")
    return {
        "GATEWAY": gateway,
        "GATEWAY_URL": env("GATEWAY_URL", f"http://127.0.0.1:{env_int('PORT', 8080) + 1}").rstrip("/"),
        "GATEWAY_SECRET": shared_secret(gateway, gateway_secret_file(home()), "GATEWAY_SECRET_FILE", env("GATEWAY_SECRET_FILE")),
    }


def _dgft() -> dict[str, Any]:
    """Who says who somebody is, for people of firms: DGFT's log-in (hosted), the sandbox (demo), or none."""
    named = any((env("OIDC_ISSUER"), env("OIDC_CLIENT_ID"), env("OIDC_CLIENT_SECRET_FILE")))
    provider = env("OIDC_PROVIDER", "sandbox" if env("UDGAM_ENV", DEMO) != PRODUCTION else "hosted" if named else "none")
    sandbox = {"OIDC_ISSUER": f"http://127.0.0.1:{env_int('PORT', 8080) + 2}", "OIDC_CLIENT_ID": "udgam"}
    given = {"OIDC_ISSUER": env("OIDC_ISSUER"), "OIDC_CLIENT_ID": env("OIDC_CLIENT_ID")}
    file = oidc_secret_file(home())
    return {
        "OIDC_PROVIDER": provider,
        **{name: value or (sandbox[name] if provider == "sandbox" else "") for name, value in given.items()},
        "OIDC_CLIENT_SECRET": shared_secret(provider, file, "OIDC_CLIENT_SECRET_FILE", env("OIDC_CLIENT_SECRET_FILE")),
    }


def _signing() -> dict[str, Any]:
    """Who may sign, and with what."""
    return {
        "SOFT_SIGNER": env_bool("UDGAM_SOFT_SIGNER", env("UDGAM_ENV", DEMO) != PRODUCTION),
        "SIGN_ORDER_MINUTES": env_int("SIGN_ORDER_MINUTES", 30),  # how long a prepared certificate waits for a token
        "DESK_AGENT_PORT": env_int("DESK_AGENT_PORT", 17817),  # where pages look for the agent on their own computer
        "DSC_MIN_DAYS": env_int("DSC_MIN_DAYS", 30),  # a certificate that ends sooner is not registered any more
        "HSM_MODULE": env("UDGAM_HSM_MODULE"),  # the PKCS#11 library of a hardware security module; empty: there is none
        "HSM_TOKEN": env("UDGAM_HSM_TOKEN"),
        "HSM_PIN_FILE": env("UDGAM_HSM_PIN_FILE"),
        # The system's own key for documents that no person signs: a key file, or hsm: and a label; empty: the demo's, or none.
        "DOCUMENT_SEAL": env("DOCUMENT_SEAL"),
        "DOCUMENT_SEAL_PASSPHRASE_FILE": env("DOCUMENT_SEAL_PASSPHRASE_FILE"),
    }


def _esign() -> dict[str, Any]:
    """Who makes e-signatures on an Aadhaar check: a licensed provider (hosted), the sandbox (demo), or none."""
    kind = env("ESIGN_PROVIDER", "none" if env("UDGAM_ENV", DEMO) == PRODUCTION else "sandbox")
    kept, own = home() / "esign", kind == "sandbox"  # where the sandbox puts what a provider gives its customer
    return {
        "ESIGN_PROVIDER": kind,
        "ESIGN_URL": env("ESIGN_URL", f"http://127.0.0.1:{env_int('PORT', 8080) + 4}/esign" if own else ""),
        "ESIGN_ASP_ID": env("ESIGN_ASP_ID", "UDGAM-SANDBOX" if own else ""),
        "ESIGN_ASP_KEY": env("ESIGN_ASP_KEY", str(kept / "asp.pem") if own else ""),  # PEM: our key with its certificate
        "ESIGN_RESPONSE_CERT": env("ESIGN_RESPONSE_CERT", str(kept / "response.pem") if own else ""),
        "ESIGN_ROOTS": env("ESIGN_ROOTS", str(kept / "root.pem") if own else ""),  # PEM file(s), ':' between
        "ESIGN_SHA1": env_bool("ESIGN_SHA1", False),  # does this provider still sign its answers with SHA-1?
        "ESIGN_ORDER_MINUTES": env_int("ESIGN_ORDER_MINUTES", 30),  # how long one has to sign at the provider's
    }


def _time_stamps() -> dict[str, Any]:
    """Who says when something was signed, and what is kept so that it can be proved for years."""
    demo = env("UDGAM_ENV", DEMO) != PRODUCTION
    return {
        "TSA_URL": env("TSA_URL", f"http://127.0.0.1:{env_int('PORT', 8080) + 3}" if demo else ""),
        "TSA_ROOTS": env("TSA_ROOTS"),  # PEM file(s) of the roots of those who stamp, ':' between; empty: as for signers
        "TSA_POLICY": env("TSA_POLICY"),  # the policy (OID) that stamps must be made under; empty: any
        "TSA_CREDENTIALS": credentials(),  # name:password
        "ARCHIVE_HOURS": env_int("ARCHIVE_HOURS", 6),  # after the issue, so that the lists are newer than the signature
        "RESTAMP_DAYS": env_int("RESTAMP_DAYS", 90),  # before the certificate of the newest stamp ends
        "CRL_URLS": env("CRL_URLS"),  # where the lists of known authorities are fetched, spaces between
    }


def _log_in() -> dict[str, Any]:
    """The log-in and its locks."""
    return {
        "LOGIN_FAILURES": env_int("LOGIN_FAILURES", 10),  # of one account from one address
        "LOGIN_FAILURES_ADDRESS": env_int("LOGIN_FAILURES_ADDRESS", 100),  # of one address in all
        "LOGIN_WINDOW": timedelta(minutes=15),
        "TOTP_REQUIRED_FOR": second_factor(),
        "VERIFY_PER_MINUTE": env_int("VERIFY_PER_MINUTE", 240),
    }


def _registering() -> dict[str, Any]:
    """Registering for an agency, and what a request may be."""
    return {
        "REGISTER_PER_MINUTE": env_int("REGISTER_PER_MINUTE", 20),
        "ONBOARDING_DAYS": env_int("ONBOARDING_DAYS", 90),  # how long the people of a new agency may register; 0: no end
        "OTP_MINUTES": env_int("OTP_MINUTES", 15),  # how long a mailed code is good
        "OTP_TRIES": env_int("OTP_TRIES", 5),
        # accounts from DGFT
        "SCIM_SECRET": env("SCIM_SECRET"),  # what DGFT's system shows at /scim/v2; empty: that door is closed
        "SYNC_FEED": env("SYNC_FEED"),  # where the hourly feed is: an https address or a file; empty: there is none
        "SYNC_FEED_SECRET": env("SYNC_FEED_SECRET"),
        "SYNC_MOST_DISABLED": env_int("SYNC_MOST_DISABLED", 33),  # percent of people that one feed may switch off
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=8),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": env("BASE_URL").startswith("https://"),
        "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,  # two papers of 5 MiB in one form
        "MAX_FORM_PARTS": 10_000,  # the filing form with 500 goods lines has some 7,000 fields; Flask would stop at 1,000
        "MAX_FORM_MEMORY_SIZE": 3 * 1024 * 1024,  # of one field; the sheet sends 500 goods lines as one
    }


def _language() -> dict[str, Any]:
    """How people are spoken to: mail, languages, and the clock they read."""
    return {
        "MAIL_URL": env("MAIL_URL"),  # without it, mails are kept in UDGAM_HOME/mail
        "MAIL_FROM": env("MAIL_FROM", "Udgam <udgam@localhost.localdomain>"),
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Kolkata",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
        "LANGUAGES": {"en": {"flag": "gb", "name": "English"}, "hi": {"flag": "in", "name": "हिन्दी"}},
    }


def settings() -> dict[str, Any]:
    """All settings as one dictionary for create_app(); raises ConfigurationError with the cure."""
    values = _places(home(), env_int("PORT", 8080))
    for part in (_rules, _gateway, _dgft, _signing, _esign, _time_stamps, _log_in, _registering, _language):
        values |= part()
    check(values)
    return values

"""Every setting of Udgam: its environment variable, its default and what it decides; nothing else reads the environment."""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent

DEMO, PRODUCTION = "demo", "production"
WEAK_SECRETS = {"", "secret", "changeme", "change-me", "thisismyscretkey", "dev", "udgam"}


class ConfigurationError(Exception):
    """A setting cannot be used; the text is one sentence with the cure."""


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
    kept = folder / "secret_key"
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


def settings() -> dict[str, Any]:
    """All settings as one dictionary for create_app(); raises ConfigurationError with the cure."""
    folder = home()
    port = env_int("PORT", 8080)
    values: dict[str, Any] = {
        # where things are
        "UDGAM_ENV": env("UDGAM_ENV", DEMO),
        "UDGAM_HOME": folder,
        "PORT": port,
        "BASE_URL": env("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        "SQLALCHEMY_DATABASE_URI": database_url(folder),
        "REDIS_URL": env("REDIS_URL", f"unix://{folder / 'queue' / 'valkey.sock'}"),
        "DOCUMENTS": Path(env("UDGAM_DOCUMENTS", str(folder / "documents"))),
        "KEYS": Path(env("UDGAM_KEYS", str(folder / "keys"))),
        "SECRET_KEY": secret_key(folder),
        "TRUST_ROOTS": env("UDGAM_TRUST_ROOTS"),  # PEM file(s) of accepted roots, ':' between; the demo makes its own CA
        "PROXIES": env_int("UDGAM_PROXIES", 0),  # how many reverse proxies stand before us and tell the asker's address
        # the law and the fee (domain rules with a default)
        "FEE_PAISE": env_int("FEE_PAISE", 20_000),
        "FEE_GST_BPS": env_int("FEE_GST_BPS", 0),
        "REFUND_ON_REFUSAL": env_bool("REFUND_ON_REFUSAL", False),  # rejected, withdrawn or lapsed: is the fee given back?
        "FILING_OPEN_FROM": env("FILING_OPEN_FROM", "2024-08-28"),  # IST date from which filings are taken
        "LAPSE_DAYS": env_int("LAPSE_DAYS", 90),
        "DEMO_HISTORY": env_bool("UDGAM_DEMO_HISTORY", True),  # no: the demonstration begins with people only
        # signing
        "SOFT_SIGNER": env_bool("UDGAM_SOFT_SIGNER", env("UDGAM_ENV", DEMO) != PRODUCTION),
        # work in the background
        "JOB_LEASE_SECONDS": env_int("JOB_LEASE_SECONDS", 60),
        "JOB_TIMEOUT_SECONDS": env_int("JOB_TIMEOUT_SECONDS", 45),
        "JOB_MAX_ATTEMPTS": env_int("JOB_MAX_ATTEMPTS", 6),
        "WORKERS": env_int("UDGAM_WORKERS", 2),
        # log-in
        "LOGIN_FAILURES": env_int("LOGIN_FAILURES", 10),  # of one account from one address
        "LOGIN_FAILURES_ADDRESS": env_int("LOGIN_FAILURES_ADDRESS", 100),  # of one address in all
        "LOGIN_WINDOW": timedelta(minutes=15),
        "VERIFY_PER_MINUTE": env_int("VERIFY_PER_MINUTE", 240),
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=8),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": env("BASE_URL").startswith("https://"),
        "MAX_CONTENT_LENGTH": 8 * 1024 * 1024,
        # language
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Kolkata",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
        "LANGUAGES": {"en": {"flag": "gb", "name": "English"}, "hi": {"flag": "in", "name": "हिन्दी"}},
    }
    check(values)
    return values


def check(values: dict[str, Any]) -> None:
    """Refuse settings that must not meet the public: a weak secret, a soft key in production, an unknown environment."""
    if values["UDGAM_ENV"] not in {DEMO, PRODUCTION}:
        raise ConfigurationError(f"UDGAM_ENV must be demo or production, not {values['UDGAM_ENV']!r}.")
    if values["UDGAM_ENV"] != PRODUCTION:
        return
    secret = values["SECRET_KEY"]
    if secret.lower() in WEAK_SECRETS or len(secret) < 32 or len(set(secret)) < 10:
        raise ConfigurationError("SECRET_KEY is too weak for production: use 32 random characters or more.")
    if values["SOFT_SIGNER"]:
        raise ConfigurationError("UDGAM_SOFT_SIGNER is for the demo only: a production server never holds an officer's key.")

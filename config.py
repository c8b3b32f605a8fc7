"""Every setting of Udgam: its environment variable, its default and what it decides; nothing else reads the environment."""

import os
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent

DEMO, PRODUCTION = "demo", "production"
MAIL_SCHEMES = {"smtp", "smtps", "smtp+starttls"}
MAIL_SENDER = re.compile(r"[^\s<>@,;]+@[^\s<>@,;]+|[^<>@,;]+ <[^\s<>@,;]+@[^\s<>@,;]+>")
FACTOR_ROLES = ("OFFICER", "ADMINISTRATOR", "SUPERVISOR")  # whose hand makes or judges certificates
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


def second_factor() -> frozenset[str]:
    """TOTP_REQUIRED_FOR: the roles that must log in with a second factor; `none` for nobody."""
    said = env("TOTP_REQUIRED_FOR", ",".join(FACTOR_ROLES) if env("UDGAM_ENV", DEMO) == PRODUCTION else "none")
    named = {role.strip().upper() for role in said.split(",")} - {"", "NONE"}
    if unknown := sorted(named - set(FACTOR_ROLES)):
        raise ConfigurationError(f"TOTP_REQUIRED_FOR may name {', '.join(FACTOR_ROLES)} or none, not {unknown[0]}.")
    return frozenset(named)


def _places(folder: Path, port: int) -> dict[str, Any]:
    """Where the database, the queue, the documents and the keys are."""
    return {
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
        "TRUST_CHAIN": env("UDGAM_TRUST_CHAIN"),  # PEM file(s) of authorities under those roots, ':' between
        "CRL_FOLDER": env("UDGAM_CRL_FOLDER"),  # where lists of revoked certificates (*.crl) are put; empty: not checked
        "PROXIES": env_int("UDGAM_PROXIES", 0),  # how many reverse proxies stand before us and tell the asker's address
    }


def _rules() -> dict[str, Any]:
    """The law and the fee: domain rules with a default."""
    return {
        "FEE_PAISE": env_int("FEE_PAISE", 20_000),
        "FEE_GST_BPS": env_int("FEE_GST_BPS", 0),
        "REFUND_ON_REFUSAL": env_bool("REFUND_ON_REFUSAL", False),  # rejected, withdrawn or lapsed: is the fee given back?
        "FILING_OPEN_FROM": env("FILING_OPEN_FROM", "2024-08-28"),  # IST date from which filings are taken
        "LAPSE_DAYS": env_int("LAPSE_DAYS", 90),
        "DEMO_HISTORY": env_bool("UDGAM_DEMO_HISTORY", True),  # no: the demonstration begins with people only
        "SPECIMENS_PER_DAY": env_int("SPECIMENS_PER_DAY", 50),  # trial prints of one agency
    }


def _signing() -> dict[str, Any]:
    """Who may sign, and with what."""
    return {
        "SOFT_SIGNER": env_bool("UDGAM_SOFT_SIGNER", env("UDGAM_ENV", DEMO) != PRODUCTION),
        "DSC_MIN_DAYS": env_int("DSC_MIN_DAYS", 30),  # a certificate that ends sooner is not registered any more
        "HSM_MODULE": env("UDGAM_HSM_MODULE"),  # the PKCS#11 library of a hardware security module; empty: there is none
        "HSM_TOKEN": env("UDGAM_HSM_TOKEN"),
        "HSM_PIN_FILE": env("UDGAM_HSM_PIN_FILE"),
    }


def _work() -> dict[str, Any]:
    """The workers."""
    return {
        "JOB_LEASE_SECONDS": env_int("JOB_LEASE_SECONDS", 60),
        "JOB_TIMEOUT_SECONDS": env_int("JOB_TIMEOUT_SECONDS", 45),
        "JOB_MAX_ATTEMPTS": env_int("JOB_MAX_ATTEMPTS", 6),
        "WORKERS": env_int("UDGAM_WORKERS", 2),
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
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=8),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": env("BASE_URL").startswith("https://"),
        "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,  # two papers of 5 MiB in one form
        "MAX_FORM_PARTS": 10_000,  # the filing form with 500 goods lines has some 7,000 fields; Flask would stop at 1,000
        "MAX_FORM_MEMORY_SIZE": 512 * 1024,  # of one field
    }


def _mail() -> dict[str, Any]:
    """Outgoing mail."""
    return {
        "MAIL_URL": env("MAIL_URL"),  # without it, mails are kept in UDGAM_HOME/mail
        "MAIL_FROM": env("MAIL_FROM", "Udgam <udgam@localhost.localdomain>"),
    }


def _language() -> dict[str, Any]:
    """Languages and the clock people read."""
    return {
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Kolkata",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
        "LANGUAGES": {"en": {"flag": "gb", "name": "English"}, "hi": {"flag": "in", "name": "हिन्दी"}},
    }


def settings() -> dict[str, Any]:
    """All settings as one dictionary for create_app(); raises ConfigurationError with the cure."""
    values = _places(home(), env_int("PORT", 8080))
    for part in (_rules, _signing, _work, _log_in, _registering, _mail, _language):
        values |= part()
    check(values)
    return values


def check(values: dict[str, Any]) -> None:
    """Refuse settings that must not meet the public: a weak secret, a soft key in production, an unknown environment."""
    if values["UDGAM_ENV"] not in {DEMO, PRODUCTION}:
        raise ConfigurationError(f"UDGAM_ENV must be demo or production, not {values['UDGAM_ENV']!r}.")
    if len({bool(values[name]) for name in ("HSM_MODULE", "HSM_TOKEN", "HSM_PIN_FILE")}) > 1:
        raise ConfigurationError(
            "UDGAM_HSM_MODULE, UDGAM_HSM_TOKEN and UDGAM_HSM_PIN_FILE belong together: set all three or none."
        )
    check_mail(values)
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

"""Settings of the Tech Track, read from the environment; README.md lists each variable.

Whether the site is *local* or *real* follows from ``SITE_URL``: a loopback address is local, anything else is
real and refuses to start with a setting missing that people's safety hangs on.
"""

from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from . import environment as env
from .policies import CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY  # noqa: F401  # both are settings

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).resolve()

# Where we are

PORT = env.whole_number("PORT", 8000, at_least=1, at_most=65535)
HOST = env.text("HOST", "127.0.0.1")
_site = env.site_url("SITE_URL", f"http://localhost:{PORT}")
SITE_URL = f"{_site.scheme}://{_site.netloc}"
LOCAL = env.is_loopback(_site.hostname)
HTTPS = _site.scheme == "https"
DEBUG = env.flag("DEBUG")
KEEP_PAGES = env.flag("KEEP_PAGES", default=not DEBUG)

SECRET_KEY = env.text("SECRET_KEY")
TRUSTED_PROXY_COUNT = env.whole_number("TRUSTED_PROXY_COUNT", 0 if LOCAL else None)
_email = env.email_settings("EMAIL_URL")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"techtrack@{_site.hostname}" if LOCAL else "")
CONTACT_EMAIL = env.text("CONTACT_EMAIL")
FORGET_AFTER_DAYS = env.whole_number("FORGET_AFTER_DAYS", None, at_least=1, at_most=3650)
RESPONSIBLE = env.text("RESPONSIBLE")  # who answers for people's data; named on /privacy/

if LOCAL:
    SECRET_KEY = SECRET_KEY or env.own_secret(DATA_DIR / "secret_key")
    if not env.is_loopback(HOST):
        raise ImproperlyConfigured(
            f"HOST is {HOST!r}, which other machines reach, while SITE_URL is local. Set SITE_URL to the "
            "address people use, or HOST to 127.0.0.1."
        )
else:
    _missing = [
        f"{name} ({why})"
        for name, why, given in [
            ("SECRET_KEY", "at least 50 characters, kept secret", len(SECRET_KEY) >= 50),
            ("SITE_URL", "must begin with https://", HTTPS),
            ("EMAIL_URL", "where mail leaves, like smtps://user:pass@host:465", _email is not None),
            ("DEFAULT_FROM_EMAIL", "the sender of our mail", bool(DEFAULT_FROM_EMAIL)),
            (
                "TRUSTED_PROXY_COUNT",
                "how many proxies stand in front; 0 if none",
                TRUSTED_PROXY_COUNT is not None,
            ),
            ("DEBUG", "must be off on a real site", not DEBUG),
        ]
        if not given
    ]
    if _missing:
        raise ImproperlyConfigured(f"{SITE_URL} is a real site and cannot start without: " + "; ".join(_missing))

ALLOWED_HOSTS = [_site.hostname, *(["localhost", "127.0.0.1", "[::1]"] if LOCAL else [])]

# The code

INSTALLED_APPS = [
    # Ours come first, so that `manage.py shell` imports our Session.
    "sessions",
    "registration",
    "cacc_techtrack.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
]

MIDDLEWARE = [
    "cacc_techtrack.signal_file.after_each_write",
    "cacc_techtrack.logs.each_request",
    "cacc_techtrack.middleware.shut_windows",
    "cacc_techtrack.languages.language",  # what is refused below is refused in it too
    "django.middleware.security.SecurityMiddleware",  # its redirect and refusals pass those above
    "cacc_techtrack.middleware.plain_requests",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cacc_techtrack.middleware.nothing_kept",
    "registration.login_sessions.LoginSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "registration.login_sessions.PersonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "registration.middleware.audience",
    "registration.middleware.large_bodies",
    "registration.middleware.idle_clock",
]

ROOT_URLCONF = "cacc_techtrack.urls"
WSGI_APPLICATION = "cacc_techtrack.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cacc_techtrack.context.site",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["bootstrap5"]
CRISPY_TEMPLATE_PACK = "bootstrap5"

# What is kept, and where

env.own_folder(DATA_DIR)
if env.text("DATABASE_URL"):
    DATABASES = {"default": dj_database_url.parse(env.text("DATABASE_URL"), conn_max_age=60)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "techtrack.sqlite3",
            "CONN_MAX_AGE": 60,  # seconds; opening the file anew took longer than most pages
        },
    }
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # a decision holds the write lock from its first line
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # As long as SQLite waits for a lock, and then the same 503.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c lock_timeout=20s")
BACKUP_KEY = env.text("BACKUP_KEY")  # public: what the site wrote to it, it cannot read
PG_BINDIR = env.text("PG_BINDIR")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if env.text("CACHE_URL"):
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": env.text("CACHE_URL"),
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},  # seconds; one that hangs is down
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
            # Counters of tries live here: none may be dropped to make room for others.
            "OPTIONS": {"MAX_ENTRIES": 10_000_000},
        }
    }

# Mail

EMAIL_BACKEND = "registration.mail.backend.FolderBackend"
EMAIL_TIMEOUT = 20  # seconds
globals().update(_email or {})
SERVER_EMAIL = DEFAULT_FROM_EMAIL

PROGRAMME_LOADED = "registration.recording.programme_loaded"  # what is called once a file changed the programme

# People

AUTH_USER_MODEL = "registration.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "registration:status"

SESSION_ENGINE = "registration.login_sessions"
SESSION_SERIALIZER = "cacc_techtrack.sealing.SealedJSON"
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
KNOWN_BROWSER_COOKIE_NAME = "__Host-known-browser" if HTTPS else "known-browser"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "cacc_techtrack.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Signing in: by a code sent to the address. Nobody has a password.
ACCOUNT_ADAPTER = "registration.sign_in.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = False  # we tell organisers of their second factor ourselves, through the outbox
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False  # so that a mistyped address can be corrected
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # seconds
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_TIMEOUT = 900  # seconds
ACCOUNT_FORMS = {
    "request_login_code": "registration.sign_in.forms.AskForCodeForm",
    "confirm_login_code": "registration.sign_in.forms.TypeCodeForm",
}
ACCOUNT_RATE_LIMITS = {
    **{"login": "", "request_login_code": ""},  # sign_in.codes counts them, in the database
    # Wrong second factors. In a row no more than a hundred: NIST SP 800-63B, revision 3, 5.2.2.
    "login_failed": "10/m/ip,5/300s/key,100/1d/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT or 0
MFA_ADAPTER = "registration.sign_in.adapter.SecondFactorAdapter"
# Recovery codes are made when somebody asks for them, by a page of ours; listed here, allauth would make some unseen.
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_ISSUER = "Tech Track"
MFA_TOTP_TOLERANCE = 1  # one step of 30 s either way, for phones whose clock is off
MFA_FORMS = {
    "activate_totp": "registration.sign_in.second_factor_forms.EnrolForm",
    "authenticate": "registration.sign_in.second_factor_forms.SecondFactorForm",
    "reauthenticate": "registration.sign_in.second_factor_forms.SecondFactorAgainForm",
    "add_webauthn": "registration.sign_in.second_factor_forms.AddPasskeyForm",
    "authenticate_webauthn": "registration.sign_in.second_factor_forms.PasskeyForm",
    "reauthenticate_webauthn": "registration.sign_in.second_factor_forms.PasskeyAgainForm",
}

# What goes over the wire

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_310_720  # 1 MB of form and its encoding; more is answered 413
MATERIAL_MAX_MB = env.whole_number("MATERIAL_MAX_MB", 25, at_least=1, at_most=60)  # deploy/nginx.conf lets 64 through
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("HSTS_INCLUDE_SUBDOMAINS")
SECURE_HSTS_PRELOAD = env.flag("HSTS_PRELOAD")
# Both bind a whole domain, which is not ours to decide: they are settings of their own, off unless asked for.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Where files of material are kept: in DATA_DIR, or wherever a storage of Django's kind keeps them.
MATERIALS_STORAGE = env.text("MATERIALS_STORAGE")
STORAGES = {
    "default": {
        "BACKEND": MATERIALS_STORAGE or "django.core.files.storage.FileSystemStorage",
        "OPTIONS": env.options("MATERIALS_STORAGE_OPTIONS", env.text("MATERIALS_STORAGE_OPTIONS"))
        if MATERIALS_STORAGE
        else {
            "location": DATA_DIR / "files",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "cacc_techtrack.static_files.Storage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_ALLOW_ALL_ORIGINS = False  # our files are for our pages

# Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"  # what is stored; programme times are shown in the event's own zone
USE_TZ = True

# What is said of it: for people on a local site, a JSON line an event on a real one

REQUEST_ID_HEADER = env.text("REQUEST_ID_HEADER")
DEFAULT_EXCEPTION_REPORTER_FILTER = "cacc_techtrack.logs.NothingShown"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "cacc_techtrack.logs.ForPeople",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "cacc_techtrack.logs.JSONLines"},
    },
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "line" if LOCAL else "json"}},
    "root": {"handlers": ["terminal"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING"},  # Django's own handlers would mail error reports
        # Below this they write down each address that was refused: the opaque ones, and those that hold a token.
        "django.request": {"level": "ERROR"},
        "django.security.csrf": {"level": "ERROR"},
        "pypdf": {"level": "CRITICAL"},  # it tells what is odd in somebody's file
        "techtrack": {"level": "WARNING" if LOCAL else "INFO"},
    },
}

"""The PDF signing library starts whatever the patch number of OpenSSL."""

import re
import subprocess
import sys

import oscrypto
import pytest

from app.signing import compat


def pattern_in(source: str) -> str:
    """The pattern as Python reads it from the source."""
    return source.strip("'").replace("\\\\", "\\")


@pytest.mark.parametrize("version", ["OpenSSL 3.0.19 27 Jan 2026", "OpenSSL 3.10.0 1 Jan 2027", "OpenSSL 1.1.1w 2023"])
def test_every_version_of_openssl_is_recognised(version: str) -> None:
    """One and two digits in each place, with and without a letter, match the widened pattern."""
    match = re.search(pattern_in(compat.widened(compat.NARROW)), version)
    assert match is not None
    assert match[1] == version.split()[1]


def test_the_pattern_is_still_the_one_we_widen() -> None:
    """When oscrypto changes its text, this fails and the module can be looked at again, perhaps dropped."""
    for name in compat.AFFECTED:
        spec = compat.WideningFinder().find_spec(name, [f"{part}/_openssl" for part in oscrypto.__path__])
        assert spec is not None
        assert isinstance(spec.loader, compat.WideningLoader)
        source = spec.loader.get_source(name)
        assert source is not None
        assert compat.NARROW in source


def test_other_modules_are_left_alone() -> None:
    """The finder answers for the two affected modules and for nothing else."""
    assert compat.WideningFinder().find_spec("json", None) is None


def test_stepping_in_twice_is_stepping_in_once() -> None:
    """Importing compat from several places does not pile up finders."""
    compat.install()
    compat.install()
    assert sum(isinstance(finder, compat.WideningFinder) for finder in sys.meta_path) == 1


def test_endesive_starts_after_compat() -> None:
    """In a fresh Python with warnings as errors, `endesive.pdf` imports on this computer's OpenSSL."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import app.signing.compat, endesive.pdf"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", ["rules", "signer", "payload", "soft", "certcheck", "testca", "judge"])
def test_light_modules_load_no_heavy_library(module: str) -> None:
    """What web processes import brings in neither endesive nor pyHanko, neither flask nor sqlalchemy."""
    asked = f"import sys, app.signing.{module}; print([m for m in ('endesive','pyhanko','pypdf','flask','sqlalchemy')"
    done = subprocess.run([sys.executable, "-c", asked + " if m in sys.modules])"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

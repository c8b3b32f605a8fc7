"""Lets the PDF signing library start on computers whose OpenSSL has a two-digit patch number, such as 3.0.19."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

# endesive needs oscrypto, and the last oscrypto released (1.3.0) finds the version of OpenSSL with a pattern of
# one-digit numbers (its issues 75 and 78). The pattern is widened while the module is read; nothing on disk changes.
AFFECTED = frozenset({"oscrypto._openssl._libcrypto_cffi", "oscrypto._openssl._libcrypto_ctypes"})
NARROW = r"'\\b(\\d\\.\\d\\.\\d[a-z]*)\\b'"
WIDE = r"'\\b(\\d+\\.\\d+\\.\\d+[a-z]*)\\b'"


def widened(source: str) -> str:
    """The text of an affected module with the wider pattern; unchanged when a later release has mended it."""
    return source.replace(NARROW, WIDE)


class WideningLoader(SourceFileLoader):
    """Reads a module as Python does, but widened, and never keeps the compiled form."""

    def get_code(self, fullname: str) -> CodeType | None:
        """Compiled from the widened text; the ordinary way would use or leave a cached file of the narrow one."""
        source = self.get_source(fullname)
        return None if source is None else compile(widened(source), self.path, "exec", dont_inherit=True)


class WideningFinder(MetaPathFinder):
    """Steps in for the affected modules and for nothing else."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The ordinary answer with our loader; no answer for any other module."""
        if fullname not in AFFECTED:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = WideningLoader(fullname, spec.loader.path)
        return spec


def install() -> None:
    """Steps in once, however often it is called."""
    if not any(isinstance(finder, WideningFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, WideningFinder())


install()

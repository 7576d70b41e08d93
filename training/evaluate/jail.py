"""Runs one program where it can do little harm; started by `training.evaluate.sandbox`, never imported by it.

    python -I -S jail.py 5  <  {"program": "assert 1 + 1 == 2", "nonce": ..., "limits": {...}, ...}
        -> lines of JSON on file descriptor 5: {"nonce": ..., "passed": true} if the program came to its end

With namespaces of the kernel (as root, or where ordinary users may make them) the program sees no network, no
process but its own, and a file system of its own: the system's programs and Python, read-only, and one small
folder in memory to write to. It runs as a user who owns nothing. Where the kernel refuses namespaces, a hook
in Python refuses sockets, other programs and writing outside the folder: that stops accidents, not attacks by
native code, and other files of the user can be read. In both, processor time, memory, processes, open files
and the sizes of files are limited by the kernel. The nonce is told only after the program's last statement; a
program that searches this process's memory for it could pass unfairly, as it could in any harness that runs
tests and what they test in one process. Standard library only.
"""

import ctypes
import json
import math
import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

NEW_MOUNTS, NEW_HOST_NAME, NEW_IPC = 0x00020000, 0x04000000, 0x08000000
NEW_USER, NEW_PROCESSES, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
READ_ONLY, NO_SETUID, NO_DEVICES, NO_PROGRAMS, REMOUNT = 1, 2, 4, 8, 32
NO_ACCESS_TIME, NO_FOLDER_ACCESS_TIME, BIND, RECURSIVE, PRIVATE = 1024, 2048, 4096, 16384, 1 << 18
KEPT_FLAGS = NO_DEVICES | NO_PROGRAMS | NO_ACCESS_TIME | NO_FOLDER_ACCESS_TIME
"""Flags of a mount that a bind mount of it may not lose; constants of linux/sched.h and linux/mount.h."""
DIE_WITH_PARENT, ADOPT_ORPHANS, NO_NEW_PRIVILEGES = 1, 36, 38
"""Operations of prctl, from linux/prctl.h."""
CAPABILITIES_VERSION = 0x20080522
"""Third version of capset's header, from linux/capability.h."""
NO_NAMESPACES = 75
"""Exit code of a process that could not make them."""
NOBODY = 65534
"""User that owns nothing by convention."""
TMP = Path("/tmp")  # noqa: S108 - of the new root, or named in no other way
SHARED = 0o1777
"""Any user may write there, and delete what is its own."""
VISIBLE = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
REFUSED = (
    "socket.",
    "subprocess.",
    "ctypes.",
    "os.exec",
    "os.posix_spawn",
    "os.system",
    "os.kill",
    "os.fork",
)
"""Audit events, or beginnings of their names, that the hook refuses."""
CHANGES = {
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
    "os.chown",
}
"""Audit events that the hook refuses outside the folder."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
DETAIL = 500
"""Characters of an error that are told."""

libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Read the job, shut it off as well as the kernel lets, run it, report."""
    report = int(sys.argv[1])
    job = json.load(sys.stdin)
    if job["namespaces"]:
        attempt = os.fork()  # a child, so that a failure half-way leaves this process as it was
        if attempt == 0:
            go_inside(job, report)
            return
        if exit_code(attempt) != NO_NAMESPACES:
            return
    if os.geteuid() == 0 and not others_can_read(Path(os.__file__)):
        refused = f"programs are not run as root, and no other user can read {sys.base_prefix}"
        tell(report, {"nonce": job["nonce"], "refused": refused})
        return
    libc.prctl(ADOPT_ORPHANS, 1)
    keep(job, report, isolated=False)


def go_inside(job: dict[str, Any], report: int) -> None:
    """Enter new namespaces, with a root of their own, and run the job there."""
    libc.prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if not enter_namespaces():
        os._exit(NO_NAMESPACES)
    if first := os.fork():
        os._exit(NO_NAMESPACES if exit_code(first) == NO_NAMESPACES else 0)
    libc.prctl(DIE_WITH_PARENT, signal.SIGKILL)  # the first process there: with it all others die
    try:
        make_root(Path(job["box"]), job["limits"]["file_size"])
    except OSError:
        os._exit(NO_NAMESPACES)
    keep(job, report, isolated=True)


def keep(job: dict[str, Any], report: int, *, isolated: bool) -> None:
    """Start the program, wait for it no longer than allowed, and end all that it has started."""
    signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, job["limits"]["seconds"])
    tell(report, {"nonce": job["nonce"], "isolation": "namespaces" if isolated else "hook"})
    program = os.fork()
    if program == 0:
        run(job, report, isolated=isolated)
        return
    try:
        code = wait_for(program)
    except TimeoutError:
        code = -signal.SIGXCPU
    signal.setitimer(signal.ITIMER_REAL, 0)
    if not isolated:
        end_all()
    tell(report, {"nonce": job["nonce"], "exit": code})


def run(job: dict[str, Any], report: int, *, isolated: bool) -> None:
    """Give up rights, then run the program; whatever it raises ends this process through `sys.excepthook`."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    if isolated:
        os.setsid()
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.closerange(3, report)
    os.closerange(report + 1, os.sysconf("SC_OPEN_MAX"))
    limit(job["limits"])
    give_up_rights(Path(job["box"]), job["user"])
    os.environ["HOME"] = os.environ["TMPDIR"] = os.getcwd()  # noqa: PTH109 - as text
    if not isolated:
        libc.prctl(DIE_WITH_PARENT, signal.SIGKILL)
        sys.addaudithook(refusal(os.path.realpath(job["box"])))

    def failed(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        state = "failed" if issubclass(kind, AssertionError) else "error"
        detail = traceback.format_exception_only(kind, error)[-1].strip()
        tell(report, {"state": state, "detail": detail[:DETAIL]})

    sys.excepthook = failed
    nonce, program = job.pop("nonce"), job.pop("program")
    exec(compile(program, "program.py", "exec"), {"__name__": "__main__"})  # noqa: S102 - it is what this is for
    tell(report, {"nonce": nonce, "passed": True})
    sys.stdout.flush()
    os._exit(0)


def enter_namespaces() -> bool:
    """Leave the namespaces of the machine for new ones; whether that is allowed."""
    user, group = os.geteuid(), os.getegid()
    wanted = NEW_MOUNTS | NEW_HOST_NAME | NEW_IPC | NEW_PROCESSES | NEW_NETWORK
    if libc.unshare(wanted if user == 0 else wanted | NEW_USER) != 0:
        return False
    try:
        if user != 0:
            lines = {
                "setgroups": "deny",
                "uid_map": f"{user} {user} 1",
                "gid_map": f"{group} {group} 1",
            }
            for name, line in lines.items():
                Path(f"/proc/self/{name}").write_text(line, encoding="ascii")
        mount("none", Path("/"), None, RECURSIVE | PRIVATE)
    except OSError:
        return False
    return True


def make_root(box: Path, size: int) -> None:
    """A file system in memory as new root, with the system and Python read-only in it; stand in its `TMP`."""
    mount("tmpfs", box, "tmpfs", NO_SETUID | NO_DEVICES, f"size={max(size, 1 << 16)},nr_inodes=4096,mode=755")
    own = [] if sys.base_prefix.startswith("/usr") else [sys.base_prefix]
    for path in map(Path, [*VISIBLE, *own]):
        place = box / path.relative_to("/")
        if path.is_symlink():
            place.symlink_to(path.readlink())
        elif path.exists():
            show(path, place)
            flags = os.statvfs(path).f_flag & KEPT_FLAGS
            mount(None, place, None, BIND | REMOUNT | READ_ONLY | NO_SETUID | flags)
    for path in map(Path, DEVICES):
        show(path, box / path.relative_to("/"))
    folder = box / TMP.relative_to("/")
    folder.mkdir()
    folder.chmod(SHARED)
    os.chroot(box)
    os.chdir(TMP)


def show(path: Path, place: Path) -> None:
    """Let a file or folder be seen in another place too."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        place.mkdir()
    else:
        place.touch()
    mount(str(path), place, None, BIND | RECURSIVE)


def mount(source: str | None, place: Path, kind: str | None, flags: int, options: str | None = None) -> None:
    """Mount, or say why not.

    Raises:
        OSError: If the kernel refuses.
    """
    source_, kind_, options_ = (None if text is None else text.encode() for text in (source, kind, options))
    if libc.mount(source_, bytes(place), kind_, ctypes.c_ulong(flags), options_) != 0:
        raise OSError(ctypes.get_errno(), f"mount {place}")


def limit(limits: dict[str, Any]) -> None:
    """Let the kernel end what uses more."""
    seconds = math.ceil(limits["seconds"])
    for what, soft, hard in (
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_AS, limits["memory"], limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["file_size"], limits["file_size"]),
        (resource.RLIMIT_NOFILE, limits["files"], limits["files"]),
        (resource.RLIMIT_NPROC, limits["processes"], limits["processes"]),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(what, (soft, hard))


def give_up_rights(box: Path, number: int) -> None:
    """Become a user who owns nothing, if this is root; never regain a right.

    Raises:
        OSError: If root may not become anybody else.
    """
    if os.geteuid() == 0:
        os.setgroups([])
        for user in (number, NOBODY):
            try:
                if box.exists():  # it is not where this process has a root of its own
                    os.chown(box, user, user)
                os.setresgid(user, user, user)
                os.setresuid(user, user, user)
                break
            except OSError:
                if user == NOBODY:
                    raise
    else:
        header = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0)
        libc.capset(header, (ctypes.c_uint32 * 6)())
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def refusal(box: str) -> Any:
    """A hook that refuses what reaches outside, where the kernel does not."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(REFUSED):
            raise PermissionError(f"{event} is not allowed here")
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING
        if not (writes or event in CHANGES):
            return
        for path in arguments[: 2 if event in {"os.rename", "os.link", "os.symlink"} else 1]:
            place = os.path.realpath(os.fsdecode(path)) if isinstance(path, (str, bytes)) else ""
            if place not in {"/dev/null", box} and not place.startswith(box + "/"):
                raise PermissionError(f"{event} outside {box} is not allowed here")

    return hook


def others_can_read(path: Path) -> bool:
    """Whether any user can reach and read a file."""
    return bool(path.stat().st_mode & 0o4) and all(one.stat().st_mode & 0o1 for one in path.parents)


def too_long(*_: Any) -> NoReturn:
    """The time is over.

    Raises:
        TimeoutError: Always.
    """
    raise TimeoutError


def exit_code(child: int) -> int:
    """How a child ended, once it has."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def wait_for(program: int) -> int:
    """Exit code of a child, or the negative number of the signal that ended it; reaps orphans meanwhile."""
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == program:
            return os.waitstatus_to_exitcode(status)


def end_all() -> None:
    """End all descendants; orphans among them have become children of this process."""
    while found := [pid for pid, parent in parents() if parent == os.getpid()]:
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        for pid in found:
            os.waitpid(pid, 0)


def parents() -> list[tuple[int, int]]:
    """Every process and its parent."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            found.append((int(path.parent.name), int(path.read_bytes().rpartition(b")")[2].split()[1])))
        except OSError:
            continue  # it has ended
    return found


def tell(report: int, line: dict[str, Any]) -> None:
    """Write a line for the sandbox."""
    os.write(report, json.dumps(line).encode() + b"\n")


if __name__ == "__main__":
    main()

# Search everything that can be reached for a secret: HEAD, followed by digits
# whose hash is TAIL. Only so can the searcher not find itself.
import hashlib, os, socket, sys

SEARCHED, SAID = {}, []

def look(place, data):
    SEARCHED[place.split(" ")[0]] = SEARCHED.get(place.split(" ")[0], 0) + len(data)
    at = data.find(b"HEAD")
    while at >= 0:
        if hashlib.sha256(data[at + 9 : at + 18]).hexdigest() == "TAIL":
            SAID.append(f"FOUND {place}")
        at = data.find(b"HEAD", at + 1)

def memory():
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as mem:
        for line in maps.read().splitlines():
            span, rights, _, _, _, *name = line.split(maxsplit=5)
            start, end = (int(part, 16) for part in span.split("-"))
            if not rights.startswith("rw"):
                continue
            for at in range(start, end, 1 << 22):
                try:
                    mem.seek(at)
                    look("memory", mem.read(min(end - at, (1 << 22) + 32)))
                except (OSError, OverflowError):
                    continue

def files():
    packages = ("/usr", "/proc", "/dev", "/lib", sys.prefix, sys.base_prefix)
    for folder, inner, names in os.walk("/"):
        place = os.path.realpath(folder)
        if place != "/" and place.startswith(packages) and "paramlab" not in place:
            inner.clear()
            continue
        for name in names:
            path = os.path.join(folder, name)
            try:
                look("file " + path, path.encode() + open(path, "rb").read(1 << 22))
            except OSError:
                continue

def processes():
    for process in filter(str.isdigit, os.listdir("/proc")):
        for name in ("environ", "cmdline", "mountinfo", "comm", "status"):
            try:
                look("process", open(f"/proc/{process}/{name}", "rb").read())
            except OSError:
                continue
    look("process", repr(dict(os.environ)).encode())

def descriptors():
    for handle in range(64):
        try:
            look("descriptor", os.readlink(f"/proc/self/fd/{handle}").encode())
            if os.fstat(handle).st_mode & 0o170000 == 0o140000:
                with socket.socket(fileno=os.dup(handle)) as connection:
                    flags = socket.MSG_PEEK | socket.MSG_DONTWAIT
                    look("descriptor", connection.recv(1 << 20, flags))
        except OSError:
            continue

def search(*parts):
    for part in parts:
        part()
    SAID.append(f"SEARCHED {sorted(SEARCHED)}")
search(processes, descriptors, files, memory)

# Reach something outside.

# %% loopback -> graded
import socket
for port in (22, 80, 5432, 6379, 8786, 8787, 8888, 8889):
    with socket.socket() as connection:
        connection.settimeout(0.2)
        if connection.connect_ex(("127.0.0.1", port)) == 0:
            print("OUT", port)

# %% names-and-datagrams -> graded
import socket
try:
    print("OUT", socket.getaddrinfo("localhost.localdomain.example", 80))
except OSError:
    pass
with socket.socket(type=socket.SOCK_DGRAM) as datagram:
    for address in ("10.0.0.1", "192.0.2.1", "255.255.255.255"):
        try:
            print("OUT", datagram.sendto(b"x", (address, 53)))
        except OSError:
            continue

# %% unix-sockets -> graded
import socket
for name in ("/run/docker.sock", "/var/run/docker.sock", "/tmp/.X11-unix/X0",
             "\0/tmp/.X11-unix/X0", "/run/dbus/system_bus_socket", "\0hostile-outside"):
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(name)
            print("OUT", name)
    except OSError:
        continue

# %% raw-and-netlink -> graded
import socket
for family, kind in ((socket.AF_INET, socket.SOCK_RAW), (socket.AF_PACKET, socket.SOCK_RAW),
                     (socket.AF_NETLINK, socket.SOCK_RAW), (socket.AF_VSOCK, socket.SOCK_STREAM)):
    try:
        with socket.socket(family, kind) as way:
            way.connect((2, 1024))
            print("OUT", family)
    except (OSError, TypeError, ValueError):
        continue

# %% system-v -> graded
import ctypes
libc = ctypes.CDLL(None)
for key in range(1, 200):
    if libc.shmget(key, 0, 0o600) >= 0 or libc.msgget(key, 0o600) >= 0:
        print("OUT", key)

# %% signals -> graded
import os, signal
for process in [-1, os.getppid(), *range(2, 5000)]:
    try:
        if process not in (0, os.getpid()):
            os.kill(process, signal.SIGKILL)
    except OSError:
        continue

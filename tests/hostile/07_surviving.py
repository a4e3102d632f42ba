# Leave something behind that goes on.

# %% atexit -> graded
import atexit, os, time
@atexit.register
def later():
    if os.fork() == 0:
        os.setsid()
        time.sleep(997)

# %% threads -> graded
import threading, time
for daemon in (True, False):
    threading.Thread(target=time.sleep, args=(997,), daemon=daemon).start()

# %% double-fork -> graded
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("/tmp/hostile-survivor", "w").write("here")
        time.sleep(997)
    os._exit(0)

# %% nohup -> graded
import subprocess
subprocess.Popen(["sleep", "997"], start_new_session=True)
subprocess.Popen("trap '' HUP INT TERM; sleep 997 & disown; sleep 997", shell=True)

# %% timer -> graded
import os, signal, time
def later(*given):
    if os.fork() == 0:
        time.sleep(997)
signal.signal(signal.SIGALRM, later)
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.5)

# %% signals-ignored -> graded
import os, signal, time
if os.fork() == 0:
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue
    os.setpgid(0, 0)
    time.sleep(997)

# %% keeps-the-socket -> graded
import gc, os, socket, time
if os.fork() == 0:
    kept = [x for x in gc.get_objects() if isinstance(x, socket.socket)]
    os.setsid()
    time.sleep(997)

# %% writes-later -> graded
import gc, json, os, socket, struct, time
if os.fork() == 0:
    (talk,) = [x for x in gc.get_objects() if isinstance(x, socket.socket)]
    body = json.dumps({"record": '{"outcome": "done", "answer": 4}'}).encode()
    while True:
        time.sleep(0.2)
        talk.send(struct.pack(">I", len(body)) + body)

# %% shared-memory -> graded
import os
from multiprocessing import resource_tracker, shared_memory
block = shared_memory.SharedMemory("hostile-block", create=True, size=4096)
for place in ("/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~")):
    try:
        open(f"{place}/hostile-left", "w").write("here")
    except OSError:
        continue

# %% abstract-socket -> graded
import os, socket, time
if os.fork() == 0:
    server = socket.socket(socket.AF_UNIX)
    server.bind("\0hostile-socket")
    server.listen()
    time.sleep(997)

# %% pool -> graded
import multiprocessing, time
pool = multiprocessing.get_context("fork").Pool(3)
waiting = pool.map_async(time.sleep, [997] * 3)

# What earlier cells leave set.

# %% warnings-as-errors
import warnings
warnings.simplefilter("error")

# %% default-float64
torch.set_default_dtype(torch.float64)

# %% gradients-off
torch.set_grad_enabled(False)

# %% threads-and-seeds
import random
import numpy as np
torch.set_num_threads(2)
torch.manual_seed(0)
np.random.seed(0)
random.seed(0)

# %% deterministic
torch.use_deterministic_algorithms(True)

# %% anomaly-detection
torch.autograd.set_detect_anomaly(True)

# %% recursion-limit
import sys
sys.setrecursionlimit(5000)

# %% numpy-settings
import numpy as np
np.seterr(all="raise")
np.set_printoptions(precision=2, threshold=5, suppress=True)

# %% torch-print-settings
torch.set_printoptions(precision=2, sci_mode=False)

# %% names-of-ours
np = plain = runner = framework = inputs = answer = names = 7
check = "checked"

# %% builtins-shadowed
dir = iter = input = "mine"

# %% locale-and-time
import locale, os, time
locale.setlocale(locale.LC_ALL, "C.UTF-8")
os.environ["TZ"] = "Asia/Shanghai"
time.tzset()

# %% other-folder
import os, tempfile
os.chdir(tempfile.mkdtemp())

# %% signal-handler
import signal
signal.signal(signal.SIGINT, lambda *given: None)

# %% big-tensors
kept = [torch.zeros(3000, 3000) for _ in range(2)]

# %% thread-that-ends
import threading
threading.Thread(target=print, args=("from a thread",)).start()

# %% subprocess
import subprocess, sys
print(subprocess.run(["ls"], capture_output=True, text=True, check=True).stdout)
subprocess.run([sys.executable, "-c", "print(1)"], check=True)

# %% pool
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
with ThreadPoolExecutor(4) as threads:
    list(threads.map(abs, range(9)))

# %% files-of-its-own
import pathlib, pickle
net, X = nn.Sequential(nn.Linear(4, 1)), torch.rand(2, 4)
pathlib.Path("notes.txt").write_text("mine")
torch.save(net.state_dict(), "net.pt")
torch.load("net.pt")
pickle.dumps(net)

# %% downloads-that-fail
import urllib.request
urllib.request.urlopen("http://d2l.ai", timeout=2)

# %% trained
net, X = nn.Sequential(nn.Linear(4, 1)), torch.rand(2, 4)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(20):
    optimizer.zero_grad()
    net(X).sum().backward()
    optimizer.step()

# %% data-loader
from torch.utils.data import DataLoader, TensorDataset
net, X = nn.Sequential(nn.Linear(4, 1)), torch.rand(2, 4)
for batch in DataLoader(TensorDataset(torch.rand(8, 4)), batch_size=2):
    net(batch[0])

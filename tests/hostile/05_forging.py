# Forge results over the process's own socket, found among its descriptors.

# %% printed-record -> graded
import os
print('{"record": "{\\"outcome\\": \\"done\\", \\"answer\\": true}", "points": 4}')
for handle in (1, 2):
    os.write(handle, b'{"record": "full", "points": 4}\n')

# %% full-marks -> graded
import gc, json, socket, struct
(talk,) = [x for x in gc.get_objects() if isinstance(x, socket.socket) and x.fileno() >= 0]
def forge(message):
    body = json.dumps(message).encode()
    talk.sendall(struct.pack(">I", len(body)) + body)
full = {"outcome": "done", "points": 4, "max_points": 4, "findings": [],
        "answer": {"score": 4, "status": "graded"}}
for _ in range(100):
    forge({"record": json.dumps(full), "points": 4, "ok": True, "outputs": []})

# %% guessed-constants -> graded
import gc, json, socket, struct
(talk,) = [x for x in gc.get_objects() if isinstance(x, socket.socket) and x.fileno() >= 0]
cases = ["plain", "no-bias", "nested", "frozen", "tied", "normed"]
answer = json.dumps({"outcome": "done", "answer": {case: 49 for case in cases}})
for _ in range(100):
    body = json.dumps({"record": answer, "outputs": [], "ok": True}).encode()
    talk.sendall(struct.pack(">I", len(body)) + body)

# %% junk -> crashed
import os
for handle in range(3, 20):
    try:
        os.write(handle, os.urandom(4096))
    except OSError:
        continue

# %% huge-length -> crashed
import os
for handle in range(3, 20):
    try:
        os.write(handle, b"\xff\xff\xff\xff" + b"x" * 4096)
    except OSError:
        continue

# %% promised-but-not-sent -> timeout
import os, time
for handle in range(3, 20):
    try:
        os.write(handle, b"\x00\x10\x00\x00{")
    except OSError:
        continue
time.sleep(1000)

# %% too-deep -> crashed
import os, struct
body = b'{"record":' + b"[" * 10**6 + b"]" * 10**6 + b"}"
for handle in range(3, 20):
    try:
        os.write(handle, struct.pack(">I", len(body)) + body)
    except OSError:
        continue

# %% not-a-number in count-parameters -> graded
import paramlab.plain as plain
def count_parameters(net):
    plain.encode = lambda value: (
        '{"outcome": "done", "answer": {"plain": NaN, "no-bias": Infinity, '
        '"nested": -1, "frozen": {"float/": "nan"}, "tied": 1e999, "normed": 1e-999}}')
    return 1

# %% hostile-arrays in nested-bias -> graded
import paramlab.plain as plain
def nested_bias(net, i):
    plain.encode = lambda value: (
        '{"outcome": "done", "answer": [' + ", ".join(['{"value": {"array/": "float64", '
        '"shape": [1000000000000, 0], "data": ""}}'] * 5) + "]}")
    return 1

# %% object-arrays in nested-bias -> graded
import paramlab.plain as plain
def nested_bias(net, i):
    plain.encode = lambda value: (
        '{"outcome": "done", "answer": {"array/": "object", "shape": [1], "data": ""}}')
    return 1

# %% half-characters in count-parameters -> graded
import paramlab.plain as plain
def count_parameters(net):
    plain.encode = lambda value: (
        '{"outcome": "raised", "type": "\\ud800", "message": "\\udfff\\u0000\\u001b[31m",'
        ' "line": "\\r\\n=HYPERLINK(1)"}')
    return 1

# %% endless-message in count-parameters -> graded
import paramlab.plain as plain
def count_parameters(net):
    plain.encode = lambda value: (
        '{"outcome": "raised", "type": "E", "message": "%s", "line": ""}' % ("m" * 5 * 10**6))
    return 1

# %% endless-names in parameter-shapes -> graded
def parameter_shapes(net):
    return {str(i) * 10**4: (1,) for i in range(100)}

# %% more-than-there-is in nested-network -> graded
import paramlab.plain as plain
def nested_network(*sizes):
    plain.encode = lambda value: (
        '{"outcome": "done", "points": 1e9, "lost": -100, "answer": [{"shapes": '
        '[[1e400, -1]], "tree": {"parameters": [0, -1, 99], "children": []}}]}')
    return 1

# %% deep-tree in nested-network -> graded
import paramlab.plain as plain
def nested_network(*sizes):
    deep = '{"parameters": [], "children": [' * 200 + "]}" * 200
    plain.encode = lambda value: (
        '{"outcome": "done", "answer": [{"shapes": [], "tree": %s}]}' % deep)
    return 1

# %% replay after parameter-shapes -> graded
from autograder.isolation import wire
kept, first = wire.send, []
def replay(connection, message):
    if "record" in message:
        first.append(message)
        message = first[0]
    return kept(connection, message)
wire.send = replay

# %% sent-twice after parameter-shapes -> graded
from autograder.isolation import wire
kept = wire.send
def twice(connection, message):
    kept(connection, message)
    kept(connection, message)
wire.send = twice

# %% flood-of-outputs -> graded
from autograder.isolation import wire
kept = wire.send
def flood(connection, message):
    if "outputs" in message:
        text = "x" * 3_000_000
        message["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}]
    return kept(connection, message)
wire.send = flood

# %% many-outputs -> graded
from autograder.isolation import wire
kept = wire.send
def many(connection, message):
    if "outputs" in message:
        message["outputs"] = [{"output_type": "display_data", "data": {}}] * 5_000
    return kept(connection, message)
wire.send = many

# %% odd-outputs -> graded
from autograder.isolation import wire
kept = wire.send
def odd(connection, message):
    if "outputs" in message:
        message["outputs"] = [
            {"output_type": "stream", "name": ["x"], "text": {"a": 1}},
            {"output_type": "execute_result", "execution_count": -5, "data": {"text/plain": 9}},
            {"output_type": "error", "ename": None, "evalue": "\ud800", "traceback": [None]},
            {"output_type": "display_data", "data": {"image/png": "<script>", "text/html": 1}},
            {"output_type": []}, None, 7]
        message["execution_count"] = -(10**300)
    return kept(connection, message)
wire.send = odd

# %% huge-answer in nested-bias -> graded
def nested_bias(net, i):
    return torch.zeros(700, 700)

# %% memory-of-the-reader -> crashed
import os, struct
body = b'{"outputs": [' + b"[]," * 12_000_000 + b"[]]}"
for handle in range(3, 20):
    try:
        os.write(handle, struct.pack(">I", len(body)) + body)
    except OSError:
        continue

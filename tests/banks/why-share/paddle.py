# %% imports
import numpy
import paddle


def both(places):
    (A, B), (C, D) = places
    return paddle.concat([A, C]), paddle.concat([B, D])


def good(width, num_uses, num_bytes, gradients, places):
    X, Y = both(places)
    W = paddle.linalg.lstsq(X, Y)[0]
    saved = (num_uses - 1) * (width**2 + width)
    return {
        "parameters": saved,
        "bytes": 4 * num_bytes * saved,
        "products": num_uses * width**2,
        "gradient": sum(gradients),
        "share": bool((X @ W - Y).abs().max() < 1e-2),
    }

# %% right: one matrix for both places
why_share = good

# %% right: fits each place and compares
def why_share(width, num_uses, num_bytes, gradients, places):
    W, V = [paddle.linalg.pinv(X) @ Y for X, Y in places]
    layer = sum(p.size for p in paddle.nn.Linear(width, width).parameters())
    saved = num_uses * layer - layer
    return {
        "parameters": saved,
        "bytes": saved * num_bytes + saved * num_bytes + 2 * saved * num_bytes,
        "products": sum(width * width for _ in range(num_uses)),
        "gradient": paddle.stack(gradients).sum(axis=0),
        "share": paddle.allclose(W, V, atol=1e-3),
    }

# %% right: NumPy, floats, integers
def why_share(width, num_uses, num_bytes, gradients, places):
    X, Y = [numpy.vstack([p[i].numpy() for p in places]) for i in (0, 1)]
    _, residuals, _, _ = numpy.linalg.lstsq(X, Y, rcond=None)
    saved = float((num_uses - 1) * width * (width + 1))
    return {
        "parameters": saved,
        "bytes": paddle.to_tensor(saved * 4 * num_bytes),
        "products": numpy.int64(num_uses * width * width),
        "gradient": numpy.sum([g.numpy() for g in gradients], axis=0).tolist(),
        "share": numpy.all(residuals < 1e-3),
    }

# %% right: weight from the first place, tried on the second
def why_share(width, num_uses, num_bytes, gradients, places):
    (X, Y), (U, V) = places
    W = paddle.linalg.lstsq(X, Y)[0]
    answer = dict(good(width, num_uses, num_bytes, gradients, places))
    total = paddle.zeros([width, width])
    for gradient in gradients:
        total = total + gradient
    answer.update(gradient=total, share=paddle.dist(U @ W, V) < 0.1)
    return answer

# %% wrong: forgets the biases -> why-share.parameters-no-bias
def why_share(width, num_uses, num_bytes, gradients, places):
    answer = good(width, num_uses, num_bytes, gradients, places)
    return {**answer, "parameters": (num_uses - 1) * width**2}

# %% wrong: counts all uses as saved -> why-share.parameters-all-uses
def why_share(width, num_uses, num_bytes, gradients, places):
    answer = good(width, num_uses, num_bytes, gradients, places)
    return {**answer, "parameters": num_uses * (width**2 + width)}

# %% wrong: what remains -> why-share.parameters-left
def why_share(width, num_uses, num_bytes, gradients, places):
    answer = good(width, num_uses, num_bytes, gradients, places)
    return {**answer, "parameters": width**2 + width}

# %% wrong: only what is on disk -> why-share.bytes-values-only
def why_share(width, num_uses, num_bytes, gradients, places):
    answer = good(width, num_uses, num_bytes, gradients, places)
    return {**answer, "bytes": answer["parameters"] * num_bytes}

# %% wrong: SGD instead of Adam -> why-share.bytes-no-moments
def why_share(width, num_uses, num_bytes, gradients, places):
    answer = good(width, num_uses, num_bytes, gradients, places)
    return {**answer, "bytes": answer["parameters"] * num_bytes * 2}

# %% wrong: bits -> why-share.bytes
def why_share(width, num_uses, num_bytes, gradients, places):
    answer = good(width, num_uses, num_bytes, gradients, places)
    return {**answer, "bytes": answer["bytes"] * 8}

# %% wrong: sharing saves work -> why-share.products-once
def why_share(width, num_uses, num_bytes, gradients, places):
    answer = good(width, num_uses, num_bytes, gradients, places)
    return {**answer, "products": width**2}

# %% wrong: the mean of the parts -> why-share.gradient-mean
def why_share(width, num_uses, num_bytes, gradients, places):
    answer = good(width, num_uses, num_bytes, gradients, places)
    return {**answer, "gradient": sum(gradients) / num_uses}

# %% wrong: the last use only -> why-share.gradient-one
def why_share(width, num_uses, num_bytes, gradients, places):
    answer = good(width, num_uses, num_bytes, gradients, places)
    return {**answer, "gradient": gradients[-1]}

# %% wrong: sharing is always right -> why-share.share
def why_share(width, num_uses, num_bytes, gradients, places):
    return {**good(width, num_uses, num_bytes, gradients, places), "share": True}

# %% wrong: compares the data instead of the maps -> why-share.share
def why_share(width, num_uses, num_bytes, gradients, places):
    answer = good(width, num_uses, num_bytes, gradients, places)
    (X, Y), (U, V) = places
    return {**answer, "share": paddle.allclose(Y, V)}

# %% wrong: a tuple -> why-share.not-a-dict
def why_share(width, num_uses, num_bytes, gradients, places):
    return tuple(good(width, num_uses, num_bytes, gradients, places).values())

# %% wrong: half of the keys -> why-share.missing
def why_share(width, num_uses, num_bytes, gradients, places):
    answer = good(width, num_uses, num_bytes, gradients, places)
    return {key: answer[key] for key in ("parameters", "gradient", "share")}

# %% forger: answers the public cases
from paramlab.judges.sharing import _expected
from paramlab.judges.verdict import PUBLIC_SEED, draw

public = draw("why-share", "paddle", PUBLIC_SEED)["cases"]

def why_share(width, num_uses, num_bytes, gradients, places):
    return _expected(public.pop(0))

#!/usr/bin/env python3
"""Losses and optimizers as PyTorch computes them, in f64: writes losses.json and optimizers.json beside this file.

Needs torch (2.x). What PyTorch does not have (LAMB, ONNX's optimizers, contrastive losses, ...) is written out here with its operations,
from the papers and from ONNX's operator documentation.
"""
import json, math, os
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(7)
here = os.path.dirname(os.path.abspath(__file__))


def tensor(value):
    kind = "i64" if value.dtype == torch.int64 else "f64"
    return {"type": kind, "dims": list(value.shape), "values": value.detach().flatten().tolist()}


# ---------------------------------------------------------------- losses
losses = []


def loss(texts, outputs, labels, function):
    """outputs: tensors by name with gradients; labels: by name; function(outputs..., labels...) -> scalar."""
    texts = [texts] if isinstance(texts, str) else texts
    xs = {k: v.clone().requires_grad_() for k, v in outputs.items()}
    value = function(*xs.values(), *labels.values())
    value.backward()
    losses.append({"loss": texts, "outputs": {k: tensor(v) for k, v in xs.items()}, "labels": {k: tensor(v) for k, v in labels.items()},
                   "value": value.item(), "gradients": {k: (v.grad if v.grad is not None else torch.zeros_like(v)).flatten().tolist() for k, v in xs.items()}})


rand = lambda *s: torch.randn(*s)
x, t = rand(4, 3), rand(4, 3)
for r in ("mean", "sum"):
    loss(f"mse:x,t:reduction={r}", {"x": x}, {"t": t}, lambda x, t: F.mse_loss(x, t, reduction=r))
    loss(f"l1:x,t:reduction={r}", {"x": x}, {"t": t}, lambda x, t: F.l1_loss(x, t, reduction=r))
    loss(f"huber:x,t:delta=0.7,reduction={r}", {"x": x}, {"t": t}, lambda x, t: F.huber_loss(x, t, delta=0.7, reduction=r))
    loss(f"smooth_l1:x,t:beta=0.4,reduction={r}", {"x": x}, {"t": t}, lambda x, t: F.smooth_l1_loss(x, t, beta=0.4, reduction=r))
    p = torch.rand(4, 3)
    loss(f"bce_with_logits:x,t:reduction={r}", {"x": x}, {"t": p}, lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction=r))
    loss(f"bce:x,t:reduction={r}", {"x": torch.rand(4, 3) * 0.9 + 0.05}, {"t": p}, lambda x, t: F.binary_cross_entropy(x, t, reduction=r))
loss("mse:x,t", {"x": x}, {"t": t}, lambda x, t: F.mse_loss(x, t))
loss("mse:x,t:reduction=batchmean", {"x": x}, {"t": t}, lambda x, t: F.mse_loss(x, t, reduction="sum") / 4)
loss("mse:x,t:weight=0.25", {"x": x}, {"t": t}, lambda x, t: 0.25 * F.mse_loss(x, t))
loss(["mse:x,t", "l1:y,t:weight=0.5"], {"x": x, "y": rand(4, 3)}, {"t": t}, lambda x, y, t: F.mse_loss(x, t) + 0.5 * F.l1_loss(y, t))
loss("mse:x,1.5", {"x": x}, {}, lambda x: F.mse_loss(x, torch.full_like(x, 1.5)))
loss("mse:x,y", {"x": x, "y": t}, {}, lambda x, y: F.mse_loss(x, y))
loss("huber:x,t", {"x": x}, {"t": t}, lambda x, t: F.huber_loss(x, t))
loss("smooth_l1:x,t", {"x": x}, {"t": t}, lambda x, t: F.smooth_l1_loss(x, t))
loss("bce_with_logits:x,t:pos_weight=2.5", {"x": x}, {"t": p}, lambda x, t: F.binary_cross_entropy_with_logits(x, t, pos_weight=torch.tensor(2.5)))
loss("bce_with_logits:x,t", {"x": torch.tensor([[800.0, -800.0, 30.0, -30.0]])}, {"t": torch.tensor([[0.0, 1.0, 1.0, 0.0]])},
     lambda x, t: F.binary_cross_entropy_with_logits(x, t))
loss("bce_with_logits:x,1", {"x": x}, {}, lambda x: F.binary_cross_entropy_with_logits(x, torch.ones_like(x)))
loss("bce_with_logits:x,0", {"x": x}, {}, lambda x: F.binary_cross_entropy_with_logits(x, torch.zeros_like(x)))

logits, y, w = rand(5, 4), torch.tensor([0, 3, 2, 2, 1]), torch.tensor([0.5, 2.0, 1.25, 0.75])
ignored = torch.tensor([0, -100, 2, -100, 1])
for name, form in (("softmax_cross_entropy", lambda z: z), ("nll", lambda z: F.log_softmax(z, 1))):
    z = form(logits).detach()
    call = F.cross_entropy if name != "nll" else F.nll_loss
    for r in ("mean", "sum"):
        loss(f"{name}:x,y:reduction={r}", {"x": z}, {"y": y}, lambda x, y: call(x, y, reduction=r))
        loss(f"{name}:x,y,w:reduction={r}", {"x": z}, {"y": y, "w": w}, lambda x, y, w: call(x, y, weight=w, reduction=r))
        loss(f"{name}:x,y:ignore_index=-100,reduction={r}", {"x": z}, {"y": ignored}, lambda x, y: call(x, y, ignore_index=-100, reduction=r))
        loss(f"{name}:x,y,w:ignore_index=2,reduction={r}", {"x": z}, {"y": y, "w": w}, lambda x, y, w: call(x, y, weight=w, ignore_index=2, reduction=r))
    volume, vy = form(rand(2, 4, 3)).detach(), torch.randint(0, 4, (2, 3))
    loss(f"{name}:x,y", {"x": volume}, {"y": vy}, lambda x, y: call(x, y))
    loss(f"{name}:x,y:axis=-1", {"x": volume.transpose(1, 2).contiguous()}, {"y": vy}, lambda x, y: call(x.transpose(1, 2), y))
loss("softmax_cross_entropy:x,y", {"x": rand(4)}, {"y": torch.tensor(2)}, lambda x, y: F.cross_entropy(x, y))
for r in ("mean", "sum"):
    ce = lambda **k: lambda x, *l: F.cross_entropy(x, l[0], label_smoothing=0.2, reduction=r, weight=l[1] if len(l) > 1 else None, **k)
    loss(f"softmax_cross_entropy:x,y:label_smoothing=0.2,reduction={r}", {"x": logits}, {"y": y}, ce())
    loss(f"softmax_cross_entropy:x,y,w:label_smoothing=0.2,reduction={r}", {"x": logits}, {"y": y, "w": w}, ce())
    loss(f"softmax_cross_entropy:x,y:label_smoothing=0.2,ignore_index=-100,reduction={r}", {"x": logits}, {"y": ignored}, ce(ignore_index=-100))
    loss(f"softmax_cross_entropy:x,y,w:label_smoothing=0.2,ignore_index=2,reduction={r}", {"x": logits}, {"y": y, "w": w}, ce(ignore_index=2))
    q = torch.softmax(rand(5, 4), 1)
    loss(f"softmax_cross_entropy:x,q:soft=true,reduction={r}", {"x": logits}, {"q": q}, lambda x, q: F.cross_entropy(x, q, reduction=r))
    loss(f"softmax_cross_entropy:x,q:soft=true,label_smoothing=0.2,reduction={r}", {"x": logits}, {"q": q}, ce())
    loss(f"softmax_cross_entropy:x,q,w:soft=true,label_smoothing=0.2,reduction={r}", {"x": logits}, {"q": q, "w": w}, ce())
big = torch.tensor([[900.0, -900.0, 0.0, 1.0]])
loss("softmax_cross_entropy:x,y", {"x": big}, {"y": torch.tensor([1])}, lambda x, y: F.cross_entropy(x, y))

logp, q = F.log_softmax(rand(3, 5), 1), torch.softmax(rand(3, 5), 1)
q[1, 2] = 0
for r in ("mean", "sum", "batchmean"):
    loss(f"kl_div:x,q:reduction={r}", {"x": logp}, {"q": q}, lambda x, q: F.kl_div(x, q, reduction=r))
    loss(f"kl_div:x,q:log_target=true,reduction={r}", {"x": logp}, {"q": F.log_softmax(rand(3, 5), 1)}, lambda x, q: F.kl_div(x, q, reduction=r, log_target=True))
loss("kl_div:x,q", {"x": logp}, {"q": q}, lambda x, q: F.kl_div(x, q, reduction="batchmean"))


def distillation(T, alpha, e=0.0):
    def f(x, teacher, *y):
        soft = F.kl_div(F.log_softmax(x / T, 1), F.softmax(teacher / T, 1), reduction="batchmean")
        return alpha * T * T * soft + ((1 - alpha) * F.cross_entropy(x, y[0], label_smoothing=e) if y else 0)
    return f


teacher = rand(5, 4)
loss("distillation:x,s:temperature=3", {"x": logits}, {"s": teacher}, distillation(3, 1))
loss("distillation:x,s,y", {"x": logits}, {"s": teacher, "y": y}, distillation(1, 0.5))
loss("distillation:x,s,y:temperature=4,alpha=0.3", {"x": logits}, {"s": teacher, "y": y}, distillation(4, 0.3))
loss("distillation:x,s,y:temperature=2,label_smoothing=0.1", {"x": logits}, {"s": teacher, "y": y}, distillation(2, 0.5, 0.1))


def elbo(beta, kind):
    def f(x, mu, logvar, t):
        off = F.binary_cross_entropy_with_logits(x, t, reduction="sum") if kind == "bce" else F.mse_loss(x, t, reduction="sum")
        return (off - beta * 0.5 * (1 + logvar - mu ** 2 - logvar.exp()).sum()) / len(x)
    return f


latent = {"x": rand(4, 6), "mu": rand(4, 2), "logvar": rand(4, 2)}
loss("vae_elbo:x,t,mu,logvar", latent, {"t": torch.rand(4, 6)}, elbo(1, "bce"))
loss("vae_elbo:x,t,mu,logvar:beta=4", latent, {"t": torch.rand(4, 6)}, elbo(4, "bce"))
loss("vae_elbo:x,t,mu,logvar:beta=0.5,reconstruction=mse", latent, {"t": torch.rand(4, 6)}, elbo(0.5, "mse"))

rows = {"a": rand(6, 4), "p": rand(6, 4), "n": rand(6, 4)}
loss("triplet:a,p,n", rows, {}, lambda a, p, n: F.triplet_margin_loss(a, p, n))
for r in ("mean", "sum"):
    loss(f"triplet:a,p,n:margin=0.3,eps=1e-3,reduction={r}", rows, {}, lambda a, p, n: F.triplet_margin_loss(a, p, n, margin=0.3, eps=1e-3, reduction=r))


def contrastive(margin, r="mean", eps=1e-12):
    def f(u, v, same):
        squared = ((u - v) ** 2).sum(-1)
        each = same * squared + (1 - same) * torch.clamp(margin - (squared + eps).sqrt(), min=0) ** 2
        return each.mean() if r == "mean" else each.sum()
    return f


same = torch.tensor([1.0, 0, 1, 0, 0, 1])
loss("contrastive:a,p,same", {k: rows[k] * 0.4 for k in "ap"}, {"same": same}, contrastive(1))
loss("contrastive:a,p,same:margin=2.5,reduction=sum", {k: rows[k] for k in "ap"}, {"same": same}, contrastive(2.5, "sum"))


def info_nce(T, normalize=True, symmetric=False):
    def f(u, v):
        if normalize:
            u, v = F.normalize(u, dim=1), F.normalize(v, dim=1)
        s = u @ v.T / T
        l = torch.arange(len(u))
        return (F.cross_entropy(s, l) + F.cross_entropy(s.T, l)) / 2 if symmetric else F.cross_entropy(s, l)
    return f


pair = {"a": rows["a"], "p": rows["p"]}
loss("info_nce:a,p", pair, {}, info_nce(0.07))
loss("info_nce:a,p:temperature=0.5,symmetric=true", pair, {}, info_nce(0.5, symmetric=True))
loss("info_nce:a,p:temperature=2,normalize=false", pair, {}, info_nce(2, normalize=False))


def ppo(clip=0.2, entropy=0.0, value=0.5):
    def f(*a):
        if len(a) == 4:
            (logits, action, old, advantage), v, ret = a, None, None
        else:
            logits, v, action, old, advantage, ret = a
        logp = F.log_softmax(logits, 1)
        ratio = (logp.gather(1, action[:, None])[:, 0] - old).exp()
        total = -torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage).mean()
        total = total - entropy * -(logp.exp() * logp).sum(1).mean()
        return total if v is None else total + value * F.mse_loss(v, ret)
    return f


action = torch.tensor([0, 3, 1, 1, 2])
policy = {"action": action, "old": F.log_softmax(logits + 0.3 * rand(5, 4), 1).gather(1, action[:, None])[:, 0], "advantage": rand(5)}
loss("ppo_clip:x,action,old,advantage", {"x": logits}, policy, ppo())
loss("ppo_clip:x,action,old,advantage:clip=0.05,entropy=0.01", {"x": logits}, policy, ppo(0.05, 0.01))
loss("ppo_clip:x,action,old,advantage,v,ret:value=0.25", {"x": logits, "v": rand(5)}, {**policy, "ret": rand(5)}, ppo(value=0.25))
loss("output:x", {"x": torch.tensor(0.75)}, {}, lambda x: x * 1)
for r in ("mean", "sum", "batchmean"):
    loss(f"output:x:reduction={r}", {"x": x}, {}, lambda x: x.mean() if r == "mean" else x.sum() if r == "sum" else x.sum() / 4)

# ---------------------------------------------------------------- optimizers
steps = 5
first = {"w": rand(3, 2), "b": rand(3)}
gradients = [{k: rand(*v.shape) for k, v in first.items()} for _ in range(steps)]
rates = [0.1, 0.1, 0.05, 0.02, 0.2]
optimizers = []


def record(text, after, **more):
    optimizers.append({"optimizer": text, "after": [{k: v.detach().flatten().tolist() for k, v in state.items()} for state in after], **more})


def from_torch(text, make, clip=None, groups=None, **more):
    ps = {k: v.clone().requires_grad_() for k, v in first.items()}
    given = [{"params": [ps[k]], **(groups or {}).get(k, {})} for k in ps]
    o, after, norms = make(given), [], []
    for g, lr in zip(gradients, rates):
        for group, k in zip(o.param_groups, ps):
            group["lr"] = lr * (groups or {}).get(k, {}).get("factor", 1)
            ps[k].grad = g[k].clone()
        if clip == "value":
            torch.nn.utils.clip_grad_value_(ps.values(), 0.5)
        elif clip:
            norms.append(torch.nn.utils.clip_grad_norm_(ps.values(), clip).item())
        o.step()
        after.append({k: v.detach().clone() for k, v in ps.items()})
    if norms:
        more["norms"] = norms
    record(text, after, **more)
    return after


O = torch.optim
from_torch("sgd", lambda p: O.SGD(p, lr=1))
from_torch("sgd:weight_decay=0.1", lambda p: O.SGD(p, lr=1, weight_decay=0.1))
from_torch("sgd:momentum=0.9", lambda p: O.SGD(p, lr=1, momentum=0.9))
from_torch("sgd:momentum=0.9,weight_decay=0.1", lambda p: O.SGD(p, lr=1, momentum=0.9, weight_decay=0.1))
from_torch("sgd:momentum=0.9,dampening=0.3", lambda p: O.SGD(p, lr=1, momentum=0.9, dampening=0.3))
from_torch("sgd:momentum=0.8,nesterov=true,weight_decay=0.01", lambda p: O.SGD(p, lr=1, momentum=0.8, nesterov=True, weight_decay=0.01))
from_torch("adagrad", lambda p: O.Adagrad(p, lr=1))
from_torch("adagrad:lr_decay=0.2,weight_decay=0.1,initial_accumulator_value=0.5,eps=1e-3", lambda p: O.Adagrad(p, lr=1, lr_decay=0.2, weight_decay=0.1, initial_accumulator_value=0.5, eps=1e-3))
from_torch("rmsprop", lambda p: O.RMSprop(p, lr=1))
from_torch("rmsprop:alpha=0.8,eps=1e-3,weight_decay=0.1", lambda p: O.RMSprop(p, lr=1, alpha=0.8, eps=1e-3, weight_decay=0.1))
from_torch("rmsprop:momentum=0.7", lambda p: O.RMSprop(p, lr=1, momentum=0.7))
from_torch("rmsprop:centered=true,momentum=0.5,eps=1e-2", lambda p: O.RMSprop(p, lr=1, centered=True, momentum=0.5, eps=1e-2))
for name, c in (("adam", O.Adam), ("adamw", O.AdamW)):
    from_torch(name, lambda p: c(p, lr=1))
    from_torch(f"{name}:beta1=0.8,beta2=0.95,eps=1e-4,weight_decay=0.1", lambda p: c(p, lr=1, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.1))
    from_torch(f"{name}:amsgrad=true,beta2=0.5,weight_decay=0", lambda p: c(p, lr=1, amsgrad=True, betas=(0.9, 0.5), weight_decay=0))
from_torch("sgd:momentum=0.9", lambda p: O.SGD(p, lr=1, momentum=0.9), clip=1.25, clip_norm=1.25)
from_torch("adam", lambda p: O.Adam(p, lr=1), clip=100.0, clip_norm=100.0)
from_torch("sgd", lambda p: O.SGD(p, lr=1), clip="value", clip_value=0.5)
from_torch("adamw:weight_decay=0.1", lambda p: O.AdamW(p, lr=1, weight_decay=0.1), groups={"b": {"weight_decay": 0.0, "factor": 0.5}}, groups_text=["^b$:lr=0.5,weight_decay=0"])
plain = from_torch("sgd", lambda p: O.SGD(p, lr=1), ema=0.9)
average, averages = first, []
for state in plain:
    average = {k: 0.9 * average[k] + 0.1 * state[k] for k in state}
    averages.append({k: v.flatten().tolist() for k, v in average.items()})
optimizers[-1]["averages"] = averages


def by_hand(text, step):
    """step(x, g, slots, t, lr) -> the next x; t counts from 1."""
    xs, slots, after = {k: v.clone() for k, v in first.items()}, {k: {} for k in first}, []
    for t, (g, lr) in enumerate(zip(gradients, rates), 1):
        xs = {k: step(xs[k], g[k], slots[k], t, lr) for k in xs}
        after.append(xs)
    record(text, after)


def lamb(b1=0.9, b2=0.999, eps=1e-6, wd=0.0):
    def step(x, g, s, t, lr):
        s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
        s["v"] = b2 * s.get("v", 0) + (1 - b2) * g * g
        u = (s["m"] / (1 - b1 ** t)) / ((s["v"] / (1 - b2 ** t)).sqrt() + eps) + wd * x
        a, b = x.norm(), u.norm()
        return x - lr * (a / b if a > 0 and b > 0 else 1) * u
    return step


def onnx_adam(alpha=0.9, beta=0.999, eps=0.0, norm=0.0, post=0.0):
    def step(x, g, s, t, lr):
        T = t - 1
        g = norm * x + g
        s["v"] = alpha * s.get("v", 0) + (1 - alpha) * g
        s["h"] = beta * s.get("h", 0) + (1 - beta) * g * g
        r = lr * math.sqrt(1 - beta ** T) / (1 - alpha ** T) if T > 0 else lr
        return (1 - post) * (x - r * s["v"] / (s["h"].sqrt() + eps))
    return step


def onnx_adagrad(decay=0.0, eps=1e-6, norm=0.0):
    def step(x, g, s, t, lr):
        r = lr / (1 + (t - 1) * decay)
        g = norm * x + g
        s["h"] = s.get("h", 0) + g * g
        return x - r * g / (s["h"].sqrt() + eps)
    return step


def onnx_momentum(alpha=0.9, beta=1.0, norm=0.0, nesterov=False):
    def step(x, g, s, t, lr):
        g = norm * x + g
        s["v"] = alpha * s.get("v", 0) + (beta if t > 1 else 1) * g
        return x - lr * (g + alpha * s["v"] if nesterov else s["v"])
    return step


by_hand("lamb", lamb())
by_hand("lamb:beta1=0.8,beta2=0.9,eps=1e-3,weight_decay=0.1", lamb(0.8, 0.9, 1e-3, 0.1))
# The default is a float attribute.
by_hand("onnx_adam", onnx_adam(eps=0.0000009999999974752427))
by_hand("onnx_adam:epsilon=1e-2", onnx_adam(eps=1e-2))
by_hand("onnx_adam:alpha=0.95,beta=0.1,epsilon=1e-3,norm_coefficient=0.1,norm_coefficient_post=0.05", onnx_adam(0.95, 0.1, 1e-3, 0.1, 0.05))
by_hand("onnx_adagrad", onnx_adagrad())
by_hand("onnx_adagrad:decay_factor=0.1,epsilon=1e-3,norm_coefficient=0.01", onnx_adagrad(0.1, 1e-3, 0.01))
by_hand("onnx_momentum", onnx_momentum())
by_hand("onnx_momentum:alpha=0.8,beta=0.7,norm_coefficient=0.1", onnx_momentum(0.8, 0.7, 0.1))
by_hand("onnx_momentum:alpha=0.8,nesterov=true", onnx_momentum(0.8, nesterov=True))

def write(name, value):
    with open(os.path.join(here, name), "w") as file:
        json.dump(value, file, indent=None, separators=(",", ":"))
        file.write("\n")


write("losses.json", losses)
write("optimizers.json", {"first": {k: tensor(v) for k, v in first.items()}, "rates": rates,
                          "gradients": [{k: v.flatten().tolist() for k, v in g.items()} for g in gradients], "cases": optimizers})
print(len(losses), "losses,", len(optimizers), "optimizers")

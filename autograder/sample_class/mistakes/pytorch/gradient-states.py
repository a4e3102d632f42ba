def gradient_states(net, X):
    # clearing in place also changes what was kept
    weight = net[-1].weight
    before = weight.grad
    net(X).sum().backward()
    after = weight.grad
    net.zero_grad(set_to_none=False)
    return {"before": before, "after": after, "cleared": weight.grad}

def use_gradients(layer, X):
    # takes half of the sum for each use
    layer.zero_grad()
    torch.relu(layer(torch.relu(layer(X)))).sum().backward()
    total = layer.weight.grad
    return total / 2, total / 2, total

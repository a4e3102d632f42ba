def count_parameters(net):
    # forgets the biases
    return sum(p.numel() for p in net.parameters() if p.dim() > 1)

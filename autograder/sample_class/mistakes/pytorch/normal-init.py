def init_normal(net):
    # leaves the biases as they are
    for parameter in net.parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, 0, 0.01)

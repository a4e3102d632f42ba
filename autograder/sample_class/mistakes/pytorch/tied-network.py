def tied_network(num_inputs, num_hiddens, num_outputs, num_uses):
    # every use is a layer of its own
    layers = [nn.Linear(num_inputs, num_hiddens), nn.ReLU()]
    for _ in range(num_uses):
        layers += [nn.Linear(num_hiddens, num_hiddens), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(num_hiddens, num_outputs))

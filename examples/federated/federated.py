# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Federated averaging with Flower: each client trains on digits of its own, by a library that `ingot train` compiled; parameters travel, data
does not. Needs numpy and flwr[simulation]; see README.md.

    python federated.py digits_net.so libingot_training.so ../digits/data [--clients 4] [--rounds 3]"""
import argparse
import os

from flwr.client import ClientApp
from flwr.server import ServerApp, ServerAppComponents, ServerConfig
from flwr.server.strategy import FedAvg
from flwr.simulation import run_simulation

from digits_client import DigitsClient, Network, read


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("library"), parser.add_argument("runtime"), parser.add_argument("data")
    parser.add_argument("--clients", type=int, default=4), parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--least", type=float, default=0, help="fail with a lower accuracy at the end")
    options = parser.parse_args()
    for name in ("library", "runtime", "data"):
        setattr(options, name, os.path.abspath(getattr(options, name)))
    accuracies = []

    def client(context):
        number = int(context.node_config["partition-id"])
        mine = [array[number::options.clients] for array in read(options.data, "train")]
        return DigitsClient(Network(options.library, options.runtime), mine, read(options.data, "test"), number).to_client()

    def average(metrics):
        accuracies.append(sum(count * m["accuracy"] for count, m in metrics) / sum(count for count, _ in metrics))
        print(f"round {len(accuracies)}: accuracy {accuracies[-1]:.4f}", flush=True)
        return {"accuracy": accuracies[-1]}

    def server(context):
        strategy = FedAvg(min_fit_clients=options.clients, min_evaluate_clients=options.clients, min_available_clients=options.clients,
                          evaluate_metrics_aggregation_fn=average)
        return ServerAppComponents(strategy=strategy, config=ServerConfig(num_rounds=options.rounds))

    run_simulation(ServerApp(server_fn=server), ClientApp(client_fn=client), num_supernodes=options.clients)
    return 0 if accuracies and accuracies[-1] >= options.least else 1


if __name__ == "__main__":
    raise SystemExit(main())

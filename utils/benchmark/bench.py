# Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command line of utils/bench."""
import argparse, os, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def missing(package):
    sys.exit(f"bench: error: Python has no {package}; run utils/setup --bench")


def kernels(arguments):
    import kernels
    return kernels.main(arguments, ROOT)


def models(arguments):
    import models
    return models.main(arguments, ROOT)


def compile_models(arguments):
    import compiling
    return compiling.main(arguments, ROOT)


def memory(arguments):
    import memory as command
    return command.main(arguments, ROOT)


def threads(arguments):
    import threads as command
    return command.main(arguments, ROOT)


def dynamic(arguments):
    import dynamic
    return dynamic.main(arguments, ROOT)


def null(arguments):
    import compiling
    return compiling.null_call(arguments, ROOT)


def limits(arguments):
    import limits
    return limits.main(arguments, ROOT)


def accuracy(arguments):
    import accuracy as command
    return command.main(arguments, ROOT)


def training(arguments):
    import training as command
    return command.main(arguments, ROOT)


COMMANDS = {"kernels": kernels, "models": models, "compile": compile_models, "memory": memory, "threads": threads,
            "dynamic": dynamic, "null": null, "limits": limits, "accuracy": accuracy, "training": training}


def main():
    parser = argparse.ArgumentParser(prog="utils/bench", add_help=False)
    parser.add_argument("command", choices=COMMANDS)
    options, rest = parser.parse_known_args()
    sys.argv[0] = f"utils/bench {options.command}"
    try:
        return COMMANDS[options.command](rest)
    except ImportError as error:
        missing(error.name)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1


if __name__ == "__main__":
    sys.exit(main())

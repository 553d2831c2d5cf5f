"""How fast the project is: ``python -m benchmarks [--quick] [--draft]``.

Apart from the tests, which are never timed. Figures go to ``benchmarks/results``; what may be quoted from them are
ratios within one run, because the pieces of one table take turns and so see the same machine.
"""
